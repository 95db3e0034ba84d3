"""What was seen of the cluster stands in the file as one note, for metrics and status, and goes with it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from storage import engine_seen, metrics
from storage.database import open_writer
from storage.engine_seen import EngineSeen

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SEEN = EngineSeen(
    at=NOW,
    server="postgresql://db/d",
    unreachable_since=NOW - timedelta(minutes=3),
    error="it is gone",
    paused=True,
    workers=3,
    draining=1,
    lost=("a", "b"),
    frozen=("b",),
    queued=40,
    doing=12,
    waiting_for_host=5,
    backlog_batches=2,
    backlog_events=30,
    backlog_bytes=2_000,
    backlog_limit_bytes=1_000,
    oldest_event_seconds=1.5,
)


def told(text: bytes) -> dict[tuple[str, ...], float]:
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
        if "cluster" in sample.name
    }


def test_it_is_noted_whole_replaced_and_taken_away(tmp_path: Path) -> None:
    with open_writer(tmp_path / "news.db") as database:
        assert engine_seen.noted(database) is None
        for seen in (SEEN, EngineSeen(at=NOW, server="x", workerless_since=NOW), None, None):
            with database.transaction():
                engine_seen.note(database, seen)
            assert engine_seen.noted(database) == seen


def test_what_another_version_has_noted_is_nothing(tmp_path: Path) -> None:
    with open_writer(tmp_path / "news.db") as database:
        for text in ('{"at": "2026-11-23T12:00:00Z", "more": 1}', "[]", "no JSON"):
            database.execute("INSERT OR REPLACE INTO meta (name, value) VALUES ('engine_seen', ?)", (text,))
            assert engine_seen.noted(database) is None


def test_it_is_over_its_limit_only_where_there_is_one() -> None:
    assert SEEN.is_over_limit
    assert not SEEN.is_reachable
    assert not EngineSeen(at=NOW, server="x", backlog_bytes=5).is_over_limit


def test_prometheus_is_told_of_a_cluster_and_of_none_where_there_is_none(tmp_path: Path) -> None:
    with open_writer(tmp_path / "news.db") as database:
        assert told(metrics.exposition(database, NOW)) == {}
        with database.transaction():
            engine_seen.note(database, SEEN)
        assert told(metrics.exposition(database, NOW)) == {
            ("dibao_cluster_seen_timestamp_seconds",): NOW.timestamp(),
            ("dibao_cluster_reachable",): 0,
            ("dibao_cluster_paused",): 1,
            ("dibao_cluster_workers", "alive"): 3,
            ("dibao_cluster_workers", "lost"): 1,
            ("dibao_cluster_workers", "frozen"): 1,
            ("dibao_cluster_jobs", "queued"): 40,
            ("dibao_cluster_jobs", "waiting_for_host"): 5,
            ("dibao_cluster_jobs", "doing"): 12,
            ("dibao_cluster_backlog_events",): 30,
            ("dibao_cluster_backlog_bytes",): 2_000,
            ("dibao_cluster_backlog_limit_bytes",): 1_000,
            ("dibao_cluster_oldest_event_seconds",): 1.5,
        }
