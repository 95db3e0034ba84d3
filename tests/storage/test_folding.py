"""The log is folded in without waiting for readers, and who keeps it from being folded in is named."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from storage import holders as module
from storage.database import BUSY_TIMEOUT_SECONDS, Database, open_reader, open_writer
from storage.folding import PATIENCE_SECONDS, Folded, fold, log_bytes
from storage.holders import Holder, holders
from tests.timing import quickest

# Of the system's SQLite, which starts in a tenth of the time of ours: any program may be the one that reads.
READ = (
    "import sqlite3, sys, time; c = sqlite3.connect(sys.argv[1]); c.execute('SELECT 1 FROM sources').fetchall();"
    " sys.argv[2] == 'reads' and [c.execute('BEGIN'), c.execute('SELECT * FROM sources').fetchall()];"
    " print(1, flush=True); time.sleep(60)"
)
ADD = "INSERT INTO sources (name, home, created_at) VALUES (hex(randomblob(8)), ?, '2026-11-22T09:30:00Z')"


@contextmanager
def reader(path: Path, how: str) -> Iterator[int]:
    """The process id of another program that has the file open."""
    with subprocess.Popen([sys.executable, "-c", READ, str(path), how], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield process.pid
        finally:
            process.kill()


def write(database: Database, megabytes: int = 1) -> None:
    for _ in range(megabytes):
        database.execute(ADD, ("x" * 10**6,))


def test_the_log_is_cut_where_nobody_reads(path: Path) -> None:
    with open_writer(path) as database:
        database.execute("PRAGMA wal_autocheckpoint = 0")
        write(database)
        assert log_bytes(database) > 10**6
        folded = fold(database)
        assert (folded.bytes, folded.whole, log_bytes(database)) == (0, True, 0)
        assert database.value("PRAGMA busy_timeout") == BUSY_TIMEOUT_SECONDS * 1000


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not say who has a file open")
def test_a_reader_that_never_ends_costs_no_wait_and_is_named(path: Path) -> None:
    with open_writer(path) as database, reader(path, "idle") as idle:
        database.execute("PRAGMA wal_autocheckpoint = 0")
        write(database)
        with reader(path, "reads") as busy:
            write(database)
            folds: list[Folded] = []
            assert quickest(lambda: folds.append(fold(database)), PATIENCE_SECONDS) < PATIENCE_SECONDS
            assert not any(folded.whole for folded in folds)
            assert folds[0].bytes > 10**6
            assert [(one.pid, one.reads) for one in holders(path)] == [(busy, True), (idle, False)]
            assert "sqlite3.connect" in str(holders(path)[0])
        assert fold(database).bytes == 0


def test_a_reader_of_the_newest_rows_costs_half_a_second_at_most(path: Path) -> None:
    with open_writer(path) as database, open_reader(path) as other:
        database.execute("PRAGMA wal_autocheckpoint = 0")
        write(database)
        other.execute("BEGIN")
        other.value("SELECT count(*) FROM sources")
        began = time.monotonic()
        folded = fold(database)
        assert time.monotonic() - began < PATIENCE_SECONDS + BUSY_TIMEOUT_SECONDS / 2
        assert folded.whole
        assert folded.bytes > 10**6
        assert database.value("PRAGMA busy_timeout") == BUSY_TIMEOUT_SECONDS * 1000


def test_a_reader_that_leaves_folds_nothing_in(path: Path) -> None:
    """Only the writer does: readers may have no permission to, and two that do at once is what old SQLites break on."""
    with open_writer(path) as database:
        database.execute("PRAGMA wal_autocheckpoint = 0")
        write(database)
        before, whole = log_bytes(database), path.read_bytes()
        with open_reader(path) as other:
            other.value("SELECT count(*) FROM sources")
        assert log_bytes(database) == before
        assert path.read_bytes() == whole


def test_nobody_is_named_where_the_system_does_not_tell(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PROC", tmp_path / "nowhere")
    with open_writer(path):
        assert holders(path) == ()


def test_a_list_of_locks_with_anything_in_it_is_read(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "locks").write_bytes(b"1: POSIX\n\xff\n2: POSIX ADVISORY READ x fe:00:1 1 2\n3: FLOCK a b 1 :: 0 EOF\n")
    monkeypatch.setattr(module, "PROC", tmp_path)
    with open_writer(path):
        assert holders(path) == ()


def test_what_a_program_calls_itself_steers_no_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "cmdline").write_bytes(b"evil\x1b[2J\x00\xff\n" + b"x" * 999)
    monkeypatch.setattr(module, "PROC", tmp_path)
    named = str(Holder(pid=7, command=module._command(7), reads=True))
    assert named.isprintable()
    assert len(named) < 200
