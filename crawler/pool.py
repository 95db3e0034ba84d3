"""The extraction pool: one process a core, each page with a deadline and a memory ceiling, none able to stop the rest.

Each process has a pipe of its own, so it is always known which page it has. The pools that exist share one:
concurrent.futures fails every later job once one process dies; pebble 5.2 gave up its whole pool when a process was
killed that had no page (measured), and one killed with the lock of the shared pipe would keep it (read in its source).
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from multiprocessing import forkserver
from multiprocessing.connection import Connection, wait
from typing import Any, Generic, Self, TypeVar

from crawler.wire import set_patience

A = TypeVar("A")
R = TypeVar("R")

# Pages after which a process is replaced: parsers leak a little, and a fresh one costs 0.05 s.
PAGES_PER_PROCESS = 2_000
# How much a process may grow over what it has after its imports. A 5 MB page was measured to need up to 400 MB.
MEMORY_BYTES = 1024**3
# The second try starts a new fork server where the old one is gone; the third is for one killed meanwhile.
START_TRIES = 3
# Longest time for half a message: a process that was stopped by others must not stop the event loop for long.
PIPE_SECONDS = 5.0
MAX_ERROR_CHARACTERS = 500
# Modules that each process has from the start, with all that reading loads once: they are forked from one server.
PRELOAD = ["crawler.unswept", "crawler.warm"]


class PoolTimeout(Exception):
    """The page took longer than its deadline; its process was killed."""


class PoolCrash(Exception):
    """The process died over the page: a crash, or the memory ceiling."""


class PoolBroken(RuntimeError):
    """What reads pages cannot be loaded: no page is to blame, and none can be read."""


@dataclass(frozen=True)
class Far(Generic[A, R]):
    """A function of the pool by its name: whoever has it called need not load what it reads with."""

    module: str
    name: str

    def __call__(self, argument: A) -> R:
        """What the function returns, in the process in which it is called. Raises PoolBroken."""
        try:
            module = import_module(self.module)
        except MemoryError:
            raise
        except Exception as error:  # whatever it is
            raise PoolBroken(f"{self.module} cannot be loaded: {error!r}"[:MAX_ERROR_CHARACTERS]) from error
        answer: R = getattr(module, self.name)(argument)
        return answer


@dataclass(frozen=True, slots=True)
class _Raised:
    """What a process answers where the function raised, and as what it is raised here."""

    error: str
    kind: type[PoolCrash | RuntimeError] = RuntimeError

    @property
    def fatal(self) -> bool:
        """Whether the process ends, for it had no memory left."""
        return self.kind is PoolCrash


class _Child:
    """One process of the pool, with its pipe."""

    def __init__(self, context: Any, memory_bytes: int) -> None:
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, memory_bytes), name="extraction", daemon=True)
        self.process.start()
        theirs.close()
        set_patience(self.connection.fileno(), PIPE_SECONDS)
        self.pages = 0

    async def call(self, function: Callable[[A], R], argument: A, timeout_seconds: float) -> R:
        """What the function returns. Raises PoolTimeout, PoolCrash, or RuntimeError where the function raised."""
        self.pages += 1
        try:
            self.connection.send((function, argument))
            async with asyncio.timeout(timeout_seconds):
                await _readable(self.connection)
            answer = self.connection.recv()
        except TimeoutError as error:
            raise PoolTimeout(f"took longer than {timeout_seconds:g} s") from error
        except (EOFError, OSError) as error:
            raise PoolCrash("the process died over the page") from error
        if not isinstance(answer, _Raised):
            return answer  # type: ignore[no-any-return]
        raise answer.kind(answer.error)

    def kill(self) -> None:
        """None; the process is dead and reaped."""
        self.connection.close()
        self.process.kill()
        self.process.join()
        self.process.close()


class ExtractionPool:
    """Runs pure functions over pages in processes that can be killed. Use it in one event loop only.

    `processes`: how many (0: one for each core that this process may use). `memory_bytes`: growth allowed to each.
    """

    def __init__(self, processes: int = 0, *, memory_bytes: int = MEMORY_BYTES) -> None:
        self.processes = processes or _cores()
        self._memory_bytes = memory_bytes
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(PRELOAD)
        self._places = asyncio.Semaphore(self.processes)
        self._idle: list[_Child] = []
        self._children: set[_Child] = set()
        self._closed = False

    def prepare(self) -> None:
        """None; what the first process needs is being loaded, by the fork server. May be called in any thread."""
        with contextlib.suppress(Exception):  # whoever needs it will try again
            forkserver.ensure_running()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        self.close()

    async def run(self, function: Callable[[A], R], argument: A, timeout_seconds: float) -> R:
        """What the function returns. Raises PoolTimeout or PoolCrash; neighbours' work goes on either way.

        A crash is tried once more: the process may have been killed for another reason than this page.
        """
        async with self._places:
            try:
                return await self._once(function, argument, timeout_seconds)
            except PoolCrash:
                return await self._once(function, argument, timeout_seconds)

    def close(self) -> None:
        """None; the processes are ended, whatever they are doing."""
        self._closed = True
        for child in self._children:
            child.kill()
        self._children.clear()
        self._idle.clear()

    async def _once(self, function: Callable[[A], R], argument: A, timeout_seconds: float) -> R:
        child = await self._take()
        sound = False
        try:
            result = await child.call(function, argument, timeout_seconds)
            sound = True
        except RuntimeError:
            sound = True
            raise
        finally:
            self._give_back(child, sound=sound)
        return result

    async def _take(self) -> _Child:
        while self._idle:
            child = self._idle.pop()
            if child.process.is_alive():
                return child
            self._discard(child)
        child = await self._start()
        self._children.add(child)
        if self._closed:
            self._discard(child)
            raise PoolCrash("the pool is closed")
        return child

    async def _start(self) -> _Child:
        """A new process. Where the fork server was killed over it, a new server is started and asked."""
        for _ in range(START_TRIES):
            # May take a second while the fork server imports; the event loop must turn meanwhile. One that does not
            # answer keeps its thread; the job's deadline then ends the worker (scheduler.engines.local).
            # TypeError: the fork server has no address, where another thread has just found it dead.
            with contextlib.suppress(EOFError, OSError, TypeError):
                return await asyncio.to_thread(_Child, self._context, self._memory_bytes)
        raise PoolCrash(f"no process could be started in {START_TRIES} tries")

    def _give_back(self, child: _Child, *, sound: bool) -> None:
        if sound and child.pages < PAGES_PER_PROCESS and not self._closed:
            self._idle.append(child)
        else:
            self._discard(child)

    def _discard(self, child: _Child) -> None:
        if child in self._children:
            self._children.discard(child)
            child.kill()


def _cores() -> int:
    """How many this process may use: a container or a service may be bound to fewer than there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


async def _readable(connection: Connection) -> None:
    """None, as soon as there is something to read, or the other side is gone."""
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()
    descriptor = connection.fileno()
    loop.add_reader(descriptor, lambda: None if ready.done() else ready.set_result(None))
    try:
        await ready
    finally:
        loop.remove_reader(descriptor)


def _serve(connection: Connection, memory_bytes: int) -> None:
    """Answer calls until the pipe ends. Runs in a process of the pool."""
    # Signals are the coordinator's business; a terminal's Ctrl-C reaches this process too.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    _limit_memory(memory_bytes)
    threading.Thread(target=_end_with_parent, name="parent watch", daemon=True).start()
    while True:
        try:
            function, argument = connection.recv()
        except (EOFError, OSError):
            return
        answer = _answer(function, argument)
        connection.send(answer)
        if isinstance(answer, _Raised) and answer.fatal:
            return


def _answer(function: Callable[[Any], Any], argument: Any) -> Any:
    try:
        return function(argument)
    except MemoryError:
        return _Raised("the page needs more memory than a page may have", PoolCrash)
    except PoolBroken as error:
        return _Raised(str(error), PoolBroken)
    except Exception as error:  # noqa: BLE001 - told to the caller, whatever it is
        return _Raised(repr(error)[:MAX_ERROR_CHARACTERS])


def _limit_memory(memory_bytes: int) -> None:
    """Set RLIMIT_AS above what is mapped now; where /proc does not tell (macOS), there is no ceiling."""
    with contextlib.suppress(OSError, ValueError, ImportError):
        import resource  # noqa: PLC0415 - absent on some systems

        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - a pseudo-file
            mapped = int(file.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (mapped + memory_bytes, mapped + memory_bytes))


def _end_with_parent() -> None:
    """End this process as soon as the worker is gone: a killed worker leaves nothing behind."""
    parent: Any = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(0)
