"""Who has no mouse: each link and field is reached by Tab, in the order of the page, and is seen to be reached."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.conftest import Room
from tests.browser.watched import MODES, watched

pytestmark = pytest.mark.browser

ENOUGH = 400
_ALL = """
() => { let number = 0;
  const reached = 'a[href],button,input:not([type=hidden]),select,textarea,summary,[tabindex="0"]';
  for (const one of document.querySelectorAll(reached))
    if (one.checkVisibility({checkVisibilityCSS: true})) one.dataset.number = number++;
  return number; }
"""
_HERE = """
() => { const one = document.activeElement;
  if (!one || one === document.body) return null;
  const style = getComputedStyle(one), box = one.getBoundingClientRect();
  return {number: +(one.dataset.number ?? -1), html: one.outerHTML.slice(0, 120),
    ringed: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    shown: box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth}; }
"""


@pytest.mark.parametrize(
    ("room", "mode"),
    [("season", MODES[0]), ("library", MODES[0]), ("library", MODES[3])],
    ids=lambda one: getattr(one, "name", one),
)
def test_all_that_can_be_followed_or_filled_in_is_reached_by_tab_and_seen(
    chromium: Any, request: pytest.FixtureRequest, room: str, mode: Any
) -> None:
    shown: Room = request.getfixturevalue(room)
    with watched(chromium, shown.address, mode) as visitor:
        for path, status in shown.of_each_kind(2):
            visitor.open(path, status=status)
            faults = _walked(visitor.page)
            visitor.faults += [f"{path}: {one}" for one in faults]
    visitor.assert_well()


def test_the_first_tab_leads_past_the_head_of_the_page(chromium: Any, library: Room) -> None:
    with watched(chromium, library.address, MODES[1]) as visitor:
        visitor.open("/-/dibao/article/1")
        visitor.page.keyboard.press("Tab")
        assert visitor.page.evaluate("document.activeElement.className") == "skip"
        visitor.page.keyboard.press("Enter")
        visitor.page.keyboard.press("Tab")
        assert visitor.page.evaluate("document.querySelector('main').contains(document.activeElement)")
        visitor.assert_well()


def _walked(page: Any) -> list[str]:
    """What is wrong with the way that Tab takes through a page, once round."""
    wanted = page.evaluate(_ALL)
    met: list[int] = []
    faults = []
    while len(met) < ENOUGH:
        page.keyboard.press("Tab")
        here = page.evaluate(_HERE)
        if here is None or (met and here["number"] == met[0]):
            break
        # Parts of a field of a date are steps of their own.
        if met and here["number"] == met[-1]:
            continue
        met.append(here["number"])
        if not here["ringed"]:
            faults.append(f"its focus is not seen: {here['html']}")
        if not here["shown"]:
            faults.append(f"it is reached out of sight: {here['html']}")
    if met != sorted(met):
        faults.append(f"the order is {met}")
    if len(met) < ENOUGH and len(set(met)) != wanted:
        faults.append(f"{len(set(met))} of {wanted} are reached; not {sorted({*range(wanted)} - {*met})[:5]}")
    return faults
