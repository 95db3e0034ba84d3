"""Whose fault it is that nobody answers: this machine's, or that of the sites that were asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from scheduler.watching import network
from scheduler.watching.incidents import Problem
from scheduler.watching.network import Outage, judge, last_answer, outage_of
from scheduler.watching.verdicts import EntryFact, SourceFacts
from storage.records import utc_text
from storage.watch.incidents import Incident

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ZONE = ZoneInfo("Asia/Shanghai")


def fallen(name: str, *, at: datetime = NOW, failures: int = 1, reason: str = "timeout", **more: Any) -> SourceFacts:
    return SourceFacts(
        name=name, zone=ZONE, last_attempt_at=at, last_success_at=at - timedelta(hours=1), failures=failures,
        last_error=reason, entries=(EntryFact(url="http://x/", failures=failures, last_reason=reason),), **more,
    )  # fmt: skip


def well(name: str, at: datetime = NOW - 30 * MINUTE) -> SourceFacts:
    return SourceFacts(name=name, zone=ZONE, last_attempt_at=at, last_success_at=at)


def judged(*facts: SourceFacts, open_: Incident | None = None, before: dict[str, int] | None = None) -> Problem | None:
    """`before`: how many attempts of a source have failed since the last answer, where that is not all of them."""
    failed = before or {}
    return judge(
        facts,
        last_answer(facts, None, NOW),
        open_,
        lambda name: f"{name}.cn",
        lambda name, _: failed.get(name, 99),
    )


def incident(**facts: Any) -> Incident:
    return Incident(
        id=1, key="network_down", kind="network_down", severity="error", opened_at=NOW, updated_at=NOW, facts=facts
    )


def test_three_that_fall_silent_with_no_answer_in_between_are_an_outage() -> None:
    found = judged(fallen("a"), fallen("b"), fallen("c"), well("d"))
    assert found is not None
    assert found.severity == "error"
    assert found.facts == {
        "tried": 3, "hosts": 3, "since": utc_text(NOW - 30 * MINUTE), "answered_at": utc_text(NOW - 30 * MINUTE),
        "error": "timeout",
    }  # fmt: skip
    assert judged(fallen("a"), fallen("b"), well("d")) is None


def test_any_answer_since_then_acquits_the_network() -> None:
    silent = [fallen(name, at=NOW - MINUTE) for name in "abc"]
    assert judged(*silent, well("d", NOW)) is None
    # Be it a server's error.
    assert judged(*silent, fallen("d", reason="http_503")) is None
    assert judged(*silent, fallen("d", reason="tls")) is None
    # A robots.txt that could not be had within the last hour says neither.
    assert judged(*silent, fallen("d", reason="robots_unreachable")) is not None
    assert judged(*silent[:2], fallen("d", reason="robots_unreachable")) is None


def test_sources_that_had_failed_before_prove_nothing() -> None:
    dead = [fallen(name, failures=40) for name in "abc"]
    assert judged(*dead, well("d"), before=dict.fromkeys("abc", 1)) is None
    assert judged(*dead, well("d"), before=dict.fromkeys("abc", 40)) is not None


def test_many_sources_need_more_silence() -> None:
    others = [well(f"w{number}") for number in range(95)]
    assert judged(*others, *(fallen(name) for name in "abcde")) is not None
    assert judged(*others, *(fallen(name) for name in "abcd")) is None


def test_two_sources_must_both_be_silent_and_of_one_nothing_can_be_told() -> None:
    assert judged(fallen("a")) is None
    assert judged(fallen("a"), fallen("b")) is not None
    assert judged(fallen("a"), well("b")) is None


def test_three_sources_of_one_site_are_one_site() -> None:
    facts = [fallen(name) for name in "abc"] + [well("d"), well("e")]
    assert judge(facts, NOW - MINUTE, None, lambda name: "x.cn" if name in "abc" else name, lambda *_: 9) is None


@pytest.mark.parametrize(("sources", "enough"), [(2, 2), (3, 3), (20, 3), (60, 3), (100, 5)])
def test_how_many_must_fall_silent_depends_on_how_many_there_are(sources: int, enough: int) -> None:
    def found(silent: int) -> Problem | None:
        return judged(*(fallen(f"a{n}") for n in range(silent)), *(well(f"w{n}") for n in range(sources - silent)))

    assert found(enough) is not None
    assert found(enough - 1) is None


def test_sites_behind_one_proxy_that_is_lost_are_an_outage_and_those_of_one_host_are_not() -> None:
    behind = [fallen(f"p{n}", reason="connection") for n in range(20)]
    found = judged(*behind)
    assert found is not None
    assert found.facts["hosts"] == 20
    assert judge(behind, NOW - MINUTE, None, lambda _: "10.0.0.1", lambda *_: 9) is None


def test_a_network_that_is_back_for_a_minute_and_lost_again_is_one_outage() -> None:
    began = utc_text(NOW - timedelta(hours=1))
    open_ = incident(since=began, answered_at=began, well_at=utc_text(NOW - 2 * MINUTE))
    back = well("d", NOW - 2 * MINUTE)
    lost = [fallen(name, at=NOW - MINUTE, failures=4) for name in "abc"]
    # None of them was asked in that minute; each has failed four times since the network was lost first.
    failed = {utc_text(NOW - timedelta(hours=1)): 4}

    def found(open_: Incident | None) -> Problem | None:
        return judge(
            [*lost, back], NOW - 2 * MINUTE, open_, lambda name: f"{name}.cn", lambda _, at: failed.get(utc_text(at), 1)
        )

    again = found(open_)
    assert again is not None
    assert again.facts["since"] == began
    assert found(None) is None
    # Until it is clear again, whoever failed in the outage or since is not blamed for it.
    outage = outage_of(open_)
    assert outage.covers(fallen("a", at=NOW - 3 * MINUTE, failures=3))


def test_an_outage_lasts_until_somebody_answers_however_few_are_asked() -> None:
    since = utc_text(NOW - 30 * MINUTE)
    open_ = incident(since=since, answered_at=since)
    found = judged(well("a"), well("b"), open_=open_)
    assert found is not None
    assert found.facts["since"] == since
    assert judged(well("a"), well("b", NOW - MINUTE), open_=open_) is None
    assert judged(open_=open_) is None  # nobody is asked any more


def test_one_that_seemed_over_and_begins_again_is_the_same_and_began_when_it_did() -> None:
    before = utc_text(NOW - timedelta(hours=3))
    open_ = incident(since=before, answered_at=before, well_at=utc_text(NOW - 20 * MINUTE))
    assert judged(fallen("a"), well("b"), well("c"), open_=open_) is None
    found = judged(fallen("a"), fallen("b"), fallen("c"), well("d", NOW - 10 * MINUTE), open_=open_)
    assert found is not None
    assert found.facts["since"] == before
    assert found.facts["answered_at"] == utc_text(NOW - 10 * MINUTE)


def test_who_is_off_or_paused_is_no_witness() -> None:
    paused = [fallen(name, paused_at=NOW) for name in "abc"]
    off = [fallen(name, enabled=False) for name in "def"]
    assert judged(*paused, *off, well("g")) is None


def test_nothing_is_said_of_who_was_asked_in_an_outage_until_he_is_asked_again() -> None:
    outage = Outage(since=NOW - 60 * MINUTE, until=NOW)
    assert outage.covers(fallen("a", at=NOW - MINUTE))
    assert not outage.covers(fallen("a", at=NOW + MINUTE))
    assert not outage.covers(fallen("a", at=NOW - 61 * MINUTE))
    assert not outage.covers(well("a", NOW - MINUTE))  # he answered
    assert Outage(since=NOW).covers(well("a"))


def test_the_clock_may_have_been_set_since_it_began() -> None:
    ahead = incident(since=utc_text(NOW + timedelta(days=400)), answered_at=utc_text(NOW + timedelta(days=400)))
    assert outage_of(ahead, NOW).since == NOW
    assert judged(well("a", NOW - MINUTE), well("b"), open_=ahead) is not None
    later = incident(since="nonsense")
    assert outage_of(later, NOW) == Outage(since=NOW, until=NOW)
    # What a clock that was ahead has noted is no answer.
    assert last_answer([well("a", NOW + timedelta(days=1))], None, NOW) is None
    assert network.last_answer([], NOW, NOW) == NOW
