"""The jobs of one worker, side by side in its event loop: a crawl of Scrapy each; pages are read in the pool.

Scrapy's reactor must be installed before this is imported.
"""

from __future__ import annotations

import asyncio
import logging
from multiprocessing.connection import Connection
from typing import Any

import psutil
from scrapy.crawler import Crawler

from crawler import wire
from crawler.fetching.signalling import JobCrawler
from crawler.inbox import Inbox
from crawler.pipe_reporter import PipeReporter
from crawler.pool import ExtractionPool
from crawler.spiders.news import NewsSpider
from crawler.worker_settings import worker_settings
from storage.records import CrawlJob, JobFinished

logger = logging.getLogger(__name__)

ALIVE_SECONDS = 1.0
# A job that is to stop before it runs is looked at again after this time.
STARTING_SECONDS = 0.05


class JobRunner:
    """Runs the jobs that the inbox brings, each as a crawl of Scrapy, in the event loop that is installed."""

    def __init__(self, connection: Connection, pool: ExtractionPool, inbox: Inbox) -> None:
        self._pool = pool
        self._inbox = inbox
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
        self._inbox.deliver(lambda message: self._loop.call_soon_threadsafe(self._take, message))
        self._alive()

    def _take(self, message: wire.Message) -> None:
        match message:
            case CrawlJob():
                self._crawlers[message.id] = crawler = JobCrawler(NewsSpider, self._settings)
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
