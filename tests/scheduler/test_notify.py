"""What systemd is told: over a real datagram socket, and by whom."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from scheduler.notify import Notifier, notifier


class Listening:
    """The socket of a service manager."""

    def __init__(self, address: str | bytes) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(address)
        self._socket.setblocking(False)  # noqa: FBT003

    def heard(self) -> list[list[str]]:
        found = []
        while True:
            try:
                found.append(self._socket.recv(4096).decode().split("\n"))
            except BlockingIOError:
                return found

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Listening]:
    listening = Listening(str(tmp_path / "notify"))
    yield listening
    listening.close()


def told(tmp_path: Path, watchdog: float | None = 30.0) -> tuple[Notifier, list[float]]:
    clock = [0.0]
    return Notifier(str(tmp_path / "notify"), watchdog, lambda: clock[0]), clock


def test_a_daemon_says_that_it_is_ready_and_that_it_stops(manager, tmp_path) -> None:
    one, _ = told(tmp_path)
    one.ready("at work")
    one.stopping()
    assert manager.heard() == [["READY=1", "STATUS=at work"], ["STOPPING=1", "STATUS=stopping"]]


def test_the_watchdog_is_fed_three_times_in_its_time_however_often_the_loop_turns(manager, tmp_path) -> None:
    one, clock = told(tmp_path)
    for second in range(61):
        clock[0] = float(second)
        one.turned("at work")
    fed = [words for words in manager.heard() if "WATCHDOG=1" in words]
    assert len(fed) == 7  # at 0, 10, 20 ... 60


def test_the_status_is_told_when_it_is_another(manager, tmp_path) -> None:
    one, clock = told(tmp_path)
    one.ready("at work")
    for second, status in ((0, "1 jobs"), (10, "1 jobs"), (20, "2\njobs")):
        clock[0] = float(second)
        one.turned(status)
    assert manager.heard()[1:] == [
        ["WATCHDOG=1", "STATUS=1 jobs"], ["WATCHDOG=1"], ["WATCHDOG=1", "STATUS=2 jobs"],
    ]  # fmt: skip


def test_without_a_watchdog_none_is_fed(manager, tmp_path) -> None:
    one, clock = told(tmp_path, watchdog=None)
    for second in range(0, 60, 5):
        clock[0] = float(second)
        one.turned("at work")
    assert manager.heard() == [["STATUS=at work"]]


def test_a_reload_begins_and_ends_whatever_comes_of_it(manager, tmp_path) -> None:
    one, _ = told(tmp_path)
    with pytest.raises(ValueError, match="bad"), one.reloading():
        raise ValueError("bad")
    first, last = manager.heard()
    assert (first[0], last) == ("RELOADING=1", ["READY=1"])
    assert first[1].removeprefix("MONOTONIC_USEC=").isdigit()


def test_nobody_who_listens_and_nobody_who_takes_it_are_no_fault(manager, tmp_path) -> None:
    Notifier().ready("x")
    Notifier(str(tmp_path / "none")).ready("x")
    one, _ = told(tmp_path)
    for _ in range(2_000):  # more than its queue holds, and none is read
        one.ready("x")


def test_a_socket_without_a_file_is_reached(tmp_path) -> None:
    name = f"dibao-test-{os.getpid()}-{tmp_path.name}"
    listening = Listening(b"\0" + name.encode())
    Notifier(f"@{name}").ready("x")
    assert listening.heard() == [["READY=1", "STATUS=x"]]
    listening.close()


@pytest.mark.parametrize(
    ("asked", "fed"),
    [({}, False), ({"WATCHDOG_USEC": "30000000"}, True), ({"WATCHDOG_USEC": "0"}, False),
     ({"WATCHDOG_USEC": "soon"}, False), ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, False),
     ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, True)],
)  # fmt: skip
def test_what_systemd_asks_for_is_taken_and_not_handed_on(manager, tmp_path, asked, fed) -> None:
    environment = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "HOME": "x", **asked}
    notifier(environment).turned("")
    assert any("WATCHDOG=1" in words for words in manager.heard()) is fed
    assert environment == {"HOME": "x"}
