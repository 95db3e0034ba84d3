"""What hostile pages have put into a file, in a real browser: nothing of it runs, asks, leads astray or steers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.conftest import Room
from tests.browser.watched import MODES, watched
from tests.storage.hostile_rows import MARK

pytestmark = pytest.mark.browser

STEERING = "\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u200e\u200f\x00\x1b\x07\x9b"


def test_nothing_that_a_row_says_runs_or_asks_another_site(chromium: Any, attacked: Room) -> None:
    with watched(chromium, attacked.address, MODES[1]) as visitor:
        for path, status in attacked.pages:
            visitor.open(path, status=status)
            assert MARK not in visitor.page.evaluate("window.name + location.href"), path
            assert visitor.page.evaluate("document.title") != MARK, path
            visitor.faults += [f"{path}: {one}" for one in visitor.page.evaluate(_LEADS, visitor.address)]
            text = visitor.page.evaluate("document.documentElement.outerHTML")
            visitor.faults += [f"{path}: it has {one!r}" for one in STEERING if one in text]
    visitor.assert_well()


def test_pages_of_attacks_fit_a_telephone_and_keep_their_order(chromium: Any, attacked: Room) -> None:
    pages = [path for path, status in attacked.pages if status == 200 and "/article/" not in path]
    articles = [path for path, status in attacked.pages if status == 200 and "/article/" in path]
    chosen = [*pages[:60], *articles[::10], *(path for path in articles if path.endswith("/51"))]
    with watched(chromium, attacked.address, MODES[0]) as visitor:
        for path in chosen:
            visitor.open(path, lang="zh")
            visitor.inspected(path, "zh")
    visitor.assert_well()


_LEADS = """
(home) => [...document.querySelectorAll("a[href],form[action],link[href],[src]")].flatMap((one) => {
  const target = one.href?.baseVal ?? one.href ?? one.action ?? one.src;
  const at = new URL(target, location.href);
  if (at.origin === new URL(home).origin) return [];
  if (one.tagName !== "A" || !["http:", "https:"].includes(at.protocol)) return [`leads to ${target}`];
  return one.rel.includes("noreferrer") && one.rel.includes("noopener") ? [] : [`tells ${target} who follows`];
})
"""
