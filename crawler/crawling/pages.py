"""One page of the ledger: read, put together from its parts where it has some, and told as one outcome."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import msgspec
from scrapy.http import Response

from crawler.crawling.means import NOT_MODIFIED, Means
from crawler.fetching import faults, headers
from crawler.fetching.faults import Fault
from crawler.fetching.hosts import THROTTLING
from crawler.fetching.refusals import GivenUp
from crawler.learned import Learned
from crawler.page_work import (
    FINISH,
    READ,
    TAKE_PART,
    Answered,
    NextPart,
    Outcome,
    PageTask,
    Refused,
    Said,
    Same,
    Unfinished,
)
from crawler.wire import Head, Packed
from storage.identity import BadUrl, canonical_url, host_of, site_of, url_key
from storage.records import Failed, PageEvent, PageRequest, Rejected, Unchanged, Validators

MAX_DETAIL_CHARACTERS = 300
LOST = "extract_failed"
"""A page that shows prose of which nothing came: asked again as any failure, for it is not the page that is wrong."""
ADDRESSES = 256
"""Of which host and key are at hand: both are asked for several times a page, and to tell one is 30 µs."""
POISON = frozenset({"extraction_timeout", "extraction_crashed", "internal_error"})

_host_of = lru_cache(ADDRESSES)(host_of)
_url_key = lru_cache(ADDRESSES)(url_key)


class Pages:
    """Reads the pages of one job."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._learned = Learned(means.job.chrome, wanted=means.reports.are_taken)

    async def outcome(self, response: Response, page: PageRequest) -> PageEvent | Packed:
        """What came of a page. Raises GivenUp where a part of it was not asked for, and the page is not to blame."""
        if response.status == NOT_MODIFIED and page.digest is not None:
            return Unchanged(
                **self._means.reports.next(),
                key=page.key,
                fetched_at=self._means.now(),
                validators=page.validators,
            )
        fault = faults.of_status(response, self._means.now()) or self._strayed(response, page)
        if fault is not None:
            return self.failed(page, fault)
        answer = await self._means.read(READ, self._task(response, page))
        if isinstance(answer, Unfinished):
            answer = await self._assembled(answer, page)
        return self._told(response, page, answer)

    def failed(self, page: PageRequest, fault: Fault) -> Rejected | Failed:
        """The outcome of a page that could not be had: rejected where asking again would bring the same."""
        fault = faults.as_told_of(page.url, fault)
        if fault.final:
            return Rejected(
                **self._means.reports.next(),
                key=page.key,
                fetched_at=self._means.now(),
                reason=fault.reason,
                detail=fault.detail,
                http_status=fault.http_status,
            )
        return Failed(
            **self._means.reports.next(),
            key=page.key,
            fetched_at=self._means.now(),
            reason=fault.reason,
            detail=fault.detail,
            http_status=fault.http_status,
            retry_after_seconds=fault.retry_after_seconds,
            poison=fault.reason in POISON,
        )

    async def _assembled(self, begun: Unfinished, page: PageRequest) -> Outcome | Fault:
        """The article, after its parts were asked for one by one; a part that cannot be had is missing from it.

        A fault where its host has had enough, or the job has not enough for it: the article is asked for again, whole.
        Raises GivenUp.
        """
        for number in range(2, 2 + self._means.job.limits.max_parts):
            url = begun.wanted
            if url is None:
                break
            async with self._means.reports.laying_aside(page.key):
                answer = await self._means.ask(url)
            if answer is None:
                return self._unfinished(url)
            taken = await self._with_part(begun, page, number, answer)
            if isinstance(taken, Fault):
                return taken
            begun = taken
        return await self._means.read(FINISH, begun.state)

    async def _with_part(
        self, begun: Unfinished, page: PageRequest, number: int, answer: Response | Fault
    ) -> Unfinished | Fault:
        """The article after what was asked for has come, or the fault for which nothing more is asked."""
        wanted = begun.wanted or ""
        fault = answer if isinstance(answer, Fault) else faults.of_status(answer, self._means.now())
        if fault is not None and fault.http_status in THROTTLING:
            return replace(fault, detail=f"further page {wanted}"[:MAX_DETAIL_CHARACTERS])
        if isinstance(answer, Response):
            if fault is None and self._strayed(answer, page) is None:
                step = NextPart(begun.state, answer.url, self._task(answer, page, part=number))
                taken = await self._means.read(TAKE_PART, step)
                if isinstance(taken, Unfinished):
                    return taken
            wanted = answer.url
        return await self._means.read(TAKE_PART, NextPart(begun.state, wanted, None))

    def _unfinished(self, url: str) -> Fault:
        """The fault of an article that has used up the job's time or requests: counted, so that it comes to an end.

        Raises GivenUp where it is not to blame: the job was stopped, or the host has had enough.
        """
        hosts = self._means.hosts
        if not hosts.timed_out and (hosts.stopped or not hosts.is_spent or hosts.is_throttled(hosts.of(url))):
            raise GivenUp(url)
        return Fault(reason="parts_unfinished", detail=f"further page {url}"[:MAX_DETAIL_CHARACTERS])

    def _told(self, response: Response, page: PageRequest, found: Outcome | Fault) -> PageEvent | Packed:
        """The outcome of a page that was read to its end."""
        match found:
            case Fault():
                return self.failed(page, found)
            case Refused(reason=reason) if reason == LOST:
                return self.failed(page, Fault(reason=LOST, detail=found.detail[:MAX_DETAIL_CHARACTERS]))
            case Refused():
                return Rejected(
                    **self._means.reports.next(),
                    key=page.key,
                    fetched_at=self._means.now(),
                    reason=found.reason,
                    detail=found.detail,
                    host=_host_of(response.url),
                    fingerprint=found.fingerprint,
                )
            case Same():
                return Unchanged(
                    **self._means.reports.next(),
                    key=page.key,
                    fetched_at=self._means.now(),
                    validators=headers.validators(response) if not found.has_parts else Validators(),
                    counts=found.counts,
                )
        return self._extracted(response, page, found)

    def _extracted(self, response: Response, page: PageRequest, found: Said) -> Packed:
        observed = self._learned.observed(_host_of(response.url), found.observed)
        head = Head(
            **self._means.reports.next(),
            key=page.key,
            url=page.url,
            final_url=canonical_url(response.url),
            final_key=_url_key(response.url),
            fetched_at=self._means.now(),
            # "Not modified" of its first page says nothing of the others: an article of several is asked without.
            validators=Validators() if found.has_parts else headers.validators(response),
            observed=None if observed is None else msgspec.Raw(observed),
        )
        return Packed(head, found.article)

    def _task(self, response: Response, page: PageRequest, *, part: int = 1) -> PageTask:
        host = _host_of(response.url)
        job = self._means.job
        return PageTask(
            body=response.body,
            url=response.url,
            content_type=headers.content_type(response),
            timezone=job.timezone,
            # To the second, as it is kept: read again from the archive, the page says the same.
            now=self._means.now().replace(microsecond=0),
            link_title=page.link_title,
            link_published=page.link_published,
            chrome=self._learned.blocks(host),
            error_pages=self._learned.error_pages(host),
            observe=part == 1 and self._learned.is_wanted(host),
            part=part,
            digest=page.digest,
            most_parts=job.limits.max_parts,
            answered=Answered(response.status, list(response.headers.items())) if job.keep_raw else None,
        )

    def _strayed(self, response: Response, page: PageRequest) -> Fault | None:
        """The fault of an answer that came from elsewhere: another site, or the home page in place of the article."""
        job = self._means.job
        try:
            key = _url_key(response.url)
            if site_of(_host_of(response.url)) not in job.hosts:
                detail = f"redirected to {response.url}"[:MAX_DETAIL_CHARACTERS]
                return Fault(reason="off_site", detail=detail, final=True)
        except BadUrl as error:
            return Fault(reason="bad_url", detail=str(error), final=True)
        if key != page.key and key == _url_key(job.home):
            return Fault(reason="redirected_home", detail=response.url, final=True)
        return None
