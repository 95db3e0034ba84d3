"""Every page, looked at in a real browser: in both languages, by day and by night, on a telephone and on a desk."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from storage.revisions.layout import shown
from tests.browser.conftest import Room
from tests.browser.watched import MODES, Mode, watched

pytestmark = pytest.mark.browser

ROOMS = ("demo", "season", "library")
OPPOSITES = (MODES[1], MODES[6])
"""Between them each language, each scheme and each width."""


@pytest.mark.parametrize("mode", OPPOSITES, ids=lambda mode: mode.name)
@pytest.mark.parametrize("room", ROOMS)
def test_each_page_is_well_made_and_asks_nothing_of_others(
    chromium: Any, shots: Path, request: pytest.FixtureRequest, room: str, mode: Mode
) -> None:
    seen: Room = request.getfixturevalue(room)
    _look(chromium, seen, seen.pages, mode, shots)


@pytest.mark.parametrize("mode", [mode for mode in MODES if mode not in OPPOSITES], ids=lambda mode: mode.name)
@pytest.mark.parametrize("room", ["season", "library"])
def test_a_page_of_each_kind_is_well_made_however_it_is_looked_at(
    chromium: Any, shots: Path, request: pytest.FixtureRequest, room: str, mode: Mode
) -> None:
    seen: Room = request.getfixturevalue(room)
    _look(chromium, seen, seen.of_each_kind(), mode, shots)


def _look(chromium: Any, room: Room, pages: Sequence[tuple[str, int]], mode: Mode, shots: Path) -> None:
    with watched(chromium, room.address, mode) as visitor:
        for path, status in pages:
            visitor.open(path, lang=mode.lang, status=status)
            visitor.inspected(path, mode.lang)
            visitor.page.screenshot(path=shots / f"{room.name}{_named(path)}-{mode.name}.png", full_page=True)
    visitor.assert_well()


def test_the_front_page_leads_to_ours(chromium: Any, demo: Room) -> None:
    with watched(chromium, demo.address, MODES[0]) as visitor:
        visitor.open("/")
        assert visitor.page.url.endswith("/-/dibao")
        visitor.assert_well()


def test_a_link_to_the_other_language_stays_on_the_page_and_is_remembered(chromium: Any, library: Room) -> None:
    with watched(chromium, library.address, MODES[1]) as visitor:
        visitor.open("/-/dibao/search?q=%E6%B8%A1%E5%8F%A3")
        visitor.page.get_by_role("link", name="English").click()
        assert visitor.page.evaluate("document.documentElement.lang") == "en"
        assert visitor.page.get_by_role("heading", level=1).inner_text() == "Search"
        visitor.page.get_by_role("link", name="雾天渡口").first.click()
        assert visitor.page.evaluate("document.documentElement.lang") == "en"
        assert visitor.page.evaluate("document.querySelector('article').lang") == "zh-Hans"
        visitor.assert_well()


def test_what_is_typed_in_traditional_script_is_marked_in_simplified_text(chromium: Any, library: Room) -> None:
    with watched(chromium, library.address, MODES[1]) as visitor:
        visitor.open("/-/dibao/search")
        visitor.page.locator("#q").fill("渡輪 OR 渡船")
        visitor.page.locator("#q").fill("霧 渡口")
        visitor.page.locator("#q").press("Enter")
        marked = visitor.page.locator("mark").all_inner_texts()
        assert {"雾", "渡口"} <= set(marked)
        visitor.assert_well()


ODD = ('"', "*", "-", "NEAR(", "渡" * 500, "🚢🚢", "a\u0301\u202e", "%", "<b>", "' OR 1=1 --")


@pytest.mark.parametrize("words", ODD, ids=range(len(ODD)))
def test_whatever_is_looked_for_is_answered_with_a_page(chromium: Any, library: Room, words: str) -> None:
    with watched(chromium, library.address, MODES[0]) as visitor:
        visitor.open("/-/dibao/search")
        visitor.page.locator("#q").fill(words)
        visitor.page.locator("#q").press("Enter")
        assert visitor.page.locator(".hits, .empty, .notice-line").count() > 0
        assert visitor.page.locator("#q").input_value() == shown(words)
        visitor.inspected(words[:20], "zh")
        visitor.assert_well()


def test_pages_of_a_list_follow_each_other_without_gap_or_repeat(chromium: Any, library: Room) -> None:
    with watched(chromium, library.address, MODES[1]) as visitor:
        visitor.open("/-/dibao/rejected")
        seen = visitor.page.locator(".where").all_inner_texts()
        visitor.page.locator("a[rel=next]").click()
        rest = visitor.page.locator(".where").all_inner_texts()
        assert len(seen) == 50
        assert len(seen) + len(rest) == len({*seen, *rest}) == 66
        visitor.assert_well()


def _named(path: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", path.removeprefix("/-/dibao"))[:60].rstrip("-") or "-sources"
