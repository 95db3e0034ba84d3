"""What ingest and the watch would have left beside many articles: runs, sums, samples, states, incidents, alerts.

Made from the articles that there are, anew each time; `tests.benchmarks.million_fill` does it for its files.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from storage.database import Database
from storage.records import from_utc_text, utc_text
from storage.watch import incidents, states
from storage.watch.states import SourceWatch

RUNS = 100
"""Of the last two days, each of all sources: a page shows 48 of a source."""
REFUSED_EVERY = 50
"""Of so many addresses, one more is none of an article's."""
INCIDENTS = 400
_TABLES = ("sample_log", "said_log", "day_log", "hour_log", "total_log", "source_watch", "source_memory",
           "incident_source_log", "alert_log", "incident_log")  # fmt: skip
_COUNTS = "polls_ok, polls_failed, requests, body_bytes, stored, revised, unchanged, duplicate, rejected, failed"
_SUMS = (
    f"""INSERT INTO day_log (source_id, day, {_COUNTS}, articles, titles, times, origins, credits, characters,
        polls_empty, links, new_links, repeated)
    SELECT a.source_id, substr(a.first_seen_at, 1, 10), 48, a.source_id % 3, 48 + 2 * count(*), 60000 * count(*),
           count(*), count(*) / 20, count(*), count(*) / 30, count(*) / 9, count(*) / 40, count(*), count(*), count(*),
           count(*) / 2, count(*) - count(*) / 10, 785 * count(*), 0, 960, count(*), 0.03 * count(*)
      FROM sources s JOIN article_heads a ON a.source_id = s.id AND a.pruned_at IS NULL GROUP BY 1, 2""",
    f"""INSERT INTO total_log (source_id, {_COUNTS}, lag_buckets, lag_seconds, lag_count)
    SELECT source_id, {", ".join(f"sum({name})" for name in _COUNTS.split(", "))},
           '[1,2,3,4,5,6,7,8,9,10,11]', 90000.0, 66 FROM day_log GROUP BY 1""",
    """INSERT INTO hour_log (source_id, hour, polls, new)
    SELECT a.source_id, substr(a.first_seen_at, 1, 13) || ':00:00Z', 2, count(*)
      FROM sources s JOIN article_heads a ON a.source_id = s.id AND a.pruned_at IS NULL
           AND a.first_seen_at >= strftime('%Y-%m-%dT%H:%M:%SZ', :newest, '-70 days') GROUP BY 1, 2""",
    """INSERT INTO sample_log (source_id, url_id, at, outcome, article_id, has_title, has_time, has_origin, has_credits,
        characters, repeated)
    SELECT a.source_id, u.id, a.first_seen_at, 'stored', a.id, 1, 1, a.id % 2, a.id % 10 > 0, 785, 0.03
      FROM sources s JOIN article_heads a ON a.source_id = s.id AND a.id IN
           (SELECT n.id FROM article_heads n WHERE n.source_id = s.id ORDER BY n.id DESC LIMIT 200)
      JOIN urls u ON u.article_id = a.id ORDER BY a.id""",
    """INSERT INTO sample_log (source_id, url_id, at, outcome, reason)
    SELECT u.source_id, u.id, u.last_checked_at, 'rejected', u.reason
      FROM sources s JOIN urls u ON u.id IN (SELECT n.id FROM urls n WHERE n.source_id = s.id
           AND n.state = 'rejected' ORDER BY n.last_checked_at DESC LIMIT 40)""",
    "INSERT INTO said_log (source_id, sentences) SELECT id, randomblob(8 * 360) FROM sources",
)
REFUSED = f"""INSERT INTO urls (key, key_hash, site, url, source_id, state, reason, http_status, discovered_at,
        last_checked_at, attempts, run_id, run_outcome, link_title)
    SELECT '//' || :path || '?none', randomblob(8), printf('b%d.test', :id % 40), 'https://' || :path || '?none',
           :source, 'rejected', CASE :id % 3 WHEN 0 THEN 'http_404' WHEN 1 THEN 'no_text' ELSE 'not_an_article' END,
           CASE :id % 3 WHEN 0 THEN 404 ELSE 200 END, :at, :at, 1, 1, 'rejected', :title
     WHERE :id % {REFUSED_EVERY} = 0"""
"""For each article's values: once in a while, a further address that is none."""


def watch(database: Database) -> None:
    """None; all of it is in the file. In a transaction."""
    newest = str(database.value("SELECT max(first_seen_at) FROM article_heads"))
    for table in _TABLES:
        database.execute(f"DELETE FROM {table}")
    for statement in _SUMS:
        database.execute(statement, {"newest": newest} if ":newest" in statement else ())
    now = from_utc_text(newest)
    if not database.value("SELECT 1 FROM run_log WHERE trigger = 'daemon'"):
        _runs(database, now)
    names = [str(row["name"]) for row in database.rows("SELECT name FROM sources ORDER BY id")]
    states.write(database, [_state(name, number, now) for number, name in enumerate(names)])
    for number in range(INCIDENTS):
        _incident(database, names[number % len(names)], number, now)


def _runs(database: Database, now: datetime) -> None:
    for number in range(RUNS):
        at = utc_text(now - timedelta(minutes=30 * (RUNS - number)))
        run = database.execute(
            "INSERT INTO run_log (trigger, started_at, finished_at, status) VALUES ('daemon', ?, ?, 'ok')", (at, at)
        ).lastrowid
        database.execute(
            "INSERT INTO run_source_log (run_id, source_id, job_id, started_at, finished_at, status, with_entries,"
            " discovered, stored, unchanged, rejected, entries_ok, requests, body_bytes, reasons) SELECT ?1, id,"
            " ?1 || '-' || id, ?2, ?2, CASE (id + ?1) % 17 WHEN 0 THEN 'partial' ELSE 'ok' END, 1, 30 + id % 5,"
            " 20 + id % 5, 8, 2, 3, 40, 2000000, '{\"rejected:no_text\":2}' FROM sources",
            (run, at),
        )


def _state(name: str, number: int, now: datetime) -> SourceWatch:
    quiet = {"hours": 31.5, "expected": 14.2, "since": utc_text(now - timedelta(hours=31)), "polls": 60}
    silent = number % 9 == 0
    return SourceWatch(
        source=name, at=now, state="silent" if silent else "ok", reason="source_silent" if silent else None,
        facts=quiet if silent else {}, next_run_at=now + timedelta(minutes=number), next_run_kind="poll",
        next_run_why="every 20 minutes", week=tuple(round((hour % 24) / 9, 2) for hour in range(168)),
        expected_new=14.2, memory=json.dumps({"last": list(range(240))}),
    )  # fmt: skip


def _incident(database: Database, name: str, number: int, now: datetime) -> None:
    """None; an incident that is over, but for the last few; two sinks were told."""
    opened = now - timedelta(hours=6 * (INCIDENTS - number))
    incident_id = incidents.open_(
        database, key=f"source_silent:{name}:{number}", kind="source_silent", severity="warning", source=name,
        facts={"hours": 12.5, "expected": 9.1, "polls": 24}, now=opened,
    )  # fmt: skip
    if number < INCIDENTS - 5:
        incidents.resolve(database, incident_id, opened + timedelta(hours=5))
    database.executemany(
        "INSERT INTO alert_log (incident_id, sink, event, state, created_at, attempts, sent_at)"
        " VALUES (?, ?, 'opened', 'sent', ?, 1, ?)",
        [(incident_id, sink, utc_text(opened), utc_text(opened)) for sink in ("desk", "log")],
    )
