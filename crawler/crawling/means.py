"""What one job works with: its clock, its hosts, its pool, and where its events go."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

from crawler.fetching import faults, headers
from crawler.fetching.faults import Fault
from crawler.fetching.hosts import Hosts
from crawler.fetching.refusals import GivenUp
from crawler.pool import ExtractionPool, PoolCrash, PoolTimeout
from storage.identity import MAX_URL_CHARACTERS
from storage.records import CrawlJob, Event, Extracted, RobotsFetched, Validators

logger = logging.getLogger(__name__)

A = TypeVar("A")
R = TypeVar("R")

NOT_MODIFIED = 304
MAX_DETAIL_CHARACTERS = 300


class Reporter(Protocol):
    """Where a job's events go."""

    async def send(self, event: Event) -> None:
        """None, as soon as there is room for more events."""

    async def commit(self, event: Event) -> None:
        """None, as soon as the event is safe in the database."""


class Reports:
    """The events of one job, numbered. Without a reporter they are logged."""

    def __init__(self, job_id: str, reporter: Reporter | None) -> None:
        self._job_id = job_id
        self._reporter = reporter
        self._number = 0

    @property
    def are_taken(self) -> bool:
        """Whether anybody takes them."""
        return self._reporter is not None

    def next(self) -> dict[str, Any]:
        """The fields that name the next event."""
        self._number += 1
        return {"job_id": self._job_id, "number": self._number}

    async def send(self, event: Event) -> None:
        """None, as soon as the event is on its way."""
        if self._reporter is None:
            logger.info("%s", _told(event))
        else:
            await self._reporter.send(event)

    async def commit(self, event: Event) -> None:
        """None, as soon as the event is safe in the database."""
        if self._reporter is None:
            logger.info("%s", _told(event))
        else:
            await self._reporter.commit(event)


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

    async def ask(self, url: str, validators: Validators | None = None) -> Response | Fault | None:
        """What came of asking an address, after redirects; None where nothing was sent, or no longer would be."""
        request = conditional_request(url, validators or Validators(), callback=NO_CALLBACK)
        if isinstance(request, Fault):
            return request
        try:
            return await self.crawler.engine.download_async(request)
        except GivenUp:
            return None
        except Exception as error:  # noqa: BLE001 - each way to fail has its fault
            return faults.of_error(error)

    async def read(self, function: Callable[[A], R], argument: A) -> R | Fault:
        """What a function of the pool says of a page, or the fault of a page that it could not take."""
        try:
            return await self.pool.run(function, argument, self.job.limits.extract_timeout_seconds)
        except PoolTimeout as error:
            return Fault(reason="extraction_timeout", detail=str(error))
        except PoolCrash as error:
            return Fault(reason="extraction_crashed", detail=str(error))


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


def _told(event: Event) -> str:
    match event:
        case Extracted():
            return f"article {event.final_url}"
        case RobotsFetched():
            return f"robots.txt of {event.robots.authority}: {event.robots.http_status or 'no answer'}"
    return str(event)
