"""What is well for a while and ill again: the same trouble, or another one of which somebody must hear."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from scheduler.watching import watching
from scheduler.watching.incidents import WELL
from scheduler.watching.watch import Watch
from scheduler.watching.watching import SOON_SECONDS, Watching
from tests.scheduler.watching.desk import Desk

Desks = Callable[..., Desk]
FAILING = "source_failing"


def test_who_left_a_storm_and_fails_again_after_weeks_is_told_of_although_another_never_recovered(desk: Desks) -> None:
    names = [f"s{number}" for number in range(12)]
    at = desk(*names)
    at.wrong = {name: [FAILING] for name in names[:6]}
    at.round()
    (storm,) = at.open
    at.send("all")
    at.wrong = {names[0]: [FAILING]}
    for _ in range(3):
        at.round(minutes=60 * 24 * 10)
    assert at.open == [storm]
    at.wrong[names[3]] = [FAILING]
    at.round()
    assert at.open == [storm, f"{FAILING}:{names[3]}"]
    assert ("log", "opened", "pending") in at.alerts


def test_who_fails_once_more_was_not_well_since_then(desk: Desks) -> None:
    at = desk("a", "b")
    at.wrong = {"a": [FAILING]}
    at.round()
    at.wrong = {}
    at.round()
    assert WELL in at.all[0].facts
    at.unsure = {"a": {FAILING}}
    with at.database.transaction():
        at.database.execute("UPDATE sources SET failures = 1 WHERE name = 'a'")
    at.round(40)
    assert WELL not in at.all[0].facts
    at.unsure = {}
    at.round()
    assert at.open == [f"{FAILING}:a"]
    at.round(31)
    assert at.open == []


def test_while_sources_wait_to_be_judged_for_the_first_time_rounds_come_soon(
    desk: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    at, real = desk("a", "b", "c", "d"), iter(range(1_000))
    seconds = [0.0]
    kept = Watching(lambda: at.now, lambda: seconds[0])
    kept._watch = Watch(at._judge, monotonic=lambda: float(next(real)))  # one source a round
    rounds = 0
    while len(set(at.judged_names)) < 4:
        rounds += kept.tick(at.config, at.database, (), may_delete=True)
        seconds[0] += SOON_SECONDS
    assert seconds[0] <= 5 * SOON_SECONDS
    rounds = 0
    for _ in range(20):
        rounds += kept.tick(at.config, at.database, (), may_delete=True)
        seconds[0] += SOON_SECONDS
    assert rounds <= 1
    # What a one-shot crawl found is judged whole, for there is no next round.
    fresh = desk("e", "f", "g")
    slow = iter(range(1_000))
    monkeypatch.setattr(watching, "Watch", lambda: Watch(fresh._judge, monotonic=lambda: float(next(slow))))
    watching.after_crawl(fresh.config, fresh.database, fresh.now, may_delete=True)
    assert {"e", "f", "g"} <= set(fresh.judged_names)
