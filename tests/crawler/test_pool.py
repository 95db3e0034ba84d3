"""The extraction pool: pages that hang, crash or eat memory cost only themselves."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from multiprocessing import forkserver
from pathlib import Path
from typing import Any

import psutil
import pytest

from crawler.pool import ExtractionPool, Far, PoolCrash, PoolTimeout

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 60.0

Call = tuple[Callable[[Any], Any], Any, float]
Pool = Callable[..., list[Any]]
"""Takes calls, gives what each came to: its value or its exception."""


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    """One event loop; the pool's processes find this module."""
    sys.path.insert(0, str(ROOT))
    with asyncio.Runner() as running:
        yield running
    sys.path.remove(str(ROOT))


@pytest.fixture(scope="module")
def pool(runner: asyncio.Runner) -> Iterator[Pool]:
    """Two processes; the ceiling is low, so that a bomb is soon found."""
    own = ExtractionPool(2, memory_bytes=256 * 1024**2)

    async def gather(calls: tuple[Call, ...]) -> list[Any]:
        tasks = (own.run(function, argument, seconds) for function, argument, seconds in calls)
        return await asyncio.gather(*tasks, return_exceptions=True)

    yield lambda *calls: runner.run(gather(calls))
    own.close()


def double(number: int) -> int:
    return number * 2


def hang(_: int) -> None:
    while True:
        time.sleep(1)


def hang_deaf(_: int) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True:
        pass


def leave(code: int) -> None:
    os._exit(code)


def crash(_: int) -> None:
    ctypes.string_at(0)


def crash_once(mark: str) -> str:
    if not Path(mark).exists():
        Path(mark).touch()
        os._exit(9)
    return "second time"


def explode(_: int) -> int:
    kept = []
    while True:
        kept.append(bytearray(16 * 1024**2))


def refuse(word: str) -> None:
    raise KeyError(word)


def pid(_: int) -> int:
    return os.getpid()


def test_a_call_gives_its_value(pool: Pool) -> None:
    assert pool((double, 21, PATIENCE_SECONDS)) == [42]


def test_a_function_may_be_called_by_its_name_by_who_has_not_loaded_it(pool: Pool) -> None:
    assert pool((Far("keyword", "iskeyword"), "lambda", PATIENCE_SECONDS)) == [True]
    (error,) = pool((Far("this_module_is_far", "read"), 1, PATIENCE_SECONDS))
    assert "ModuleNotFoundError" in str(error)


def test_an_exception_of_the_function_comes_back_in_words(pool: Pool) -> None:
    (error,) = pool((refuse, "word", PATIENCE_SECONDS))
    assert isinstance(error, RuntimeError)
    assert "KeyError('word')" in str(error)


@pytest.mark.parametrize("function", [hang, hang_deaf])
def test_a_page_that_hangs_is_ended_and_its_neighbours_go_on(
    pool: Pool, function: Callable[[int], None]
) -> None:
    hung, *others = pool((function, 0, 0.3), *((double, n, PATIENCE_SECONDS) for n in range(6)))
    assert isinstance(hung, PoolTimeout)
    assert others == [0, 2, 4, 6, 8, 10]


@pytest.mark.parametrize(("function", "argument"), [(leave, 3), (crash, 0)])
def test_a_page_that_crashes_its_process_costs_only_itself(
    pool: Pool, function: Callable[[int], None], argument: int
) -> None:
    dead, *others = pool((function, argument, PATIENCE_SECONDS), *((double, n, PATIENCE_SECONDS) for n in range(6)))
    assert isinstance(dead, PoolCrash)
    assert others == [0, 2, 4, 6, 8, 10]


def test_a_crash_is_tried_once_more(pool: Pool, tmp_path: Path) -> None:
    assert pool((crash_once, str(tmp_path / "mark"), PATIENCE_SECONDS)) == ["second time"]


def test_a_page_that_needs_too_much_memory_is_a_crash(pool: Pool) -> None:
    bomb, other = pool((explode, 0, PATIENCE_SECONDS), (double, 4, PATIENCE_SECONDS))
    assert isinstance(bomb, PoolCrash)
    assert other == 8


def test_a_pool_that_is_closed_leaves_no_process(runner: asyncio.Runner) -> None:
    async def open_and_close() -> int:
        async with ExtractionPool(1) as own:
            return await own.run(pid, 0, PATIENCE_SECONDS)

    assert not psutil.pid_exists(runner.run(open_and_close()))


def test_the_processes_end_with_a_killed_parent(tmp_path: Path) -> None:
    program = tmp_path / "parent.py"
    program.write_text(
        "import asyncio, os, time\n"
        "from crawler.pool import ExtractionPool\n"
        "def main():\n"
        "    pool = ExtractionPool(1)\n"
        "    print(asyncio.run(pool.run(len, 'abc', 60)), flush=True)\n"
        "    time.sleep(60)\n"
        "if __name__ == '__main__':\n"
        "    main()\n"
    )
    with subprocess.Popen([sys.executable, program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "3\n"
        family = psutil.Process(parent.pid).children(recursive=True)
        assert family
        parent.kill()
    assert psutil.wait_procs(family, timeout=30)[1] == []


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system binds no process to a core")
def test_a_pool_has_a_process_for_each_core_that_it_may_use() -> None:
    usable = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(usable)})
        assert ExtractionPool().processes == 1
    finally:
        os.sched_setaffinity(0, usable)
    assert ExtractionPool().processes == len(usable)


def test_a_server_that_another_start_has_found_dead_meanwhile_is_asked_again(
    runner: asyncio.Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = forkserver._forkserver  # type: ignore[attr-defined]
    real, own, races = server.connect_to_new_process, ExtractionPool(1), iter([True])

    def connect(descriptors: list[int]) -> Any:
        server.ensure_running()
        if next(races, False):
            monkeypatch.setattr(server, "_forkserver_address", None)
            monkeypatch.setattr(server, "ensure_running", lambda: None)
            try:
                return real(descriptors)
            finally:
                monkeypatch.undo()
        return real(descriptors)

    monkeypatch.setattr(forkserver, "connect_to_new_process", connect)
    assert runner.run(own.run(double, 2, PATIENCE_SECONDS)) == 4
    own.close()


def test_a_server_that_cannot_be_started_early_ends_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    def full() -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(forkserver, "ensure_running", full)
    ExtractionPool(1).prepare()
