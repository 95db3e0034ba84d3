"""Every state, incident and event is said in both languages, from whatever facts there are."""

from __future__ import annotations

from datetime import UTC, datetime
from string import Formatter
from typing import get_args
from zoneinfo import ZoneInfo

import pytest

from scheduler.config.alerting import KINDS_OF_INCIDENT
from scheduler.watching import verdicts
from scheduler.watching.causes import ANSWERED_WITHOUT_LINKS
from scheduler.watching.incidents import Resolution
from storage.watch import phrases, wording

SILENT = {"hours": 55.0, "expected": 12.34, "longest_hours": 9.0, "since": "2026-11-20T00:00:00Z"}


def test_every_kind_of_incident_that_there_is_has_its_name_its_sentence_and_its_next_step() -> None:
    assert set(KINDS_OF_INCIDENT) == set(phrases.KINDS) == set(phrases.CLAUSES) == set(phrases.ADVICE)
    assert set(verdicts.KINDS) <= set(phrases.KINDS)


def test_every_state_and_every_resolution_has_its_name() -> None:
    assert set(get_args(verdicts.State)) == set(phrases.STATES)
    assert set(get_args(Resolution)) == set(phrases.RESOLUTIONS)


@pytest.mark.parametrize("said", [
    *phrases.STATES.values(), *phrases.KINDS.values(), *phrases.SEVERITIES.values(), *phrases.EVENTS.values(),
    *phrases.RESOLUTIONS.values(), *phrases.CODES.values(), *phrases.ADVICE.values(),
    *(form for clauses in (*phrases.CLAUSES.values(), *phrases.STATE_CLAUSES.values()) for clause in clauses
      for form in clause),
])  # fmt: skip
def test_both_languages_say_the_same_facts_and_chinese_is_chinese(said: phrases.Said) -> None:
    fields = [{field for _, field, _, _ in Formatter().parse(text) if field} for text in said]
    assert fields[0] == fields[1]
    assert said.en
    assert said.zh
    if said.en != said.zh:
        assert any("\u4e00" <= one <= "\u9fff" for one in said.zh)
        assert not any("\u4e00" <= one <= "\u9fff" for one in said.en)


@pytest.mark.parametrize("language", wording.LANGUAGES)
@pytest.mark.parametrize("kind", KINDS_OF_INCIDENT)
def test_a_sentence_is_whole_when_nothing_at_all_is_known(kind: str, language: str) -> None:
    text = wording.sentence(kind, {}, language)
    assert len(text) > 3
    assert "{" not in text
    assert text.endswith("。" if language == "zh" else ".")


@pytest.mark.parametrize("language", wording.LANGUAGES)
@pytest.mark.parametrize("state", sorted(phrases.STATES))
def test_the_reason_of_every_state_is_said(state: str, language: str) -> None:
    assert len(wording.reason_sentence(state, "", {}, language)) > 3
    assert wording.state_name(state, language) != state or language == "en"


def test_numbers_are_said_as_people_say_them() -> None:
    assert wording.sentence("source_silent", SILENT, "en") == (
        "Nothing new for 2 d, in which about 12 articles were to be expected; its longest silence before was 9 h;"
        " the last new article came at 2026-11-20 00:00 UTC."
    )
    assert wording.sentence("source_silent", SILENT, "zh", ZoneInfo("Asia/Shanghai")) == (
        "已有 2 天没有新稿，按往常规律应有约 12 篇；此前最长间隔为 9 小时；"
        "最近一篇新稿是 2026-11-20 08:00。"
    )


@pytest.mark.parametrize(("name", "value", "said"), [
    ("hours", 0.5, "30 min"), ("lasted_seconds", 59, "59 s"), ("hours", 36, "36 h"), ("hours", 72, "3 d"),
    ("free_bytes", 1_500_000_000, "1.4 GiB"), ("floor_bytes", 12, "12 B"), ("log_bytes", 70 << 20, "70.0 MiB"),
    ("after_share", 0.876, "88 %"), ("expected", 0.345, "0.34"), ("expected", 12.7, "13"), ("polls", 5, "5"),
    ("since", "2026-11-22T09:59:59Z", "2026-11-22 09:59 UTC"), ("since", "soon", "soon"),
    ("checked_at", datetime(2026, 1, 2, 3, 4, tzinfo=UTC), "2026-01-02 03:04 UTC"),
    ("names", ["a", "b"], "a, b"), ("cause", "short", "far shorter than usual"), ("cause", "novel", "novel"),
    ("fields", "title,length", "pages with a title, characters in a text"), ("cause", "source_silent", "gone silent"),
])  # fmt: skip
def test_a_fact_is_shown_by_the_end_of_its_name(name: str, value: object, said: str) -> None:
    assert wording.shown(name, value, "en") == said


def test_shares_and_numbers_before_and_after_are_told_apart() -> None:
    share = wording.sentence("source_drift", {"field": "title", "before": 0.98, "after": 0.1, "pages": 18}, "en")
    assert share == "Pages with a title: 98 % before, 10 % in the last 18 pages."
    number = wording.sentence("source_drift", {"field": "length", "before": 980.4, "after": 112, "pages": 18}, "zh")
    assert number == "正文字数：此前约 980，最近 18 个网页约 112。"


def test_what_a_site_says_steers_no_terminal_and_is_cut() -> None:
    text = wording.sentence("source_failing", {"failures": 3, "error": "a\x1b[2J\n\u202eb" + "x" * 5_000}, "en")
    assert text.isprintable()
    assert "a [2J  b" in text
    assert len(text) < 400
    assert "{failures}" in wording.sentence("source_failing", {"error": "{failures}"}, "en")  # never filled in twice


def test_codes_that_are_not_known_are_said_as_they_are() -> None:
    assert wording.sentence("comet", {"tail": 1}, "en") == "Comet."
    assert wording.kind_name("comet", "zh") == wording.state_name("comet", "zh") == "comet"
    assert wording.advice("comet", "a", "en") == ""


def test_a_headline_names_the_source_and_the_next_step_its_command() -> None:
    assert wording.headline("source_silent", "people-daily", "en") == "people-daily: gone silent"
    assert wording.headline("source_silent", "people-daily", "zh") == "people-daily：久无新稿"
    assert wording.headline("network_down", None, "zh") == "本机网络中断"
    assert "dibao errors people-daily" in wording.advice("source_failing", "people-daily", "zh")


def test_how_an_incident_ended_is_said() -> None:
    facts = {"resolution": "recovered", "lasted_seconds": 7_200}
    assert wording.resolution_sentence(facts, "en") == "It is well again; after 2 h."
    assert wording.resolution_sentence(facts, "zh") == "已恢复正常；历时 2 小时。"
    assert wording.resolution_sentence({}, "en") == "It is well again."


def test_why_pages_have_no_links_is_said_in_words_where_it_is_known() -> None:
    facts = {"polls": 3, "reason": "emptied"}
    assert wording.sentence("source_no_links", facts, "en").endswith("it named articles before and now names none.")
    assert "emptied" not in wording.sentence("source_no_links", facts, "zh")
    assert "http_503, 2" in wording.sentence("source_no_links", {"reason": "http_503, 2"}, "en")


@pytest.mark.parametrize("code", sorted(ANSWERED_WITHOUT_LINKS))
def test_each_code_of_an_entry_point_without_links_has_words(code: str) -> None:
    assert {wording.code_name(code, language) for language in wording.LANGUAGES}.isdisjoint({code})
