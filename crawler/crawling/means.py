"""What one job works with: its clock, its hosts, its pool, and where its events go."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

from crawler.crawling.allowances import LARGE_BYTES, Allowance, Kind, allowance, give_back, kept_by, large_place
from crawler.fetching import faults, headers
from crawler.fetching.faults import Fault
from crawler.fetching.hosts import Hosts
from crawler.fetching.refusals import GivenUp
from crawler.pool import ExtractionPool, PoolCrash, PoolTimeout
from crawler.wire import Packed
from storage.identity import MAX_URL_CHARACTERS
from storage.records import (
    CrawlJob,
    Discovered,
    Event,
    Failed,
    KeptBody,
    Rejected,
    RobotsFetched,
    Unchanged,
    Validators,
)

logger = logging.getLogger(__name__)

A = TypeVar("A")
R = TypeVar("R")

NOT_MODIFIED = 304
MAX_DETAIL_CHARACTERS = 300
# Longest wait for a process of the pool. With 32 jobs and pages that each take the longest time they may, some wait for
# minutes; a pool that serves nobody for so long is broken. Less than the ten minutes of the watchdog of jobs.
QUEUE_SECONDS = 500.0


class Reporter(Protocol):
    """Where a job's events go."""

    async def send(self, event: Event | Packed) -> None:
        """None, as soon as there is room for more events."""

    async def commit(self, event: Event) -> None:
        """None, as soon as the event is safe in the database."""

    def holding(
        self, job_id: str, key: str, body: KeptBody | None = None, *, suspect: bool = False
    ) -> AbstractAsyncContextManager[None]:
        """A block in which the body of an address is read: whoever loses the worker meanwhile knows over what.

        `suspect`: it waits until no other is in hand; a page that is one comes with its `body`.
        """

    def laying_aside(self, job_id: str, key: str) -> AbstractAsyncContextManager[None]:
        """A block within that one in which nothing of the body is read: of a suspect, others may be meanwhile."""


class Reports:
    """The events of one job, numbered. Without a reporter they are logged.

    `owed`: the keys of the pages that the job has taken on and that nothing was told of yet.
    """

    def __init__(self, job_id: str, reporter: Reporter | None, owed: Iterable[str] = ()) -> None:
        self._job_id = job_id
        self._reporter = reporter
        self._number = 0
        self.owed: dict[str, None] = dict.fromkeys(owed)

    @property
    def are_taken(self) -> bool:
        """Whether anybody takes them."""
        return self._reporter is not None

    def next(self) -> dict[str, Any]:
        """The fields that name the next event."""
        self._number += 1
        return {"job_id": self._job_id, "number": self._number}

    async def send(self, event: Event | Packed) -> None:
        """None, as soon as the event is on its way."""
        if self._reporter is None:
            logger.info("%s", _told(event))
        else:
            await self._reporter.send(event)
        if isinstance(event, Packed | Unchanged | Rejected | Failed):
            self.owed.pop(event.key, None)

    async def commit(self, event: Event) -> None:
        """None, as soon as the event is safe in the database."""
        if self._reporter is None:
            logger.info("%s", _told(event))
        else:
            await self._reporter.commit(event)
        if isinstance(event, Discovered):
            self.owed |= dict.fromkeys(candidate.key for candidate in event.candidates[: event.taken])

    def given_up(self, key: str) -> None:
        """None; the page stays pending, and rightly so: nobody is owed its outcome."""
        self.owed.pop(key, None)

    def holding(
        self, key: str, body: KeptBody | None = None, *, suspect: bool = False
    ) -> AbstractAsyncContextManager[None]:
        """A block in which the body of an address is read; see Reporter."""
        if self._reporter is None:
            return nullcontext()
        return self._reporter.holding(self._job_id, key, body, suspect=suspect)

    def laying_aside(self, key: str) -> AbstractAsyncContextManager[None]:
        """A block in which the body in hand of an address is not read; see Reporter."""
        return nullcontext() if self._reporter is None else self._reporter.laying_aside(self._job_id, key)


@dataclass(slots=True, kw_only=True)
class Means:
    """All that the parts of a job share. `crawler`: Scrapy's, whose downloader sends the requests."""

    job: CrawlJob
    crawler: Crawler
    hosts: Hosts
    pool: ExtractionPool
    reports: Reports
    _started: float = field(default_factory=time.monotonic)

    def now(self) -> datetime:
        """The job's time, moved on by what has passed since."""
        return self.job.now + timedelta(seconds=time.monotonic() - self._started)

    async def ask(
        self, url: str, validators: Validators | None = None, kind: Kind = "page"
    ) -> Response | Fault | None:
        """What came of asking an address, after redirects; None where nothing was sent, or no longer would be.

        `kind` says how large and how slow the answer may be (crawler.crawling.allowances).
        """
        allowed = allowance(kind, self.job.limits)
        first = await self._asked(url, validators, allowed, min(allowed.most_bytes, LARGE_BYTES))
        if allowed.most_bytes <= LARGE_BYTES or not (isinstance(first, Fault) and first.reason == "too_large"):
            return first
        if not await large_place():
            return Fault(reason="timeout", detail="too many large files at once")
        answer = None
        try:
            answer = await self._asked(url, validators, allowed, allowed.most_bytes)
        finally:  # a task that is cancelled keeps no place either
            if isinstance(answer, Response):
                kept_by(answer)
            else:
                give_back()
        return answer

    async def _asked(
        self, url: str, validators: Validators | None, allowed: Allowance, most_bytes: int
    ) -> Response | Fault | None:
        request = conditional_request(url, validators or Validators(), callback=NO_CALLBACK)
        if isinstance(request, Fault):
            return request
        request.meta.update(download_maxsize=most_bytes, download_timeout=allowed.seconds)
        try:
            return await downloaded(self.crawler, request)
        except GivenUp:
            return None
        except Exception as error:  # noqa: BLE001 - each way to fail has its fault
            return faults.of_error(error)

    async def read(self, function: Callable[[A], R], argument: A) -> R | Fault:
        """What a function of the pool says of a page, or the fault of a page that it could not take."""
        limit = self.job.limits.extract_timeout_seconds
        try:
            async with asyncio.timeout(QUEUE_SECONDS + 2 * limit):  # a crash is tried twice
                return await self.pool.run(function, argument, limit)
        except TimeoutError:
            return Fault(reason="stuck", detail=f"its turn to be read did not come within {QUEUE_SECONDS:g} s")
        except PoolTimeout as error:
            return Fault(reason="extraction_timeout", detail=str(error))
        except PoolCrash as error:
            return Fault(reason="extraction_crashed", detail=str(error))


async def downloaded(crawler: Crawler, request: Request) -> Response:
    """The answer to a request, after redirects, by Scrapy's downloader: slots, middlewares, handlers.

    Its engine, which is passed by, would look for more to do after each answer. Raises what `faults.of_error` knows.
    """
    downloader: Any = crawler.engine.downloader
    while True:
        answer = await downloader.middleware.download_async(downloader._enqueue_request, request)  # noqa: SLF001
        if isinstance(answer, Response):
            return answer
        request = answer


def conditional_request(url: str, validators: Validators, **more: Any) -> Request | Fault:
    """The request for an address, or the fault of an address that cannot be asked."""
    if len(url) > MAX_URL_CHARACTERS:
        return Fault(reason="bad_url", detail=f"longer than {MAX_URL_CHARACTERS} characters", final=True)
    try:
        return Request(url, headers=headers.conditional(validators), dont_filter=True, **more)
    except ValueError as error:
        return Fault(reason="bad_url", detail=str(error)[:MAX_DETAIL_CHARACTERS], final=True)


def internal(error: Exception) -> Fault:
    """The fault of our own that an exception stands for."""
    return Fault(reason="internal_error", detail=repr(error)[:MAX_DETAIL_CHARACTERS])


def _told(event: Event | Packed) -> str:
    match event:
        case Packed():
            return f"article {event.head.final_url}"
        case RobotsFetched():
            return f"robots.txt of {event.robots.authority}: {event.robots.http_status or 'no answer'}"
    return str(event)
