"""A file as a season of work leaves it: sources in every state, their runs, days, samples, incidents and alerts.

Written as rows, so that a page can be looked at without a crawl: all times are counted back from NOW.
"""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from storage.database import Database, open_writer
from storage.records import utc_text

NOW = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)

STATES: dict[str, tuple[str, str | None, dict[str, Any]]] = {
    "chengbei-evening": ("failing", "source_failing", {
        "failures": 9, "since": "2026-11-21T02:10:00Z", "hours": 54.3, "reason": "timeout",
        "error": "https://news.chengbei.example/: connection refused"}),
    "donghai-port": ("empty", "source_no_links", {
        "polls": 12, "since": "2026-11-22T20:00:00Z", "hours": 12.5, "reason": "emptied"}),
    "xishan-party-daily": ("silent", "source_silent", {
        "hours": 52.4, "expected": 23.4, "since": "2026-11-21T04:00:00Z", "longest_hours": 16.0, "polls": 61}),
    "nanhu-culture": ("bad_texts", "source_bad_texts", {
        "cause": "short", "reason": "", "bad": 17, "pages": 20, "before": 0.03, "after": 0.85,
        "since": "2026-11-22T09:00:00Z"}),
    "jiangnan-finance": ("drift", "source_drift", {
        "field": "time", "pages": 20, "before": 0.98, "after": 0.05, "fields": "time,origin",
        "since": "2026-11-22T11:30:00Z"}),
    "beiting-science": ("partial", "entries", {"error": "https://beiting.example/feed.xml: HTTP 502"}),
    "heyuan-county": ("late", "late", {"hours": 4.0}),
    "new-harbour": ("new", "", {}),
    "renmin-observer": ("ok", "", {}),
    "zhongyuan-health": ("ok", "", {}),
    "a-very-long-source-name-of-a-portal-that-somebody-named-without-mercy-2026": ("ok", "", {}),
    "yunling-travel": ("paused", "", {}),
    "old-mill": ("off", "", {}),
}  # fmt: skip
NAMES = tuple(STATES)
MACHINE = 1
DRIFT = 2


def make(path: Path, now: datetime = NOW, *, more: int = 0) -> None:
    """None; the file is there. `more`: so many well sources beside."""
    chance = random.Random(8)
    with open_writer(path) as database, database.transaction():
        names = [*NAMES, *(f"portal-{number:04}" for number in range(more))]
        for number, name in enumerate(names, 1):
            _source(database, number, name, now)
        _runs(database, len(names), now, chance)
        for number in range(1, len(names) + 1):
            _counted(database, number, now, chance, names[number - 1])
        _articles(database, now, chance)
        _incidents(database, now)
        database.execute(
            "INSERT INTO heartbeats VALUES ('daemon', ?, 4242, NULL)", (utc_text(now - timedelta(seconds=40)),)
        )


def _source(database: Database, number: int, name: str, now: datetime) -> None:
    state, reason, facts = STATES.get(name, ("ok", "", {}))
    fresh = state == "new"
    asked = None if fresh else utc_text(now - timedelta(minutes=7 * number % 55))
    database.execute(
        "INSERT INTO sources (id, name, home, created_at, last_attempt_at, last_success_at, last_new_at, failures,"
        " last_error, paused_at, paused_why) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            number, name, f"https://{name[:40].rstrip('-')}.example/", utc_text(now - timedelta(days=120)), asked,
            facts.get("since", asked) if not fresh else None,
            None if fresh else facts.get("since", utc_text(now - timedelta(minutes=13 * number))),
            facts.get("failures", 0), facts.get("error"),
            utc_text(now - timedelta(days=2)) if state == "paused" else None,
            "relaunch of the portal, back on Friday" if state == "paused" else None,
        ),
    )  # fmt: skip
    week = [round(max(0, 3 - abs(hour % 24 - 9) / 3) * (0.3 if hour >= 120 else 1), 2) for hour in range(168)]
    database.execute(
        "INSERT INTO source_watch (source_id, at, state, reason, facts, next_run_at, next_run_kind, next_run_why,"
        " expected_new, zone) VALUES (?, ?, ?, ?, ?, ?, 'rhythm', 'its rhythm', ?, ?)",
        (
            number, utc_text(now), state, reason, json.dumps(facts, ensure_ascii=False),
            None if state in {"off", "paused"} else utc_text(now + timedelta(minutes=11 * number % 50)),
            facts.get("expected", 0.4), "Asia/Shanghai",
        ),
    )  # fmt: skip
    database.execute("INSERT INTO source_memory (source_id, week) VALUES (?, ?)", (number, json.dumps(week)))
    for entry, (kind, at) in enumerate((("listing", "list"), ("feed", "feed.xml"), ("sitemap", "sitemap.xml"))):
        failed = state in {"failing", "partial"} and (entry == 1 or state == "failing")
        database.execute(
            "INSERT INTO entry_points (source_id, kind, url, last_checked_at, last_status, last_reason, last_detail,"
            " last_links, last_new, failures, found_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'config')",
            (
                number, kind, f"https://{name[:40].rstrip('-')}.example/{at}", asked,
                None if fresh else "failed" if failed else "ok", "http_502" if failed else None,
                "the server answered 502" if failed else None, 0 if state == "empty" else 34, 2, 4 * failed,
            ),
        )  # fmt: skip


def _runs(database: Database, sources: int, now: datetime, chance: random.Random) -> None:
    for run in range(1, 61):
        began = now - timedelta(hours=61 - run)
        going = run == 60
        database.execute(
            "INSERT INTO run_log VALUES (?, ?, ?, ?, ?)",
            (
                run, "daemon" if run % 7 else "crawl", utc_text(began),
                None if going else utc_text(began + timedelta(seconds=95)),
                "running" if going else "interrupted" if run == 31 else "ok",
            ),
        )  # fmt: skip
        for number in range(1, sources + 1):
            if number == 8 or (run + number) % 5 == 4:
                continue
            _run_source(database, run, number, began, chance, going=going)


def _run_source(
    database: Database, run: int, number: int, began: datetime, chance: random.Random, *, going: bool
) -> None:
    failed = (number == 1 and run > 48) or chance.random() < 0.02
    partial = number == 6 and run > 40
    stored = 0 if failed or (number == 3 and run > 10) else max(0, int(chance.gauss(4, 5)))
    status = "failed" if failed else "partial" if partial else "ok"
    rejected = chance.randrange(3)
    reasons = {"rejected:too_short": rejected, **({"failed:http_502": 2} if partial else {})}
    database.execute(
        "INSERT INTO run_source_log (run_id, source_id, job_id, started_at, finished_at, status, error, with_entries,"
        " discovered, stored, unchanged, duplicate, rejected, failed, entries_ok, entries_failed, requests, body_bytes,"
        " reasons) VALUES (?, ?, ?, ?, ?, ?, ?, 1, 30, ?, 9, 1, ?, ?, 2, 1, ?, ?, ?)",
        (
            run, number, f"job-{run}-{number}", utc_text(began),
            None if going else utc_text(began + timedelta(seconds=60)),
            "running" if going else status, "connection refused" if failed else None, stored, rejected,
            2 if failed or partial else 0, 20 + stored, 1_500_000 + 90_000 * stored, json.dumps(reasons),
        ),
    )  # fmt: skip


def _counted(database: Database, number: int, now: datetime, chance: random.Random, name: str) -> None:
    state = STATES.get(name, ("ok", "", {}))[0]
    if state == "new":
        return
    days, hours = (60, 24 * 28) if name in STATES else (3, 24)  # of the many, there are many
    for back in range(days):
        day = (now - timedelta(days=back)).date()
        articles = 0 if state == "silent" and back < 3 else int(chance.gauss(22, 6) * (0.3 if day.weekday() > 4 else 1))
        lost = state == "drift" and back < 2
        short = state == "bad_texts" and back < 2
        database.execute(
            "INSERT INTO day_log (source_id, day, polls_ok, polls_failed, polls_empty, links, new_links, stored,"
            " rejected, failed, requests, body_bytes, articles, titles, times, origins, credits, characters, repeated)"
            " VALUES (?, ?, 40, ?, 0, 900, ?, ?, ?, 1, 120, 9000000, ?, ?, ?, ?, ?, ?, ?)",
            (
                number, day.isoformat(), 40 if state == "failing" and back < 2 else 0, articles, articles,
                14 if short else 2, articles, articles, articles // 20 if lost else articles,
                0 if lost else articles * 8 // 10, articles * 6 // 10, articles * (60 if short else 900),
                articles * (0.55 if short else 0.06),
            ),
        )  # fmt: skip
    for back in range(hours):
        at = (now - timedelta(hours=back)).replace(minute=0)
        local = at + timedelta(hours=8)
        busy = max(0.0, 3 - abs(local.hour - 9) / 3) * (0.3 if local.weekday() > 4 else 1)
        new = 0 if state == "silent" and back < 52 else int(busy + chance.random())
        database.execute("INSERT INTO hour_log VALUES (?, ?, 2, ?)", (number, utc_text(at), new))


def _articles(database: Database, now: datetime, chance: random.Random) -> None:
    for number in (4, 5, 9):
        for page in range(24):
            _page(database, number, page, now - timedelta(hours=30 - page), chance)
        host = f"{NAMES[number - 1]}.example"
        database.execute("INSERT INTO chrome_hosts VALUES (?, ?, ?)", (host, number, utc_text(now)))
        for at, block in enumerate(("责任编辑：本报编辑部", "版权所有，未经书面授权不得转载", "扫一扫，手机看新闻")):
            database.execute(
                "INSERT INTO chrome_blocks (host, key, sample, pages, first_seen_at, last_seen_at, verdict, since)"
                " VALUES (?, ?, ?, ?, ?, ?, 'learned', ?)",
                (host, bytes([at] * 8), block, 40 - at, utc_text(now), utc_text(now), utc_text(now)),
            )


def _page(database: Database, number: int, page: int, at: datetime, chance: random.Random) -> None:
    url = f"https://{NAMES[number - 1]}.example/2026/{number}-{page}.html"
    late = page >= 14
    short, lost = number == 4 and late, number == 5 and late
    rejected = page % 9 == 5
    article = None if rejected else number * 100 + page
    title = f"水利工程冬修全面展开，第 {page} 标段提前完工"
    text = "工地上机器轰鸣，施工队正在抢抓晴好天气推进堤防加固。" * (2 if short else 24)
    if article is not None:
        database.execute(
            "INSERT INTO article_heads (id, key, url, source_id, revision, first_seen_at, checked_at, text_digest,"
            " shown_at, text_bytes) VALUES (?, ?, ?, ?, 1, ?, ?, ?, ?, ?)",
            (article, url, url, number, utc_text(at), utc_text(at), str(article), utc_text(at), len(text)),
        )
        database.execute(
            "INSERT INTO article_revisions (id, article_id, revision, fetched_at, title, published_at,"
            " published_precision, published_local, origin, authors, editors, credits, encoding, encoding_evidence,"
            " extractor, content_digest, characters)"
            " VALUES (?, ?, 1, ?, ?, ?, ?, ?, ?, '[]', '[]', '[]', 'utf-8', '', 'test', '', ?)",
            (
                article, article, utc_text(at), title, None if lost else utc_text(at), None if lost else "minute",
                None if lost else at.strftime("%Y-%m-%d %H:%M"), None if lost else "江南财经", len(text),
            ),
        )  # fmt: skip
        database.execute("INSERT INTO article_texts (revision_id, text) VALUES (?, ?)", (article, text))
    database.execute(
        "INSERT INTO urls (id, key, key_hash, site, url, source_id, state, reason, discovered_at, last_checked_at,"
        " article_id) VALUES (?, ?, ?, 'example', ?, ?, ?, ?, ?, ?, ?)",
        (number * 100 + page, url, url.encode(), url, number, "rejected" if rejected else "stored",
         "too_short" if rejected else None, utc_text(at), utc_text(at), article),
    )  # fmt: skip
    database.execute(
        "INSERT INTO sample_log (source_id, url_id, at, outcome, reason, article_id, has_title, has_time, has_origin,"
        " has_credits, characters, repeated) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            number, number * 100 + page, utc_text(at), "rejected" if rejected else "stored",
            "too_short" if rejected else None, article,
            *((None,) * 4 if rejected else (1, int(not lost), int(not lost), int(chance.random() < 0.6))),
            None if rejected else len(text), None if rejected else 0.55 if short else 0.05,
        ),
    )  # fmt: skip


def _incidents(database: Database, now: datetime) -> None:
    drift = {"before": [500, 501, 502], "after": [515, 516, 517], "pages": []}
    rows: list[tuple[str, str, int | None, dict[str, Any], dict[str, Any] | None, float, float | None]] = [
        ("disk_low", "error", None,
         {"free_bytes": 900_000_000, "floor_bytes": 1_073_741_824, "folder": "/srv/news"}, None, 2, None),
        ("source_drift", "warning", 5, STATES["jiangnan-finance"][2], drift, 21, None),
        ("source_failing", "error", 1, STATES["chengbei-evening"][2], None, 50, None),
        ("sources_many", "warning", None, {"sources": 3, "watched": 13, "cause": "source_failing", "shared": "host",
         "place": "cdn.example", "names": ["donghai-port", "heyuan-county", "nanhu-culture"]}, None, 400, 392),
        ("source_silent", "warning", 3, STATES["xishan-party-daily"][2], None, 20, None),
        ("source_bad_texts", "error", 4, STATES["nanhu-culture"][2],
         {"before": [402, 403], "after": [416, 417], "pages": []}, 22, None),
        ("source_failing", "warning", 9, {"failures": 3, "error": "timed out"}, None, 700, 690),
    ]  # fmt: skip
    for number, (kind, severity, source, facts, sample, opened, resolved) in enumerate(rows, 1):
        if resolved is not None:
            facts = {**facts, "resolution": "recovered", "lasted_seconds": (opened - resolved) * 3600}  # noqa: PLW2901
        at = utc_text(now - timedelta(hours=opened))
        database.execute(
            "INSERT INTO incident_log (id, key, kind, severity, source_id, opened_at, updated_at, resolved_at, updates,"
            " facts, sample) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 3, ?, ?)",
            (
                number, f"{kind}:{source}:{number}", kind, severity, source, at, utc_text(now - timedelta(minutes=4)),
                None if resolved is None else utc_text(now - timedelta(hours=resolved)),
                json.dumps(facts, ensure_ascii=False), None if sample is None else json.dumps(sample),
            ),
        )  # fmt: skip
        for sink, state in (("newsroom", "sent"), ("mail", "dead" if number == 1 else "sent")):
            database.execute(
                "INSERT INTO alert_log (incident_id, sink, event, state, created_at, next_at, attempts, sent_at, error)"
                " VALUES (?, ?, 'opened', ?, ?, ?, 2, ?, ?)",
                (number, sink, state, at, at, *((at, None) if state == "sent" else (None, "550 no such user"))),
            )  # fmt: skip
    for source in (2, 7, 4):
        database.execute("INSERT INTO incident_source_log VALUES (4, ?)", (source,))
