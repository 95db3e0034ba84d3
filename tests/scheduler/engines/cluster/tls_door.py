"""TLS before a PostgreSQL that has none, as a server with `ssl = on` shows it to libpq."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from contextlib import closing, suppress
from socketserver import BaseRequestHandler, ThreadingTCPServer
from typing import Self

# PostgreSQL's protocol, 54.2.10: the first message of a client that wants TLS, or GSSAPI's encryption.
_SSL_REQUEST, _GSS_REQUEST = 80877103, 80877104


class _Session(BaseRequestHandler):
    server: TlsDoor

    def handle(self) -> None:
        outside = self.request
        while True:
            _, code = struct.unpack("!II", outside.recv(8, socket.MSG_WAITALL))
            outside.sendall(b"S" if code == _SSL_REQUEST else b"N")
            if code == _SSL_REQUEST:
                break
            assert code == _GSS_REQUEST
        with suppress(OSError), self.server.tls.wrap_socket(outside, server_side=True) as secured:
            self.server.handshakes += 1
            with closing(socket.create_connection(("127.0.0.1", self.server.behind))) as inside:
                back = threading.Thread(target=_pump, args=(inside, secured), daemon=True)
                back.start()
                _pump(secured, inside)
                back.join()


class TlsDoor(ThreadingTCPServer):
    """On a port of its own; each session is decrypted and handed to the port behind it."""

    daemon_threads = True

    def __init__(self, tls: ssl.SSLContext, behind: int) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.tls, self.behind, self.handshakes = tls, behind, 0
        self.port = int(self.server_address[1])
        self._serving = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Self:
        self._serving.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()
        self._serving.join()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    """None; all was handed on that came, and the other side knows the end of it."""
    with suppress(OSError):
        while said := source.recv(65536):
            sink.sendall(said)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_RDWR)
