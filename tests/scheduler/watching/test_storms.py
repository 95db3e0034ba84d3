"""One cause over many sources is one incident, whether they share a site or a moment; two are two."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from scheduler.watching.incidents import Problem, source_key
from scheduler.watching.storms import Grouped, grouped
from storage.watch.incidents import Incident

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)


def failing(*names: str, kind: str = "source_failing", severity: str = "warning") -> list[Problem]:
    return [
        Problem(
            key=source_key(kind, name), kind=kind, source=name, severity=severity, facts={"error": "timeout"}  # type: ignore[arg-type]
        )
        for name in names
    ]


def single(number: int, name: str, opened_at: datetime = NOW, kind: str = "source_failing") -> Incident:
    return Incident(
        id=number, key=source_key(kind, name), kind=kind, severity="warning", source=name, sources=(name,),
        opened_at=opened_at, updated_at=opened_at,
    )  # fmt: skip


def group(sources: Iterable[str], opened_at: datetime = NOW, place: str | None = None) -> Incident:
    facts = {"cause": "source_failing", "shared": "site" if place else "round", "place": place}
    return Incident(
        id=99, key="sources_many:source_failing:then", kind="sources_many", severity="warning", sources=tuple(sources),
        opened_at=opened_at, updated_at=opened_at, facts={name: value for name, value in facts.items() if value},
    )  # fmt: skip


def looked(
    problems: list[Problem], open_: Iterable[Incident] = (), *, watched: int = 20, now: datetime = NOW
) -> Grouped:
    """Sources whose names begin with `x` are of one site, all others each of their own."""
    return grouped(
        problems, open_, now, watched=watched, site_of=lambda name: "x.cn" if name.startswith("x") else f"{name}.cn"
    )


def kinds(found: Grouped) -> list[str]:
    return sorted(one.kind for one in found.problems)


def test_four_sources_at_once_are_four_incidents_and_five_are_one() -> None:
    assert kinds(looked(failing("a", "b", "c", "d"))) == ["source_failing"] * 4
    (storm,) = looked(failing("e", "d", "c", "b", "a")).problems
    assert storm.kind == "sources_many"
    assert storm.sources == ("a", "b", "c", "d", "e")
    assert storm.severity == "warning"
    assert storm.facts == {
        "cause": "source_failing", "shared": "round", "sources": 5, "watched": 20, "names": ["a", "b", "c", "d", "e"],
        "error": "timeout",
    }  # fmt: skip


def test_a_tenth_of_many_sources_is_a_storm_and_half_of_them_an_error() -> None:
    names = [f"s{number}" for number in range(99)]
    assert kinds(looked(failing(*names), watched=1_000)) == ["source_failing"] * 99
    (storm,) = looked(failing(*names, "t"), watched=1_000).problems
    assert storm.severity == "warning"
    assert len(storm.facts["names"]) == 20
    assert storm.facts["sources"] == 100
    (storm,) = looked(failing(*names), watched=198).problems
    assert storm.severity == "error"
    (storm,) = looked(failing("a", "b", "c", "d", severity="error") + failing("e")).problems
    assert storm.severity == "error"


def test_three_of_one_site_are_one_incident_and_two_are_two() -> None:
    assert kinds(looked(failing("x1", "x2", "a"))) == ["source_failing"] * 3
    found = looked(failing("x1", "x2", "x3", "a")).problems
    assert [one.kind for one in found] == ["source_failing", "sources_many"]
    assert found[1].facts["shared"] == "site"
    assert found[1].facts["place"] == "x.cn"


def test_other_causes_are_not_mixed_in() -> None:
    problems = failing("a", "b", "c") + failing("d", "e", kind="source_silent")
    assert kinds(looked(problems)) == ["source_failing"] * 3 + ["source_silent"] * 2


def test_incidents_of_their_own_are_taken_in_where_a_storm_follows_within_the_hour() -> None:
    mine = [single(number, name) for number, name in enumerate("abcd", start=1)]
    found = looked(failing("a", "b", "c", "d", "e"), mine, now=NOW + HOUR / 2)
    assert kinds(found) == ["sources_many"]
    assert found.absorbed == {1, 2, 3, 4}
    late = looked(failing("a", "b", "c", "d", "e"), mine, now=NOW + HOUR)
    assert kinds(late) == ["source_failing"] * 5
    assert late.absorbed == frozenset()
    nobody_new = looked(failing("a", "b", "c", "d"), mine, now=NOW + HOUR / 2)
    assert kinds(nobody_new) == ["source_failing"] * 4


def test_sources_of_a_site_may_come_a_day_apart() -> None:
    mine = [single(1, "x1"), single(2, "x2", NOW + 5 * HOUR)]
    found = looked(failing("x1", "x2", "x3"), mine, now=NOW + 20 * HOUR)
    assert kinds(found) == ["sources_many"]
    assert found.absorbed == {1, 2}
    assert kinds(looked(failing("x1", "x2", "x3"), mine, now=NOW + 25 * HOUR)) == ["source_failing"] * 3


def test_who_comes_later_joins_an_open_storm_for_an_hour_and_one_of_a_site_as_long_as_it_lasts() -> None:
    storm = group("abcde")
    (one,) = looked(failing("a", "f"), [storm], now=NOW + HOUR / 2).problems
    assert one.key == storm.key
    assert one.sources == ("a", "f")
    found = looked(failing("a", "f"), [storm], now=NOW + 2 * HOUR).problems
    assert [one.kind for one in found] == ["source_failing", "sources_many"]
    site = group(["x1", "x2", "x3"], place="x.cn")
    (one,) = looked(failing("x4"), [site], now=NOW + 1_000 * HOUR).problems
    assert one.key == site.key


def test_a_member_that_relapses_is_covered_and_a_second_storm_is_another_incident() -> None:
    storm = group("abcde")
    (one,) = looked(failing("c"), [storm], now=NOW + 100 * HOUR).problems
    assert one.key == storm.key
    found = looked(failing("f", "g", "h", "i", "j"), [storm], now=NOW + 100 * HOUR).problems
    assert [one.kind for one in found] == ["sources_many"]
    assert found[0].key != storm.key


def test_the_machine_is_left_alone() -> None:
    low = Problem(key="disk_low", kind="disk_low", severity="error")
    assert looked([low]).problems == (low,)
