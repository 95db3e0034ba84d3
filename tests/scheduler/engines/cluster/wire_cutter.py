"""A TCP proxy on loopback whose connections can be cut, refused, or left open with nothing coming through."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from contextlib import suppress
from types import TracebackType
from typing import Literal, Self

Mode = Literal["open", "refused", "silent"]
_CHUNK = 65_536
_LOOK_SECONDS = 0.05


class WireCutter:
    """A context manager: what connects to `.port` is connected to the target. `silent`: bytes go nowhere, both sides
    are kept, as behind a router that has lost its other half; what was under way when it is `open` again comes late.
    """

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._mode: Mode = "open"
        self._pairs: set[asyncio.StreamWriter] = set()
        self._started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="wire-cutter", daemon=True)
        self._loop: asyncio.AbstractEventLoop
        self._ended: asyncio.Event
        self.port = 0

    def __enter__(self) -> Self:
        self._thread.start()
        self._started.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join()

    def set(self, mode: Mode) -> None:
        """None; from now on it is so. What is connected stays so, but for `refused`, which resets it."""
        self._loop.call_soon_threadsafe(self._set, mode)

    def cut(self) -> None:
        """None; all connections are reset, new ones are taken."""
        self._loop.call_soon_threadsafe(self._reset)

    def _set(self, mode: Mode) -> None:
        self._mode = mode
        if mode == "refused":
            self._reset()

    def _reset(self) -> None:
        for writer in self._pairs:
            _reset(writer)

    async def _serve(self) -> None:
        self._loop, self._ended = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._started.set()
        await self._ended.wait()
        server.close()
        self._reset()
        await asyncio.sleep(0)
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._mode == "refused":
            _reset(writer)
            return
        try:
            there, back = await asyncio.open_connection(*self._target)
        except OSError:
            _reset(writer)
            return
        self._pairs |= {writer, back}
        try:
            await asyncio.gather(self._carry(reader, back), self._carry(there, writer))
        finally:
            self._pairs -= {writer, back}
            _reset(writer)
            _reset(back)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """None, once one side is gone and the other knows it, which it learns only where something comes through."""
        with suppress(OSError):
            while data := await reader.read(_CHUNK):
                await self._heard()
                writer.write(data)
                await writer.drain()
        await self._heard()
        writer.close()

    async def _heard(self) -> None:
        while self._mode == "silent":  # noqa: ASYNC110 - it is set twice in a minute
            await asyncio.sleep(_LOOK_SECONDS)


def _reset(writer: asyncio.StreamWriter) -> None:
    """None; the connection ends by RST, as that of a machine that has forgotten it."""
    with suppress(OSError, AttributeError):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.close()
