"""The worker's end of the pipe: events and words of its jobs go out, and what the database has is heard of."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection

from crawler import wire
from crawler.outbox import Outbox
from storage.records import Event, KeptBody

# Events that may be under way to the database at once; then the spiders wait. Bounds memory when the disk is slow.
MAX_UNCOMMITTED = 500


@dataclass(slots=True, eq=False)
class _Hold:
    """A body that is read, and what the coordinator was told of it. `is_told`: it has not been told of the end."""

    message: wire.InHand
    is_told: bool = False


class PipeReporter:
    """Sends the events of all jobs down the pipe, and lets spiders wait until theirs are safe. For one event loop."""

    def __init__(self, connection: Connection) -> None:
        self._pipe = Outbox(connection)
        self._suspects = asyncio.Lock()
        self._queued: Counter[str] = Counter()
        self._holds: dict[tuple[str, str], _Hold] = {}
        self._told: set[str] = set()
        self._room = asyncio.Semaphore(MAX_UNCOMMITTED)
        self._waiting: dict[tuple[str, int], asyncio.Future[None] | None] = {}

    async def send(self, event: Event | wire.Packed) -> None:
        """None, as soon as there is room for one more event. Raises what `wire.encode` does, and nothing is sent."""
        await self._take_room(event, None)

    async def commit(self, event: Event) -> None:
        """None, as soon as the coordinator says that the event is in the database."""
        safe: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        await self._take_room(event, safe)
        await safe

    @asynccontextmanager
    async def holding(
        self, job_id: str, key: str, body: KeptBody | None = None, *, suspect: bool = False
    ) -> AsyncIterator[None]:
        """A block in which the body of an address is read, of which the coordinator has been told before.

        `suspect`: it waits until no other suspect is in hand; a page that is one comes with its `body`.
        """
        hold = self._holds[job_id, key] = _Hold(wire.InHand(job_id, key, suspect=suspect, body=body))
        try:
            await self._take_in_hand(hold)
            yield
        finally:
            self._let_go(hold)
            if self._holds.get((job_id, key)) is hold:
                del self._holds[job_id, key]

    @asynccontextmanager
    async def laying_aside(self, job_id: str, key: str) -> AsyncIterator[None]:
        """A block within `holding` in which nothing of the body is read: of a suspect, others may be meanwhile.

        The further pages of an article may take an hour to come, and no other suspect is to wait for them.
        """
        hold = self._holds.get((job_id, key))
        if hold is None or not hold.message.suspect:
            yield
            return
        self._let_go(hold)
        yield
        await self._take_in_hand(hold)

    async def _take_in_hand(self, hold: _Hold) -> None:
        """None, as soon as the coordinator has been told, and no other suspect is in hand if this is one."""
        job_id = hold.message.job_id
        if hold.message.suspect:
            self._queued[job_id] += 1
            try:
                await self._suspects.acquire()
            finally:
                self._queued[job_id] -= 1
        hold.is_told = True
        await self._sent(hold.message)

    def _let_go(self, hold: _Hold) -> None:
        if not hold.is_told:
            return
        hold.is_told = False
        self.post(wire.LetGo(hold.message.job_id, hold.message.key))
        if hold.message.suspect:
            self._suspects.release()

    def post(self, message: wire.Message) -> None:
        """None; the message is on its way."""
        self._pipe.put(wire.encode(message))

    def moved(self) -> set[str]:
        """The jobs that have told something since the last time, or wait for the database, or for another's suspect."""
        told, self._told = self._told, set()
        self._queued = +self._queued
        return told | self._queued.keys() | {job_id for job_id, _ in self._waiting}

    @property
    def is_full(self) -> bool:
        """Whether whoever has something to tell waits for the database."""
        return self._room.locked()

    async def _take_room(self, event: Event | wire.Packed, safe: asyncio.Future[None] | None) -> None:
        data = wire.encode(event)
        await self._room.acquire()
        self._waiting[event.job_id, event.number] = safe
        self._told.add(event.job_id)
        self._pipe.put(data)

    async def _sent(self, message: wire.Message) -> None:
        """None, as soon as the message is in the pipe: what comes next may be this process's end."""
        self._pipe.put(wire.encode(message))
        await self._pipe.sent()

    def committed(self, events: wire.Committed) -> None:
        """None; whoever waits for these events goes on."""
        for event in events.events:
            if event in self._waiting:
                safe = self._waiting.pop(event)
                self._room.release()
                if safe is not None and not safe.done():
                    safe.set_result(None)
