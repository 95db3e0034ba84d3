"""A daemon looks through its file, tidies it, and stays its only writer."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scheduler import file_care, tidying
from scheduler.file_care import FileCare, OldSqlite, refuse_old_sqlite
from scheduler.tidying import Tidying
from storage.care import checkups
from storage.database import Database, open_reader, open_writer, sqlite_fault
from storage.faults import DamagedFile, LockHeld
from storage.lock import WriterLock, lock_path

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
WEEK = checkups.WHOLE_EVERY
ADD = "INSERT INTO sources (name, home, created_at) VALUES (hex(randomblob(8)), ?, '2026-11-22T09:30:00Z')"

pytestmark = pytest.mark.usefixtures("quick_files")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with open_writer(tmp_path / "news.db") as opened:
        yield opened


@pytest.fixture
def lock(database: Database) -> Iterator[WriterLock]:
    with WriterLock(database.path) as held:
        yield held


def answered(care: FileCare) -> None:
    assert care._check is not None
    care._check.wait(60)


def found(database: Database) -> checkups.Checkup | None:
    return checkups.last(database, checkups.WHOLE)


def test_the_whole_file_is_checked_each_week_by_another_process(database: Database, lock: WriterLock) -> None:
    with closing(FileCare(lock)) as care:
        care.begin(database, NOW, lambda: False)
        assert checkups.last(database, checkups.QUICK) == checkups.Checkup(at=NOW)
        care.beat(database, NOW)
        assert care._check is None  # a new file has a round's time first
        care.round(database, NOW)
        answered(care)
        care.beat(database, NOW + timedelta(minutes=1))
        assert found(database) == checkups.Checkup(at=NOW + timedelta(minutes=1))
        care.round(database, NOW + WEEK)
        assert care._check is None
        care.beat(database, NOW + WEEK + timedelta(minutes=1))
        assert care._check is not None
        care.round(database, NOW + WEEK + timedelta(minutes=2))
    assert care._check is None


def test_what_does_not_fit_together_is_told_and_kept(
    database: Database, lock: WriterLock, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = (
        '{"damaged": false, "findings": [{"check": "story", "what": "articles", "count": 2, "example": "7",'
        ' "remedy": "`dibao db rededup`"}]}'
    )
    with closing(FileCare(lock)) as care:
        monkeypatch.setattr(file_care, "CHECK", f"print('''{said}''')")
        care.round(database, NOW)
        answered(care)
        care.beat(database, NOW)
    noted = found(database)
    assert noted is not None
    assert noted.findings == ("story: articles (2, such as 7): `dibao db rededup`",)
    assert noted.findings[0] in caplog.text


def test_damage_that_it_finds_ends_the_daemon_and_nothing_is_written(
    database: Database, lock: WriterLock, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = (
        '{"damaged": true, "findings": [{"check": "row_digest", "what": "revisions", "count": 1, "example": "7",'
        ' "remedy": "restore"}]}'
    )
    with closing(FileCare(lock)) as care:
        monkeypatch.setattr(file_care, "CHECK", f"print('''{said}''')")
        care.round(database, NOW)
        answered(care)
        with pytest.raises(DamagedFile, match=r"row_digest: revisions .*dibao restore BACKUP"):
            care.beat(database, NOW)
    assert found(database) is None


@pytest.mark.parametrize("program", ["raise SystemExit(9)", "print('no JSON')", "import os; os.kill(os.getpid(), 9)"])
def test_a_check_that_dies_is_told_of_and_shown(
    database: Database, lock: WriterLock, program: str, caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    with closing(FileCare(lock)) as care:
        monkeypatch.setattr(file_care, "CHECK", program)
        care.round(database, NOW)
        answered(care)
        care.beat(database, NOW)
    noted = found(database)
    assert noted is not None
    assert "the check ended with code" in noted.findings[0]
    assert "ended without a result" in caplog.text


def test_a_lock_file_that_is_deleted_is_held_again_or_the_daemon_ends(
    database: Database, lock: WriterLock, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(FileCare(lock)) as care:
        lock_path(database.path).unlink()
        care.beat(database, NOW)
        assert "the lock file of" in caplog.text
        lock_path(database.path).unlink()
        with WriterLock(database.path), pytest.raises(LockHeld):
            care.beat(database, NOW)


def test_a_log_that_cannot_be_folded_in_is_one_alarm_that_names_the_reader(
    database: Database, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.WARNING)
    monkeypatch.setattr(tidying, "LARGE_LOG_BYTES", 10**6)
    read = (
        "import sqlite3, sys, time; c = sqlite3.connect(sys.argv[1], isolation_level=None); c.execute('BEGIN');"
        " c.execute('SELECT 1 FROM sources').fetchall(); print(1, flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", read, str(database.path)]
    one = Tidying()
    with subprocess.Popen(command, stdout=subprocess.PIPE) as reader:
        assert reader.stdout is not None
        reader.stdout.readline()
        for _ in range(3):
            database.execute(ADD, ("x" * 10**6,))
            one.round(database)
        reader.kill()
    assert len(caplog.records) == 1
    if sys.platform == "linux":
        assert f"process {reader.pid} (" in caplog.text
    one.round(database)
    one.round(database)
    assert [record.getMessage().rpartition("has")[2] for record in caplog.records][1:] == [
        f"the log of {database.path} is folded in again"
    ]


def test_a_daemon_on_a_sqlite_that_corrupts_files_is_refused_unless_that_is_allowed() -> None:
    bug = sqlite_fault((3, 40, 1))
    with pytest.raises(OldSqlite, match=r"SQLite 3\.40\.1 has the WAL-reset bug.*allow_old_sqlite = true"):
        refuse_old_sqlite(allowed=False, fault=bug)
    refuse_old_sqlite(allowed=True, fault=bug)
    refuse_old_sqlite(allowed=False)
    assert sqlite_fault() is None


def test_readers_that_nobody_can_see_are_said_to_be_so(database: Database) -> None:
    assert tidying.readers(database) == "none that this user can see"
    with open_reader(database.path):
        assert tidying.readers(database) == "none that this user can see"  # this process itself
