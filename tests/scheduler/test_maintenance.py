"""What is given up while the daemon runs and after a crawl: what the settings do not keep, and no more."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from scheduler import maintenance
from scheduler.config.file import Config
from scheduler.demo.world import World
from storage.database import open_writer
from storage.faults import StorageFault
from storage.retention.policy import Keep
from tests.scheduler.newsroom import Newsroom
from tests.storage.test_rededup import fill

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def settings(**retention: Any) -> Config:
    sources = [
        {"name": "short", "home": "https://short.cn/", "keep_for": "30d"},
        {"name": "small", "home": "https://small.cn/", "keep_bytes": 1_000_000},
        {"name": "usual", "home": "https://usual.cn/"},
    ]
    return Config.model_validate(
        {"dibao": {"contact": "tests@example.org"}, "retention": retention, "source": sources}
    )


def test_what_a_source_says_counts_before_what_all_say() -> None:
    policy = maintenance.policy(settings(keep_for="90d", keep_bytes=5_000_000))
    assert policy.default == Keep(seconds=90 * 86_400, text_bytes=5_000_000)
    assert policy.sources == {
        "short": Keep(seconds=30 * 86_400, text_bytes=5_000_000),
        "small": Keep(seconds=90 * 86_400, text_bytes=1_000_000),
        "usual": policy.default,
    }
    assert maintenance.policy(settings()).sources["usual"] == Keep()


def test_a_round_gives_up_no_more_than_it_may_a_little_at_a_time_and_tells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    fill(tmp_path / "news.db", texts=2)
    monkeypatch.setattr(maintenance, "MOST_PRUNED", 4)
    monkeypatch.setattr(maintenance.pruning, "BATCH", 2)
    config, later = settings(keep_for="1d"), NOW + timedelta(days=400)
    with open_writer(tmp_path / "news.db") as database, caplog.at_level(logging.INFO):
        pieces = maintenance.give_up_old(config, database, later)
        left = [database.value("SELECT count(*) FROM articles") for _ in pieces]
        assert left[:2] == [4, 2]
        assert set(left[2:]) == {2}
        assert "pruned 4 articles of a for age" in caplog.text
        assert "more articles may be due" in caplog.text
        maintenance.after_crawl(config, database, later)
        assert database.value("SELECT count(*) FROM articles") == 0


def test_a_file_that_cannot_be_written_after_a_crawl_is_a_line_in_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise StorageFault("the disk is full")

    monkeypatch.setattr(maintenance, "due", fail)
    with open_writer(tmp_path / "news.db") as database:
        maintenance.after_crawl(settings(keep_for="1d"), database, NOW)
    assert "what is too old could not be given up: the disk is full" in caplog.text


def _count(room: Newsroom, view: str) -> int:
    return int(room.rows(f"SELECT count(*) FROM {view}")[0][0])


def test_what_a_crawl_stored_and_a_later_crawl_gives_up_is_not_fetched_again(
    newsroom: Callable[..., Newsroom],
) -> None:
    """The site still lists all of it, and its articles would be due for a look."""
    room = newsroom(World(sites=1, articles=2, kinds=["daily"]))
    room.crawl()
    first = _count(room, "articles")
    assert first > 1
    with open_writer(room.database) as database:
        database.execute("UPDATE article_heads SET first_seen_at = '2020-01-01T00:00:00Z'")
        old = settings(keep_for="30d")
        maintenance.after_crawl(old, database, NOW)
    assert _count(room, "articles") == 0
    result = room.crawl(everything=True, hours=30)
    assert len(result.sources) == 1
    assert (result.total("stored"), result.total("revised")) == (0, 0)
    assert _count(room, "tombstones") == first
    assert _count(room, "articles") == 0
