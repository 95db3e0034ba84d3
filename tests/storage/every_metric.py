"""A file in which something stands of all that metrics tell, and the names that they then have."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from storage import alive, engine_seen, metrics
from storage.care import checkups
from storage.database import Database
from storage.watch import states
from storage.watch.lags import LAG_BUCKETS_SECONDS

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
AT = "2026-11-22T09:00:00Z"

_ROWS = (
    f"""INSERT INTO sources (id, name, home, created_at, last_attempt_at, last_success_at, last_new_at)
    VALUES (1, 'a', 'https://a.cn/', '{AT}', '{AT}', '{AT}', '{AT}')""",
    f"INSERT INTO run_log (trigger, started_at, finished_at, status) VALUES ('daemon', '{AT}', '{AT}', 'ok')",
    f"""INSERT INTO total_log (source_id, stored, lag_buckets, lag_seconds, lag_count)
    VALUES (1, 1, '{[1] * (len(LAG_BUCKETS_SECONDS) + 1)}', 1.5, {len(LAG_BUCKETS_SECONDS) + 1})""",
    f"""INSERT INTO urls (id, key, key_hash, site, url, source_id, state, discovered_at)
    VALUES (1, 'k', x'00', 'a.cn', 'https://a.cn/1', 1, 'failed', '{AT}')""",
    f"INSERT INTO quarantine (url_id, quarantined_at, reason, extractor, strikes) VALUES (1, '{AT}', 'crash', 'x', 2)",
    f"""INSERT INTO incident_log (key, kind, severity, source_id, opened_at, updated_at)
    VALUES ('x', 'source_silent', 'warning', 1, '{AT}', '{AT}')""",
    f"INSERT INTO webhooks (name, last_seq, created_at) VALUES ('desk', 0, '{AT}')",
)


def fill(database: Database) -> None:
    """None; an empty file has a row in each table that metrics read."""
    with database.transaction():
        for statement in _ROWS:
            database.execute(statement)
        watch = states.SourceWatch(source="a", at=NOW, state="ok", next_run_at=NOW, expected_new=1.0)
        states.write(database, [watch])
        alive.beat(database, NOW, 7, every_seconds=10.0, detail="")
        engine_seen.note(database, engine_seen.EngineSeen(at=NOW, server="postgresql://db/d"))
    checkups.note(database, checkups.WHOLE, NOW)


def families(database: Database) -> dict[str, Any]:
    """The metrics of a file by their names as Prometheus stores them, buckets and all."""
    parsed = text_string_to_metric_families(metrics.exposition(database, NOW).decode())
    return {sample.name: family for family in parsed for sample in family.samples}
