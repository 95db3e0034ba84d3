"""What two databases must agree on: every article with its text, how many revisions it has, who copies whom."""

from __future__ import annotations

from pathlib import Path

from storage.database import open_reader


def articles(path: Path) -> list[tuple[object, ...]]:
    """Address, source, title, text, facts and revision count of every article, in a fixed order."""
    with open_reader(path) as database:
        rows = database.rows(
            "SELECT a.url, a.source, a.title, a.text, a.published_at, a.origin, a.credits, a.status, a.revision,"
            " (SELECT count(*) FROM article_revisions r WHERE r.article_id = a.id) FROM articles a ORDER BY a.url"
        )
    return [tuple(row) for row in rows]


def copies(path: Path) -> set[frozenset[str]]:
    """The groups of addresses that are linked as copies of one text."""
    with open_reader(path) as database:
        rows = database.rows("SELECT coalesce(duplicate_of, id) AS root, url FROM article_heads")
    groups: dict[int, set[str]] = {}
    for root, url in rows:
        groups.setdefault(root, set()).add(url)
    return {frozenset(group) for group in groups.values() if len(group) > 1}


def is_sound(path: Path) -> bool:
    """Whether SQLite finds the file whole, every run is the sum of its outcomes, and all is counted once by day too.

    Not for files whose runs were pruned.
    """
    with open_reader(path) as database:
        whole = database.value("PRAGMA integrity_check") == "ok"
        broken = database.value(
            "SELECT count(*) FROM run_sources WHERE finished_at IS NOT NULL"
            " AND discovered <> stored + unchanged + duplicate + rejected + failed + pending"
        )
        counted = database.row(f"SELECT {_sums('polls')} FROM day_log")
        of_runs = database.row(f"SELECT {_sums('entries')} FROM run_source_log")
        looked = database.value("SELECT count(*) FROM sample_log WHERE url_id NOT IN (SELECT id FROM urls)")
    assert counted is not None
    assert of_runs is not None
    assert tuple(counted) == tuple(of_runs), "by day and by run"
    return whole and broken == looked == 0


def _sums(answers: str) -> str:
    outcomes = ("stored", "revised", "unchanged", "duplicate", "rejected", "failed", "requests")
    return ", ".join(f"coalesce(sum({name}), 0)" for name in (f"{answers}_ok", f"{answers}_failed", *outcomes))
