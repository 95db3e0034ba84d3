"""Saying the token in a real browser: by keyboard, from a link of another site, and going again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import served
from tests.storage.web import operated

pytestmark = pytest.mark.browser

TOKEN = "correct-horse-battery-staple"  # noqa: S105


@pytest.fixture(scope="module")
def guarded(dibao_command: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    path = tmp_path_factory.mktemp("guarded") / "news.db"
    operated.make(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIBAO_WEB_TOKEN", TOKEN)
        with served(dibao_command, path) as address:
            yield address


@pytest.fixture
def visitor(chromium: Any) -> Iterator[Any]:
    context = chromium.new_context(locale="en-US")
    yield context.new_page()
    context.close()


def say(visitor: Any, token: str) -> None:
    """The field has the focus already."""
    visitor.keyboard.type(token)
    with visitor.expect_navigation():
        visitor.keyboard.press("Enter")


def test_who_says_the_token_sees_what_was_asked_for_and_can_go_again(guarded: str, visitor: Any, shots: Path) -> None:
    assert visitor.goto(f"{guarded}/-/dibao/runs?before=40").status == 401
    visitor.screenshot(path=shots / "login.png")
    say(visitor, "not-the-token-at-all")
    assert "That is not the token." in visitor.inner_text("[role=alert]")
    say(visitor, TOKEN)
    assert visitor.url == f"{guarded}/-/dibao/runs?before=40"
    assert visitor.inner_text("h1") == "Runs"
    (session,) = (cookie for cookie in visitor.context.cookies() if cookie["name"] == "dibao_session")
    assert (session["httpOnly"], session["sameSite"], TOKEN in session["value"]) == (True, "Strict", False)
    with visitor.expect_navigation():
        visitor.click("text=Sign out")
    assert visitor.locator("input[type=password]").count() == 1
    assert visitor.goto(f"{guarded}/-/dibao").status == 401


def test_a_link_in_an_alert_leads_who_has_a_session_to_its_page(guarded: str, visitor: Any) -> None:
    """It comes from another site, and browsers keep a strict cookie back from it."""
    visitor.goto(f"{guarded}/-/dibao")
    say(visitor, TOKEN)
    visitor.goto("data:text/html,<title>chat</title>")
    visitor.set_content(f'<a href="{guarded}/-/dibao/incidents/2">an incident</a>')
    visitor.click("a")
    visitor.wait_for_selector("h1")
    assert visitor.url == f"{guarded}/-/dibao/incidents/2"
    assert "jiangnan-finance" in visitor.inner_text("h1")
