"""`dibao db`: looking after the file."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from scheduler.cli.main import main
from storage import before_migration, schema
from storage.database import open_reader, open_writer
from storage.identity import KEY_RULES, key_hash
from storage.lock import WriterLock
from tests.storage.contract.test_released_files import FILES

Run = Callable[..., Result]
SEEN = "2026-11-22T09:30:00Z"


@pytest.fixture
def dibao(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `dibao ARGUMENTS` in tmp_path, in this process: to start one takes most of a second."""
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(main, arguments)


def of_rules_1(database: Path) -> None:
    """Make a file of the rules of 1, in which a page and its mobile edition are two addresses, and one is broken."""
    with open_writer(database) as writer, writer.transaction():
        writer.execute("UPDATE meta SET value = '1' WHERE name = 'key_rules'")
        writer.execute("INSERT INTO sources (name, home, created_at) VALUES ('a', 'https://a.cn/', ?)", (SEEN,))
        for url in ("https://www.a.cn/12345.html", "https://m.a.cn/12345.html", "http://[broken/"):
            key = url.partition(":")[2]
            writer.execute(
                "INSERT INTO urls (key, key_hash, site, url, source_id, state, discovered_at)"
                " VALUES (?, ?, 'a.cn', ?, 1, 'pending', ?)",
                (key, key_hash(key), url, SEEN),
            )


def test_migrate_makes_a_database_and_then_has_nothing_to_do(config_file: Path, dibao: Run) -> None:
    database = config_file.parent / "news.db"
    first, second = dibao("db", "migrate"), dibao("db", "migrate")
    assert (first.exit_code, first.stdout) == (0, f"{database}: {', '.join(schema.NAMES)}\n")
    assert (second.exit_code, second.stdout) == (0, f"{database}: nothing to do, the schema is current\n")
    with open_reader(database) as reader:
        assert reader.value("PRAGMA user_version") == schema.VERSION


def test_migrate_refuses_a_foreign_file_and_a_file_in_use(config_file: Path, dibao: Run) -> None:
    database = config_file.parent / "news.db"
    with WriterLock(database):
        assert dibao("db", "migrate").exit_code == 3
    database.write_text("my diary")
    assert dibao("db", "migrate").exit_code == 4
    assert database.read_text() == "my diary"


def test_rekey_tells_what_it_would_do_then_does_it_then_has_nothing_to_do(config_file: Path, dibao: Run) -> None:
    database = config_file.parent / "news.db"
    of_rules_1(database)
    before = database.read_bytes()
    told = f"key rules 1 -> {KEY_RULES}: 2 of 3 addresses have a new key; 1 of them joined another;"
    left = "1 are no URLs and were left"
    dry = dibao("db", "rekey", "--dry-run")
    assert (dry.exit_code, dry.stdout) == (0, f"{database}: (dry run, nothing changed) {told} {left}\n")
    assert database.read_bytes() == before
    done = dibao("db", "rekey")
    assert (done.exit_code, done.stdout) == (0, f"{database}: {told} {left}\n")
    again = dibao("db", "rekey")
    assert f"key rules {KEY_RULES} -> {KEY_RULES}: 0 of 3 addresses have a new key" in again.stdout
    with open_reader(database) as reader:
        keys = {row["key"] for row in reader.rows("SELECT key FROM urls")}
    assert keys == {"//a.cn/12345.html", "//a.cn/12345.html#2", "//[broken/"}


def test_rekey_refuses_a_file_that_is_not_there_or_in_use_but_a_dry_run_only_reads(
    config_file: Path, dibao: Run
) -> None:
    database = config_file.parent / "news.db"
    missing = dibao("db", "rekey")
    assert (missing.exit_code, "does not exist yet" in missing.stderr) == (4, True)
    assert not database.exists()
    of_rules_1(database)
    with WriterLock(database):
        assert dibao("db", "rekey").exit_code == 3
        assert dibao("db", "rekey", "--dry-run").exit_code == 0


def test_migrate_keeps_the_file_of_before_unless_that_is_not_wanted(
    config_file: Path, dibao: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = config_file.with_name("news.db")
    kept = before_migration.copy_path(path, schema.VERSION)
    for options in ((), ("--no-backup",)):
        path.write_bytes(gzip.decompress((FILES / "schema_11.db.gz").read_bytes()))
        assert dibao("db", "migrate", *options).exit_code == 0
        assert kept.exists() is not bool(options)
        kept.unlink(missing_ok=True)
    path.write_bytes(gzip.decompress((FILES / "schema_11.db.gz").read_bytes()))
    monkeypatch.setattr(before_migration, "SPARE_BYTES", 10**15)
    refused = dibao("db", "migrate")
    assert refused.exit_code == 4
    assert "dibao db migrate --no-backup" in refused.stderr
