"""What metrics cost: of a thousand sources beside prometheus-client, and of ten times as many articles."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from storage import metrics
from storage.database import Database, open_reader, open_writer
from storage.watch.lags import LAG_BUCKETS_SECONDS
from tests.benchmarks.rounds import until_well

pytestmark = pytest.mark.benchmark

SOURCES = 1_000
FEW, MANY = 20_000, 200_000
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
AT = "2026-11-22T09:00:00Z"
TIMES = 5
FURTHER_TIMES = 10
"""Where the first are not quicker."""


def fill(path: Path, articles: int) -> None:
    """None; the file has a thousand sources with all that is told of each, and so many articles and addresses."""
    buckets = json.dumps([7] * (len(LAG_BUCKETS_SECONDS) + 1))
    numbers = [(number,) for number in range(1, SOURCES + 1)]
    with open_writer(path) as database:
        database.execute("PRAGMA synchronous = off")
        with database.transaction():
            for statement in (
                f"""INSERT INTO sources (id, name, home, created_at, last_attempt_at, last_success_at, last_new_at)
                SELECT ?1, 'source-' || ?1, 'https://a.cn/', '{AT}', '{AT}', '{AT}', '{AT}'""",
                f"""INSERT INTO total_log (source_id, stored, requests, lag_buckets, lag_seconds, lag_count)
                VALUES (?1, ?1, ?1, '{buckets}', 1.5, {7 * (len(LAG_BUCKETS_SECONDS) + 1)})""",
                f"INSERT INTO source_watch (source_id, at, state, next_run_at) VALUES (?1, '{AT}', 'ok', '{AT}')",
            ):
                database.executemany(statement, numbers)
            some = [{"id": number, "source": number % SOURCES + 1} for number in range(1, articles + 1)]
            for statement in (
                f"""INSERT INTO article_heads (id, key, url, source_id, revision, first_seen_at, checked_at,
                    text_digest)
                VALUES (:id, :id, :id, :source, 1, '{AT}', '{AT}', :id)""",
                f"""INSERT INTO urls (key, key_hash, site, url, source_id, state, discovered_at, next_at)
                VALUES (:id, x'00', 'a.cn', :id, :source, 'stored', '{AT}', '{AT}')""",
                f"INSERT INTO change_log (article_id, op, revision, at) VALUES (:id, 'insert', 1, '{AT}')",
            ):
                database.executemany(statement, some)  # type: ignore[arg-type]  # a mapping for each row


def cpu(work: Callable[[], Any]) -> float:
    """CPU seconds that it takes."""
    began = time.process_time()
    work()
    return time.process_time() - began


def least(turns: list[tuple[float, float]]) -> tuple[float, float]:
    """The cheapest turn of either side: what else the machine does is added to all."""
    ours, theirs = zip(*turns, strict=True)
    return min(ours), min(theirs)


def steps(database: Database) -> int:
    """SQLite's own steps for one answer, in hundreds."""
    counted = [0]

    def count() -> int:
        counted[0] += 1
        return 0

    database.connection.set_progress_handler(count, 100)
    metrics.exposition(database, NOW)
    database.connection.set_progress_handler(None, 100)
    return counted[0]


def test_a_thousand_sources_cost_less_than_prometheus_client_takes_to_write_them(tmp_path: Path) -> None:
    fill(tmp_path / "news.db", FEW)
    with open_reader(tmp_path / "news.db") as database:
        said = metrics.exposition(database, NOW)
        families = list(text_string_to_metric_families(said.decode()))

        class Known:
            def collect(self) -> Any:
                return families

        registry = CollectorRegistry(auto_describe=False)
        registry.register(Known())  # type: ignore[arg-type]  # what it wants is a method
        turns: list[tuple[float, float]] = []

        def take(_: int) -> None:
            turns.append((cpu(lambda: metrics.exposition(database, NOW)), cpu(lambda: generate_latest(registry))))

        until_well(take, lambda: least(turns)[0] < least(turns)[1], TIMES, FURTHER_TIMES)
    ours, theirs = least(turns)
    lines = said.count(b"\n")
    print(f"\n{lines} lines of 1,000 sources: {ours * 1e3:.0f} ms of CPU; prometheus-client, of families"
          f" that are made already: {theirs * 1e3:.0f} ms")  # fmt: skip
    assert ours < theirs


def test_ten_times_as_many_articles_cost_the_same(tmp_path: Path) -> None:
    found = []
    for number in (FEW, MANY):
        path = tmp_path / f"{number}.db"
        fill(path, number)
        with open_reader(path) as database:
            found.append(steps(database))
    print(f"\nsteps of SQLite, in hundreds: {found[0]} with {FEW:,} articles, {found[1]} with {MANY:,}")
    assert found[1] <= found[0] * 1.05
