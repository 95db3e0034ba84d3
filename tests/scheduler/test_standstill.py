"""A crawl over several machines says why nothing runs: once it has lasted, when that changes, and when it goes on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from scheduler.standstill import Standstill, reason_of
from storage.engine_seen import EngineSeen
from storage.noted import Noted
from storage.records import JobFinished

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
IDLE = EngineSeen(at=NOW, server="postgresql://db/d", workers=2, queued=5)
NOBODY = replace(IDLE, workers=0, doing=1)  # the job of one that is lost
PAUSED = replace(IDLE, paused=True)
DRAINED = replace(IDLE, draining=2)
AWAY = replace(IDLE, unreachable_since=NOW, error="PostgreSQL at db cannot be reached: refused")


class Told:
    """A standstill that looks at what is set, and what it has said."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.seen: EngineSeen | None = None
        self.standstill = Standstill(lambda: self.seen, self.lines.append)

    def at(self, monotonic: float, seen: EngineSeen | None, away: str | None = None) -> list[str]:
        """What was said by then, of that."""
        self.seen = seen
        self.lines.clear()
        self.standstill.look(monotonic, away)
        return [*self.lines]

    def event(self) -> None:
        event = JobFinished(job_id="j", number=1, reason="finished")
        self.standstill.noted("a", Noted(event=event))


@pytest.mark.parametrize(
    ("seen", "kind", "step"),
    [
        (AWAY, "away", "refused; it is tried again, and nothing is lost. See `dibao doctor`"),
        (replace(AWAY, error=None, workers=0), "away", "PostgreSQL at postgresql://db/d does not answer; it is"),
        (replace(NOBODY, paused=True), "nobody", "no worker is alive: start `dibao worker`"),
        (PAUSED, "paused", "`dibao cluster resume`"),
        (replace(DRAINED, paused=True), "paused", "`dibao cluster resume`"),
        (DRAINED, "drained", "start `dibao worker` again"),
    ],
)
def test_the_gravest_reason_is_told_with_the_next_step(seen: EngineSeen, kind: str, step: str) -> None:
    reason = reason_of(seen)
    assert reason is not None
    assert reason.kind == kind
    assert step in reason.says


@pytest.mark.parametrize(
    "seen",
    [None, IDLE, replace(IDLE, draining=1), replace(PAUSED, doing=1), replace(DRAINED, doing=1)],
)
def test_where_something_runs_or_may_begin_or_nobody_has_looked_there_is_no_reason(seen: EngineSeen | None) -> None:
    assert reason_of(seen) is None


def test_it_is_told_when_it_has_lasted_again_when_it_changes_and_once_when_it_goes_on() -> None:
    told = Told()
    assert told.at(100.0, NOBODY) == []
    assert told.at(104.9, NOBODY) == []
    (line,) = told.at(105.0, NOBODY)
    assert line.startswith("nothing is fetched: no worker is alive")
    assert told.at(200.0, replace(NOBODY, lost=("w",))) == []
    (line,) = told.at(201.0, AWAY)
    assert "cannot be reached" in line
    assert told.at(260.0, replace(AWAY, error="the database system is starting up")) == []
    assert told.at(261.0, IDLE) == ["it goes on"]
    assert told.at(262.0, IDLE) == []
    assert told.at(300.0, PAUSED) == []
    (line,) = told.at(305.0, PAUSED)
    assert "paused" in line


def test_what_is_over_before_it_has_lasted_is_not_told() -> None:
    told = Told()
    said = [told.at(float(second), NOBODY if second % 5 else IDLE) for second in range(1, 60)]
    assert not any(said)


def test_an_event_says_that_it_goes_on_before_anybody_has_looked_again() -> None:
    told = Told()
    told.at(0.0, NOBODY)
    assert told.at(5.0, NOBODY)
    told.event()
    assert told.at(5.5, NOBODY) == ["it goes on"]
    assert told.at(12.0, NOBODY) == [], "that is as it was before the event"
    later = replace(NOBODY, at=NOW + timedelta(seconds=10))
    assert told.at(13.0, later) == []
    assert told.at(18.0, later)


def test_who_is_told_that_the_engine_is_away_says_so_before_anything_was_seen() -> None:
    told = Told()
    assert told.at(0.0, None, "PostgreSQL at db has not answered") == []
    assert told.at(5.0, None, "PostgreSQL at db has not answered") == [
        "nothing is fetched: PostgreSQL at db has not answered"
    ]
    assert told.at(5.1, IDLE) == ["it goes on"]
