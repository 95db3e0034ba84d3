import json
from pathlib import Path
from typing import Any

import pysqlite3
import pytest
import sqlite_utils
from sqlite_utils import Migrations

from storage import schema
from storage.contract.views import views
from storage.database import Database, migrate, open_reader, open_writer
from storage.faults import BadValue
from storage.header import APPLICATION_ID

NOW = "2026-11-22T09:30:00Z"
EARLIER = range(1, schema.VERSION)
PUBLIC = {
    "id", "source", "url", "title", "text", "published_at", "published_precision", "published_raw", "origin",
    "authors", "editors", "credits", "lang", "script", "first_seen_at", "fetched_at", "revision", "status",
}  # fmt: skip


def of_version(path: Path, version: int) -> bytes:
    """A file as the Dibao of that schema version made it."""
    connection = pysqlite3.connect(str(path), isolation_level=None)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    schema.migrations().apply(sqlite_utils.Database(connection), stop_before=schema.NAMES[version])
    connection.execute(f"PRAGMA user_version = {version}")
    connection.execute("PRAGMA journal_mode = wal")
    connection.execute("INSERT INTO sources (name, home, created_at) VALUES ('old', 'https://a.cn/', ?)", (NOW,))
    connection.close()
    return path.read_bytes()


def shape(database: Database) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in database.rows("SELECT type, name, sql FROM sqlite_schema ORDER BY type, name")]


@pytest.fixture
def filled(database: Database) -> Database:
    """A database with one row in the tables that others point at."""
    database.execute("INSERT INTO sources (name, home, created_at) VALUES ('a', 'https://a.cn/', ?)", (NOW,))
    database.execute("INSERT INTO run_log (trigger, started_at) VALUES ('crawl', ?)", (NOW,))
    database.execute(
        "INSERT INTO article_heads (key, url, source_id, revision, first_seen_at, checked_at, text_digest)"
        " VALUES ('//a.cn/1', 'https://a.cn/1', 1, 1, ?, ?, 'd')",
        (NOW, NOW),
    )
    database.execute(
        "INSERT INTO article_revisions (article_id, revision, fetched_at, authors, editors, credits, encoding,"
        " encoding_evidence, extractor, content_digest) VALUES (1, 1, ?, '[]', '[]', '[]', 'utf-8', 'meta', 'x', 'd')",
        (NOW,),
    )
    database.execute(
        "INSERT INTO urls (key, key_hash, site, url, source_id, state, discovered_at)"
        " VALUES ('//a.cn/1', x'00', 'a.cn', 'https://a.cn/1', 1, 'stored', ?)",
        (NOW,),
    )
    return database


def test_the_names_are_the_registered_migrations_in_their_order(database: Database) -> None:
    empty = sqlite_utils.Database(memory=True)
    assert tuple(migration.name for migration in schema.migrations().pending(empty)) == schema.NAMES
    assert schema.applied(sqlite_utils.Database(database.connection)) == schema.NAMES
    empty.close()


@pytest.mark.parametrize("version", EARLIER)
def test_a_file_of_an_earlier_version_becomes_a_file_of_today_and_keeps_its_rows(tmp_path: Path, version: int) -> None:
    of_version(tmp_path / "old.db", version)
    assert migrate(tmp_path / "old.db") == schema.NAMES[version:]
    with open_writer(tmp_path / "new.db") as new, open_reader(tmp_path / "old.db") as old:
        assert shape(old) == shape(new)
        assert old.value("PRAGMA user_version") == schema.VERSION
        assert old.value("SELECT name FROM sources") == "old"


@pytest.mark.parametrize("version", EARLIER)
def test_a_fault_in_the_last_migration_leaves_an_old_file_as_it_was(
    path: Path, version: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = of_version(path, version)
    broken = Migrations("dibao")
    for registered in schema.migrations()._migrations:
        broken()(registered.fn)

    @broken()
    def m999_broken(db: sqlite_utils.Database) -> None:
        db.execute("CREATE TABLE half (x)")
        raise RuntimeError("in the middle")

    monkeypatch.setattr(schema, "migrations", lambda: broken)
    with pytest.raises(RuntimeError, match="in the middle"):
        open_writer(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "time", ["", "2026-11-22", "2026-11-22 09:30:00", "2026-11-22T09:30:00+00:00", "2026-11-22T09:30:00.5Z", "now"]
)
@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("sources", "created_at"),
        ("sources", "not_before"),
        ("run_log", "started_at"),
        ("article_heads", "first_seen_at"),
        ("article_revisions", "published_at"),
        ("urls", "next_at"),
        ("urls", "discovered_at"),
    ],
)
def test_a_time_that_is_not_utc_to_the_second_is_refused(filled: Database, table: str, column: str, time: str) -> None:
    filled.execute(f"UPDATE {table} SET {column} = ?", ("2027-01-01T00:00:00Z",))
    with pytest.raises(BadValue, match="CHECK"):
        filled.execute(f"UPDATE {table} SET {column} = ?", (time,))


@pytest.mark.parametrize("column", ["authors", "editors", "credits"])
@pytest.mark.parametrize("value", ["", "张三", "[", "['a']"])
def test_a_list_that_is_no_json_is_refused(filled: Database, column: str, value: str) -> None:
    with pytest.raises(BadValue, match="CHECK"):
        filled.execute(f"UPDATE article_revisions SET {column} = ?", (value,))


def test_an_empty_text_is_refused(filled: Database) -> None:
    with pytest.raises(BadValue, match="CHECK"):
        filled.execute("INSERT INTO article_texts (revision_id, text) VALUES (1, '')")


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("urls", "state", "lost"),
        ("urls", "run_outcome", "maybe"),
        ("article_heads", "status", "deleted"),
        ("article_revisions", "published_precision", "year"),
        ("article_revisions", "published_offset_assumed", 2),
        ("run_log", "status", "fine"),
        ("sources", "failures", "many"),
        ("urls", "http_status", "404 Not Found"),
    ],
)
def test_a_word_or_a_type_that_the_schema_does_not_know_is_refused(
    filled: Database, table: str, column: str, value: object
) -> None:
    with pytest.raises(BadValue):
        filled.execute(f"UPDATE {table} SET {column} = ?", (value,))


def tables(database: Database) -> dict[str, str]:
    """The declarations of our tables by their names; those that an extension or a library made are left out."""
    found = database.rows("SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%STRICT%'")
    return {row["name"]: row["sql"] for row in found}


def test_every_time_of_every_table_is_checked(database: Database) -> None:
    checked = 0
    for table, sql in tables(database).items():
        for row in database.rows("SELECT name FROM pragma_table_info(?)", (table,)):
            if row["name"] == "at" or row["name"].endswith(("_at", "_since", "_until", "_before")):
                assert f"CHECK ({row['name']} GLOB" in sql, (table, row["name"])
                checked += 1
    assert checked > 40


def test_every_list_that_readers_are_promised_is_valid_json(database: Database) -> None:
    lists = {column.name for view in views() for column in view.columns if column.meaning.startswith("JSON")}
    assert {"authors", "reasons", "hosts", "changed", "evidence"} <= lists
    declared = " ".join(tables(database).values())
    assert [name for name in sorted(lists) if f"CHECK (json_valid({name}))" not in declared] == []


def test_every_table_of_ours_is_strict(database: Database) -> None:
    loose = database.rows(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND strict = 0"
        " AND name NOT LIKE 'sqlite%' AND name NOT LIKE '\\_sqlite%' ESCAPE '\\'"
    )
    assert [row["name"] for row in loose] == []


def test_the_view_of_articles_has_what_readers_are_promised(database: Database) -> None:
    assert {row["name"] for row in database.rows("SELECT name FROM pragma_table_info('articles')")} >= PUBLIC


def test_an_article_is_seen_once_as_its_newest_revision(filled: Database) -> None:
    filled.execute("INSERT INTO article_texts (revision_id, text) VALUES (1, '正文')")
    (row,) = filled.rows("SELECT * FROM articles")
    assert (row["source"], row["url"], row["text"], row["status"]) == ("a", "https://a.cn/1", "正文", "live")
    assert json.loads(row["authors"]) == []
    assert row["published_at"] is None


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("SELECT * FROM urls WHERE source_id = 1 AND state = 'pending' AND next_at <= 'x'", "urls_ready"),
        ("SELECT key_hash FROM urls WHERE site = 'a.cn'", "COVERING INDEX urls_by_site"),
        ("SELECT * FROM urls WHERE lease_job = 'j'", "urls_leased"),
        ("SELECT id FROM article_heads WHERE text_digest = 'd' AND duplicate_of IS NULL", "article_heads_by_text"),
        ("SELECT id FROM article_heads WHERE duplicate_of = 1", "article_heads_by_original"),
        (
            "SELECT count(*) FROM urls WHERE run_id = 1 AND source_id = 1 AND run_outcome = 'pending'",
            "COVERING INDEX urls_by_run",
        ),
    ],
)
def test_what_is_asked_for_every_page_or_job_goes_by_an_index(database: Database, query: str, index: str) -> None:
    plan = " ".join(row["detail"] for row in database.rows(f"EXPLAIN QUERY PLAN {query}"))
    assert index in plan
