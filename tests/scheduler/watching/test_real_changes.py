"""Real portals that fall silent or change their template, real crawls of them, and what the file then says."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from scheduler.demo import pages
from scheduler.demo.portals import daily
from scheduler.demo.portals.page import Page, Template
from scheduler.demo.world import World
from storage import sources
from storage.database import open_writer
from storage.records import utc_text
from storage.watch import alerts as queue
from tests.scheduler.newsroom import NOW, Newsroom
from tests.scheduler.watching.test_sources import SINK, alerts, seen, state

pytestmark = pytest.mark.faults

FACTS = re.compile(
    r'<meta name="(?:publishdate|source|editor)"[^>]*>|<div class="(?:col-1-1|author cf|edit cf)">.*?</div>'
)


def without_facts(page: Page) -> str:
    """The daily's template after a redesign: nothing says when, from whom and by whom any more."""
    return FACTS.sub("", daily.article(page))


def without_text(page: Page) -> str:
    """One whose text comes by a script."""
    return re.sub(r'(<div class="rm_txt_con cf">).*?(<div class="qr">)', r'\1<div id="app"></div></div>\2',
                  daily.article(page), flags=re.DOTALL)  # fmt: skip


@pytest.fixture
def make(newsroom: Callable[..., Newsroom]) -> Callable[..., Newsroom]:
    def made(articles: int) -> Newsroom:
        room = newsroom(World(sites=1, articles=articles, kinds=["daily"], list_size=100))
        room.path.write_text(room.path.read_text(encoding="utf-8") + SINK, encoding="utf-8")
        return room

    return made


def told(room: Newsroom) -> None:
    """None; whoever was to be told was told."""
    with open_writer(room.database) as database, database.transaction():
        queue.done(database, [row.id for row in queue.due(database, NOW + timedelta(days=99))], NOW)


def lived(room: Newsroom, name: str, days: int = 42) -> None:
    """None; the file knows the source for so long, in which it brought something every other hour."""
    begin = NOW - timedelta(days=days)
    with open_writer(room.database) as database, database.transaction():
        number = sources.ensure(database, name, room.server.url(name), begin)
        database.executemany(
            "INSERT INTO hour_log (source_id, hour, polls, new) VALUES (?, ?, 1, ?)",
            [(number, utc_text(begin + timedelta(hours=hour)), hour % 2) for hour in range(24 * days)],
        )


def test_a_portal_with_nothing_new_for_too_long_is_silent_until_it_brings_something(
    make: Callable[..., Newsroom],
) -> None:
    room = make(3)
    (name,) = room.server.names
    lived(room, name)
    room.crawl(everything=True)
    assert state(room, name).state == "ok"
    for hours in (2, 6):
        room.crawl(name, hours=hours)
    assert seen(room) == ()
    for hours in (16, 20):
        room.crawl(name, hours=hours)
    (silent,) = seen(room)
    assert (silent.kind, silent.source, silent.is_open) == ("source_silent", name, True)
    assert str(silent.facts["since"]).startswith("2026-11-22T02:0")
    assert state(room, name).state == "silent"
    assert alerts(room) == [("opened", "pending")]
    told(room)
    room.world.publish(name)
    for hours in (21, 22):
        room.crawl(name, hours=hours)
    assert seen(room)[0].facts["resolution"] == "recovered"
    assert state(room, name).state == "ok"
    assert alerts(room) == [("opened", "sent"), ("resolved", "pending")]


@pytest.mark.parametrize(
    ("template", "kind", "said"),
    [(without_facts, "source_drift", "field"), (without_text, "source_bad_texts", "cause")],
)
def test_a_redesign_is_told_within_twenty_pages_with_pages_from_before_and_after(
    make: Callable[..., Newsroom], monkeypatch: pytest.MonkeyPatch, template: Template, kind: str, said: str
) -> None:
    room = make(60)
    (name,) = room.server.names
    room.crawl(everything=True)
    assert state(room, name).state == "ok"
    monkeypatch.setitem(pages._TEMPLATES, "daily", template)
    for hours in range(1, 6):  # twenty pages
        room.world.publish(name, 4)
        room.crawl(name, hours=hours)
    (changed,) = seen(room)
    assert (changed.kind, changed.is_open) == (kind, True)
    assert changed.facts["after"] != changed.facts["before"]
    assert changed.facts[said] in {"time", "origin", "credits", "rejected"}
    assert changed.sample is not None
    assert changed.sample["before"]
    assert changed.sample["after"] or changed.sample["pages"]
    assert alerts(room) == [("opened", "pending")]
    told(room)
    monkeypatch.undo()
    for hours in range(6, 12):
        room.world.publish(name, 4)
        room.crawl(name, hours=hours)
    assert seen(room)[0].facts["resolution"] == "recovered"
    assert state(room, name).state == "ok"
    assert alerts(room) == [("opened", "sent"), ("resolved", "pending")]
