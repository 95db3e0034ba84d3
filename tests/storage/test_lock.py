import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from storage.faults import LockHeld, StorageFault
from storage.lock import POLL_SECONDS, WriterLock, holder, lock_path
from tests.timing import quickest

HOLD = """
import pathlib, subprocess, sys, time
from storage.lock import WriterLock
with WriterLock(pathlib.Path(sys.argv[1])):
    child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']) if sys.argv[2] == 'child' else None
    print(child.pid if child else 0, flush=True)
    time.sleep(600)
"""


@contextmanager
def holding(database: Path, *, child: str = "alone") -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Another process that holds the lock, and the pid of a program that it has started."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(database), child],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    with process:
        assert process.stdout is not None
        started = int(process.stdout.readline())
        try:
            yield process, started
        finally:
            process.kill()
            if started:
                os.kill(started, signal.SIGKILL)


def test_a_second_process_is_told_within_a_second_who_holds_the_lock(path: Path) -> None:
    with holding(path) as (process, _):

        def refused() -> None:
            told = f"process {process.pid} is writing .*news.db"
            with pytest.raises(LockHeld, match=told) as raised, WriterLock(path):
                pass
            assert raised.value.pid == process.pid

        assert quickest(refused, 1) < 1
        assert holder(path) == process.pid


def test_the_lock_is_free_at_once_when_its_holder_is_killed(path: Path) -> None:
    with holding(path) as (process, _):
        process.kill()
        process.wait(60)
        with WriterLock(path):
            assert holder(path) == os.getpid()


def test_a_program_that_the_holder_started_does_not_keep_the_lock(path: Path) -> None:
    with holding(path, child="child") as (process, started):
        process.kill()
        process.wait(60)
        os.kill(started, 0)  # it still runs
        with WriterLock(path):
            pass


def test_one_process_cannot_take_the_lock_twice(path: Path) -> None:
    with WriterLock(path), pytest.raises(LockHeld), WriterLock(path):
        pass


def test_a_writer_that_may_wait_polls_until_its_time_is_up(path: Path) -> None:
    clock = [100.0]
    slept = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock[0] += seconds

    late = WriterLock(path, wait_seconds=1.0, monotonic=lambda: clock[0], sleep=sleep)
    with WriterLock(path), pytest.raises(LockHeld), late:
        pass
    assert set(slept) == {POLL_SECONDS}
    assert sum(slept) == pytest.approx(1.0, abs=POLL_SECONDS)


def test_a_writer_that_waits_gets_the_lock_as_soon_as_it_is_free(path: Path) -> None:
    first = WriterLock(path)
    first.__enter__()

    def sleep(_seconds: float) -> None:
        first.__exit__(None, None, None)

    with WriterLock(path, wait_seconds=60.0, monotonic=lambda: 0.0, sleep=sleep):
        assert holder(path) == os.getpid()


def test_a_refused_writer_leaves_the_lock_file_and_no_descriptor_behind(path: Path) -> None:
    with WriterLock(path):
        before = len(list(Path("/proc/self/fd").iterdir()))
        for _ in range(10):
            with pytest.raises(LockHeld), WriterLock(path):
                pass
        assert len(list(Path("/proc/self/fd").iterdir())) == before
        assert holder(path) == os.getpid()


def test_nobody_holds_a_lock_that_was_given_back(path: Path) -> None:
    assert holder(path) is None
    with WriterLock(path):
        pass
    assert lock_path(path).read_bytes() == b""
    assert holder(path) is None


@pytest.mark.parametrize("content", [b"\xff\xfe", b"abc", b"-4", b""])
def test_a_lock_file_with_anything_but_a_number_names_nobody(path: Path, content: bytes) -> None:
    lock_path(path).write_bytes(content)
    assert holder(path) is None


def test_the_folder_of_the_lock_is_made(tmp_path: Path) -> None:
    with WriterLock(tmp_path / "new" / "folder" / "news.db"):
        assert lock_path(tmp_path / "new" / "folder" / "news.db").exists()


def test_the_message_says_another_process_where_no_pid_is_known() -> None:
    assert str(LockHeld("news.db", None)).startswith("another process is writing news.db")


def test_a_lock_file_that_is_deleted_while_it_is_held_is_made_and_held_again(path: Path) -> None:
    with WriterLock(path) as lock:
        assert not lock.keep()
        lock_path(path).unlink()
        assert lock.keep()
        assert not lock.keep()
        assert holder(path) == os.getpid()
        with pytest.raises(LockHeld), WriterLock(path):
            pass


def test_a_holder_whose_deleted_lock_file_another_has_made_anew_is_told_to_stop(path: Path) -> None:
    with WriterLock(path) as lock:
        lock_path(path).unlink()
        with holding(path) as (process, _), pytest.raises(LockHeld, match=f"process {process.pid} is writing"):
            lock.keep()


def test_a_deleted_lock_file_that_cannot_be_made_again_is_a_fault_of_the_storage(path: Path) -> None:
    with WriterLock(path) as lock:
        lock_path(path).unlink()
        lock_path(path).mkdir()
        with pytest.raises(StorageFault, match="cannot be made again"):
            lock.keep()


def test_a_lock_on_a_file_that_was_deleted_meanwhile_is_none(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, tried = fcntl.flock, []

    def flock(descriptor: int, how: int) -> None:
        real(descriptor, how)
        if not tried:
            lock_path(path).unlink()
        tried.append(descriptor)

    monkeypatch.setattr(fcntl, "flock", flock)
    with WriterLock(path, wait_seconds=1):
        assert len(tried) == 2
        assert holder(path) == os.getpid()
