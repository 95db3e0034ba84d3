"""A world that changes between the polls of a newsroom, always in the same way, and what its file says in the end."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from scheduler.config.file import load_config
from scheduler.crawl import crawl
from scheduler.demo.server import WorldServer
from scheduler.demo.world import World
from storage.database import Database, open_reader
from tests import digest
from tests.faults import story_digest
from tests.scheduler.engines.cluster.machines import long_enough

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
SITES, ARTICLES = 6, 8
# Not at an age at which an article is looked at again: a moment more or less of real time must not decide.
HOURS = (0.0, 0.6, 1.7, 3.9, 4.6)
# One look at each article, and none in a poll that brings new ones: the share of looks that an article gets depends on
# what the batches before it have found (storage.rechecks), and where a batch ends is a matter of moments.
LOOKS = '[recheck]\nafter = ["1h"]\n'

# What depends on the clock on the wall, or on which of two answers came first. Of `said_log` and what is made of it: a
# sentence is old where another article has said it before, so of two at once the second is the one that repeats.
TIMES = {
    "answered_at", "asked_plain_at", "at", "changed_at", "checked_at", "discovered_at", "fetched_at",
    "finished_at", "first_seen_at", "last_at", "last_checked_at", "last_new_at", "last_seen_at", "lies_since",
    "missing_since", "next_at", "opened_at",
    "robots_fetched_at", "seen_at", "since", "started_at",
}  # fmt: skip
ORDER = {"article_id", "canonical_id", "duplicate_of", "from_id", "id", "job_id", "last_job", "lease_job",
         "revision_id", "seq", "story_id", "url_id", "length", "offset", "a", "b"}  # fmt: skip
LEFT_OUT = {
    "_sqlite_migrations": "when the file was made",
    "archive_files": "the raw pages as they came: with times in them",
    "article_fts_data": "the index of the texts, by ids",
    "article_fts_idx": "the index of the texts, by ids",
    "hour_log": "by the hours of the clock on the wall",
    "meta": "the id of the file",
    "said_log": "which of two articles has said a sentence first",
    "source_memory": "times of day",
}
OTHERS = {
    ("day_log", "repeated"), ("sample_log", "repeated"),  # as said_log
    ("chrome_blocks", "sample"),  # of the page that came first
    ("sources", "checks"), ("sources", "edits"),  # sums in which the last look weighs most
}  # fmt: skip


def play(folder: Path, more: str = "", *, port: int = 0, before: Callable[[int], object] = lambda _: None) -> int:
    """The port of the world, which is crawled at HOURS and changed between. `more`: words at the end of dibao.toml."""
    world = World(sites=SITES, articles=ARTICLES, seed=5)
    folder.mkdir(parents=True)
    path = folder / "dibao.toml"
    with WorldServer(world, port=port) as server:
        path.write_text(server.config_toml("news.db") + LOOKS + more, encoding="utf-8")
        for number, _ in enumerate(_changes(world)):
            before(number)
            now = NOW + timedelta(hours=HOURS[number])
            result = crawl(load_config(path), clock=lambda now=now: now, should_stop=long_enough())  # type: ignore[misc]
            assert not result.interrupted
            assert {server.max_concurrent(site) for site in world.sites} <= {0, 1}
        return next(iter(server.addresses.values()))[1]


def _changes(world: World) -> Iterator[None]:
    """Once before each poll, after what has happened since the last one."""
    sites = world.sites
    yield
    yield  # nothing has changed
    world.edit(world.articles(sites[1])[-1])
    world.take_down(world.articles(sites[5])[-1])
    yield  # when all are looked at
    world.repost(world.articles(sites[2])[-1], sites[3])
    world.repost(world.articles(sites[2])[-2], sites[4], cut=True)
    world.publish(sites[0], 3)
    world.fail(world.publish(sites[1], 2)[0], status=500)
    world.publish(sites[2], 2)
    world.fail(f"{sites[2].name}/feed.xml", status=503)
    yield
    world.heal()
    yield


def told(path: Path) -> dict[str, Any]:
    """All that a file says, but for times of the wall's clock and ids in the order of arrival."""
    assert digest.is_sound(path)
    assert story_digest.faults(path) == []
    with open_reader(path) as database:
        tables = {name: _rows(database, name) for name in _tables(database)}
    stories = story_digest.by_keys(path)
    return tables | stories | {"articles": digest.articles(path), "copies": digest.copies(path)}


def _tables(database: Database) -> list[str]:
    rows = database.rows("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    return sorted({row["name"] for row in rows} - LEFT_OUT.keys())


def _rows(database: Database, table: str) -> list[tuple[Any, ...]]:
    columns = [row["name"] for row in database.rows(f"PRAGMA table_info({table})")]
    kept = [name for name in columns if name not in TIMES | ORDER and (table, name) not in OTHERS]
    if not kept:
        return [(database.value(f"SELECT count(*) FROM {table}"),)]
    quoted = ", ".join(f'"{name}"' for name in kept)
    rows = database.rows(f"SELECT {quoted} FROM {table}")
    return sorted((tuple(map(_timeless, row)) for row in rows), key=repr)


def _timeless(value: Any) -> Any:
    """The value, without the times that stand in JSON."""
    return re.sub(r'"robots_fetched_at":"[^"]*"', "", value) if isinstance(value, str) else value
