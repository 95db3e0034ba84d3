"""`dibao doctor`, as it is typed: a table, JSON, the exit code, and health for containers."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from scheduler.doctor import examining, seams
from storage import alive
from storage.care import checkups
from storage.database import open_writer

CONFIG = """
[dibao]
contact = "tests@example.org"
min_free_bytes = 0
"""


@pytest.fixture
def database(tmp_path: Path, quick_files: None, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(examining, "ALONE", tuple(pair for pair in examining.ALONE if pair[1] is not seams.hold))
    open_writer(tmp_path / "news.db").close()
    (tmp_path / "dibao.toml").write_text(CONFIG)
    return tmp_path / "news.db"


def beats(database: Path, ago: timedelta = timedelta(0)) -> None:
    with open_writer(database) as opened, opened.transaction():
        alive.beat(opened, datetime.now(UTC) - ago, 7, every_seconds=10, detail="")


def test_warnings_end_well_and_say_the_next_step(database, dibao_here) -> None:
    done = dibao_here("doctor")
    assert done.returncode == 0
    assert "warn alerts" in done.stdout
    assert "-> name one in an [[alert]]" in done.stdout
    assert "\x1b" not in done.stdout
    assert done.stdout.splitlines()[-1].endswith("warnings")
    assert " 0 failed" in done.stdout.splitlines()[-1]


def test_something_that_failed_ends_with_one(database, dibao_here) -> None:
    (database.parent / "dibao.toml").chmod(0o666)
    done = dibao_here("doctor", "--json")
    document = json.loads(done.stdout)
    assert (done.returncode, document["ok"]) == (1, False)
    failed = [one for one in document["checks"] if one["level"] == "fail"]
    assert [(one["check"], bool(one["step"])) for one in failed] == [("configuration", True)]
    assert document["database"] == str(database)


def test_without_a_configuration_the_rest_is_looked_at(database, dibao_here) -> None:
    (database.parent / "dibao.toml").unlink()
    done = dibao_here("doctor")
    assert done.returncode == 1
    assert "no such file" in done.stdout
    assert "ok   integrity" in done.stdout


def test_what_stands_in_the_file_cannot_steer_the_terminal(database, dibao_here) -> None:
    with open_writer(database) as opened:
        checkups.note(opened, checkups.WHOLE, datetime.now(UTC), ("a \x1b[31mred\r one",))
    told = dibao_here("doctor").stdout
    assert "[31mred" in told
    assert not set(told) & {"\x1b", "\r"}


@pytest.mark.parametrize(
    ("ago", "code", "said"), [(timedelta(0), 0, "alive: "), (timedelta(hours=1), 1, "silent: "), (None, 1, "never: ")]
)
def test_health_is_the_databases_word(database, dibao_here, ago, code, said) -> None:
    if ago is not None:
        beats(database, ago)
    done = dibao_here("doctor", "--health")
    assert (done.returncode, done.stdout.startswith(said), done.stdout.count("\n")) == (code, True, 1)
    document = json.loads(dibao_here("doctor", "--health", "--json").stdout)
    assert (document["ok"], f"{document['state']}: ") == (code == 0, said)


def test_health_needs_no_right_configuration_but_its_place_of_the_database(database, dibao_here) -> None:
    beats(database)
    (database.parent / "dibao.toml").write_text("[dibao]\nnonsense = 1\n")
    assert dibao_here("doctor", "--health").returncode == 0
    database.unlink()
    done = dibao_here("doctor", "--health")
    assert (done.returncode, done.stdout.startswith("unreadable: ")) == (1, True)


def test_a_process_that_is_up_and_does_not_beat_is_not_healthy(database, dibao_here) -> None:
    with open_writer(database) as opened, opened.transaction():
        alive.beat(opened, datetime.now(UTC) - timedelta(minutes=2), os.getpid(), every_seconds=10, detail="")
    done = dibao_here("doctor", "--health")
    assert (done.returncode, f"process {os.getpid()}" in done.stdout) == (1, True)


def test_health_loads_neither_the_crawler_nor_the_models_of_the_configuration(database, dibao_command) -> None:
    beats(database)
    config = str(database.parent / "dibao.toml")
    code = f"""
import sys
sys.argv = ["dibao", "doctor", "--health", "-c", {config!r}]
from scheduler.cli.main import main
try:
    main()
except SystemExit as end:
    assert end.code == 0, end.code
loaded = {{name.split(".")[0] for name in sys.modules}}
assert not loaded & {{"scrapy", "twisted", "pydantic", "rich", "lxml", "psutil"}}, loaded
"""
    before = _children()
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, timeout=60)
    # Half a second of CPU is what is promised; a machine that others use is given twice that.
    assert _children() - before < 1.0


def _children() -> float:
    used: Any = resource.getrusage(resource.RUSAGE_CHILDREN)
    return float(used.ru_utime + used.ru_stime)
