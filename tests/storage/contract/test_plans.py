"""What readers ask again and again goes by an index, whatever the size of the file: no page waits for a scan."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.contract.views import View, views
from storage.database import Database, open_reader

# Ordered by an index, so that LIMIT ends the scan that SQLite speaks of.
QUICK = (
    "SELECT * FROM article_list ORDER BY shown_at DESC LIMIT 20",
    "SELECT * FROM article_list ORDER BY id DESC LIMIT 20",
    "SELECT * FROM article_list WHERE source = 'a' ORDER BY shown_at DESC LIMIT 20",
    "SELECT * FROM article_list WHERE source = 'a' ORDER BY id DESC LIMIT 20",
    "SELECT * FROM article_list WHERE shown_at >= '2026' AND shown_at < '2027' ORDER BY shown_at DESC LIMIT 20",
    "SELECT * FROM articles WHERE id = 5",
    "SELECT seq, article_id, op, revision, at FROM changes WHERE seq > 5 ORDER BY seq LIMIT 500",
    "SELECT * FROM revisions WHERE article_id = 4 ORDER BY revision",
    "SELECT * FROM runs ORDER BY id DESC LIMIT 20",
)
SORTED = [view for view in views() if (view.showing.sort_desc or view.showing.sort) and not view.showing.small]


def plan(database: Database, query: str) -> list[str]:
    return [row["detail"] for row in database.rows(f"EXPLAIN QUERY PLAN {query}")]


@pytest.fixture(scope="module")
def database(news: Path) -> Iterator[Database]:
    with open_reader(news) as opened:
        yield opened


@pytest.mark.parametrize("query", QUICK)
def test_what_is_asked_most_is_never_sorted(database: Database, query: str) -> None:
    steps = plan(database, query)
    assert not [step for step in steps if "TEMP B-TREE" in step]
    # `m`: the pieces of one article's Markdown.
    scans = [step for step in steps if step.startswith("SCAN") and not step.startswith("SCAN m VIRTUAL TABLE")]
    assert len(scans) <= 1
    assert scans == [] or "ORDER BY" in query


@pytest.mark.parametrize("view", SORTED, ids=lambda view: view.name)
def test_the_order_in_which_viewers_show_a_large_view_is_that_of_an_index(database: Database, view: View) -> None:
    order = view.showing.sort_desc or view.showing.sort
    assert not [step for step in plan(database, f"SELECT * FROM {view.name} ORDER BY {order} DESC") if "TEMP" in step]


def test_runs_are_summed_for_those_that_are_shown_only(database: Database) -> None:
    steps = plan(database, "SELECT * FROM runs ORDER BY id DESC LIMIT 20")
    assert not [step for step in steps if step.startswith(("MATERIALIZE", "CO-ROUTINE"))]


def test_the_health_of_sources_scans_nothing_but_the_sources(database: Database) -> None:
    steps = plan(database, "SELECT * FROM source_health")
    assert [step for step in steps if step.startswith("SCAN")] in (["SCAN s"], ["SCAN s", "SCAN source_health"])
    assert "run_sources_by_time (source_id=? AND started_at>?)" in " ".join(steps)
