"""Messages on their way into a pipe: what is said in one turn of the event loop goes as one frame, by one system call.

No thread writes: two threads that hand one lock to and fro cost more than all that is written (measured: a sixth of
the worker's time).
"""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from multiprocessing.connection import Connection

from crawler import wire

FRAME_BYTES = 4 * 1024**2
"""Of messages in one frame, but for the last of them: a bound for whoever reads it."""
_LENGTH = struct.Struct("!i")
"""What multiprocessing's Connection sets before a message of less than 2 GiB."""


class Outbox:
    """The messages for one pipe, a socket whose other end reads frames. Use it in one event loop only."""

    def __init__(self, connection: Connection) -> None:
        self._socket = socket.socket(fileno=os.dup(connection.fileno()))
        self._waiting: list[bytes] = []
        self._left = memoryview(b"")
        self._put = self._out = 0
        self._planned = False
        self._is_watched = False
        self._moved: asyncio.Future[None] | None = None
        self._gone = False

    def __del__(self) -> None:
        self._socket.close()

    def put(self, message: bytes) -> None:
        """None; the message goes out with the others of this turn, behind all before it."""
        self._waiting.append(message)
        self._put += 1
        if not self._planned:
            self._planned = True
            asyncio.get_event_loop().call_soon(self._turn_ends)

    async def sent(self) -> None:
        """None, as soon as all that was put so far is in the pipe."""
        last = self._put
        self._write()
        while self._out < last:
            if self._moved is None:
                self._moved = asyncio.get_running_loop().create_future()
            await asyncio.shield(self._moved)

    def _turn_ends(self) -> None:
        self._planned = False
        self._write()

    def _write(self) -> None:
        """None; as much as the pipe takes is in it, and the loop watches for when it takes more."""
        while (self._left or self._waiting) and not self._gone:
            if not self._left:
                self._left = memoryview(self._next())
            try:
                sent = self._socket.send(self._left, socket.MSG_DONTWAIT)
            except BlockingIOError:
                break
            except OSError:
                self._gone = True  # the coordinator is gone, which the reading side sees too
                break
            self._left = self._left[sent:]
        self._watch(is_wanted=bool(self._left) and not self._gone)
        self._tell()

    def _tell(self) -> None:
        """None; whoever waits for messages that are in the pipe now goes on."""
        if self._left:
            return
        self._out = self._put - len(self._waiting)
        if self._moved is not None:
            self._moved.set_result(None)
            self._moved = None

    def _next(self) -> bytes:
        taken, size = 0, 0
        while taken < len(self._waiting) and (taken == 0 or size < FRAME_BYTES):
            size += len(self._waiting[taken])
            taken += 1
        data = wire.frame(self._waiting[:taken])
        del self._waiting[:taken]
        return _LENGTH.pack(len(data)) + data

    def _watch(self, *, is_wanted: bool) -> None:
        if is_wanted == self._is_watched:
            return
        self._is_watched = is_wanted
        loop = asyncio.get_event_loop()
        if is_wanted:
            loop.add_writer(self._socket.fileno(), self._write)
        else:
            loop.remove_writer(self._socket.fileno())
