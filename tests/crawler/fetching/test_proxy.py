"""The operator's proxy: looking its names up keeps nobody else waiting."""

from __future__ import annotations

import asyncio
import socket
import threading

import pytest

from crawler.fetching import proxy


def test_names_that_nobody_answers_for_leave_the_threads_of_others_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    answered = threading.Event()

    def silent(*_: object, **__: object) -> None:
        answered.wait(60)
        raise socket.gaierror

    async def run() -> int:
        looking = [asyncio.create_task(proxy._resolved(f"host{number}.test")) for number in range(40)]
        await asyncio.sleep(0.05)
        try:
            async with asyncio.timeout(5):
                return await asyncio.to_thread(int, 7)
        finally:
            answered.set()
            assert set(await asyncio.gather(*looking)) == {()}

    monkeypatch.setattr(socket, "getaddrinfo", silent)
    assert asyncio.run(run()) == 7
