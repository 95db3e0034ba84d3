"""A daemon of which everything is broken that a crawl does without: it crawls, stops, and has told each fault once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from scheduler.demo.server import WorldServer
from scheduler.demo.world import World
from storage.database import open_reader
from storage.faults import StorageFault
from tests.scheduler.test_daemon import QUICK

pytestmark = pytest.mark.faults

PATIENCE_SECONDS = 60.0
PROGRAM = Path(__file__).with_name("broken_daemon.py")
ROOT = Path(__file__).resolve().parents[2]
SAID = ": a fault of Dibao, please report it; the daemon goes on without"


def test_what_a_crawl_does_without_ends_no_daemon_and_is_told_once(tmp_path: Path) -> None:
    with WorldServer(World(sites=1, articles=2, kinds=["daily"])) as server:
        config = server.config_toml("news.db", every="30d").replace("[dibao]\n", QUICK, 1)
        (tmp_path / "dibao.toml").write_text(config, encoding="utf-8")
        with (tmp_path / "log").open("wb") as log:
            daemon = subprocess.Popen(
                [sys.executable, PROGRAM, "--log-format", "json"],
                cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=log, stderr=log,
            )  # fmt: skip
        try:
            until = time.monotonic() + PATIENCE_SECONDS
            while _articles(tmp_path / "news.db") < 2 and time.monotonic() < until and daemon.poll() is None:
                time.sleep(0.1)
            time.sleep(1)  # several turns more
            daemon.terminate()
            code = daemon.wait(PATIENCE_SECONDS)
        finally:
            daemon.kill()
            daemon.wait()
    events = [json.loads(line)["event"] for line in (tmp_path / "log").read_text(encoding="utf-8").splitlines()]
    assert code == 0, events
    assert _articles(tmp_path / "news.db") == 2
    told = Counter(event.removesuffix(SAID) for event in events if event.endswith(SAID))
    assert told == dict.fromkeys(
        ("watch", "alerts", "webhooks", "control", "heartbeat", "what tells of a crawl"), 1
    ), events
    assert "the daemon has stopped" in events


def _articles(path: Path) -> int:
    try:
        with open_reader(path) as database:
            return int(database.value("SELECT count(*) FROM articles"))
    except StorageFault:
        return 0
