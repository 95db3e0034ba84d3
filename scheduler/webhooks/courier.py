"""The thread that does requests, and the sessions that it does them with; for webhooks and for alerts."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any, Generic, TypeVar

import aiohttp

from scheduler.webhooks.answers import EXCERPT_BYTES, Answer, of_fault, of_status
from scheduler.webhooks.doors import Door

# Most servers keep a silent connection for 5 s or longer (Node 5 s, nginx 75 s); one that closes while it is being
# written to costs an attempt.
KEEPALIVE_SECONDS = 2.0
BODY_SECONDS = 1.0
"""For the body of an answer, of which hardly anything is needed."""
CLOSE_SECONDS = 5.0

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A request. Its address is never shown, for it may hold a token; nor are its headers and its body."""

    url: str = field(repr=False)
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    timeout_seconds: float
    door: Door


class Courier(Generic[Result]):
    """Runs a thread from the first work until `close`. What its work puts into `results` is fetched by another thread.

    `wake` is called from the thread when something is there to be fetched. `ending`: work is to come to its end.
    """

    def __init__(self, name: str, wake: Callable[[], None] = lambda: None) -> None:
        self.ending = threading.Event()
        self._name = name
        self._wake = wake
        self._agent = f"dibao/{version('dibao')}"
        self._results: queue.SimpleQueue[Result] = queue.SimpleQueue()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._sessions: dict[Door, aiohttp.ClientSession] = {}

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """None; the work goes on in the thread, beside all other work."""
        if self._loop is None:
            self._start()
        assert self._loop is not None, "it was just made"
        asyncio.run_coroutine_threadsafe(work, self._loop)

    def hand_back(self, result: Result, *, wake: bool = True) -> None:
        """None; the result can be fetched. Called by work."""
        self._results.put(result)
        if wake:
            self._wake()

    def results(self, wait_seconds: float = 0.0) -> list[Result]:
        """What has come since it was last asked, after waiting for the first for at most so long."""
        found: list[Result] = []
        with contextlib.suppress(queue.Empty):
            if wait_seconds > 0:
                found.append(self._results.get(timeout=wait_seconds))
            while True:
                found.append(self._results.get_nowait())
        return found

    async def post(self, post: Post) -> Answer:
        """What is answered to a request, or why nothing is. Called by work."""
        headers = {
            "Content-Type": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": self._agent,
            **post.headers,
        }
        timeout = aiohttp.ClientTimeout(total=post.timeout_seconds)
        try:
            async with self._opened(post.door).post(
                post.url, data=post.body, headers=headers, timeout=timeout, allow_redirects=False
            ) as response:
                excerpt = await _beginning(response)
                return of_status(response.status, response.headers.get("Retry-After"), excerpt)
        except Exception as fault:  # noqa: BLE001 - whatever it is, it costs this attempt and nothing else
            return of_fault(fault, post.timeout_seconds)

    def close(self) -> None:
        """None; what is on its way is given up, and the thread has ended. Whether it was taken is not known."""
        loop, thread, self._loop, self._thread = self._loop, self._thread, None, None
        if loop is not None and thread is not None:
            loop.call_soon_threadsafe(loop.stop)
            thread.join(CLOSE_SECONDS)

    def _start(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, args=(self._loop,), name=self._name, daemon=True)
        self._thread.start()

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            loop.run_forever()
        finally:
            loop.run_until_complete(self._give_up())
            loop.close()

    async def _give_up(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()

    def _opened(self, door: Door) -> aiohttp.ClientSession:
        """The session of all receivers that may be connected to the same addresses."""
        if door not in self._sessions:
            connector = aiohttp.TCPConnector(
                limit=0,
                keepalive_timeout=KEEPALIVE_SECONDS,
                resolver=aiohttp.ThreadedResolver(),
                socket_factory=door.socket,
            )
            # trust_env is off: a proxy of the environment is meant for the web, not for the operator's own programs.
            self._sessions[door] = aiohttp.ClientSession(
                connector=connector, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False, trust_env=False
            )
        return self._sessions[door]


async def _beginning(response: aiohttp.ClientResponse) -> bytes:
    """At most EXCERPT_BYTES of the body; the connection of one that is longer, slow or broken is closed."""
    found = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in response.content.iter_any():
                found += chunk
                if len(found) > EXCERPT_BYTES:
                    response.close()
                    break
    except (TimeoutError, aiohttp.ClientError):
        response.close()
    return bytes(found[:EXCERPT_BYTES])
