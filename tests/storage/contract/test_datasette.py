"""The file in Datasette, with the metadata that `dibao db describe --format datasette` makes, and SQL allowed."""

import asyncio
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from storage.contract.datasette_metadata import metadata
from storage.contract.views import views
from storage.database import open_reader
from tests.storage.contract.recipes import PARAMETERS, finds_nothing, names, recipes

PUBLIC = [view.name for view in views() if view.name not in {"sources", "article_fts"}]


class Viewer:
    """Datasette over one file, asked in this process."""

    def __init__(self, path: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its own libraries deprecate what it uses
            from datasette.app import Datasette  # noqa: PLC0415
        with open_reader(path) as database:
            tables = [row[0] for row in database.rows("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        self.metadata = metadata(path.stem, tables)
        self.loop = asyncio.new_event_loop()
        # Where the plugin is installed, it allows nobody SQL (tests/storage/web).
        self.datasette = Datasette(files=[str(path)], metadata={**self.metadata, "allow_sql": True})

    def get(self, path: str, **asked: Any) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return self.loop.run_until_complete(self.datasette.client.get(f"{path}?{urlencode(asked)}"))

    def rows(self, path: str, **asked: Any) -> list[dict[str, Any]]:
        answer = self.get(f"{path}.json", _shape="array", **asked)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()
        return found


@pytest.fixture(scope="module")
def viewer(news: Path) -> Iterator[Viewer]:
    made = Viewer(news)
    yield made
    made.loop.run_until_complete(made.loop.shutdown_default_executor())
    made.datasette.executor.shutdown()
    made.loop.close()


def test_the_first_page_lists_what_readers_use_and_hides_the_rest(viewer: Viewer) -> None:
    listed = {table["name"]: table["hidden"] for table in viewer.get("/news.json").json()["tables"]}
    assert {name for name, hidden in listed.items() if not hidden} <= {"column_docs"}
    shown = {view["name"] for view in viewer.get("/news.json").json()["views"]}
    assert shown == {view.name for view in views() if view.kind == "view"}


@pytest.mark.parametrize("name", PUBLIC)
def test_the_page_of_a_view_shows_its_rows_and_what_its_columns_mean(viewer: Viewer, name: str) -> None:
    answer = viewer.get(f"/news/{name}")
    assert answer.status_code == 200, answer.text
    (view,) = (view for view in views() if view.name == name)
    for column in view.columns:
        assert f"<dt>{column.name}</dt>" in answer.text
    for order in viewer.metadata["databases"]["news"]["tables"][name].get("sortable_columns", [])[:1]:
        assert viewer.get(f"/news/{name}.json", _sort_desc=order).status_code == 200


def test_every_query_of_the_documents_runs_and_finds_rows(viewer: Viewer) -> None:
    for sql in recipes():
        found = viewer.rows("/news", sql=sql, **{name: PARAMETERS[name] for name in names(sql)})
        assert found or finds_nothing(sql), sql


@pytest.mark.parametrize("name", ["articles", "article_list"])
def test_its_search_box_finds_words_of_two_characters(viewer: Viewer, name: str) -> None:
    assert {row["id"] for row in viewer.rows(f"/news/{name}", _search="大桥")} == {1, 2, 3}
    assert [row["title"] for row in viewer.rows(f"/news/{name}", _search="clinic")] == ["Night clinic moves"]
    assert viewer.rows(f"/news/{name}", _search="洪灾") == []


def test_the_newest_articles_come_first(viewer: Viewer) -> None:
    shown = [row["shown_at"] for row in viewer.rows("/news/article_list")]
    assert shown == sorted(shown, reverse=True)
    assert len(shown) > 5
