"""`dibao bench` as operators call it: it comes to its end in time, and leaves nothing, however it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from storage.database import open_writer
from storage.lock import WriterLock
from tests.benchmarks.yardstick import slowness

pytestmark = pytest.mark.benchmark

QUICK_CPU_SECONDS = 40
"""Of a quiet machine, by how much slower this one is just then: twice what it takes. It waits little beside."""


def test_a_quick_one_measures_all_beside_a_writer_and_leaves_nothing(tmp_path: Path, dibao_command: str) -> None:
    (tmp_path / "dibao.toml").write_text('[dibao]\ncontact = "ops@example.org"\n', encoding="utf-8")
    with WriterLock(tmp_path / "news.db"), open_writer(tmp_path / "news.db"):
        before = _files(tmp_path)
        used = _used()
        done = subprocess.run(
            [dibao_command, "bench", "--quick", "--json"], cwd=tmp_path, capture_output=True, timeout=300, check=False
        )
        assert _files(tmp_path) == before
    assert (_used() - used) / max(1.0, slowness()) < QUICK_CPU_SECONDS
    assert done.returncode in {0, 1}, done.stderr
    document = json.loads(done.stdout)
    print("\n" + "\n".join(f"{line['what']}: {line['figure']} ({line['verdict']})" for line in document["verdicts"]))
    print("\n".join(document["summary"]))
    assert document["crawls"]["dibao"]["articles"] == document["crawls"]["dibao"]["pages"] == 64
    assert document["page"]["dibao"]["page_ms"] > 0
    assert document["estimate"]["sources"] > 0


def test_who_ends_it_early_finds_nothing_left(tmp_path: Path, dibao_command: str) -> None:
    running = subprocess.Popen([dibao_command, "bench", "--quick"], cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    family = _at_work(running, tmp_path)
    running.send_signal(signal.SIGTERM)
    _, said = running.communicate(timeout=60)
    assert running.returncode == 130
    assert "interrupted" in said
    assert list(tmp_path.iterdir()) == []
    assert [one for one in family if one.is_running() and one.status() != psutil.STATUS_ZOMBIE] == []


def _at_work(running: subprocess.Popen, folder: Path) -> list[psutil.Process]:
    """What it has started, when the crawl is under way."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert running.poll() is None
        family = psutil.Process(running.pid).children(recursive=True)
        if len(family) >= 4 and list(folder.rglob("dibao/news.db")):
            return family
        time.sleep(0.1)
    raise AssertionError("no crawl was begun")


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _used() -> float:
    times = os.times()
    return times.children_user + times.children_system
