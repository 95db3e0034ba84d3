"""The thread that does the requests: one message of a webhook at a time, all webhooks side by side."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version

import aiohttp

from scheduler.webhooks.answers import EXCERPT_BYTES, Answer, of_fault, of_status
from scheduler.webhooks.doors import Door, door_of
from scheduler.webhooks.signing import signed_headers
from scheduler.webhooks.targets import Target
from storage.outbox.sending import Delivery

BATCH_SECONDS = 5.0
"""A batch ends after this, for its messages were made when it began and should say what is."""
# Most servers keep a silent connection for 5 s or longer (Node 5 s, nginx 75 s); one that closes while it is being
# written to costs an attempt.
KEEPALIVE_SECONDS = 2.0
BODY_SECONDS = 1.0
"""For the body of an answer, which nobody needs."""
CLOSE_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What is sent. `delivery`: None for a test, which nobody counts."""

    id: str
    body: bytes
    delivery: Delivery | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of a message. `last`: nothing more comes of its batch; those not tried are due as before."""

    target: Target
    message: Message
    answer: Answer
    last: bool


class Sender:
    """Runs a thread from the first batch until `close`. `clock` gives the time that is signed."""

    def __init__(self, clock: Callable[[], datetime], wake: Callable[[], None] = lambda: None) -> None:
        self._clock = clock
        self._wake = wake
        self._agent = f"dibao/{version('dibao')}"
        self._results: queue.SimpleQueue[Result] = queue.SimpleQueue()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._sessions: dict[Door, aiohttp.ClientSession] = {}
        self._ending = threading.Event()

    def submit(self, target: Target, messages: Sequence[Message]) -> None:
        """None; the messages are sent in their order, until one fails or BATCH_SECONDS have passed."""
        if self._loop is None:
            self._start()
        assert self._loop is not None, "it was just made"
        asyncio.run_coroutine_threadsafe(self._send_all(target, messages), self._loop)

    def results(self, wait_seconds: float = 0.0) -> list[Result]:
        """What has come since it was last asked, after waiting for the first for at most so long."""
        found: list[Result] = []
        with contextlib.suppress(queue.Empty):
            if wait_seconds > 0:
                found.append(self._results.get(timeout=wait_seconds))
            while True:
                found.append(self._results.get_nowait())
        return found

    def end(self) -> None:
        """None; batches end with the message that is on its way."""
        self._ending.set()

    def close(self) -> None:
        """None; what is on its way is given up, and the thread has ended. Whether it was taken is not known."""
        loop, thread, self._loop, self._thread = self._loop, self._thread, None, None
        if loop is not None and thread is not None:
            loop.call_soon_threadsafe(loop.stop)
            thread.join(CLOSE_SECONDS)

    def _start(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, args=(self._loop,), name="webhooks", daemon=True)
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

    async def _send_all(self, target: Target, messages: Sequence[Message]) -> None:
        until = time.monotonic() + BATCH_SECONDS
        for message in messages:
            answer = await self._send(target, message)
            last = (
                message is messages[-1]
                or answer.error is not None
                or time.monotonic() >= until
                or self._ending.is_set()
            )
            self._results.put(Result(target=target, message=message, answer=answer, last=last))
            if last:
                self._wake()
                return

    async def _send(self, target: Target, message: Message) -> Answer:
        """The answer to one message. Signed now: receivers refuse what is five minutes old."""
        hook = target.hook
        headers = {
            "Content-Type": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": self._agent,
            **signed_headers(message.id, int(self._clock().timestamp()), message.body, target.keys),
        }
        timeout = aiohttp.ClientTimeout(total=hook.timeout_seconds)
        try:
            async with self._opened(door_of(hook)).post(
                hook.url, data=message.body, headers=headers, timeout=timeout, allow_redirects=False
            ) as response:
                excerpt = await _beginning(response)
                return of_status(response.status, response.headers.get("Retry-After"), excerpt)
        except Exception as fault:  # noqa: BLE001 - whatever it is, it costs this attempt and nothing else
            return of_fault(fault, hook.timeout_seconds)

    def _opened(self, door: Door) -> aiohttp.ClientSession:
        """The session of all webhooks that may be connected to the same addresses."""
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
    """At most EXCERPT_BYTES of the body; the connection of one that is longer, slow or broken is closed.

    The status has said all: what is the matter with the body changes nothing.
    """
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
