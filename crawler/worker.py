"""The worker: one long-lived process that turns jobs into events over a pipe, and knows no database.

Scrapy runs many jobs side by side in one event loop, a crawler each; pages are read in the extraction pool.
When the coordinator goes, the pipe ends and so does this process, with its pool.

Light: each process of the pool loads it once more (multiprocessing wants to know `__main__`). What it works with comes
after the first message is awaited, so that a pool that will be needed is being loaded meanwhile, by the other core.
"""

from __future__ import annotations

import gc
import inspect
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

from crawler.inbox import Inbox
from crawler.leash import live_by
from crawler.logs import configure, hear_twisted
from crawler.pool import A, ExtractionPool, PoolBroken, R

logger = logging.getLogger(__name__)

# Names that are looked up at once, each in a thread. Twisted's ten are held by ten names whose servers do not answer,
# for half a minute each, and nobody else's name is looked up meanwhile.
NAMES_AT_ONCE = 64
# Exit code (EX_CONFIG) where the guards have no place in the Scrapy or Twisted that is installed, or what reads pages
# cannot be loaded.
UNFIT = 78


class WorkerPool(ExtractionPool):
    """A pool with which its worker ends where no page can be read: each would be counted as one that breaks readers."""

    async def run(self, function: Callable[[A], R], argument: A, timeout_seconds: float) -> R:
        """What the function returns; see ExtractionPool."""
        try:
            return await super().run(function, argument, timeout_seconds)
        except PoolBroken as error:
            logger.critical("%s; install Dibao again, with all that it needs", error)
            os._exit(UNFIT)


def main(arguments: list[str]) -> None:
    """Never returns: the process ends with its pipe. Arguments: pipe's descriptor, processes, log format, level.

    Perhaps two more: the descriptor of a leash (crawler.leash), and for how many seconds it holds.
    """
    descriptor, processes, log_format, level, *leash = arguments
    # The coordinator decides when the worker stops; a terminal's Ctrl-C and systemd's SIGTERM reach both.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    configure(log_format, level)
    if leash:
        live_by(int(leash[0]), float(leash[1]))
    connection = Connection(int(descriptor))
    pool = WorkerPool(int(processes))
    inbox = Inbox(connection, pool)
    hear_twisted()
    _check_seams()
    _run(connection, pool, inbox)


def _check_seams() -> None:
    """None; the process ends where the guards would not stand between its requests and the network."""
    try:
        with _short_stacks():
            from crawler.fetching import seams  # noqa: PLC0415 - it imports Twisted's client
        seams.check()
    except (RuntimeError, ImportError) as error:
        logger.critical("%s", error)
        sys.exit(UNFIT)


@contextmanager
def _short_stacks() -> Iterator[None]:
    """None; Scrapy, which asks three times while it is imported who has called it, gets no more than the answer.

    It asks for the whole stack with its lines of source, which takes a tenth of the worker's start (measured).
    """
    whole = inspect.stack
    inspect.stack = lambda _context=1: [(sys._getframe(1),), (sys._getframe(2),)]  # type: ignore  # noqa: PGH003, SLF001
    try:
        yield
    finally:
        inspect.stack = whole


def _run(connection: Connection, pool: ExtractionPool, inbox: Inbox) -> None:
    from scrapy.utils.reactor import install_reactor  # noqa: PLC0415 - see above

    from crawler import settings  # noqa: PLC0415

    install_reactor(settings.TWISTED_REACTOR)
    from twisted.internet import reactor  # noqa: PLC0415 - importing it installs the default one

    from crawler.job_runner import JobRunner  # noqa: PLC0415 - it imports the reactor

    runner = JobRunner(connection, pool, inbox)
    gc.freeze()  # what is loaded is no longer the garbage collector's business
    loop: Any = reactor
    loop.suggestThreadPoolSize(NAMES_AT_ONCE)
    loop.callWhenRunning(runner.start)
    loop.run(installSignalHandlers=False)


if __name__ == "__main__":
    main(sys.argv[1:])
