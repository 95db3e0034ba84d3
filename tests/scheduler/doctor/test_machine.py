"""What the machine and its libraries are like."""

from __future__ import annotations

import subprocess
from types import SimpleNamespace

import pytest

from scheduler.doctor import machine, seams, sqlite
from tests.scheduler.doctor.conftest import CONFIG, only

GIB = 1024**3


def test_the_program_says_its_version(case) -> None:
    assert "Dibao 0" in only(machine.program(case)).says


@pytest.mark.parametrize(
    ("has", "level"),
    [((8 * GIB, 4 * GIB, "max"), "ok"), ((8 * GIB, 4 * GIB, str(GIB // 2)), "warn"),
     ((GIB // 2, GIB // 4, "max"), "warn"), ((8 * GIB, GIB // 8, "max"), "warn"), ((8 * GIB, 4 * GIB, None), "ok")],
)  # fmt: skip
def test_memory_is_that_of_the_container(case, tmp_path, monkeypatch, has, level) -> None:
    total, free, limit = has
    monkeypatch.setattr(machine.psutil, "virtual_memory", lambda: SimpleNamespace(total=total, available=free))
    monkeypatch.setattr(machine, "CGROUP_LIMIT", tmp_path / "memory.max")
    if limit is not None:
        (tmp_path / "memory.max").write_text(f"{limit}\n")
    assert only(machine.memory(case)).level == level


def test_more_readers_than_cores_are_warned_of(make_case, case) -> None:
    assert only(machine.cores(case)).level == "ok"
    assert only(machine.cores(make_case(f"{CONFIG}extract_processes = 256\n"))).level == "warn"


def test_a_sqlite_that_corrupts_files_fails_unless_it_was_allowed(make_case, case, monkeypatch) -> None:
    assert only(sqlite.is_safe(case)).level == "ok"
    monkeypatch.setattr(sqlite, "sqlite_fault", lambda: "SQLite 3.40.0 has the WAL-reset bug")
    assert only(sqlite.is_safe(case)).level == "fail"
    assert only(sqlite.is_safe(make_case(f"{CONFIG}allow_old_sqlite = true\n"))).level == "warn"


def test_a_sqlite_without_full_text_search_fails(case, monkeypatch) -> None:
    assert only(sqlite.has_search(case)).level == "ok"
    monkeypatch.setattr(sqlite, "full_text_search", lambda: None)
    assert only(sqlite.has_search(case)).level == "fail"


@pytest.mark.parametrize(("code", "level"), [("pass", "ok"), ("import sys; sys.exit('a seam has moved')", "fail")])
def test_a_worker_that_would_not_begin_fails_with_what_it_says(case, monkeypatch, code, level) -> None:
    real = subprocess.run
    monkeypatch.setattr(seams.subprocess, "run", lambda command, **more: real([command[0], "-c", code], **more))
    found = only(seams.hold(case))
    assert (found.level, "a seam has moved" in found.says) == (level, level == "fail")


def test_a_worker_whose_libraries_hang_is_given_up(case, monkeypatch) -> None:
    real = subprocess.run
    slow = "import time; time.sleep(60)"
    monkeypatch.setattr(seams.subprocess, "run", lambda command, **more: real([command[0], "-c", slow], **more))
    monkeypatch.setattr(seams, "SECONDS", 0.2)
    assert only(seams.hold(case)).level == "fail"
