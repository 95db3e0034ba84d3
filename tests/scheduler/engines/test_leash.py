"""A worker process asks nobody once its leash is not held, however long the watch of its own sleeps."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler import leash
from crawler.leash import Leash
from scheduler.demo.server import WorldServer
from scheduler.engines.local import LocalEngine
from tests.scheduler.engines.jobs import collected, end, short


def test_the_next_request_is_not_sent(
    sites: WorldServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text("from crawler import leash\nleash.LOOK_SECONDS = 3600\n", "utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    held, job = Leash(3600), short(sites, delay_seconds=0.5)
    sites.reset_counts()
    engine = LocalEngine(processes=1, log_level="CRITICAL", leash=held)
    try:
        engine.submit(job)
        while not (first := engine.poll(1, limit=1)):
            pass
        asked = sites.hits()
        held.hold(leash.now() - 2 * held.seconds)  # as on a machine that was suspended, and has just woken
        engine.committed(first)
        assert end(collected(engine, job.id), job.id).reason == "crashed"
        assert sites.hits() == asked
    finally:
        engine.close()
        held.close()
