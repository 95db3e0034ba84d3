"""The thread that does all talking with PostgreSQL, so that the coordinator's never waits for a server.

Each turn: what is in the file is deleted, batches are taken, jobs go out, stops are told, and now and then the jobs of
lost workers are ended and room is counted. In this order, for a server whose disk is full takes no job, and has room
again when events are deleted. Where the server is lost all of it waits, and it is looked for with growing pauses.
"""

from __future__ import annotations

import logging
import math
import time
from multiprocessing.connection import wait
from threading import Condition, Thread
from typing import TYPE_CHECKING, Final

import psycopg

from scheduler.engines.cluster.connecting import Refused, Unreachable, fault_of
from scheduler.engines.cluster.coordinator import ends, line
from scheduler.engines.cluster.coordinator.backlog import Backlog
from scheduler.engines.cluster.coordinator.bell import Bell
from scheduler.engines.cluster.coordinator.inbox import Inbox
from scheduler.engines.cluster.coordinator.placing import Outbox, place
from scheduler.engines.cluster.coordinator.reaper import Reaper
from scheduler.engines.cluster.formats import QUEUE
from scheduler.engines.engine import EngineAway, EngineFault, EngineRefused, JobOut
from storage.records import JobFinished

if TYPE_CHECKING:
    from scheduler.engines.cluster.address import Address
    from scheduler.engines.cluster.coordinator.line import Line, Terms
    from scheduler.engines.cluster.coordinator.looking import Looking

logger = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS: Final = 0.5
LONGEST_PAUSE_SECONDS: Final = 15.0
LOCK_SECONDS: Final = 25.0
"""For so long the session of a coordinator that has died may still be there: the server's keepalives take 15 s."""
LOOK_SECONDS: Final = 1.0
SEEN_SECONDS: Final = 5.0
REAP_SECONDS: Final = 10.0
REAPS_IN_A_STALL: Final = 3
"""So often at least lost workers are looked for in the time after which one is lost."""
DEAF_SECONDS: Final = 15.0
"""After so long without a turn the server hangs, most likely: nothing more is sent there."""
HUNG_SECONDS: Final = 8.0
"""A server that has kept us waiting so long may have lost all its workers over that, which wait for 10 s."""
SURE_AFTER_SECONDS: Final = 2.0
"""What a worker had said to a server that hung may be heard so late."""
AWAY, REFUSED = "away", "refused"
"""Kinds of loss; those by a fault of Dibao go by the fault's name."""
AHEAD: Final = 32
AHEAD_PER_WORKER: Final = 4
"""Jobs that wait in PostgreSQL beside those for which workers have said that they have room: none of them idles."""


class Clerk:
    """Works from the first `jobs_out` until `leave`. `bell`: rung when there is something for the coordinator."""

    def __init__(
        self,
        address: Address,
        schema: str,
        terms: Terms,
        bell: Bell,
        looking: Looking,
        *,
        reap_seconds: float = REAP_SECONDS,
    ) -> None:
        self._thread = Thread(target=self._run, name="dibao-cluster", daemon=True)
        self.inbox, self.outbox = Inbox(), Outbox()
        self.desk_bell = Bell()
        self._address, self._schema, self._terms = address, schema, terms
        self._bell = bell
        self._looking = looking
        self._reap_seconds = min(reap_seconds, terms.stall_seconds / REAPS_IN_A_STALL)
        self._backlog, self._reaper = Backlog(), Reaper()
        self._line: Line | None = None
        self._leaving = False
        self._pause = FIRST_PAUSE_SECONDS
        self._told: str | None = None
        self._was_there = False
        self._busy_since: float | None = None
        self._looked = self._seen = self._reaped = self._turned = self._next = 0.0
        self._sure_since = math.inf
        self._allowed = 0
        self._answer = Condition()
        self._asked = False
        self._open = False
        self._out: list[JobOut] | None = None
        self._fault: EngineFault | None = None

    # The coordinator's side

    @property
    def room(self) -> int:
        """How many more jobs may be placed; none while the server is away or hangs."""
        if self._line is None or self.is_deaf:
            return 0
        return self._allowed - self.outbox.uncounted

    @property
    def is_deaf(self) -> bool:
        """Whether the server lets us wait for a word of it, and has for long."""
        return self._line is not None and time.monotonic() - self._turned > DEAF_SECONDS

    def jobs_out(self, timeout_seconds: float) -> list[JobOut] | EngineFault:
        """What is out, or why that cannot be known: EngineAway where the server was not reached in that time.

        From then on events are taken; those that were taken and not confirmed are taken again.
        """
        if self._thread.ident is None:
            self._thread.start()
        with self._answer:
            if not self._asked and self._fault is None:
                self._asked, self._out = True, None
            self.desk_bell.ring()
            self._answer.wait_for(lambda: self._out is not None or self._fault is not None, timeout_seconds)
            if self._out is not None:
                # Not before: an event that comes to a coordinator that has not taken its job up yet is let go.
                self._asked, self._open = False, True
                self.desk_bell.ring()
                return self._out
            return self._fault or EngineAway(f"PostgreSQL at {self._address.shown} has not answered")

    def leave(self, timeout_seconds: float) -> None:
        """None; what there was to say was said, if the server can be reached in that time."""
        self._leaving = True
        self.desk_bell.ring()
        if self._thread.ident is not None:
            self._thread.join(timeout_seconds)
        if not self._thread.is_alive():
            self.desk_bell.close()

    # The thread

    def _run(self) -> None:
        """None, after `leave`."""
        while True:
            leaving = self._leaving
            more = self._turn_or_tell()
            if leaving:
                break
            if not more:
                self._wait()
        if self._line is not None:
            self._line.close()

    def _turn_or_tell(self) -> bool:
        """Whether there is more to do at once. No fault ends the thread."""
        try:
            for job_id in self.outbox.withdrawn():
                self._tell(JobFinished(job_id=job_id, number=1, reason="stopped"))
            if self._line is None and time.monotonic() >= self._next and not self._leaving:
                self._connect()
            if self._line is None:
                return False
            more = self._turn(self._line, time.monotonic())
        except psycopg.Error as error:
            self._lose(str(fault_of(error, self._address)))
        except Exception as error:
            kind = type(error).__name__
            if self._told != kind:
                logger.exception("a fault of Dibao in the engine; it begins anew")
            self._lose(f"a fault of Dibao ({kind}) has ended the line to {self._address.shown}", kind=kind)
        else:
            self._is_well()
            return more
        return False

    def _turn(self, open_line: Line, now: float) -> bool:
        open_line.drain()
        self._clear(open_line)
        if self._asked and self._out is None:
            self._tell_out(open_line)
        more = self._take(open_line, now)
        self._place(open_line.ear)
        self._send_stops(open_line.ear)
        if now - self._reaped >= self._reap_seconds and self._open:
            self._reaped = now
            self._reaper.reap(open_line.ear, self._terms.stall_seconds, lambda: self._sure_seconds(now))
        if now - self._looked >= LOOK_SECONDS:
            self._looked = now
            self._looking.look(open_line.ear)
            self._look(open_line.ear, now)
        self._sure_seconds(now)
        self._turned = time.monotonic()
        return more

    def _sure_seconds(self, began: float) -> float:
        """For so long the server has been there, and has not hung. `began`: when this turn did."""
        now = time.monotonic()
        if now - began >= HUNG_SECONDS:
            self._sure_since = now + SURE_AFTER_SECONDS
        return now - self._sure_since

    def _place(self, ear: psycopg.Connection) -> None:
        while jobs := self.outbox.first():
            refused = place(ear, jobs, self._reaper.suspects)
            self.outbox.placed(one.job.id for one in jobs)
            for job_id, why in refused.items():
                logger.error("a job cannot be sent: %s", why, extra={"job": job_id})
                self._tell(JobFinished(job_id=job_id, number=1, reason="crashed", detail=why))

    def _send_stops(self, ear: psycopg.Connection) -> None:
        ids, every, spared = self.outbox.to_stop()
        if every:
            ends.stop(ear, None, but=sorted(spared - ids))
        elif ids:
            ends.stop(ear, sorted(ids))
        if ids or every:
            self.outbox.stopped(ids, every=every)

    def _clear(self, open_line: Line) -> None:
        if settled := self.inbox.settled():
            self._reaper.heed(open_line.hand, settled.ended)
            self._backlog.delete(open_line.hand, settled)
            self.inbox.deleted(settled)

    def _take(self, open_line: Line, now: float) -> bool:
        """Whether there may be more."""
        free = self.inbox.free_bytes
        if not self._open or not free or self._leaving:
            self._backlog.rest(open_line.hand, now)
            return False
        taken = self._backlog.take(open_line.hand, free, now)
        self.inbox.put(taken)
        if taken:
            self._bell.ring()
        else:
            self._backlog.rest(open_line.hand, now)
        return bool(taken)

    def _look(self, ear: psycopg.Connection, now: float) -> None:
        """None; the coordinator has been seen, and it is known how many jobs there is room for."""
        if now - self._seen >= SEEN_SECONDS:
            self._seen = now
            ear.execute("UPDATE settings SET coordinator_seen_at = now()")
        self.outbox.counted()
        row = ear.execute(
            "SELECT coalesce(sum(greatest(room, 0)), 0), count(*),"
            " (SELECT count(*) FROM (SELECT 1 FROM procrastinate_jobs WHERE status = 'todo' AND queue_name = %s"
            " AND (scheduled_at IS NULL OR scheduled_at <= now()) LIMIT 100000) AS q)"
            " FROM workers WHERE state = 'working' AND wanted = 'work'",
            (QUEUE,),  # suspects wait for one another, and for no place that another job could have
        ).fetchone()
        assert row is not None, "an aggregate has one row"
        self._allowed = int(row[0]) + max(AHEAD, AHEAD_PER_WORKER * int(row[1])) - int(row[2])

    def _tell_out(self, open_line: Line) -> None:
        """None; the coordinator can know which jobs are out; until it does, no event is taken."""
        self._backlog.let_go(open_line.hand)
        self.inbox.empty()
        rows = open_line.ear.execute("SELECT id, memo FROM jobs ORDER BY created_at, id").fetchall()
        self._reaped = 0.0
        with self._answer:
            self._open = False
            self._out = [JobOut(row[0], row[1]) for row in rows]
            self._answer.notify_all()

    def _tell(self, event: JobFinished) -> None:
        self.inbox.tell(event)
        self._bell.ring()

    def _connect(self) -> None:
        """None; the line is open. Where it cannot be, that is told once, and the next try has to wait."""
        try:
            self._line = line.open_line(self._address, self._schema, self._terms)
        except Unreachable as error:
            self._lose(str(error))
        except Refused as error:
            self._lose(str(error), EngineRefused(str(error)), REFUSED)
        except line.Busy as error:
            now = time.monotonic()
            self._busy_since = self._busy_since or now
            self._lose(str(error), EngineFault(str(error)) if now - self._busy_since >= LOCK_SECONDS else None)
            self._pause = min(self._pause, 1.0)
        else:
            self._was_there, self._busy_since = True, None
            # All that can fail is tried in the first turn: only then is the server well again.
            self._looked = self._reaped = 0.0
            self._turned = time.monotonic()
            self._sure_since = self._turned

    def _is_well(self) -> None:
        """None; a whole turn went well."""
        if self._told is not None:
            logger.warning("PostgreSQL at %s is there again", self._address.shown)
        self._told, self._pause = None, FIRST_PAUSE_SECONDS

    def _lose(self, why: str, final: EngineFault | None = None, kind: str = AWAY) -> None:
        """None; there is no line. `final`: what a coordinator that begins is told, where waiting would not help.

        Each `kind` of loss is told once, until all is well again.
        """
        if self._line is not None:
            self._line.close()
            self._line = None
        self._backlog.lost()
        self._looking.lost(why)
        if final is not None and not self._was_there:
            with self._answer:
                self._fault = final
                self._answer.notify_all()
        elif self._told != kind:
            logger.error("%s; it is tried again, jobs and events wait meanwhile", why)
            self._told = kind
        self._allowed = 0
        self._next = time.monotonic() + self._pause
        self._pause = min(2 * self._pause, LONGEST_PAUSE_SECONDS)

    def _wait(self) -> None:
        """None, after a word of the server, a ring, or the time until there is something to look after."""
        deadline = self._next if self._line is None else time.monotonic() + LOOK_SECONDS
        listened = [self.desk_bell.fileno()]
        if self._line is not None:
            listened.append(self._line.socket)
        wait(listened, max(0.0, deadline - time.monotonic()))
        self.desk_bell.hush()
