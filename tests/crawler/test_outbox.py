"""What is said in one turn goes at once; nothing is lost where the pipe is full or its reader gone."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from multiprocessing.connection import Connection

import pytest

from crawler import wire
from crawler.outbox import FRAME_BYTES, Outbox

Pipe = tuple[Connection, Connection]


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    """The reader's end, and the writer's."""
    ours, theirs = (Connection(end.detach()) for end in socket.socketpair())
    yield ours, theirs
    theirs.close()
    if not ours.closed:
        ours.close()


def let_go(number: int, more: int = 0) -> wire.LetGo:
    return wire.LetGo("job", f"{number}{'x' * more}")


def received(connection: Connection) -> list[wire.Message]:
    return list(wire.unframed(connection.recv_bytes()))


def test_what_is_said_in_one_turn_of_the_loop_comes_as_one_frame(pipe: Pipe) -> None:
    async def run() -> None:
        outbox = Outbox(pipe[1])
        for number in range(3):
            outbox.put(wire.encode(let_go(number)))
        assert not pipe[0].poll(0)
        await asyncio.sleep(0)
        assert received(pipe[0]) == [let_go(0), let_go(1), let_go(2)]
        outbox.put(wire.encode(let_go(3)))
        await outbox.sent()
        assert received(pipe[0]) == [let_go(3)]

    asyncio.run(run())


def test_who_waits_for_a_full_pipe_goes_on_when_its_message_is_in_it_and_the_order_is_kept(pipe: Pipe) -> None:
    async def run() -> list[wire.Message]:
        outbox = Outbox(pipe[1])
        outbox.put(wire.encode(let_go(0, 2 * FRAME_BYTES)))
        waiting = asyncio.create_task(outbox.sent())
        await asyncio.sleep(0)
        for number in range(1, 4):
            outbox.put(wire.encode(let_go(number)))
        await asyncio.sleep(0)
        assert not waiting.done()
        first = await asyncio.to_thread(received, pipe[0])
        await waiting
        await outbox.sent()
        return first + received(pipe[0])

    assert asyncio.run(run()) == [let_go(0, 2 * FRAME_BYTES), *map(let_go, range(1, 4))]


def test_a_frame_is_bounded(pipe: Pipe) -> None:
    async def run() -> list[int]:
        outbox = Outbox(pipe[1])
        for number in range(5):
            outbox.put(wire.encode(let_go(number, FRAME_BYTES // 2)))
        asyncio.get_running_loop().call_soon(lambda: None)
        sending = asyncio.create_task(outbox.sent())
        frames = []
        while sum(frames) < 5:
            frames.append(len(await asyncio.to_thread(received, pipe[0])))
        await sending
        return frames

    assert asyncio.run(run()) == [2, 2, 1]


def test_a_reader_that_is_gone_raises_nothing(pipe: Pipe) -> None:
    async def run() -> None:
        outbox = Outbox(pipe[1])
        pipe[0].close()
        for number in range(3):
            outbox.put(wire.encode(let_go(number)))
            await asyncio.sleep(0)

    asyncio.run(run())
