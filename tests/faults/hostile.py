"""A server that speaks bytes, not HTTP: what it sends, in which pieces, with which pauses and ends, is a script.

    with HostileServer({"/a.html": Reply((b"HTTP/1.1 200 OK\\r\\n", 0.1, b"\\r\\n<p>"), end="reset")}) as server:
        ... server.url("/a.html"), server.asked, server.accepted

`Mixed` answers a part of all addresses with hostile replies, always the same ones, and the others as it is told.
`tests.faults.hostile_replies` has what broken and malicious servers have been seen to send.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Literal, NamedTuple, Self

Piece = bytes | float
Step = bytes | float | Callable[[], Iterator[Piece]]
End = Literal["close", "reset", "hang", "keep"]

MAX_HEAD_BYTES = 1_000_000
_RESET = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True)
class Reply:
    """What is sent to one request, as it stands. Numbers are pauses in seconds.

    A callable brings its pieces anew for each answer, and may be endless: it is taken from as fast as the peer reads.
    `end`: the connection is closed; reset; left open in silence; or kept for the next request.
    """

    steps: tuple[Step, ...] = ()
    end: End = "close"


class Asked(NamedTuple):
    """A request: its path with query (or the whole first line, where it has none), when it came, its bytes."""

    path: str
    at: float
    head: bytes


Answers = Mapping[str, Reply] | Callable[[str], Reply]


class HostileServer:
    """A server on a port of its own. `asked`: the requests so far; `accepted`: the connections that were made to it.

    `answers`: the reply to each path with query, or a function that says it (in the server's thread); where it is a
    mapping, other paths are 404. `greeting` is sent before anything was asked, as a server does that is none of HTTP.
    """

    def __init__(
        self,
        answers: Answers,
        *,
        address: str = "127.0.0.1",
        tls: ssl.SSLContext | None = None,
        greeting: Reply | None = None,
    ) -> None:
        self.answers = answers
        self.address = address
        self.asked: list[Asked] = []
        self.accepted = 0
        self._tls, self._greeting = tls, greeting
        self._tasks: set[asyncio.Task[None]] = set()
        self._stop: asyncio.Event

    def __enter__(self) -> Self:
        started: Future[int] = Future()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(started)), daemon=True)
        self._thread.start()
        self.port = started.result()
        self.authority = f"{self.address}:{self.port}"
        self.base = f"{'https' if self._tls else 'http'}://{self.authority}"
        return self

    def __exit__(self, *_error: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def url(self, path: str) -> str:
        """The address of a path."""
        return self.base + path

    @property
    def open(self) -> int:
        """Connections that are open now."""
        return len(self._tasks)

    def count(self, path: str) -> int:
        """How often a path was asked for."""
        return sum(one.path == path for one in self.asked)

    async def _serve(self, started: Future[int]) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self._loop.set_exception_handler(lambda _loop, _context: None)  # broken pipes are what it is for
        try:
            server = await asyncio.start_server(self._accept, self.address, 0, ssl=self._tls, limit=MAX_HEAD_BYTES)
        except OSError as error:
            started.set_exception(error)
            return
        started.set_result(server.sockets[0].getsockname()[1])
        await self._stop.wait()
        server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        task = self._loop.create_task(self._talk(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if self._greeting is not None and not await self._play(self._greeting, writer):
                return
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                words = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
                path = words[1] if len(words) > 1 else words[0]
                self.asked.append(Asked(path, time.monotonic(), head))
                if not await self._play(self._reply(path), writer):
                    return
        except (OSError, EOFError, asyncio.LimitOverrunError):
            return  # the peer has had enough, which is what most tests are about
        finally:
            writer.transport.abort()

    def _reply(self, path: str) -> Reply:
        return self.answers(path) if callable(self.answers) else self.answers.get(path, MISSING)

    async def _play(self, reply: Reply, writer: asyncio.StreamWriter) -> bool:
        """Whether the connection is kept for another request."""
        for step in reply.steps:
            for piece in step() if callable(step) else (step,):
                if isinstance(piece, bytes):
                    writer.write(piece)
                    await writer.drain()
                    await asyncio.sleep(0)  # over TLS, drain neither waits nor tells that the peer has gone
                    if writer.transport.is_closing():
                        raise ConnectionResetError
                else:
                    await asyncio.sleep(piece)
        match reply.end:
            case "hang":
                await self._stop.wait()
            case "reset":
                connection: socket.socket = writer.get_extra_info("socket")
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            case "close":
                writer.close()
                await writer.wait_closed()
        return reply.end == "keep"


class Mixed:
    """The answers of a server of which so many per cent of the addresses are hostile, always the same ones.

    `good`: the reply of every other path; robots.txt is its business too. `hostile`: taken in turn by the path's hash.
    """

    def __init__(self, good: Callable[[str], Reply], hostile: Sequence[Reply], percent: float = 5.0) -> None:
        self._good, self._hostile, self._percent = good, tuple(hostile), percent

    def __call__(self, path: str) -> Reply:
        """The reply to a path."""
        if not self.is_hostile(path):
            return self._good(path)
        return self._hostile[(_hash(path) // 10_000) % len(self._hostile)]

    def is_hostile(self, path: str) -> bool:
        """Whether a path is answered with hostility."""
        return path != "/robots.txt" and _hash(path) % 10_000 < self._percent * 100


def _hash(path: str) -> int:
    return zlib.crc32(path.encode())


def answer(
    body: bytes | str = b"", status: str = "200 OK", *, end: End = "keep", length: int | None = None, **headers: str
) -> Reply:
    """A correct answer, with a Content-Length (`length`: another than the body's). `content_type="..."` is a header."""
    data = body.encode() if isinstance(body, str) else body
    fields = {"content_type": "text/html; charset=utf-8"} | headers
    lines = "".join(f"{name.replace('_', '-').title()}: {value}\r\n" for name, value in fields.items())
    size = len(data) if length is None else length
    return Reply((f"HTTP/1.1 {status}\r\n{lines}Content-Length: {size}\r\n\r\n".encode() + data,), end)


def endless(piece: bytes, pause: float | None = None) -> Callable[[], Iterator[Piece]]:
    """A step that sends the same without end, with a pause after each piece if one is given."""

    def pieces() -> Iterator[Piece]:
        while True:
            yield piece
            if pause is not None:
                yield pause

    return pieces


MISSING = answer("<h1>404</h1>", "404 Not Found")
EVERYBODY = answer("User-agent: *\nAllow: /\n", content_type="text/plain")
"""A robots.txt that allows all."""
