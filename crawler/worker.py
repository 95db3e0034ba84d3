"""The worker: one long-lived process that turns jobs into events over a pipe, and knows no database.

Scrapy runs many jobs side by side in one event loop, a crawler each; pages are read in the extraction pool.
When the coordinator goes, the pipe ends and so does this process, with its pool.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import threading
from multiprocessing.connection import Connection
from typing import Any

import msgspec
import psutil
from scrapy import Spider
from scrapy.crawler import Crawler
from scrapy.utils.reactor import install_reactor

from crawler import settings, wire
from crawler.logs import configure, hear_twisted
from crawler.pipe_reporter import PipeReporter
from crawler.pool import ExtractionPool
from crawler.worker_settings import worker_settings
from storage.records import CrawlJob, JobFinished

logger = logging.getLogger(__name__)

ALIVE_SECONDS = 1.0
# A job that is to stop before it runs is looked at again after this time.
STARTING_SECONDS = 0.05
# Names that are looked up at once, each in a thread. Twisted's ten are held by ten names whose servers do not answer,
# for half a minute each, and nobody else's name is looked up meanwhile.
NAMES_AT_ONCE = 64
# Exit code (EX_CONFIG) where the guards have no place in the Scrapy or Twisted that is installed.
SEAM_MOVED = 78


class Worker:
    """Runs jobs until the pipe ends."""

    def __init__(self, connection: Connection, processes: int) -> None:
        self._connection = connection
        self._pool = ExtractionPool(processes)
        self._reporter = PipeReporter(connection)
        self._settings = worker_settings()
        self._crawlers: dict[str, Crawler] = {}
        self._done: dict[str, tuple[int, int]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._process = psutil.Process()
        self._pages = 0

    def start(self) -> None:
        """None; messages are taken from now on."""
        self._loop = asyncio.get_event_loop()
        threading.Thread(target=self._read, name="jobs", daemon=True).start()
        self._alive()

    def _read(self) -> None:
        while True:
            try:
                message = wire.decode(self._connection.recv_bytes())
            except (EOFError, OSError):
                os._exit(0)  # nobody is left to work for; what is in flight is pending in the ledger
            except msgspec.MsgspecError:
                logger.exception("the coordinator sent what is no message; this worker ends")
                os._exit(1)
            self._loop.call_soon_threadsafe(self._take, message)

    def _take(self, message: wire.Message) -> None:
        match message:
            case CrawlJob():
                self._crawlers[message.id] = crawler = Crawler(_spider_class(), self._settings)
                self._launch(self._crawl(message, crawler))
            case wire.Committed():
                self._reporter.committed(message)
            case wire.Stop():
                for job_id in [message.job_id] if message.job_id else list(self._crawlers):
                    self._end(job_id, message.reason)
            case _:
                logger.error("the coordinator sent a %s", type(message).__name__)

    def _launch(self, coroutine: Any) -> None:
        task = self._loop.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _crawl(self, job: CrawlJob, crawler: Crawler) -> None:
        """One job from start to its last event, whatever happens."""
        deadline = self._loop.call_later(job.limits.job_timeout_seconds, self._end, job.id, "timeout")
        reason, detail = "crashed", ""
        try:
            await crawler.crawl_async(job=job, reporter=self._reporter, pool=self._pool)
            reason = crawler.spider.ending  # type: ignore[union-attr]
        except Exception as error:  # a job that cannot run is the job's outcome, not the worker's end
            logger.exception("job of source %s failed", job.source)
            detail = repr(error)[:300]
        finally:
            deadline.cancel()
            del self._crawlers[job.id]
        await self._reporter.send(self._finished(job, crawler, reason, detail))

    def _finished(self, job: CrawlJob, crawler: Crawler, reason: str, detail: str) -> JobFinished:
        spider: Any = crawler.spider
        requests = spider.hosts.requests if spider else 0
        self._pages += requests
        return JobFinished(
            job_id=job.id,
            number=spider.last_number() if spider else 1,
            reason=reason,
            detail=detail,
            requests=requests,
            body_bytes=spider.hosts.body_bytes if spider else 0,
        )

    def _end(self, job_id: str, reason: str) -> None:
        """None; the job stops, as soon as Scrapy is so far that it can be stopped."""
        crawler = self._crawlers.get(job_id)
        if crawler is None:
            return
        spider: Any = crawler.spider
        engine: Any = getattr(crawler, "_engine", None)  # the public name raises until the crawl has begun
        if spider is None or engine is None or not engine.running:
            self._loop.call_later(STARTING_SECONDS, self._end, job_id, reason)
        elif spider.ending == "finished":
            spider.stop(reason)
            self._launch(crawler.stop_async())

    def _alive(self) -> None:
        resident = int(self._process.memory_info().rss)
        self._reporter.post(
            wire.Alive(
                resident_bytes=resident, pages=self._pages, jobs=len(self._crawlers), moving=tuple(self._moving())
            )
        )
        self._loop.call_later(ALIVE_SECONDS, self._alive)

    def _moving(self) -> set[str]:
        """The jobs of which something has come, gone out or been told since the last time; see wire.Alive."""
        before, self._done = self._done, {job_id: _done(crawler) for job_id, crawler in self._crawlers.items()}
        moved = {job_id for job_id, done in self._done.items() if before.get(job_id) != done}
        return moved | self._reporter.moved() | (set(self._crawlers) if self._reporter.is_full else set())


def _done(crawler: Crawler) -> tuple[int, int]:
    """How many requests a job has sent, and how many bytes have come."""
    spider: Any = crawler.spider
    return (spider.hosts.requests, spider.hosts.body_bytes) if spider else (0, 0)


def main(arguments: list[str]) -> None:
    """Never returns: the process ends with its pipe. Arguments: pipe's descriptor, processes, log format, level."""
    descriptor, processes, log_format, level = arguments
    # The coordinator decides when the worker stops; a terminal's Ctrl-C and systemd's SIGTERM reach both.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    configure(log_format, level)
    hear_twisted()
    _check_seams()
    install_reactor(settings.TWISTED_REACTOR)
    worker = Worker(Connection(int(descriptor)), int(processes))
    from twisted.internet import reactor  # noqa: PLC0415 - importing it installs the default one

    loop: Any = reactor
    loop.suggestThreadPoolSize(NAMES_AT_ONCE)
    loop.callWhenRunning(worker.start)
    loop.run(installSignalHandlers=False)


def _check_seams() -> None:
    """None; the process ends where the guards would not stand between its requests and the network."""
    try:
        from crawler.fetching import seams  # noqa: PLC0415 - it imports Twisted's client

        seams.check()
    except (RuntimeError, ImportError) as error:
        logger.critical("%s", error)
        sys.exit(SEAM_MOVED)


def _spider_class() -> type[Spider]:
    from crawler.spiders.news import NewsSpider  # noqa: PLC0415 - it imports the reactor

    return NewsSpider


if __name__ == "__main__":
    main(sys.argv[1:])
