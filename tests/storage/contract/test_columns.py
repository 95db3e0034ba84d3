"""Every public column is described once, in the file and in the documents as in the data."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pysqlite3
import pytest

from storage import schema
from storage.contract import readme
from storage.contract.views import View, digest, plain, views
from storage.database import Database, open_writer

FILES = Path(__file__).with_name("files")
RELEASED = sorted(FILES.glob("schema_*.toml"))
ROW_TABLES = {"article_fts", "column_docs", "sources"}


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A new file, which no test here changes."""
    with open_writer(tmp_path_factory.mktemp("columns") / "news.db") as opened:
        yield opened


def columns_of(database: Database, name: str) -> list[str]:
    return [row["name"] for row in database.rows("SELECT name FROM pragma_table_info(?)", (name,))]


def test_every_view_of_the_file_is_described_and_no_other(database: Database) -> None:
    found = {row["name"] for row in database.rows("SELECT name FROM sqlite_schema WHERE type = 'view'")}
    assert {view.name for view in views() if view.kind == "view"} == found
    assert {view.name for view in views() if view.kind != "view"} == ROW_TABLES


@pytest.mark.parametrize("view", views(), ids=lambda view: view.name)
def test_every_column_is_described_in_its_place_and_no_other(database: Database, view: View) -> None:
    found = columns_of(database, view.name)
    described = [column.name for column in view.columns]
    assert described == (found[: len(described)] if view.name == "sources" else found)


@pytest.mark.parametrize("view", views(), ids=lambda view: view.name)
def test_a_description_says_something_of_each(view: View) -> None:
    assert view.description.endswith(".")
    for column in view.columns:
        assert column.type in {"integer", "real", "text"}, column
        assert plain(column.meaning), column
        assert column.null, column
        assert not re.search(r"`|\]\(", plain(column.meaning)), column
    named = {view.showing.sort, view.showing.sort_desc, view.showing.label_column, view.showing.searched_by}
    assert named - {None} | set(view.showing.facets) <= {column.name for column in view.columns}


def test_types_are_those_of_the_columns_that_views_show(database: Database) -> None:
    told = {(view.name, column.name): column.type for view in views() for column in view.columns}
    declared = {
        (view.name, row["name"]): row["type"].lower()
        for view in views()
        for row in database.rows("SELECT name, type FROM pragma_table_info(?)", (view.name,))
        if row["type"] in {"TEXT", "INTEGER", "REAL"}
    }
    assert declared.items() <= {**declared, **told}.items()


@pytest.mark.parametrize("released", RELEASED, ids=lambda path: path.stem)
def test_what_was_released_is_there_in_the_same_order(database: Database, released: Path) -> None:
    for name, columns in tomllib.loads(released.read_text(encoding="utf-8")).items():
        today = columns_of(database, name)
        assert [column for column in today if column in columns] == columns, name


def test_every_schema_that_was_released_has_its_frozen_list_and_its_file() -> None:
    versions = [int(path.stem.removeprefix("schema_")) for path in RELEASED]
    assert {5, 8, 9, 10, 11, 12, 13, schema.VERSION} == set(versions)
    for path in RELEASED:
        assert path.with_suffix(".db.gz").exists()
        assert path.with_suffix(".sql").exists()


def test_the_tables_of_the_readme_are_those_of_the_data() -> None:
    text = readme.README.read_text(encoding="utf-8")
    assert readme.filled(text) == text, "columns.toml has changed: run `python -m storage.contract.readme`"


def test_the_readme_has_a_table_of_every_view() -> None:
    marked = readme.marked(readme.README.read_text(encoding="utf-8"))
    assert sorted(marked) == sorted(view.name for view in views() if view.name != "sources")


def test_a_page_that_marks_a_view_that_is_not_there_is_refused() -> None:
    with pytest.raises(KeyError, match="nothing"):
        readme.filled("<!-- columns: nothing -->\n<!-- end -->")


# In the file


def docs(database: Database) -> list[tuple[object, ...]]:
    return [tuple(row) for row in database.rows("SELECT * FROM column_docs ORDER BY view, position")]


def test_a_new_file_describes_its_columns(database: Database) -> None:
    found = docs(database)
    assert len(found) == sum(len(view.columns) for view in views())
    assert ("runs", 1, "id", "INTEGER", "number of the run", "8", "never") in found
    assert database.value("SELECT count(*) FROM column_docs WHERE meaning LIKE '%`%' OR meaning LIKE '%](%'") == 0


def test_descriptions_of_another_version_are_replaced_when_a_writer_opens_the_file(path: Path) -> None:
    with open_writer(path) as database:
        today = docs(database)
        database.execute("UPDATE column_docs SET meaning = 'old'")
        database.execute("UPDATE meta SET value = 'old' WHERE name = 'column_docs'")
    with open_writer(path) as database:
        assert docs(database) == today
        assert database.value("SELECT value FROM meta WHERE name = 'column_docs'") == digest()


def test_a_file_that_has_them_is_not_written_to(path: Path) -> None:
    open_writer(path).close()
    before = path.read_bytes()
    with open_writer(path) as database:
        assert database.connection.total_changes == 0
    assert path.read_bytes() == before


def test_a_fault_while_they_are_replaced_leaves_the_old_ones(path: Path) -> None:
    with open_writer(path) as database:
        database.execute("UPDATE meta SET value = 'old' WHERE name = 'column_docs'")
        database.execute("CREATE TRIGGER broken BEFORE INSERT ON column_docs BEGIN SELECT raise(ABORT, 'no'); END")
        before = docs(database)
    with pytest.raises(Exception, match="no"):
        open_writer(path)
    connection = pysqlite3.connect(str(path))
    assert connection.execute("SELECT * FROM column_docs ORDER BY view, position").fetchall() == before
    connection.close()
