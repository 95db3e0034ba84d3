"""Connections that ask nothing, or take nothing, are ended; those that wait for a page are not. Over real sockets."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import uvicorn

from storage.web import patience

LOOK = 0.05
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[bytes]]
ASKED = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "LOOK_SECONDS", LOOK)


def said(talk: Talk, app: Any) -> bytes:
    """What a visitor gets until the connection is ended, of which five seconds would be a failure."""

    async def visited() -> bytes:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            config = uvicorn.Config(app, http=patience.patient(), lifespan="off", log_level="critical", ws="none")
            server = uvicorn.Server(config)
            serving = asyncio.create_task(server._serve([listener]))
            reader, writer = await asyncio.open_connection(*listener.getsockname())
            try:
                return await asyncio.wait_for(talk(reader, writer), 5)
            finally:
                writer.close()
                server.should_exit = server.force_exit = True
                await serving

    return asyncio.run(visited())


async def answer(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


async def until_ended(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read()
    except ConnectionError:
        return b""


@pytest.mark.parametrize("sent", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: localhost\r\n"])
def test_who_asks_nothing_or_half_is_not_waited_for(sent: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "LONGEST_LOOKS", 10**6)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(sent)
        return await until_ended(reader)

    assert said(talk, answer) == b""


def test_who_asks_for_half_of_a_second_page_is_not_waited_for_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "LONGEST_LOOKS", 10**6)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(ASKED)
        first = await reader.readuntil(b"ok")
        writer.write(ASKED[:20])
        return first + await until_ended(reader)

    assert said(talk, answer).endswith(b"ok")


def test_who_waits_for_a_page_gets_it() -> None:
    async def slow(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.sleep(4 * LOOK)
        await answer(scope, receive, send)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(ASKED)
        return await until_ended(reader)

    assert said(talk, slow).endswith(b"ok")


def test_who_does_not_take_the_answer_is_not_waited_for() -> None:
    async def long(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(500):
            await send({"type": "http.response.body", "body": bytes(100_000), "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(ASKED)
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        await asyncio.sleep((patience.LONGEST_LOOKS + 4) * LOOK)
        writer.transport.resume_reading()  # type: ignore[attr-defined]
        return await until_ended(reader)

    assert len(said(talk, long)) < 50_000_000
