"""What Prometheus is told: right numbers of one moment, counters that never go down, and no article counted."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from storage import alive, metrics, quarantine, sources
from storage.care import checkups
from storage.database import open_reader, open_writer
from storage.records import Failed
from storage.retention import pruning
from storage.retention.run_log import prune_runs
from storage.retention.watched import prune_watched
from storage.watch import alerts, incidents, lags, states

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
LARGE = {"article_heads", "article_revisions", "article_texts", "urls", "change_log", "a", "u", "t"}


def told(database: Any, now: datetime = NOW) -> dict[str, Any]:
    """Every sample: its name alone, or its name with the values of its labels, and the value."""
    found = {}
    for family in text_string_to_metric_families(metrics.exposition(database, now).decode()):
        for sample in family.samples:
            key = (sample.name, *sample.labels.values()) if sample.labels else sample.name
            assert key not in found
            found[key] = sample.value
    return found


def families(database: Any) -> dict[str, Any]:
    return {one.name: one for one in text_string_to_metric_families(metrics.exposition(database, NOW).decode())}


def test_what_came_of_pages_is_counted_by_source_and_outcome(desk) -> None:
    desk.stored("1")
    desk.stored("copy")
    desk.begin()
    desk.take(desk.discovered("2", "3"), desk.rejected("2"), desk.failed("3"))
    desk.end()
    desk.now += HOUR
    desk.recheck(desk.extracted("1", "改了。"), desk.unchanged("copy"))
    found = told(desk.database)
    outcomes = ("stored", "revised", "unchanged", "duplicate", "rejected", "failed")
    counts = {name: found["dibao_articles_total", "a", name] for name in outcomes}
    assert counts == {"stored": 1, "revised": 1, "unchanged": 1, "duplicate": 1, "rejected": 1, "failed": 1}
    assert found["dibao_source_pending_pages", "a"] == desk.database.value(
        "SELECT count(*) FROM urls WHERE state = 'pending'"
    )
    assert found["dibao_changes_total"] == desk.database.value("SELECT max(seq) FROM change_log")


def test_polls_requests_and_bytes_are_counted(desk) -> None:
    desk.begin()
    desk.take(desk.checked(), desk.checked(status="failed", url="https://a.cn/other.xml"))
    desk.end()
    with desk.database.transaction():
        desk.database.execute("UPDATE total_log SET requests = 7, body_bytes = 8000")
    found = told(desk.database)
    assert (found["dibao_polls_total", "a", "ok"], found["dibao_polls_total", "a", "failed"]) == (1, 1)
    assert (found["dibao_requests_total", "a"], found["dibao_body_bytes_total", "a"]) == (7, 8000)


def test_the_lag_of_a_source_is_a_histogram_that_ends_in_its_count(desk) -> None:
    desk.stored("1")
    with desk.database.transaction():
        desk.database.execute(
            "UPDATE total_log SET lag_buckets = ?, lag_seconds = 4000.5, lag_count = 3",
            (str([1, 0, 0, 0, 0, 2, *[0] * (len(lags.LAG_BUCKETS_SECONDS) - 5)]),),
        )
    found = told(desk.database)
    assert found["dibao_article_lag_seconds_bucket", "a", "60"] == 1
    assert found["dibao_article_lag_seconds_bucket", "a", "10800"] == 3
    assert found["dibao_article_lag_seconds_bucket", "a", "+Inf"] == 3
    assert (found["dibao_article_lag_seconds_sum", "a"], found["dibao_article_lag_seconds_count", "a"]) == (4000.5, 3)


def test_a_source_without_lags_has_no_histogram(desk) -> None:
    desk.stored("1")
    assert not any(key[0].startswith("dibao_article_lag") for key in told(desk.database) if isinstance(key, tuple))


def test_the_state_of_a_source_and_its_times_are_told(desk) -> None:
    desk.stored("1")
    with desk.database.transaction():
        sources.attempted(desk.database, 1, NOW)
        sources.failed(desk.database, 1, NOW + HOUR, "timeout")
        watch = states.SourceWatch(source="a", at=NOW, state="silent", next_run_at=NOW + HOUR, expected_new=4.5)
        states.write(desk.database, [watch])
    found = told(desk.database)
    assert found["dibao_source_state", "a", "silent"] == 1
    assert [key for key in found if key[0] == "dibao_source_state"] == [("dibao_source_state", "a", "silent")]
    assert found["dibao_source_expected_articles", "a"] == 4.5
    assert found["dibao_source_next_run_timestamp_seconds", "a"] == (NOW + HOUR).timestamp()
    assert found["dibao_source_last_attempt_timestamp_seconds", "a"] == NOW.timestamp()
    assert found["dibao_source_last_new_timestamp_seconds", "a"] == NOW.timestamp()
    assert ("dibao_source_last_success_timestamp_seconds", "a") not in found  # never is no time
    assert found["dibao_source_consecutive_failures", "a"] == 1


def test_trouble_is_counted_while_it_is_open(desk) -> None:
    desk.stored("1")
    with desk.database.transaction():
        one, two = (
            incidents.open_(
                desk.database, key=key, kind="source_silent", severity="warning", facts={}, now=NOW, source="a"
            )
            for key in ("x", "y")
        )
        alerts.queue(desk.database, one, ["ops"], "opened", NOW)
    found = told(desk.database)
    assert (found["dibao_incidents_open", "source_silent", "warning"], found["dibao_alerts_pending"]) == (2, 1)
    with desk.database.transaction():
        incidents.resolve(desk.database, one, NOW)
        incidents.resolve(desk.database, two, NOW)
    assert not any(key[0] == "dibao_incidents_open" for key in told(desk.database) if isinstance(key, tuple))


def test_pages_that_are_kept_away_are_counted(desk) -> None:
    desk.begin()
    desk.take(desk.discovered("1"))
    with desk.database.transaction():
        event = Failed(job_id=desk.job, number=0, key="k", fetched_at=NOW, reason="crashed")
        quarantine.put(desk.database, 1, event, 2, "test")
    assert told(desk.database)["dibao_source_quarantined_pages", "a"] == 1


def test_the_file_its_log_its_checks_and_its_program_are_told(desk) -> None:
    checkups.note(desk.database, checkups.WHOLE, NOW, ("one thing", "another"))
    found = told(desk.database)
    assert found["dibao_database_bytes"] == desk.database.path.stat().st_size
    assert found["dibao_database_log_bytes"] > 0
    assert found["dibao_disk_free_bytes"] > 0
    assert found["dibao_schema_version"] == desk.database.value("PRAGMA user_version")
    assert found["dibao_check_findings", "whole_check"] == 2
    assert found["dibao_check_timestamp_seconds", "whole_check"] == NOW.timestamp()
    assert [key for key in found if key[0] == "dibao_build_info"]


def test_a_file_that_was_just_moved_away_leaves_the_rest_to_be_told(desk) -> None:
    desk.stored("1")
    desk.database.path.rename(desk.database.path.with_name("elsewhere.db"))
    found = told(desk.database)
    assert "dibao_database_bytes" not in found
    assert found["dibao_articles_total", "a", "stored"] == 1


def test_the_last_run_of_each_trigger_is_told(desk) -> None:
    desk.stored("1")
    with desk.database.transaction():
        for trigger, status in (("daemon", "ok"), ("daemon", "failed"), ("crawl", "ok")):
            desk.database.execute(
                "INSERT INTO run_log (trigger, started_at, finished_at, status)"
                " VALUES (?, '2026-11-22T09:00:00Z', '2026-11-22T09:01:30Z', ?)",
                (trigger, status),
            )
    found = told(desk.database)
    assert found["dibao_last_run_duration_seconds", "daemon"] == 90
    assert (found["dibao_last_run_failed", "daemon"], found["dibao_last_run_failed", "crawl"]) == (1, 0)
    assert found["dibao_last_run_end_timestamp_seconds", "crawl"] == NOW.timestamp() - 28.5 * 60
    assert found["dibao_runs_total"] == 4


def test_the_heartbeat_and_the_verdict_are_told(desk) -> None:
    assert told(desk.database)["dibao_healthy"] == 0
    with desk.database.transaction():
        alive.beat(desk.database, NOW, 7, every_seconds=10.0, detail="")
    found = told(desk.database)
    assert (found["dibao_healthy"], found["dibao_heartbeat_timestamp_seconds"]) == (1, NOW.timestamp())


def test_webhooks_are_told_with_what_waits_for_them(desk) -> None:
    desk.stored("1")
    with desk.database.transaction():
        desk.database.execute(
            "INSERT INTO webhooks (name, last_seq, created_at, delivered, failures) VALUES ('desk', 0, ?, 5, 2)",
            ("2026-11-22T09:00:00Z",),
        )
    found = told(desk.database)
    names = ("delivered_total", "pending", "backlog", "consecutive_failures")
    assert [found[f"dibao_webhook_{name}", "desk"] for name in names] == [5, 0, 1, 2]


def test_no_counter_goes_down_by_pruning_restarts_and_renamed_sources(desk, path) -> None:
    for name in ("1", "2", "3"):
        desk.stored(name, f"正文{name}。")
        desk.now += HOUR

    def counters(database: Any) -> dict[Any, float]:
        return {key: value for key, value in told(database).items() if "_total" in str(key) or "_lag_" in str(key)}

    before = counters(desk.database)
    pruning.prune_articles(desk.database, [1, 2], desk.now)
    for prune in (prune_runs, prune_watched):
        list(prune(desk.database, 1, desk.now + 100 * HOUR))
    assert desk.database.value("SELECT count(*) FROM article_heads WHERE pruned_at IS NOT NULL")
    # A source of another name is another source; the old one is configured no longer, and stays.
    desk.begin(source="b")
    desk.end()
    desk.database.close()
    with open_writer(path) as again:
        after = counters(again)
    assert after["dibao_runs_total"] == before["dibao_runs_total"] + 1
    assert all(after[key] >= value for key, value in before.items())
    assert after["dibao_articles_total", "a", "stored"] == 3


def test_all_is_of_one_moment_whoever_writes_meanwhile(desk, path, monkeypatch) -> None:
    desk.stored("1")

    def between(rows: Any) -> Any:
        desk.stored("2", "又一篇。")  # the writer, while the reader is in the middle
        return whole(rows)

    whole = metrics._of_sources
    monkeypatch.setattr(metrics, "_of_sources", between)
    with open_reader(path) as reader:
        assert told(reader)["dibao_articles_total", "a", "stored"] == 1
        assert not reader.connection.in_transaction
        monkeypatch.undo()
        assert told(reader)["dibao_articles_total", "a", "stored"] == 2


def test_a_transaction_that_is_open_is_taken_and_left_open(desk, path) -> None:
    desk.stored("1")
    with open_reader(path) as reader:
        reader.execute("BEGIN")
        assert told(reader)["dibao_articles_total", "a", "stored"] == 1
        assert reader.connection.in_transaction


def test_no_statement_goes_through_a_table_that_grows_with_the_articles(desk, path) -> None:
    desk.stored("1")
    statements: list[str] = []
    with open_reader(path) as reader:
        reader.connection.set_trace_callback(statements.append)
        metrics.exposition(reader, NOW)
        reader.connection.set_trace_callback(None)
        asked = [one for one in statements if one.lstrip().upper().startswith("SELECT")]
        assert len(asked) > 10
        for statement in asked:
            plan = [row["detail"] for row in reader.rows(f"EXPLAIN QUERY PLAN {statement}")]
            # max(seq) alone is one step from the end of the table.
            if not re.search(r"^SELECT coalesce\(max\(\w+\), 0\) FROM", statement):
                scanned = {detail.split()[1] for detail in plan if detail.startswith("SCAN")}
                assert not scanned & LARGE, (statement, plan)


def test_a_thousand_articles_more_cost_no_step_of_sqlite_more(desk, path) -> None:
    desk.stored("1")
    with open_reader(path) as reader:
        before = steps(reader)
    with desk.database.transaction():
        for number in range(2, 1_002):
            row = (number, f"//a.cn/{number}", desk.now.strftime("%Y-%m-%dT%H:%M:%SZ"))
            desk.database.execute(
                "INSERT INTO urls (id, key, key_hash, site, url, source_id, state, discovered_at, next_at)"
                " VALUES (?1, ?2, x'00', 'a.cn', ?2, 1, 'stored', ?3, ?3)",
                row,
            )
            log = "INSERT INTO change_log (article_id, op, revision, at) VALUES (1, 'link', 1, ?)"
            desk.database.execute(log, row[2:])
    with open_reader(path) as reader:
        assert steps(reader) <= before + 10


def steps(database: Any) -> int:
    """SQLite's own steps for one answer."""
    counted = [0]

    def count() -> int:
        counted[0] += 1
        return 0

    database.connection.set_progress_handler(count, 1)
    metrics.exposition(database, NOW)
    return counted[0]


def test_names_are_ours_and_follow_the_rules_of_prometheus(desk) -> None:
    desk.stored("1")
    for name, family in families(desk.database).items():
        assert re.fullmatch(r"dibao(_[a-z]+)+", name), name
        assert family.documentation.endswith("."), name
        assert not name.endswith("_created")
        for sample in family.samples:
            assert set(sample.labels) <= {
                "source", "outcome", "state", "kind", "severity", "trigger", "check", "webhook", "version",
                "sqlite", "le",
            }  # fmt: skip
            if family.type == "counter":
                assert sample.name.endswith("_total")
            elif family.type == "gauge":
                assert not sample.name.endswith("_total")


@pytest.mark.faults
def test_promtool_finds_nothing_to_say(desk) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("there is no promtool here (Debian's package prometheus)")
    desk.stored("1")
    done = subprocess.run(
        [promtool, "check", "metrics"], input=metrics.exposition(desk.database, NOW), capture_output=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
