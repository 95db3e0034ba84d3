"""The one spider: entry points to candidates, candidates to articles, every URL to one outcome.

It runs in the worker, which gives it a job and a reporter, and under `scrapy crawl news -a source=NAME`, where it
makes its job from dibao.toml and yields the articles as items. What a job does is crawler.crawling's; here it meets
Scrapy.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.http import Response

from crawler import settings
from crawler.crawling.entries import Entries
from crawler.crawling.line import Line
from crawler.crawling.means import Means, Reporter, Reports, internal
from crawler.crawling.pages import Pages
from crawler.fetching import headers
from crawler.fetching.faults import Fault
from crawler.fetching.hosts import Hosts
from crawler.fetching.middleware import NOBODY, give_up_waiting
from crawler.fetching.refusals import GivenUp
from crawler.in_hand import kept_body
from crawler.pool import ExtractionPool
from crawler.wire import Packed
from storage.records import (
    CrawlJob,
    Failed,
    HostAsked,
    KeptBody,
    PageEvent,
    PageRequest,
    RobotsFetched,
    RobotsFile,
)

logger = logging.getLogger(__name__)


class NewsSpider(Spider):
    """Crawls one job. `ending` tells why it ended: finished, stopped or timeout; `hosts` whom it has asked."""

    name = "news"

    def __init__(
        self,
        *,
        job: CrawlJob,
        reporter: Reporter | None = None,
        pool: ExtractionPool | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.job = job
        self.ending = "finished"
        self.hosts = Hosts(job)
        self._own_pool = pool is None
        self._pool = pool or ExtractionPool()
        self._reports = Reports(job.id, reporter, (page.key for page in job.pages))
        self._items: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """The spider, with the job's limits made the crawler's settings."""
        if "job" not in kwargs:
            config = Path(str(kwargs.pop("config", "dibao.toml")))
            kwargs["job"] = _job_of_command(config, kwargs.pop("source", None))
        crawler.settings.setdict(settings.for_job(kwargs["job"]), priority="cmdline")
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider._means = Means(  # noqa: SLF001 - its own
            job=spider.job,
            crawler=crawler,
            hosts=spider.hosts,
            pool=spider._pool,  # noqa: SLF001
            reports=spider._reports,  # noqa: SLF001
        )
        spider._pages = Pages(spider._means)  # noqa: SLF001
        crawler.signals.connect(spider._closed, signal=signals.spider_closed)  # noqa: SLF001
        return spider

    _means: Means
    _pages: Pages

    def now(self) -> datetime:
        """The job's time, moved on by what has passed since."""
        return self._means.now()

    async def start(self) -> AsyncIterator[Any]:
        """A request to nobody, whose callback does the job."""
        yield Request(NOBODY, callback=self.parse_job, dont_filter=True)

    async def parse_job(self, _response: Response) -> AsyncIterator[Any]:
        """The articles as items, where no reporter takes them, as the pages of the job come."""
        crawling = asyncio.ensure_future(self._crawl())
        while (item := await self._items.get()) is not None:
            yield item
        await crawling

    async def _crawl(self) -> None:
        """None; the job's own pages are asked for, and what is new on its entry points, once that is safe."""
        line = Line(self._means, read=self._read, failed=self._failed)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._find(line))
                tasks.create_task(line.run(self.crawler.settings.getint("CONCURRENT_REQUESTS")))
        finally:
            self._items.put_nowait(None)

    async def _find(self, line: Line) -> None:
        room = max(0, self.job.limits.max_pages - len(self.job.pages))
        try:
            if self.job.entry_points:
                async for page in Entries(self._means, room).pages():
                    line.add([page])
        except Exception:  # a fault of ours must not leave the pages without their outcome
            logger.exception("internal error on the entry points of %s", self.job.source)
        finally:
            line.close()

    async def _read(self, response: Response, page: PageRequest) -> None:
        async for item in self.parse_page(response, page):
            self._items.put_nowait(item)

    async def _failed(self, page: PageRequest, fault: Fault) -> None:
        await self._reports.send(self._pages.failed(page, fault))

    async def parse_page(self, response: Response, page: PageRequest) -> AsyncIterator[Any]:
        """The article as an item, where no reporter takes it."""
        try:
            event = await self._outcome(response, page)
            await self._reports.send(event)
        except GivenUp:
            self._reports.given_up(page.key)  # it stays pending
            return
        except Exception as error:  # a fault of ours must not leave a URL without its outcome
            logger.exception("internal error on %s", page.url)
            event = self._pages.failed(page, internal(error))
            await self._reports.send(event)
        if not self._reports.are_taken and isinstance(event, Packed):
            yield _item(event)

    async def _outcome(self, response: Response, page: PageRequest) -> PageEvent | Packed:
        """What came of a page; with its body where it has broken its reader before. Raises GivenUp."""
        body = await self._body(response) if page.strikes else None
        async with self._reports.holding(page.key, body, suspect=page.strikes > 0):
            try:
                event = await self._pages.outcome(response, page)
            except GivenUp:
                raise
            except Exception as error:  # as above, and then its body is wanted most
                logger.exception("internal error on %s", page.url)
                event = self._pages.failed(page, internal(error))
        if body is None:
            return event
        if isinstance(event, Packed):
            return event.with_body(body)
        return replace(event, body=body) if isinstance(event, Failed) else event

    async def _body(self, response: Response) -> KeptBody:
        return await asyncio.to_thread(kept_body, response.body, response.url, headers.content_type(response))

    async def has_robots(self, file: RobotsFile) -> None:
        """None; a robots.txt that was fetched is told."""
        await self._reports.send(RobotsFetched(**self._reports.next(), robots=file))

    def stop(self, reason: str) -> None:
        """None; nothing more is sent, what is under way is finished. Whoever calls stops the crawler too."""
        self.ending = reason
        self.hosts.stopped, self.hosts.timed_out = True, reason == "timeout"
        give_up_waiting(self.crawler, self.hosts)

    def last_number(self) -> int:
        """The number of the job's last event, to be used for one more."""
        return int(self._reports.next()["number"])

    async def _closed(self, reason: str) -> None:
        if self.ending == reason == "finished":
            for key in tuple(self._reports.owed):
                logger.error("nothing came of %s", key)
                await self._reports.send(
                    Failed(**self._reports.next(), key=key, fetched_at=self.now(), reason="no_outcome")
                )
        for told in self.hosts.reports():
            await self._reports.send(HostAsked(**self._reports.next(), **told))
        if self._own_pool:
            self._pool.close()


def _item(told: Packed) -> dict[str, Any]:
    """What `scrapy crawl` writes of an article."""
    from crawler.extraction.record import record  # noqa: PLC0415 - not for the worker

    event = told.unpacked()
    return {"url": event.final_url, **record(event.key, event.article)}


def _job_of_command(config: Path, source: str | None) -> CrawlJob:
    """The job that the arguments of `scrapy crawl` name. Ends the process with one sentence where they name none.

    An exception would end in Scrapy's log as a traceback of sixty lines.
    """
    from crawler.config_errors import ConfigError  # noqa: PLC0415 - not for the worker
    from crawler.jobs import job_from_file  # noqa: PLC0415

    try:
        return job_from_file(config, source, datetime.now(UTC))
    except (ConfigError, ValueError, OSError) as error:
        raise SystemExit(f"{error}") from None
