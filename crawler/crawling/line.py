"""The pages of a job on their way: asked for, so many at once, their hosts in turn, and read as they come.

What the ledger has waited longest for comes first, then what an entry point names first, its newest.

Scrapy's downloader does the asking, with its slots and our guards; its scheduler and its scraper are passed by: to give
a page from one to the next of them took a third of the worker's time (measured).
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterable

from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

from crawler.crawling.means import Means, conditional_request, downloaded
from crawler.fetching import faults
from crawler.fetching.faults import Fault
from crawler.fetching.refusals import GivenUp
from storage.records import PageRequest

logger = logging.getLogger(__name__)

MOST_UNREAD_BYTES = 5_000_000
"""Of bodies that have come and wait to be read; nothing more is asked for meanwhile. As Scrapy's scraper has it."""


class Line:
    """The pages of one job. `read` and `failed` tell what came of a page; they raise nothing."""

    def __init__(
        self,
        means: Means,
        *,
        read: Callable[[Response, PageRequest], Awaitable[None]],
        failed: Callable[[PageRequest, Fault], Awaitable[None]],
    ) -> None:
        self._means = means
        self._read = read
        self._failed = failed
        self._waiting: dict[str, deque[PageRequest]] = {}
        self._asked: Counter[str] = Counter()
        self._unread = 0
        self._is_open = True
        self._news = asyncio.Event()
        self.add(means.job.pages)

    def add(self, pages: Iterable[PageRequest]) -> None:
        """None; the pages stand behind those of their host."""
        for page in pages:
            self._waiting.setdefault(_host(page), deque()).append(page)
        self._news.set()

    def close(self) -> None:
        """None; no more pages come."""
        self._is_open = False
        self._news.set()

    async def run(self, at_once: int) -> None:
        """None, when the line is closed and something has come of each of its pages."""
        async with asyncio.TaskGroup() as tasks:
            for _ in range(at_once):
                tasks.create_task(self._lane(tasks))

    async def _lane(self, tasks: asyncio.TaskGroup) -> None:
        """None; one page after the other is asked for. What has come is read apart: the next is asked for meanwhile."""
        while (page := await self._next()) is not None:
            host = _host(page)
            self._asked[host] += 1
            try:
                response = await self._answer(page)
            except Exception:  # as below
                logger.exception("internal error on %s", page.url)
                response = None
            finally:
                self._asked[host] -= 1
            if response is not None:
                self._unread += len(response.body)
                tasks.create_task(self._taken(response, page))

    async def _next(self) -> PageRequest | None:
        """The page whose turn it is, of the host of which the fewest are asked for; None where no more come."""
        while True:
            if self._waiting and self._unread < MOST_UNREAD_BYTES:
                host = min(self._waiting, key=self._asked.__getitem__)
                pages = self._waiting[host]
                page = pages.popleft()
                if not pages:
                    del self._waiting[host]
                return page
            if not self._waiting and not self._is_open:
                return None
            self._news.clear()
            await self._news.wait()

    async def _answer(self, page: PageRequest) -> Response | None:
        """The answer to a page; None where there is none, which has been told, or the page stays pending."""
        if self._means.hosts.stopped or not self._means.crawler.crawling:  # the second by Ctrl-C at `scrapy crawl`
            self._means.reports.given_up(page.key)
            return None
        request = conditional_request(page.url, page.validators, callback=NO_CALLBACK)
        if isinstance(request, Fault):
            await self._failed(page, request)
            return None
        try:
            return await downloaded(self._means.crawler, request)
        except GivenUp:
            self._means.reports.given_up(page.key)
        except Exception as error:  # noqa: BLE001 - each way to fail has its fault
            await self._failed(page, faults.of_error(error))
        return None

    async def _taken(self, response: Response, page: PageRequest) -> None:
        size = len(response.body)
        try:
            await self._read(response, page)
        except Exception:  # a fault of ours must not take the other pages with it; this one is told as without outcome
            logger.exception("internal error on %s", page.url)
        finally:
            self._unread -= size
            self._news.set()


def _host(page: PageRequest) -> str:
    """The part of an address that says whom it asks, whatever the address."""
    return page.url.partition("://")[2].partition("/")[0].lower()
