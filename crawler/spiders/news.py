"""The one spider: entry points to candidates, candidates to articles, every URL to one outcome.

It runs in the worker, which gives it a job and a reporter, and under `scrapy crawl news -a source=NAME`, where it
makes its job from dibao.toml and yields the articles as items.
"""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol, Self

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler import settings
from crawler.discovery.entry import EntryInput, EntryPage, read_entry
from crawler.extraction.budget import read_affordable
from crawler.extraction.page import PageInput, Reading
from crawler.extraction.record import record
from crawler.fetching import faults, headers
from crawler.jobs import job_from_file
from crawler.learned import Learned
from crawler.pool import ExtractionPool, PoolCrash, PoolTimeout
from storage.identity import (
    MAX_URL_CHARACTERS,
    BadUrl,
    canonical_url,
    content_digest,
    host_of,
    key_hash,
    site_of,
    url_key,
)
from storage.records import (
    Candidate,
    CrawlJob,
    Discovered,
    EntryChecked,
    EntryPoint,
    Event,
    Extracted,
    Failed,
    PageRequest,
    Rejected,
    Rejection,
    Unchanged,
    Validators,
)

logger = logging.getLogger(__name__)

ENTRY_PRIORITY = 100
# sitemaps.org allows 50,000 parts of an index; 1,719 were asked for by one hostile tree (measured).
MAX_FURTHER_ENTRIES = 50
NOT_MODIFIED = 304


class Reporter(Protocol):
    """Where a spider's events go."""

    async def send(self, event: Event) -> None:
        """None, as soon as there is room for more events."""

    async def commit(self, event: Event) -> None:
        """None, as soon as the event is safe in the database."""


class NewsSpider(Spider):
    """Crawls one job. `ending` tells why it ended: finished, stopped or timeout."""

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
        self._reporter = reporter
        self._own_pool = pool is None
        self._pool = pool or ExtractionPool()
        self._started = time.monotonic()
        self._number = 0
        self._further = 0
        self._left = max(0, job.limits.max_pages - len(job.pages))
        self._learned = Learned(job.chrome, wanted=reporter is not None)
        self._known = {job.known[at : at + 8] for at in range(0, len(job.known), 8)}

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """The spider, with the job's limits made the crawler's settings."""
        if "job" not in kwargs:
            config = Path(str(kwargs.pop("config", "dibao.toml")))
            kwargs["job"] = job_from_file(config, kwargs.pop("source", None), datetime.now(UTC))
        crawler.settings.setdict(settings.for_job(kwargs["job"]), priority="cmdline")
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider._closed, signal=signals.spider_closed)  # noqa: SLF001 - its own method
        return spider

    def now(self) -> datetime:
        """The job's time, moved on by what has passed since."""
        return self.job.now + timedelta(seconds=time.monotonic() - self._started)

    async def start(self) -> AsyncIterator[Any]:
        """The requests for the entry points, then for the pages that the job was given."""
        for entry in self.job.entry_points:
            yield self._entry_request(entry)
        for page in self.job.pages:
            async for item in self._page_requests([page]):
                yield item

    # Entry points

    def _entry_request(self, entry: EntryPoint, depth: int = 0) -> Request:
        return Request(
            entry.url,
            callback=self.parse_entry,
            errback=self.entry_failed,
            headers=headers.conditional(entry.validators),
            cb_kwargs={"entry": entry, "depth": depth},
            priority=ENTRY_PRIORITY,
            dont_filter=True,
        )

    async def parse_entry(self, response: Response, entry: EntryPoint, depth: int) -> AsyncIterator[Any]:
        """Requests for what is new on an entry point, after it is safe in the ledger."""
        try:
            pages, further = await self._entry(response, entry)
        except Exception as error:  # a fault of ours must not leave an entry point that nobody hears of
            logger.exception("internal error on %s", entry.url)
            await self._entry_fault(entry, faults.Fault(reason="internal_error", detail=repr(error)[:300]))
            return
        async for item in self._page_requests(pages):
            yield item
        for request in self._further_requests(further, depth):
            yield request

    async def _entry(
        self, response: Response, entry: EntryPoint
    ) -> tuple[Sequence[PageRequest], Sequence[EntryPoint]]:
        """The pages and further entry points to ask for, after they are safe in the ledger."""
        if response.status == NOT_MODIFIED:
            await self._report(EntryChecked(**self._next(), url=entry.url, status="unchanged"))
            return (), ()
        fault = faults.of_status(response, self.now())
        if fault is not None:
            await self._entry_fault(entry, fault)
            return (), ()
        found = await self._read_entry(response, entry)
        if isinstance(found, Rejection):
            await self._entry_fault(entry, faults.Fault(reason=found.reason, detail=found.detail))
            return (), ()
        fresh = self._fresh(found.candidates)
        taken = min(len(fresh), self._left)
        self._left -= taken
        if fresh:
            discovered = Discovered(
                **self._next(),
                entry_url=entry.url,
                candidates=tuple(fresh),
                taken=taken,
                found_at=self.now(),
            )
            await self._report(discovered, durable=True)
        # An index says nothing of its parts' changes: it is asked without validators, so that they are always asked.
        validators = Validators() if found.further else headers.validators(response)
        await self._report(
            EntryChecked(
                **self._next(),
                url=entry.url,
                status="ok",
                validators=validators,
                detail=_told_skipped(found),
                links=len(found.candidates),
                new=len(fresh),
            )
        )
        pages = [
            PageRequest(url=c.url, key=c.key, link_title=c.title, link_published=c.published_raw)
            for c in fresh[:taken]
        ]
        return pages, found.further

    async def entry_failed(self, failure: Failure) -> None:
        """None; the entry point's failure is reported."""
        entry = failure.request.cb_kwargs["entry"]  # type: ignore[attr-defined]
        await self._entry_fault(entry, faults.of_failure(failure))

    async def _entry_fault(self, entry: EntryPoint, fault: faults.Fault) -> None:
        await self._report(
            EntryChecked(
                **self._next(),
                url=entry.url,
                status="failed",
                reason=fault.reason,
                detail=fault.detail,
                retry_after_seconds=fault.retry_after_seconds,
            )
        )

    async def _read_entry(self, response: Response, entry: EntryPoint) -> EntryPage | Rejection:
        read = EntryInput(
            kind=entry.kind,
            url=response.url,
            body=response.body,
            content_type=headers.content_type(response),
            links=entry.links,
            hosts=self.job.hosts,
            home=self.job.home,
        )
        try:
            return await self._pool.run(read_entry, read, self.job.limits.extract_timeout_seconds)
        except PoolTimeout as error:
            return Rejection(reason="extraction_timeout", detail=str(error))
        except PoolCrash as error:
            return Rejection(reason="extraction_crashed", detail=str(error))

    def _fresh(self, candidates: Iterable[Candidate]) -> list[Candidate]:
        fresh = []
        for candidate in candidates:
            digest = key_hash(candidate.key)
            if digest not in self._known:
                self._known.add(digest)
                fresh.append(candidate)
        return fresh

    def _further_requests(self, further: Iterable[EntryPoint], depth: int) -> Iterator[Request]:
        for entry in further:
            if depth >= 1 or self._further >= MAX_FURTHER_ENTRIES:
                return
            self._further += 1
            yield self._entry_request(entry, depth + 1)

    # Pages

    async def _page_requests(self, pages: Iterable[PageRequest]) -> AsyncIterator[Any]:
        for page in pages:
            if len(page.url) > MAX_URL_CHARACTERS:
                detail = f"longer than {MAX_URL_CHARACTERS} characters"
                await self._page_fault(page, faults.Fault(reason="bad_url", detail=detail, final=True))
                continue
            try:
                request = Request(
                    page.url,
                    callback=self.parse_page,
                    errback=self.page_failed,
                    headers=headers.conditional(page.validators),
                    cb_kwargs={"page": page},
                    dont_filter=True,
                )
            except ValueError as error:
                await self._page_fault(page, faults.Fault(reason="bad_url", detail=str(error), final=True))
            else:
                yield request

    async def parse_page(self, response: Response, page: PageRequest) -> AsyncIterator[Any]:
        """The article as an item, where no reporter takes it."""
        try:
            event = await self._page_event(response, page)
        except Exception as error:  # a fault of ours must not leave a URL without its outcome
            logger.exception("internal error on %s", page.url)
            event = self._failed(page, faults.Fault(reason="internal_error", detail=repr(error)[:300]))
        await self._report(event)
        if self._reporter is None and isinstance(event, Extracted):
            yield {"url": event.final_url, **record(event.key, event.article)}

    async def page_failed(self, failure: Failure) -> None:
        """None; the page's failure is reported."""
        page = failure.request.cb_kwargs["page"]  # type: ignore[attr-defined]
        await self._page_fault(page, faults.of_failure(failure))

    async def _page_event(self, response: Response, page: PageRequest) -> Event:
        if response.status == NOT_MODIFIED and page.digest is not None:
            return Unchanged(**self._next(), key=page.key, fetched_at=self.now(), validators=page.validators)
        fault = faults.of_status(response, self.now()) or self._strayed(response, page)
        if fault is not None:
            return self._fault_event(page, fault)
        try:
            reading = await self._pool.run(
                read_affordable, self._page_input(response, page), self.job.limits.extract_timeout_seconds
            )
        except PoolTimeout as error:
            return self._failed(page, faults.Fault(reason="extraction_timeout", detail=str(error)), poison=True)
        except PoolCrash as error:
            return self._failed(page, faults.Fault(reason="extraction_crashed", detail=str(error)), poison=True)
        return self._reading_event(response, page, reading)

    def _reading_event(self, response: Response, page: PageRequest, reading: Reading) -> Event:
        found = reading.result
        if isinstance(found, Rejection):
            told = faults.Fault(reason=found.reason, detail=found.detail, final=True)
            return replace(
                self._rejected(page, told), host=host_of(response.url), fingerprint=reading.fingerprint
            )
        digest = content_digest(found)
        if page.digest == digest:
            return Unchanged(
                **self._next(),
                key=page.key,
                fetched_at=self.now(),
                validators=headers.validators(response),
                counts=found.counts,
            )
        return Extracted(
            **self._next(),
            key=page.key,
            url=page.url,
            final_url=canonical_url(response.url),
            final_key=url_key(response.url),
            fetched_at=self.now(),
            article=found,
            digest=digest,
            validators=headers.validators(response),
            observed=self._learned.observed(host_of(response.url), reading.observed),
            fingerprint=reading.fingerprint,
        )

    def _page_input(self, response: Response, page: PageRequest) -> PageInput:
        host = host_of(response.url)
        return PageInput(
            body=response.body,
            url=response.url,
            content_type=headers.content_type(response),
            timezone=self.job.timezone,
            now=self.now(),
            link_title=page.link_title,
            link_published_raw=page.link_published,
            chrome=self._learned.blocks(host),
            error_pages=self._learned.error_pages(host),
            observe=self._learned.is_wanted(host),
        )

    def _strayed(self, response: Response, page: PageRequest) -> faults.Fault | None:
        """The fault of an answer that came from elsewhere: another site, or the home page in place of the article."""
        try:
            key = url_key(response.url)
            if site_of(host_of(response.url)) not in self.job.hosts:
                return faults.Fault(reason="off_site", detail=f"redirected to {response.url}"[:300], final=True)
        except BadUrl as error:
            return faults.Fault(reason="bad_url", detail=str(error), final=True)
        if key != page.key and key == url_key(self.job.home):
            return faults.Fault(reason="redirected_home", detail=response.url, final=True)
        return None

    async def _page_fault(self, page: PageRequest, fault: faults.Fault) -> None:
        await self._report(self._fault_event(page, fault))

    def _fault_event(self, page: PageRequest, fault: faults.Fault) -> Event:
        return self._rejected(page, fault) if fault.final else self._failed(page, fault)

    def _rejected(self, page: PageRequest, fault: faults.Fault) -> Rejected:
        return Rejected(
            **self._next(),
            key=page.key,
            fetched_at=self.now(),
            reason=fault.reason,
            detail=fault.detail,
            http_status=fault.http_status,
        )

    def _failed(self, page: PageRequest, fault: faults.Fault, *, poison: bool = False) -> Failed:
        return Failed(
            **self._next(),
            key=page.key,
            fetched_at=self.now(),
            reason=fault.reason,
            detail=fault.detail,
            http_status=fault.http_status,
            retry_after_seconds=fault.retry_after_seconds,
            poison=poison,
        )

    # Events

    def _next(self) -> dict[str, Any]:
        self._number += 1
        return {"job_id": self.job.id, "number": self._number}

    async def _report(self, event: Event, *, durable: bool = False) -> None:
        if self._reporter is None:
            logger.info("%s", event if not isinstance(event, Extracted) else f"article {event.final_url}")
        elif durable:
            await self._reporter.commit(event)
        else:
            await self._reporter.send(event)

    def last_number(self) -> int:
        """The number of the job's last event, to be used for one more."""
        return int(self._next()["number"])

    def _closed(self) -> None:
        if self._own_pool:
            self._pool.close()


def _told_skipped(found: EntryPage) -> str:
    """What of an entry point's links was passed over and why, most first: `12 not_article, 3 off_site`."""
    counts = sorted(found.skipped.items(), key=lambda pair: -pair[1])
    return ", ".join(f"{count} {reason}" for reason, count in counts)
