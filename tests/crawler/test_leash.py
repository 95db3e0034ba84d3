"""A worker process lives only as long as its leash is held."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from crawler import leash
from crawler.leash import Leash
from scheduler.engines.local import LocalEngine


@pytest.fixture
def held() -> Iterator[Leash]:
    made = Leash(0.3)
    yield made
    made.close()


def process_on(held: Leash) -> subprocess.Popen[bytes]:
    program = f"from crawler.leash import live_by; live_by({held.descriptor}, {held.seconds}); input()"
    return subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, pass_fds=(held.descriptor,))


def test_a_process_whose_leash_is_not_held_ends(held: Leash) -> None:
    with process_on(held) as process:
        assert process.wait(60) == leash.SLIPPED


def test_a_process_whose_leash_is_held_lives(held: Leash) -> None:
    with process_on(held) as process:
        until = time.monotonic() + 3 * held.seconds
        while time.monotonic() < until:
            held.hold(leash.now())
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0.05)
        process.kill()


def test_the_time_is_read_as_it_was_written(held: Leash) -> None:
    held.hold(12.5)
    assert leash.held_at(held.descriptor) == 12.5
    assert leash.now() > 12.5
    assert os.fstat(held.descriptor).st_nlink == 0, "nobody else can open it"


def test_the_workers_of_an_engine_live_by_its_leash(held: Leash) -> None:
    engine = LocalEngine(processes=1, log_level="CRITICAL", leash=held)
    try:
        worker = engine._new_worker()
        assert worker.process.wait(30) == leash.SLIPPED
        worker.leave()
    finally:
        engine.close()
