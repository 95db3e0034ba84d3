"""The parts of a siege see what they are there to see."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scheduler.demo.world import World
from tests.scheduler.engines.cluster.recovering import recovery, table
from tests.scheduler.engines.cluster.supervisor import Program, Supervisor
from tests.scheduler.engines.cluster.watched_world import WatchedWorld
from tests.scheduler.engines.cluster.wire_cutter import WireCutter

pytestmark = pytest.mark.cluster


@pytest.fixture
def slow() -> Iterator[WatchedWorld]:
    with WatchedWorld(World(sites=2, articles=2, kinds=["daily"]), answer_seconds=0.2) as world:
        yield world


def until(happened: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def ask(world: WatchedWorld, number: int, path: str = "/") -> None:
    with urllib.request.urlopen(world.url(world.names[number]) + path) as answer:
        answer.read()


def beside(world: WatchedWorld, *numbers: int) -> None:
    threads = [threading.Thread(target=ask, args=(world, number)) for number in numbers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_two_requests_of_one_host_at_a_time_are_seen_and_those_of_two_hosts_are_none(slow: WatchedWorld) -> None:
    beside(slow, 0, 1)
    ask(slow, 0)
    assert slow.overlaps() == []
    beside(slow, 0, 0)
    assert [asked.host for asked in slow.overlaps()] == [slow.names[0]]


def test_a_request_is_over_when_its_client_is_gone(slow: WatchedWorld) -> None:
    with socket.create_connection(slow.addresses[slow.names[0]]) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        until(slow.open_hosts)
    until(lambda: not slow.open_hosts())
    ask(slow, 0)
    assert [asked.answered for asked in slow.asked()] == [False, True]
    assert slow.overlaps() == []


def test_articles_that_are_fetched_again_are_counted_and_the_silence_before_them_measured(slow: WatchedWorld) -> None:
    (path, *_) = [article.path for article in slow.world.articles() if article.site == slow.names[0]]
    ask(slow, 0, path)
    at = time.monotonic()
    ask(slow, 0, path)
    assert slow.refetched() == 1
    found = recovery("worker_killed", {slow.names[0], slow.names[1]}, slow, at, 3.0)
    assert (found.hosts, len(found.again), found.refetched) == (2, 1, 1)
    assert table([found]).splitlines()[-1].startswith("| worker killed | 1 | 2 | 0.")


def test_a_program_that_fails_is_started_again_and_one_that_is_refused_is_not(tmp_path: Path) -> None:
    def program(name: str, code: str) -> Program:
        return Program(name, [sys.executable, "-c", code], tmp_path, dict(os.environ), restart_seconds=0.0)

    with Supervisor() as supervisor:
        failing = supervisor.add(program("failing", "raise SystemExit(75)"))
        refused = supervisor.add(program("refused", "raise SystemExit(78)"))
        waiting = supervisor.add(program("waiting", "import time; time.sleep(60)"))
        until(lambda: len(failing.exits) > 1 and refused.exits)
        first = waiting.pid
        waiting.send(signal.SIGKILL)
        until(lambda: waiting.is_up and waiting.pid != first)
        supervisor.end(failing, signal.SIGKILL, 10)
    assert set(failing.exits) <= {75, -9}
    assert (refused.exits, waiting.exits[:1]) == ([78], [-9])
    assert not waiting.is_up


def test_a_wire_carries_is_silent_and_is_cut() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, WireCutter(*server.getsockname()) as wire:
        with socket.create_connection(("127.0.0.1", wire.port)) as client:
            there, _ = server.accept()
            client.sendall(b"a")
            assert there.recv(1) == b"a"
            wire.set("silent")
            time.sleep(0.1)
            client.sendall(b"b")
            there.settimeout(0.3)
            with pytest.raises(TimeoutError):
                there.recv(1)
            wire.set("open")
            there.settimeout(10)
            assert there.recv(1) == b"b"
            wire.cut()
            with pytest.raises(ConnectionResetError):
                assert client.recv(1)
            there.close()
        wire.set("refused")
        with socket.create_connection(("127.0.0.1", wire.port)) as client, pytest.raises(ConnectionResetError):
            client.recv(1)
