"""`dibao db`: looking after the file."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

from storage import schema
from storage.database import open_reader
from storage.lock import WriterLock

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def test_migrate_makes_a_database_and_then_has_nothing_to_do(config_file: Path, dibao: Run) -> None:
    database = config_file.parent / "news.db"
    first, second = dibao("db", "migrate"), dibao("db", "migrate")
    assert (first.returncode, first.stdout) == (0, f"{database}: {', '.join(schema.NAMES)}\n")
    assert (second.returncode, second.stdout) == (0, f"{database}: nothing to do, the schema is current\n")
    with open_reader(database) as reader:
        assert reader.value("PRAGMA user_version") == schema.VERSION


def test_migrate_refuses_a_foreign_file_and_a_file_in_use(config_file: Path, dibao: Run) -> None:
    database = config_file.parent / "news.db"
    with WriterLock(database):
        assert dibao("db", "migrate").returncode == 3
    database.write_text("my diary")
    assert dibao("db", "migrate").returncode == 4
    assert database.read_text() == "my diary"
