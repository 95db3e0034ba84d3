"""What waits to be told is told: several alerts of one place as one message, all places side by side."""

from __future__ import annotations

import logging
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from scheduler.alerting.notes import message_of, note_of
from scheduler.alerting.routing import quiet_until
from scheduler.alerting.sinks import Sink
from scheduler.alerting.telling_one import tell
from scheduler.webhooks import waiting
from scheduler.webhooks.answers import Answer
from scheduler.webhooks.courier import Courier
from scheduler.webhooks.dispatching import Dispatching
from storage.database import Database
from storage.watch import alerts, incidents
from storage.watch.alerts import QueuedAlert
from storage.watch.incidents import Incident

logger = logging.getLogger(__name__)

MOST_FOR_PROGRAMS = 100
"""Alerts in one document: a program wants each with all its facts, people want to see that there are many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of a message, and the alerts that were in it."""

    sink: Sink
    rows: tuple[QueuedAlert, ...]
    answer: Answer


class Sending(Dispatching[Sink]):
    """Tells people of incidents. `wake` is called from a thread when there is something for `tick` to write.

    `gathers`: an alert waits `group_seconds` for others. `told`, `failed`: alerts and attempts since it was made.
    """

    def __init__(
        self,
        sinks: Sequence[Sink],
        clock: Callable[[], datetime],
        wake: Callable[[], None] = lambda: None,
        chance: random.Random | None = None,
        *,
        gathers: bool = True,
    ) -> None:
        self.told = self.failed = 0
        self._sinks = tuple(sinks)
        self._clock = clock
        self._chance = chance or random.Random()  # noqa: S311 - spreads attempts, guards nothing
        self._gathers = gathers
        self._courier = Courier[Result]("alerts", wake)
        self._busy: set[str] = set()
        self._unwritten: list[Result] = []
        self._failures: dict[str, int] = {}
        self._not_before: dict[str, datetime] = {}
        self._looked_at = datetime.min.replace(tzinfo=UTC)

    def configure(self, targets: Sequence[Sink]) -> None:
        """None; these are the places from now on, and none of them is left alone for what was."""
        self._sinks = tuple(targets)
        self._failures, self._not_before = {}, {}

    def tick(self, database: Database) -> bool:
        """Whether anything is on its way now. What came back is written, and what is due goes out.

        Nothing is written while there is nothing new. Raises StorageFault; then it is all done by the next tick.
        """
        self._unwritten += self._courier.results()
        if self._unwritten:
            self._write(database)
        if not self._ending:
            self._send_out(database)
        return bool(self._busy)

    def _wait(self, seconds: float) -> None:
        self._unwritten += self._courier.results(seconds)

    def _stop(self, *, at_once: bool) -> None:
        self._courier.ending.set()
        if at_once:
            self._courier.close()

    # What goes out

    def _send_out(self, database: Database) -> None:
        now = self._clock()
        if now < self._looked_at:  # the clock was set back: nobody waits for a time that it said before
            self._not_before = {}
        self._looked_at = now
        first = alerts.next_due(database)
        if first is None or first > now:
            return
        queued: dict[str, list[QueuedAlert]] = defaultdict(list)
        for row in alerts.pending(database):
            queued[row.sink].append(row)
        for sink in self._sinks:
            if sink.name not in self._busy and (due := self._due(sink, queued[sink.name], now)):
                self._tell(database, sink, due, now)

    def _due(self, sink: Sink, rows: Iterable[QueuedAlert], now: datetime) -> list[QueuedAlert]:
        """What is told now: nothing while the place is left alone, or while others are still waited for."""
        if self._not_before.get(sink.name, now) > now:
            return []
        due = [row for row in rows if row.next_at is not None and row.next_at <= now]
        gathering = timedelta(seconds=sink.settings.group_seconds if self._gathers else 0)
        if all(row.attempts == 0 and row.next_at is not None and row.next_at + gathering > now for row in due):
            return []
        return due

    def _tell(self, database: Database, sink: Sink, due: Sequence[QueuedAlert], now: datetime) -> None:
        found = incidents.find_all(database, {row.incident_id for row in due})
        loud = self._without_quiet(database, sink, [(row, found[row.incident_id]) for row in due], now)
        if sink.alert.kind in {"json", "log"}:
            loud = loud[:MOST_FOR_PROGRAMS]
        if not loud:
            return
        self._busy.add(sink.name)
        self._courier.begin(self._send(sink, loud, now))

    def _without_quiet(
        self, database: Database, sink: Sink, due: Sequence[tuple[QueuedAlert, Incident]], now: datetime
    ) -> list[tuple[QueuedAlert, Incident]]:
        """What is told now although it may be quiet; the rest is put off until the end of the quiet hours."""
        ends: dict[datetime, list[int]] = defaultdict(list)
        loud: list[tuple[QueuedAlert, Incident]] = []
        for row, incident in due:
            end = quiet_until(sink.settings, kind=incident.kind, severity=incident.severity, now=now)
            if end is None:
                loud.append((row, incident))
            else:
                ends[end].append(row.id)
        if ends:
            with database.transaction():
                for end, ids in ends.items():
                    alerts.put_off(database, ids, end)
        return loud

    async def _send(self, sink: Sink, told: Sequence[tuple[QueuedAlert, Incident]], now: datetime) -> None:
        try:
            notes = [note_of(row, incident, sink) for row, incident in told]
            answer = await tell(self._courier, sink, message_of(notes, sink.language, now))
        except Exception as fault:  # a message that cannot be made is not to be made again each second
            logger.exception("alert %s: its message could not be made", sink.name)
            answer = Answer(http_status=None, error=f"its message could not be made: {type(fault).__name__}")
        self._courier.hand_back(Result(sink=sink, rows=tuple(row for row, _ in told), answer=answer))

    # What came back

    def _write(self, database: Database) -> None:
        now = self._clock()
        with database.transaction():
            for result in self._unwritten:
                self._settle(database, result, now)
        for result in self._unwritten:
            self._note(result, now)
        self._unwritten = []

    def _settle(self, database: Database, result: Result, now: datetime) -> None:
        if result.answer.error is None:
            alerts.done(database, [row.id for row in result.rows], now)
            # What failed before and would wait for hours is told as soon as the place is well again.
            stuck = [row.id for row in alerts.pending(database) if row.sink == result.sink.name and row.attempts]
            alerts.put_off(database, stuck, now)
            return
        asked = _asked(result.answer, now)
        for row in result.rows:
            wait = max(waiting.after_attempt(row.attempts + 1, self._chance), asked)
            again = None if _is_last(row, result.sink) else now + wait
            alerts.failed(database, [row.id], result.answer.error, again)

    def _note(self, result: Result, now: datetime) -> None:
        """None; counted and logged, once it is in the file."""
        name, error = result.sink.name, result.answer.error
        self._busy.discard(name)
        failures = self._failures.get(name, max(row.attempts for row in result.rows))
        if error is None:
            self.told += len(result.rows)
            self._failures[name] = 0
            self._not_before.pop(name, None)
            if failures:
                logger.info("alert %s takes messages again", name, extra={"sink": name})
            return
        self.failed += 1
        self._failures[name] = failures + 1
        pause = max(waiting.of_webhook(failures + 1, self._chance) or timedelta(), _asked(result.answer, now))
        self._not_before[name] = now + pause
        dead = sum(_is_last(row, result.sink) for row in result.rows)
        if dead:
            logger.error("alert %s: %d messages are given up: %s", name, dead, error, extra={"sink": name})
        elif not failures:
            logger.warning("alert %s fails: %s; it is tried again", name, error, extra={"sink": name})


def _is_last(row: QueuedAlert, sink: Sink) -> bool:
    """Whether the attempt that just failed was the last one."""
    return row.attempts + 1 >= sink.alert.max_attempts


def _asked(answer: Answer, now: datetime) -> timedelta:
    """How long the place asks to be left alone."""
    seconds = waiting.asked_seconds(answer.retry_after, now)
    return timedelta() if seconds is None else timedelta(seconds=seconds)
