import os
import resource
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pysqlite3
import pytest
import sqlite_utils
from sqlite_utils.utils import sqlite3 as sqlite_of_sqlite_utils

from storage import database as module
from storage import schema
from storage.database import Database, migrate, open_reader, open_writer, warn_of_old_sqlite
from storage.faults import BadValue, ForeignFile, NewerSchema, OtherKeyRules, StorageFault
from storage.header import APPLICATION_ID
from storage.identity import KEY_RULES

ADD_SOURCE = "INSERT INTO sources (name, home, created_at) VALUES (?, 'https://a.cn/', '2026-11-22T09:30:00Z')"


def names(folder: Path) -> set[str]:
    return {found.name for found in folder.iterdir()}


@pytest.mark.usefixtures("real_files")
def test_a_new_file_carries_our_application_id_and_the_newest_schema_version(path: Path) -> None:
    with open_writer(path) as database:
        assert database.value("PRAGMA application_id") == APPLICATION_ID
        assert database.value("PRAGMA user_version") == schema.VERSION
    header = path.read_bytes()[:100]
    assert header[68:72] == b"DIBA"
    assert names(path.parent) == {"news.db"}


@pytest.mark.usefixtures("real_files")
def test_a_writer_uses_wal_full_synchronous_and_foreign_keys(database: Database) -> None:
    assert database.value("PRAGMA journal_mode") == "wal"
    assert database.value("PRAGMA synchronous") == 2
    assert database.value("PRAGMA foreign_keys") == 1
    with pytest.raises(BadValue, match="FOREIGN KEY"):
        database.execute("INSERT INTO entry_points (source_id, kind, url) VALUES (99, 'feed', 'x')")


@pytest.mark.usefixtures("real_files")
def test_a_writer_that_cannot_have_its_pragmas_says_so(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(module.WRITER_PRAGMAS, "page_size", 3)
    with pytest.raises(StorageFault, match="PRAGMA page_size is 4096, must be 3"):
        open_writer(path)


@pytest.mark.usefixtures("real_files")
def test_a_migration_that_fails_while_the_file_is_made_leaves_no_file(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(db: sqlite_utils.Database) -> None:
        schema.migrations().apply(db, stop_before=schema.NAMES[-1])
        raise RuntimeError("pulled the plug")

    monkeypatch.setattr(schema, "apply", fail)
    with pytest.raises(RuntimeError, match="plug"):
        open_writer(path)
    assert names(path.parent) == set()


@pytest.mark.usefixtures("real_files")
def test_a_process_killed_while_it_makes_the_file_leaves_only_a_draft_that_the_next_one_replaces(path: Path) -> None:
    code = (
        "import os, pathlib, signal, sys\n"
        "from storage import database, schema\n"
        "def die(db):\n"
        "    db.execute('CREATE TABLE half (x)')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "schema.apply = die\n"
        "database.open_writer(pathlib.Path(sys.argv[1]))\n"
    )
    ended = subprocess.run([sys.executable, "-c", code, str(path)], check=False, cwd=Path(__file__).parents[2])
    assert ended.returncode == -signal.SIGKILL
    assert not path.exists()
    assert names(path.parent)
    with open_writer(path) as database:
        assert database.value("SELECT count(*) FROM sqlite_schema WHERE name = 'half'") == 0
    assert names(path.parent) == {"news.db"}


@pytest.mark.usefixtures("real_files")
def test_folders_on_the_way_to_a_new_file_are_made(tmp_path: Path) -> None:
    with open_writer(tmp_path / "deep" / "down" / "news.db"):
        assert (tmp_path / "deep" / "down" / "news.db").exists()


@pytest.mark.usefixtures("real_files")
def test_a_write_ahead_log_without_its_database_is_refused_and_kept(path: Path) -> None:
    with open_writer(path) as database:
        database.execute(ADD_SOURCE, ("a",))
        log = path.with_name("news.db-wal").read_bytes()
    path.unlink()
    path.with_name("news.db-wal").write_bytes(log)
    with pytest.raises(StorageFault, match=r"news.db-wal is there but .* is not"):
        open_writer(path)
    assert names(path.parent) == {"news.db-wal"}
    assert path.with_name("news.db-wal").read_bytes() == log


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\x00", b"hello " * 100, b"\x00" * 4096])
@pytest.mark.parametrize("opened", [open_writer, open_reader])
def test_a_file_that_is_no_sqlite_database_of_ours_is_refused_and_untouched(path, content, opened) -> None:
    path.write_bytes(content)
    with pytest.raises(ForeignFile, match="left untouched"):
        opened(path)
    assert path.read_bytes() == content
    assert names(path.parent) == {"news.db"}


@pytest.mark.parametrize("opened", [open_writer, open_reader])
def test_a_sqlite_file_of_somebody_else_is_refused_and_untouched(foreign: Path, opened) -> None:
    before = foreign.read_bytes()
    with pytest.raises(ForeignFile, match="did not make"):
        opened(foreign)
    assert foreign.read_bytes() == before
    assert names(foreign.parent) == {"foreign.db"}


@pytest.mark.parametrize("opened", [open_writer, open_reader])
def test_a_garbled_header_is_refused_and_untouched(path: Path, opened) -> None:
    open_writer(path).close()
    garbled = bytearray(path.read_bytes())
    garbled[16:24] = b"\xff" * 8  # page size and what follows it
    path.write_bytes(garbled)
    with pytest.raises(StorageFault, match=r"news\.db: file is not a database"):
        opened(path)
    assert path.read_bytes() == garbled


@pytest.mark.parametrize("journal", ["wal", "delete"])
@pytest.mark.parametrize("opened", [open_writer, open_reader])
def test_a_newer_schema_is_refused_and_untouched(path: Path, opened, journal: str) -> None:
    with open_writer(path) as database:
        database.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
        database.execute(f"PRAGMA journal_mode = {journal}")
    before = path.read_bytes()
    with pytest.raises(NewerSchema, match="upgrade Dibao"):
        opened(path)
    assert path.read_bytes() == before


def test_a_folder_in_place_of_the_file_is_a_storage_fault(tmp_path: Path) -> None:
    with pytest.raises(StorageFault, match="cannot be read: Is a directory"):
        open_writer(tmp_path)


def test_a_reader_of_a_file_that_is_not_there_is_told_what_makes_it(path: Path) -> None:
    with pytest.raises(StorageFault, match="`dibao crawl` or `dibao run` makes it"):
        open_reader(path)
    assert not path.exists()


@pytest.mark.parametrize(
    "sql", ["DELETE FROM sources", "CREATE TABLE t (x)", "PRAGMA user_version = 99", "DROP VIEW articles"]
)
def test_a_reader_cannot_write(path: Path, sql: str) -> None:
    open_writer(path).close()
    with open_reader(path) as reader, pytest.raises(StorageFault, match="readonly"):
        reader.execute(sql)


def test_a_reader_opens_a_file_whose_name_has_the_marks_of_an_address(tmp_path: Path) -> None:
    path = tmp_path / "new?mode=rwc&x#1 %41.db"
    open_writer(path).close()
    with open_reader(path) as reader:
        assert reader.value("SELECT count(*) FROM sources") == 0


def test_a_reader_sees_what_a_writer_has_committed_and_nothing_else(path: Path) -> None:
    with open_writer(path) as writer, open_reader(path) as reader:
        with writer.transaction():
            writer.execute(ADD_SOURCE, ("a",))
            assert reader.value("SELECT count(*) FROM sources") == 0
        assert reader.value("SELECT count(*) FROM sources") == 1


def test_neither_a_reader_nor_the_writer_stops_at_bytes_that_are_not_utf_8(path: Path) -> None:
    with open_writer(path) as writer:
        writer.execute(
            "INSERT INTO sources (name, home, created_at) VALUES (CAST(x'61FF62' AS TEXT), 'h', '2026-11-22T09:30:00Z')"
        )
        assert writer.value("SELECT name FROM sources") == "a\ufffdb"
    with open_reader(path) as reader:
        assert reader.value("SELECT name FROM sources") == "a\ufffdb"


def test_an_error_in_a_transaction_undoes_all_of_it(database: Database) -> None:
    def half() -> None:
        with database.transaction():
            database.execute(ADD_SOURCE, ("a",))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        half()
    assert database.rows("SELECT * FROM sources") == []
    assert not database.connection.in_transaction


def test_what_was_remembered_of_a_file_counts_no_more_once_anything_was_undone(database: Database) -> None:
    def undo() -> None:
        raise ZeroDivisionError

    with database.transaction():
        before = database.era, database.turn
        with pytest.raises(ZeroDivisionError), database.savepoint():
            undo()
        between = database.era
    with pytest.raises(ZeroDivisionError), database.transaction():
        undo()
    assert before[0] < between < database.era
    assert database.turn == before[1] + 1


def test_a_full_disk_is_a_storage_fault_that_undoes_the_transaction_and_passes(database: Database) -> None:
    database.execute(f"PRAGMA max_page_count = {database.value('PRAGMA page_count')}")

    def fill() -> None:
        with database.transaction():
            database.execute(ADD_SOURCE, ("a" * 1_000_000,))

    with pytest.raises(StorageFault, match=r"full.*check free space"):
        fill()
    database.execute("PRAGMA max_page_count = 1000000")
    with database.transaction():
        database.execute(ADD_SOURCE, ("a",))
    assert database.value("SELECT group_concat(name) FROM sources") == "a"
    assert database.value("PRAGMA integrity_check") == "ok"


def test_a_limit_on_the_size_of_files_is_a_storage_fault_that_loses_nothing(database: Database) -> None:
    database.execute(ADD_SOURCE, ("a",))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, before[1]))
    try:
        with pytest.raises(StorageFault):
            database.execute(ADD_SOURCE, ("b" * 1_000_000,))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert database.value("SELECT group_concat(name) FROM sources") == "a"


@pytest.mark.parametrize("value", ["\ud800", 2**63, None])
def test_a_value_that_fits_no_column_is_told_apart_from_a_disk_that_fails(database: Database, value: object) -> None:
    with pytest.raises(BadValue, match=r"news\.db: "):
        database.execute(ADD_SOURCE, (value,))
    with pytest.raises(BadValue, match=r"news\.db: "):
        database.executemany(ADD_SOURCE, [(value,)])


@pytest.mark.parametrize("words", ["attempt to write a readonly database", "unable to open database file"])
def test_a_reader_that_may_not_write_the_folder_is_told_of_copies(path: Path, words: str) -> None:
    """In WAL mode SQLite keeps notes beside the file for readers, too; on a read-only mount it can open nothing."""
    with pytest.raises(StorageFault, match=r"permission to write its folder.*`dibao snapshot FILE`"), module.told(path):
        raise module.sqlite3.OperationalError(words)


def test_a_bad_query_is_a_storage_fault(database: Database) -> None:
    for ask in (database.rows, database.row, database.value, database.execute):
        with pytest.raises(StorageFault, match="no such table: nowhere") as raised:
            ask("SELECT * FROM nowhere")
        assert not isinstance(raised.value, BadValue)


def test_rows_row_and_value_give_all_one_and_the_first_column(database: Database) -> None:
    numbers = "WITH n(a, b) AS (VALUES (1, 2), (3, 4)) SELECT a, b FROM n"
    assert [tuple(row) for row in database.rows(numbers)] == [(1, 2), (3, 4)]
    row = database.row(numbers)
    assert row is not None
    assert row["b"] == 2
    assert database.value(numbers) == 1
    assert database.row("SELECT 1 WHERE 0") is None
    assert database.value("SELECT 1 WHERE 0") is None


def test_one_copy_of_sqlite_is_in_use_and_it_is_pysqlite3_where_installed(database: Database) -> None:
    assert isinstance(database.connection, pysqlite3.Connection)
    assert module.sqlite3 is sqlite_of_sqlite_utils is pysqlite3
    assert pysqlite3.sqlite_version_info >= module.SAFE_SQLITE


@pytest.mark.parametrize("version", [(3, 40, 1), (3, 44, 5), (3, 45, 9), (3, 50, 6), (3, 51, 0), (3, 51, 2)])
def test_a_sqlite_with_the_wal_reset_bug_is_warned_of(version: tuple[int, ...]) -> None:
    with pytest.warns(RuntimeWarning, match=rf"SQLite {version[0]}\.{version[1]}\.{version[2]} has the WAL-reset bug"):
        warn_of_old_sqlite(version)


@pytest.mark.parametrize("version", [(3, 44, 6), (3, 44, 9), (3, 50, 7), (3, 51, 3), (3, 52, 0), (4, 0, 0)])
def test_a_mended_sqlite_is_not_warned_of(version: tuple[int, ...]) -> None:
    warn_of_old_sqlite(version)


@pytest.mark.usefixtures("real_files")
def test_opening_again_changes_no_byte(path: Path) -> None:
    open_writer(path).close()
    before = path.read_bytes()
    open_writer(path).close()
    with open_reader(path):
        pass
    assert path.read_bytes() == before


@pytest.mark.usefixtures("real_files")
def test_what_is_committed_outlives_a_kill(path: Path) -> None:
    code = (
        "import os, pathlib, signal, sys\n"
        "from storage.database import open_writer\n"
        "database = open_writer(pathlib.Path(sys.argv[1]))\n"
        "with database.transaction():\n"
        "    database.execute(sys.argv[2], ('kept',))\n"
        "database.execute('BEGIN IMMEDIATE')\n"
        "database.execute(sys.argv[2], ('lost',))\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(path), ADD_SOURCE], check=False, cwd=Path(__file__).parents[2])
    with open_writer(path) as database:
        assert [row["name"] for row in database.rows("SELECT name FROM sources")] == ["kept"]


@pytest.mark.usefixtures("real_files")
def test_migrate_makes_the_file_and_says_what_it_did(path: Path) -> None:
    assert migrate(path) == schema.NAMES
    assert migrate(path) == ()


def test_any_sqlite_program_can_read_the_file(path: Path) -> None:
    open_writer(path).close()
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT count(*) FROM articles").fetchone() == (0,)
    connection.close()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_read_permission_is_a_storage_fault(path: Path) -> None:
    open_writer(path).close()
    path.chmod(0)
    with pytest.raises(StorageFault, match="Permission denied"):
        open_writer(path)


@pytest.mark.usefixtures("real_files")
def test_a_new_file_has_todays_key_rules(database: Database) -> None:
    assert database.value("SELECT value FROM meta WHERE name = 'key_rules'") == str(KEY_RULES)


@pytest.mark.parametrize(("rules", "step"), [(KEY_RULES - 1, "run `dibao db rekey`"), (KEY_RULES + 1, "upgrade Dibao")])
def test_a_writer_refuses_keys_of_other_rules_and_names_the_next_step(path: Path, rules: int, step: str) -> None:
    with open_writer(path) as database:
        database.execute("UPDATE meta SET value = ? WHERE name = 'key_rules'", (str(rules),))
    with open_writer(path) as database:  # nothing is known by a key yet
        assert database.value("SELECT value FROM meta WHERE name = 'key_rules'") == str(KEY_RULES)
        database.execute(ADD_SOURCE, ("a",))
        database.execute(
            "INSERT INTO urls (key, key_hash, site, url, source_id, state, discovered_at)"
            " VALUES ('//a.cn/1', x'00', 'a.cn', 'https://a.cn/1', 1, 'pending', '2026-11-22T09:30:00Z')"
        )
        database.execute("UPDATE meta SET value = ? WHERE name = 'key_rules'", (str(rules),))
    with pytest.raises(OtherKeyRules, match=step):
        open_writer(path)
    assert migrate(path) == ()
    with open_reader(path) as reader:
        assert reader.value("SELECT count(*) FROM urls") == 1
