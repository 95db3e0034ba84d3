"""The engine of one machine: what it does when its workers die, hang, grow, or talk nonsense."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from crawler import wire
from scheduler.demo.server import WorldServer
from scheduler.engines import local
from scheduler.engines.engine import EngineFault
from scheduler.engines.local import LocalEngine
from storage.identity import url_key
from storage.records import Event, Failed, JobFinished, PageRequest
from tests.scheduler.engines.jobs import PATIENCE_SECONDS, collected, endless, short


@pytest.fixture(scope="module")
def server(sites: WorldServer) -> WorldServer:
    """The sites that all engines are tried with."""
    return sites


def until_it_runs(engine: LocalEngine) -> psutil.Process:
    """The worker's process, once it has said that its loop turns."""
    worker = engine._workers[0]
    began = worker.seen
    deadline = time.monotonic() + PATIENCE_SECONDS
    while worker.seen == began:
        assert time.monotonic() < deadline
        engine.poll(0.5, limit=100)
    return psutil.Process(worker.process.pid)


@pytest.fixture
def cold() -> Iterator[LocalEngine]:
    """An engine without workers; `engine` is the one of the session, which has one that is not to be killed."""
    running = LocalEngine(processes=1, log_level="CRITICAL")
    yield running
    running.close()


def test_a_killed_worker_ends_its_jobs_as_crashed_and_the_next_job_has_a_new_one(
    cold: LocalEngine, server: WorldServer
) -> None:
    cold.submit(endless(server))
    victim = until_it_runs(cold)
    victim.kill()
    assert collected(cold, "job")[-1].reason == "crashed"  # type: ignore[union-attr]
    assert cold.worker_pids == ()
    cold.submit(short(server))
    assert collected(cold, "short")[-1].reason == "finished"  # type: ignore[union-attr]
    assert cold.worker_pids != (victim.pid,)


@pytest.mark.faults
def test_a_worker_that_hangs_is_killed_with_its_pool(server: WorldServer) -> None:
    with closing(LocalEngine(processes=1, log_level="CRITICAL")) as engine:
        engine.submit(endless(server))
        victim = until_it_runs(engine)
        family = [victim, *victim.children(recursive=True)]
        victim.suspend()
        engine._hang_seconds = 0.5
        end = collected(engine, "job")[-1]
        assert isinstance(end, JobFinished)
        assert (end.reason, "said nothing" in end.detail) == ("crashed", True)
        assert psutil.wait_procs(family, timeout=30)[1] == []


def test_a_worker_that_reads_nothing_does_not_stop_the_coordinator(
    server: WorldServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(LocalEngine(processes=1, log_level="CRITICAL", hang_seconds=PATIENCE_SECONDS)) as engine:
        engine.submit(endless(server, "first"))
        until_it_runs(engine).suspend()
        pipe = engine._workers[0].connection
        wire.set_patience(pipe.fileno(), 0.5)
        began = time.monotonic()
        engine.submit(endless(server, "second", known=bytes(8 * 1024 * 1024)))
        assert {type(event).__name__ for event in engine.poll(5, limit=10)} <= {"JobFinished"}
        ends = [*engine.poll(1, limit=10)]
        assert time.monotonic() - began < PATIENCE_SECONDS / 2
        assert engine.worker_pids == ()
        assert all(isinstance(end, JobFinished) and end.reason == "crashed" for end in ends)


def test_a_worker_with_unread_news_is_not_taken_for_a_hung_one(engine: LocalEngine, server: WorldServer) -> None:
    engine.submit(short(server))
    collected(engine, "short")
    pids = engine.worker_pids
    time.sleep(1.2)  # a sign of life comes each second
    try:
        engine._hang_seconds = 0.0
        engine.poll(0, limit=0)
    finally:
        engine._hang_seconds = PATIENCE_SECONDS
    assert engine.worker_pids == pids


@pytest.mark.faults
def test_a_worker_that_has_grown_is_let_go_after_its_jobs_or_killed(
    cold: LocalEngine, server: WorldServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "RETIRE_BYTES", 1)
    cold.submit(short(server))
    retired = cold.worker_pids[0]
    assert collected(cold, "short")[-1].reason == "finished"  # type: ignore[union-attr]
    _until_it_has_no_worker(cold)
    assert not psutil.pid_exists(retired)
    monkeypatch.setattr(local, "KILL_BYTES", 1)
    cold.submit(endless(server))
    assert "grew to" in collected(cold, "job")[-1].detail  # type: ignore[union-attr]
    assert cold.worker_pids == ()


@pytest.mark.faults
def test_a_worker_is_replaced_after_its_pages(server: WorldServer) -> None:
    with closing(LocalEngine(processes=1, log_level="CRITICAL", recycle_pages=1)) as engine:
        engine.submit(short(server))
        pid = engine.worker_pids[0]
        collected(engine, "short")
        _until_it_has_no_worker(engine)
        assert not psutil.pid_exists(pid)


def _until_it_has_no_worker(engine: LocalEngine) -> None:
    deadline = time.monotonic() + 10
    while engine.worker_pids:
        assert time.monotonic() < deadline
        engine.poll(0.5, limit=10)


def test_workers_that_die_at_once_are_given_up_after_a_few(
    cold: LocalEngine, server: WorldServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    for number in range(local.MAX_YOUNG_DEATHS):
        cold.submit(endless(server, f"job {number}"))
        assert collected(cold, f"job {number}")[-1].reason == "crashed"  # type: ignore[union-attr]
    with pytest.raises(EngineFault, match="died within"):
        cold.submit(endless(server))


def test_a_worker_that_cannot_be_started_is_an_engine_fault(
    cold: LocalEngine, server: WorldServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no-python"))
    before = len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(EngineFault, match="no worker can be started"):
        cold.submit(endless(server))
    assert len(list(Path("/proc/self/fd").iterdir())) == before


@pytest.mark.faults
def test_garbage_from_a_worker_ends_it(cold: LocalEngine, server: WorldServer, tmp_path: Path,
                                       monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    fake = tmp_path / "python"
    program = "import os, sys, time; os.write(int(sys.argv[1]), bytes([0, 0, 0, 4]) + b'oops'); time.sleep(60)"
    fake.write_text(f'#!/bin/sh\nshift 3\nexec {sys.executable} -c "{program}" "$@"\n')
    fake.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(fake))
    cold.submit(endless(server))
    end = collected(cold, "job")[-1]
    assert isinstance(end, JobFinished)
    assert (end.reason, "no event" in end.detail) == ("crashed", True)


def test_a_worker_that_starts_heeds_neither_ctrl_c_nor_the_folder_in_which_it_runs(
    cold: LocalEngine, server: WorldServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "crawler.py").write_text("raise SystemExit('the wrong crawler')")
    (tmp_path / "queue.py").write_text("raise SystemExit('the wrong queue')")
    monkeypatch.chdir(tmp_path)
    cold.submit(short(server))
    psutil.Process(cold.worker_pids[0]).send_signal(signal.SIGINT)
    assert collected(cold, "short")[-1].reason == "finished"  # type: ignore[union-attr]


def test_a_message_from_the_coordinator_that_is_none_ends_the_worker(
    cold: LocalEngine, server: WorldServer
) -> None:
    cold.submit(endless(server))
    cold._workers[0].connection.send_bytes(b"oops")
    assert collected(cold, "job")[-1].reason == "crashed"  # type: ignore[union-attr]
    assert wire.decode(wire.encode(wire.Stop())) == wire.Stop()


@pytest.mark.faults
def test_a_job_that_does_not_end_at_its_deadline_costs_its_worker(server: WorldServer) -> None:
    engine = LocalEngine(processes=1, log_level="CRITICAL", grace_seconds=1.0)
    job = short(server, "late")
    with closing(engine):
        # Long enough that a busy machine comes to the first page, with which the fork server is started.
        engine.submit(replace(job, limits=replace(job.limits, job_timeout_seconds=5.0)))
        stopped = stop_the_fork_server(engine)
        events: list[Event] = []
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not any(isinstance(event, JobFinished) for event in events) and time.monotonic() < deadline:
            new = engine.poll(0.2, limit=100)
            engine.committed(new)
            events += new
        stopped.kill()
    (last,) = (event for event in events if isinstance(event, JobFinished))
    assert (last.reason, last.detail) == ("crashed", "a job did not end at its deadline")


@pytest.mark.faults
def test_a_job_that_waits_for_the_database_is_not_late(server: WorldServer) -> None:
    engine = LocalEngine(processes=1, log_level="CRITICAL")
    told: list[Event] = []
    with closing(engine):
        engine.submit(short(server, "patient"))
        until = time.monotonic() + PATIENCE_SECONDS
        while not told and time.monotonic() < until:
            told += engine.poll(0.2, limit=100)
        engine._workers[0].due["patient"] = 0.0
        for _ in range(3):  # and the disk is full
            told += engine.poll(0.1, limit=100)
        engine.committed(told)
        last = told[-1] if isinstance(told[-1], JobFinished) else collected(engine, "patient")[-1]
    assert isinstance(last, JobFinished)
    assert last.reason == "finished"


def stop_the_fork_server(engine: LocalEngine) -> psutil.Process:
    """The process from which the worker's pool is forked, frozen before it has forked any."""
    worker = psutil.Process(engine._workers[0].process.pid)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        for child in worker.children():
            if any("forkserver" in word for word in child.cmdline()):
                child.suspend()
                return child
        time.sleep(0.01)
    raise AssertionError("the worker has started no fork server")


def test_where_a_guard_has_no_place_no_second_worker_is_started(
    server: WorldServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "from twisted.internet import endpoints\nendpoints.HostnameEndpoint.connect = lambda self, factory: None\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    engine = LocalEngine(processes=1, log_level="CRITICAL")
    try:
        engine.submit(endless(server))
        while not engine.poll(0.5, limit=10):
            pass
        with pytest.raises(EngineFault):
            engine.submit(endless(server))
    finally:
        engine.close()


@pytest.mark.parametrize("broken", ["ImportError", "SyntaxError"])
def test_where_what_reads_pages_cannot_be_loaded_no_page_is_to_blame_and_no_second_worker_is_started(
    server: WorldServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "class Broken:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name == 'crawler.told': raise {broken}(name)\n"
        "sys.meta_path.insert(0, Broken())\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    url = server.url_of(server.world.articles(server.world.sites[1])[0])
    page = PageRequest(url=url, key=url_key(url))
    job = replace(short(server), entry_points=(), pages=(page,))
    with closing(LocalEngine(processes=1, log_level="CRITICAL")) as engine:
        engine.submit(job)
        events = collected(engine, job.id)
        assert [event for event in events if isinstance(event, Failed)] == []
        assert [event.reason for event in events if isinstance(event, JobFinished)] == ["crashed"]
        with pytest.raises(EngineFault):
            engine.submit(job)
