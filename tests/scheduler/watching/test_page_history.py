from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import pytest

from scheduler.watching import page_history
from scheduler.watching.page_history import PageHistory
from scheduler.watching.verdicts import SampleFact, SourceVerdict
from tests.scheduler.watching.lives import DAY, HOUR, START, looked_at, pages, refused

GOOD = 300
"""Pages of a source's past."""


@cache
def known() -> SourceVerdict:
    verdict = looked_at(pages(GOOD))
    assert verdict.state == "ok"
    return verdict


def pages_until_told(bad: list[SampleFact]) -> tuple[int, SourceVerdict]:
    verdict = known()
    for number, page in enumerate(bad, start=1):
        verdict = looked_at([page], verdict)
        if verdict.findings:
            return number, verdict
    return len(bad) + 1, verdict


def with_chrome(page: SampleFact) -> SampleFact:
    assert page.characters is not None
    return replace(page, characters=page.characters + 1_500, repeated=1_400 / (page.characters + 1_500))


@pytest.mark.parametrize(
    ("values", "state", "field"),
    [
        ({"has_title": False}, "drift", "title"),
        ({"has_time": False}, "drift", "time"),
        ({"has_origin": False}, "drift", "origin"),
        ({"has_credits": False}, "drift", "credits"),
        ({"repeated": 0.4}, "drift", "repeated"),
        ({"repeated": 1.0}, "bad_texts", "same"),
        ({"characters": 70}, "bad_texts", "short"),
        ({"characters": 280}, "drift", "length"),
        ({"characters": 4_000}, "drift", "longer"),
    ],
)
def test_a_redesign_is_noticed_within_twenty_pages(values: dict[str, Any], state: str, field: str) -> None:
    bad = pages(20, GOOD + 1, **values)
    number, _ = pages_until_told(bad)
    assert 3 <= number <= 20
    verdict = looked_at(bad, known())
    assert verdict.state == state
    assert field in {verdict.facts.get("field"), verdict.facts.get("cause")}


@pytest.mark.parametrize(("outcome", "reason"), [("rejected", "script_shell"), ("failed", "http_403")])
def test_pages_that_are_all_lost_are_bad_texts_with_their_reason(outcome: str, reason: str) -> None:
    number, verdict = pages_until_told(refused(20, GOOD + 1, reason, outcome))
    assert number <= 8
    assert verdict.state == "bad_texts"
    told = verdict.findings[0]
    assert (told.severity, told.facts["cause"], told.facts["reason"]) == ("error", "rejected", reason)
    assert told.facts["bad"] == told.facts["pages"] == number
    assert told.facts["before"] == 0.0
    assert told.facts["after"] == 1.0


def test_a_redesign_shows_articles_from_before_and_after_it() -> None:
    number, verdict = pages_until_told(pages(25, GOOD + 1, has_time=False))
    assert verdict.sample is not None
    assert verdict.sample["before"] == [1_000 + GOOD - back for back in (4, 3, 2, 1, 0)]
    assert verdict.sample["after"] == [1_000 + GOOD + number - back for back in (4, 3, 2, 1, 0)]
    assert verdict.facts["since"] == (START + (GOOD + 1) * HOUR).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert (verdict.facts["before"], verdict.facts["after"]) == (1.0, 0.0)
    lost = pages_until_told(refused(20, GOOD + 1))[1].sample
    assert lost is not None
    assert lost["after"] == []
    assert lost["pages"][-1] > GOOD


def test_what_a_source_never_had_is_not_missed() -> None:
    verdict = looked_at(pages(GOOD, has_credits=False, has_origin=False))
    assert looked_at(pages(60, GOOD + 1, has_credits=False, has_origin=False), verdict).state == "ok"


def test_chance_alone_is_no_redesign() -> None:
    told = set()
    for seed in range(4):
        verdict = None
        for first in range(1, 300, 30):
            verdict = looked_at(pages(30, first, seed=seed), verdict)
            told |= {finding.kind for finding in verdict.findings}
    assert told == set()


def test_a_run_of_links_to_what_is_no_article_is_no_redesign() -> None:
    verdict = looked_at([*pages(100), *refused(4, 101, "listing"), *pages(100, 105), *refused(5, 205, "listing")])
    assert verdict.state == "ok"


def test_a_repaired_source_is_well_again_and_told_anew_when_it_breaks_anew() -> None:
    _, broken = pages_until_told(refused(30, GOOD + 1))
    assert broken.state == "bad_texts"
    broken = looked_at(refused(150, GOOD + 31), broken)
    assert broken.state == "bad_texts"
    well = looked_at(pages(3, GOOD + 181), broken)
    assert well.state == "ok"
    well = looked_at(pages(60, GOOD + 184), well)
    assert well.state == "ok"
    # The broken pages have not become usual.
    assert looked_at(refused(10, GOOD + 300), well).state == "bad_texts"


def test_one_good_page_among_the_lost_ends_nothing() -> None:
    _, broken = pages_until_told(refused(30, GOOD + 1))
    more = [*refused(5, GOOD + 31), *pages(1, GOOD + 36), *refused(5, GOOD + 37)]
    assert looked_at(more, broken).state == "bad_texts"


def test_a_slow_change_is_absorbed() -> None:
    history = PageHistory()
    for number in range(1, 1_201):
        share = 0.9 - 0.25 * number / 1_200
        page = pages(1, number, seed=7)[0]
        page = replace(page, has_credits=(number * 0.618) % 1 < share)
        history = page_history.seen(history, [page], page.at)
        assert history.lasting == (), number


def test_a_change_of_facts_that_lasts_becomes_usual_and_lost_texts_never_do() -> None:
    def later(bad: list[SampleFact], at: datetime) -> tuple[PageHistory, PageHistory]:
        history = page_history.seen(PageHistory(), [*pages(GOOD), *bad], bad[-1].at)
        return history, page_history.seen(history, [], at)

    at = START + 90 * DAY
    before, then = later(pages(400, GOOD + 1, has_credits=False), at)
    assert [change.name for change in before.lasting] == ["credits"]
    assert then.lasting == ()
    more = pages(100, GOOD + 401, has_credits=False)
    assert page_history.seen(then, more, more[-1].at).lasting == ()
    _, lost = later(refused(400, GOOD + 1), at)
    assert [change.name for change in lost.lasting] == ["rejected"]


def test_a_source_with_an_article_a_week_is_judged_by_its_pages() -> None:
    week = timedelta(weeks=1)
    history = page_history.seen(PageHistory(), pages(40, every=week), START + 41 * week)
    for number in range(41, 61):
        page = pages(1, number, every=week, has_time=False)[0]
        history = page_history.seen(history, [page], page.at)
        if history.lasting:
            break
    assert number - 40 <= 10


def test_a_source_is_not_judged_by_its_first_pages() -> None:
    verdict = looked_at([*pages(6), *refused(8, 7)])
    assert verdict.state == "ok"
    assert {"source_drift", "source_bad_texts"} & looked_at(pages(3)).unsure


def test_pages_that_were_counted_do_not_count_again() -> None:
    verdict = known()
    bad = refused(4, GOOD + 1)
    for _ in range(5):
        verdict = looked_at(bad, verdict)
        assert verdict.state == "ok"


def test_two_fields_that_go_together_are_one_finding() -> None:
    _, verdict = pages_until_told(pages(25, GOOD + 1, has_time=False, has_title=False))
    verdict = looked_at(pages(10, GOOD + 30, has_time=False, has_title=False), verdict)
    assert len(verdict.findings) == 1
    assert set(str(verdict.facts["fields"]).split(",")) == {"title", "time"}


def test_chrome_in_the_texts_is_noticed_by_its_repetition() -> None:
    verdict = looked_at([with_chrome(page) for page in pages(8, GOOD + 1)], known())
    assert verdict.state == "drift"
    assert "repeated" in str(verdict.facts["fields"])
