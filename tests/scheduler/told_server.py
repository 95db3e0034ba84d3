"""A real HTTP server on loopback that something is told by POST: its life, and the waiting for what it is told."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


class ToldServer(ABC):
    """A context manager. `changed`: told whenever something came; `connections`: how many were made.

    Whoever inherits sets `path`, and answers in `_take`.
    """

    path: str

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.connections = 0
        self._over = threading.Event()
        told = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Headers and body in one packet: else each answer waits 40 ms for an acknowledgement.
            wbufsize = -1
            disable_nagle_algorithm = True

            def setup(self) -> None:
                super().setup()
                told.connections += 1

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                told._take(self, {name.lower(): value for name, value in self.headers.items()}, body)

            def log_message(self, *arguments: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

            def handle_error(self, request: Any, client_address: Any) -> None:
                pass  # whoever asked has gone

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}{self.path}"

    def until(self, happened: Callable[[], bool], seconds: float = 20) -> None:
        with self.changed:
            assert self.changed.wait_for(happened, seconds)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()

    @abstractmethod
    def _take(self, handler: BaseHTTPRequestHandler, headers: dict[str, str], body: bytes) -> None:
        """None; what came is kept, and answered. Names of headers in small letters."""
