"""The daemon's ear: one wish a client, answers for it alone, and no client that can hold it up."""

from __future__ import annotations

import codecs
import os
import socket
import stat
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from scheduler.control import server as serving
from scheduler.control.client import DaemonGone, Leaving, NoDaemon, asking
from scheduler.control.place import socket_path
from scheduler.control.server import Server
from scheduler.control.wishes import Changed, Crawl, Done, Pause, Progress, Refused, Reload, Wish, answer_of, encode
from storage.lock import WriterLock

BYE = Refused(why="it stops", cause="busy")


class Ear:
    """A server with the wishes that it has heard."""

    def __init__(self, folder: Path) -> None:
        self.database = folder / "news.db"
        self._woken = threading.Event()
        self.server = Server(self.database, self._woken.set)
        self.path = socket_path(self.database)

    def next(self) -> dict[int, Wish | None]:
        assert self._woken.wait(20)
        self._woken.clear()
        return self.server.wishes()

    def connect(self) -> socket.socket:
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(20)
        client.connect(str(self.path))
        return client


@pytest.fixture
def ear(tmp_path: Path) -> Iterator[Ear]:
    heard = Ear(tmp_path)
    yield heard
    heard.server.close(BYE)


@contextmanager
def as_patient_as(seconds: float, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(serving, "SILENT_SECONDS", seconds)
    yield


def test_a_wish_is_heard_and_answered_to_its_client_alone(ear: Ear) -> None:
    with asking(ear.database, Crawl(names=("a",))) as one, asking(ear.database, Pause(names=("b",))) as other:
        heard: dict[int, Wish | None] = {}
        while len(heard) < 2:
            heard |= ear.next()
        assert set(heard.values()) == {Crawl(names=("a",)), Pause(names=("b",))}
        for number, wish in heard.items():
            names = wish.names  # type: ignore[union-attr]
            ear.server.send(number, Changed(names=names, already=()), last=True)
        assert one.answer(20) == Changed(names=("a",), already=())
        assert other.answer(20) == Changed(names=("b",), already=())
        with pytest.raises(DaemonGone):
            one.answer(20)


def test_only_its_owner_may_open_the_socket(ear: Ear) -> None:
    assert stat.S_IMODE(ear.path.stat().st_mode) == 0o600


def test_a_client_of_another_user_is_refused(ear: Ear, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 4711)
    monkeypatch.setattr(serving, "ROOT", 4712)
    with asking(ear.database, Reload()) as daemon:
        answer = daemon.answer(20)
    assert isinstance(answer, Refused)
    assert "another user" in answer.why
    assert ear.server.wishes() == {}


@pytest.mark.skipif(os.geteuid() != 0, reason="to be another user takes root")
def test_whoever_may_not_reach_a_daemon_is_not_told_that_there_is_none() -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        codecs.lookup("ascii")  # as nobody, Python's own files may be out of reach
        ear = Ear(Path(folder))
        with WriterLock(ear.database), as_nobody(), pytest.raises(DaemonGone, match="another user"), \
                asking(ear.database, Reload()):  # fmt: skip
            pass
        with as_nobody(), pytest.raises(NoDaemon), asking(ear.database, Reload()):
            pass  # nobody writes: that socket is what a killed daemon left
        ear.server.close(BYE)


@contextmanager
def as_nobody() -> Iterator[None]:
    os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_whatever_ends_the_thread_the_daemon_goes_on(ear: Ear, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "wish_of", lambda _line: 1 // 0)
    with asking(ear.database, Reload()) as one, pytest.raises(DaemonGone):
        one.answer(20)
    ear.server._thread.join(20)
    assert not ear.path.exists()
    ear.server.send(1, BYE)
    assert ear.server._answers.empty()


def test_a_client_that_goes_is_known_to_be_gone(ear: Ear) -> None:
    with asking(ear.database, Crawl(names=("a",))):
        (number,) = ear.next()
    assert ear.next() == {number: None}
    ear.server.send(number, Done())  # nobody is there, and nothing happens


def test_a_client_that_goes_before_it_is_heard_wishes_nothing(ear: Ear) -> None:
    with asking(ear.database, Crawl(names=("a",))):
        ear._woken.wait(20)
    deadline = time.monotonic() + 20
    while (found := ear.server.wishes()) == {} or None not in found.values():
        assert time.monotonic() < deadline
    assert list(found.values()) == [None]


@pytest.mark.parametrize(
    "said",
    [
        b"hello\n",
        b"\xff\xfe\x00\n",
        b'["Crawl", {"names": 7}]\n',
        b'["Done", {}]\n',
        b'["Nuke", {}]\n',
        b"[" * 90_000 + b"\n",
    ],
)
def test_what_is_no_wish_is_refused(said: bytes, ear: Ear) -> None:
    with ear.connect() as client:
        client.sendall(said)
        answer = answer_of(_all_of(client))
    assert isinstance(answer, Refused)
    assert ear.server.wishes() == {}


def test_a_client_that_says_two_things_is_dropped(ear: Ear) -> None:
    with ear.connect() as client:
        client.sendall(encode(Reload()))
        assert list(ear.next().values()) == [Reload()]
        client.sendall(b"x")
        assert _all_of(client) == b""


def test_when_it_closes_clients_are_told_and_the_socket_is_gone(tmp_path: Path) -> None:
    ear = Ear(tmp_path)
    with asking(ear.database, Reload()) as daemon, ear.connect() as silent:
        ear.next()
        ear.server.close(BYE)
        assert daemon.answer(20) == BYE
        assert answer_of(_all_of(silent)) == BYE
    assert not ear.path.exists()
    with pytest.raises(NoDaemon), asking(ear.database, Reload()):
        pass


def test_a_socket_that_a_killed_daemon_left_is_nobody_and_gives_way(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(tmp_path / "news.db.sock"))
    with pytest.raises(NoDaemon), asking(tmp_path / "news.db", Reload()):
        pass
    ear = Ear(tmp_path)
    with asking(ear.database, Reload()):
        assert list(ear.next().values()) == [Reload()]
    ear.server.close(BYE)


def test_a_socket_that_another_daemon_has_made_meanwhile_is_left_alone(tmp_path: Path) -> None:
    ear = Ear(tmp_path)
    ear.path.rename(tmp_path / "aside")
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(ear.path))
        ear.server.close(BYE)
        assert ear.path.is_socket()


def test_a_file_of_somebody_else_in_its_place_is_no_ground_to_delete_it(tmp_path: Path) -> None:
    (tmp_path / "news.db.sock").write_text("my notes")
    with pytest.raises(OSError, match="in use"):
        Server(tmp_path / "news.db", lambda: None)
    assert (tmp_path / "news.db.sock").read_text() == "my notes"


def test_nobody_there_costs_nothing(ear: Ear) -> None:
    """The thread sleeps: its count of voluntary switches stands still."""
    with asking(ear.database, Reload()):
        ear.next()
    ear.next()
    (thread,) = [one.native_id for one in threading.enumerate() if one.name == "control"]
    before = _switches(thread)
    time.sleep(0.5)
    assert _switches(thread) <= before + 1  # it may still have been on its way to sleep


def test_whoever_waits_may_leave(ear: Ear) -> None:
    with asking(ear.database, Reload(), should_stop=lambda: True) as daemon, pytest.raises(Leaving):
        daemon.answer(20)
    with asking(ear.database, Reload()) as daemon, pytest.raises(DaemonGone, match=r"has not answered in 0\.2 s"):
        daemon.answer(0.2)


def test_a_client_that_never_says_its_wish_is_dropped(ear: Ear, monkeypatch: pytest.MonkeyPatch) -> None:
    with as_patient_as(0.2, monkeypatch), ear.connect() as client:
        client.sendall(b'["Rel')
        assert _all_of(client) == b""


@pytest.mark.faults
def test_megabytes_without_a_line_are_refused_and_not_kept(ear: Ear) -> None:
    megabytes = b"x" * 300_000_000
    before = psutil.Process().memory_info().rss
    with ear.connect() as client, pytest.raises(OSError, match=r"Broken pipe|reset"):
        client.sendall(megabytes)
    assert psutil.Process().memory_info().rss - before < 20_000_000


@pytest.mark.faults
def test_a_client_that_never_reads_is_dropped_and_never_waited_for(ear: Ear, monkeypatch: pytest.MonkeyPatch) -> None:
    with as_patient_as(0.5, monkeypatch), ear.connect() as client:
        client.sendall(encode(Crawl(names=("a",))))
        (number,) = ear.next()
        before, began = psutil.Process().memory_info().rss, time.monotonic()
        for count in range(100_000):
            ear.server.send(number, Progress(source="a" * 60, wanted=count, ended=count))
        assert time.monotonic() - began < 10
        assert ear.next() == {number: None}
        assert psutil.Process().memory_info().rss - before < 60_000_000
        with asking(ear.database, Reload()):
            assert Reload() in ear.next().values()


@pytest.mark.faults
def test_more_clients_than_there_are_places_are_told_so(ear: Ear) -> None:
    clients = [ear.connect() for _ in range(serving.MOST_CLIENTS)]
    for client in clients:
        client.sendall(encode(Reload()))
    heard: set[int] = set()
    while len(heard) < len(clients):
        heard |= ear.next().keys()
    with asking(ear.database, Reload()) as late:
        assert "try again later" in late.answer(20).why  # type: ignore[union-attr]
    clients.pop().close()
    ear.next()
    with asking(ear.database, Reload()):
        assert Reload() in ear.next().values()
    for client in clients:
        client.close()


@pytest.mark.faults
def test_where_no_descriptor_is_left_it_rests_and_then_goes_on(ear: Ear, monkeypatch: pytest.MonkeyPatch) -> None:
    import resource  # noqa: PLC0415

    monkeypatch.setattr(serving, "REST_SECONDS", 0.2)
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    with ear.connect() as first:
        first.sendall(encode(Reload()))
        ear.next()
        waiting = socket.socket(socket.AF_UNIX)
        waiting.settimeout(20)
        highest = max(int(one.name) for one in Path("/proc/self/fd").iterdir())
        resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 1, before[1]))
        held = []
        with suppress(OSError):
            while True:
                held.append(os.dup(first.fileno()))
        try:
            waiting.connect(str(ear.path))
            waiting.sendall(encode(Crawl(names=("late",))))
            time.sleep(0.5)
            assert ear.server.wishes() == {}
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, before)
            for descriptor in held:
                os.close(descriptor)
        assert Crawl(names=("late",)) in ear.next().values()
        waiting.close()


def _all_of(client: socket.socket) -> bytes:
    said = b""
    try:
        while part := client.recv(65_536):
            said += part
    except ConnectionResetError:  # what was sent after the last word
        pass
    return said


def _switches(thread: int | None) -> int:
    lines = Path(f"/proc/self/task/{thread}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("voluntary")).split()[1])
