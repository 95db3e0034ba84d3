"""What a round does with incidents: how they begin, go on, get worse, calm down, relapse and end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scheduler.watching.incidents import Problem, Resolution, changes, source_key
from storage.records import utc_text
from storage.watch.incidents import Incident

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def problem(source: str = "a", kind: str = "source_failing", **values: Any) -> Problem:
    settings = {"severity": "warning", "facts": {"failures": 3}} | values
    return Problem(key=source_key(kind, source), kind=kind, source=source, **settings)


def incident(source: str = "a", kind: str = "source_failing", **values: Any) -> Incident:
    settings = {"severity": "warning", "facts": {"failures": 3}, "opened_at": NOW, "updated_at": NOW} | values
    return Incident(id=1, key=source_key(kind, source), kind=kind, source=source, sources=(source,), **settings)


def recovered(_: Incident) -> Resolution | None:
    return "recovered"


def held(_: Incident) -> Resolution | None:
    return None


def test_a_problem_without_an_incident_opens_one_and_one_with_it_changes_nothing() -> None:
    found = changes((), (problem(),), NOW, held)
    assert [one.key for one in found.opened] == ["source_failing:a"]
    again = changes((incident(),), (problem(),), NOW + MINUTE, held)
    assert (again.opened, again.updated, again.ended) == ((), (), ())


def test_what_grows_by_itself_is_written_each_ten_minutes_and_not_each_round() -> None:
    worse = problem(facts={"failures": 4})
    assert changes((incident(),), (worse,), NOW + 9 * MINUTE, held).updated == ()
    (update,) = changes((incident(),), (worse,), NOW + 10 * MINUTE, held).updated
    assert update.facts == {"failures": 4}
    assert not update.escalated
    assert changes((incident(),), (problem(),), NOW + 60 * MINUTE, held).updated == ()


def test_it_escalates_once_and_never_back() -> None:
    (update,) = changes((incident(),), (problem(severity="error"),), NOW + MINUTE, held).updated
    assert update.escalated
    assert update.severity == "error"
    worse = incident(severity="error")
    assert changes((worse,), (problem(severity="error"),), NOW + MINUTE, held).updated == ()
    (update,) = changes((worse,), (problem(facts={"failures": 9}),), NOW + 11 * MINUTE, held).updated
    assert update.severity == "error"
    assert not update.escalated


def test_it_is_over_only_after_half_an_hour_without_it() -> None:
    (calm,) = changes((incident(),), (), NOW + MINUTE, recovered).updated
    assert calm.facts == {"failures": 3, "well_at": utc_text(NOW + MINUTE)}
    well = incident(facts=calm.facts)
    later = changes((well,), (), NOW + 30 * MINUTE, recovered)
    assert (later.updated, later.ended) == ((), ())
    (ended,) = changes((well,), (), NOW + 31 * MINUTE, recovered).ended
    assert ended.facts == {"failures": 3, "resolution": "recovered", "lasted_seconds": 60}


def test_one_that_relapses_meanwhile_is_the_same_incident() -> None:
    well = incident(facts={"failures": 3, "well_at": utc_text(NOW)})
    found = changes((well,), (problem(facts={"failures": 1}),), NOW + 20 * MINUTE, recovered)
    assert (found.opened, found.ended) == ((), ())
    assert found.updated[0].facts == {"failures": 1}
    assert not found.updated[0].escalated


def test_nothing_is_done_with_one_of_which_nothing_can_be_said() -> None:
    well = incident(facts={"well_at": utc_text(NOW)})
    for one in (incident(), well):
        found = changes((one,), (), NOW + timedelta(days=1), held)
        assert (found.opened, found.updated, found.ended) == ((), (), ())


@pytest.mark.parametrize("why", ["paused", "off", "removed", "unwatched", "grouped"])
def test_one_that_an_operator_ended_is_over_at_once(why: Resolution) -> None:
    (ended,) = changes((incident(),), (), NOW + 2 * MINUTE, lambda _: why).ended
    assert ended.resolution == why
    assert ended.facts["lasted_seconds"] == 120


def test_a_machine_is_believed_to_be_well_after_five_minutes() -> None:
    low = incident(kind="disk_low", facts={"well_at": utc_text(NOW)})
    assert changes((low,), (), NOW + 4 * MINUTE, recovered).ended == ()
    assert changes((low,), (), NOW + 5 * MINUTE, recovered).ended


@pytest.mark.parametrize("days", [-3650, -1, 3650])
def test_a_clock_that_was_set_ends_nothing_at_once_and_keeps_nothing_for_ever(days: int) -> None:
    then = NOW + timedelta(days=days)
    well = incident(facts={"well_at": utc_text(then)}, opened_at=then, updated_at=then)
    found = changes((well,), (), NOW, recovered)
    if days > 0:  # well since a time that has not come: since now
        assert found.updated[0].facts["well_at"] == utc_text(NOW)
    else:
        assert found.ended[0].facts["lasted_seconds"] == 0
    assert changes((incident(opened_at=then, updated_at=then),), (problem(facts={"failures": 9}),), NOW, held).updated
    assert changes((incident(facts={"well_at": "no time"}),), (), NOW, recovered).updated


def test_new_sources_of_a_group_are_written_at_once() -> None:
    group = Incident(
        id=7, key="sources_many:x", kind="sources_many", severity="warning", sources=("a", "b"), opened_at=NOW,
        updated_at=NOW, facts={"sources": 2},
    )  # fmt: skip
    more = Problem(
        key=group.key, kind=group.kind, severity="warning", facts={"sources": 2}, sources=("a", "b", "c")
    )
    (update,) = changes((group,), (more,), NOW + MINUTE, held).updated
    assert update.sources == ("a", "b", "c")
    fewer = Problem(key=group.key, kind=group.kind, severity="warning", facts={"sources": 1}, sources=("a",))
    assert changes((group,), (fewer,), NOW + MINUTE, held).updated == ()
