"""One page of the ledger: read, put together from its parts where it has some, and told as one outcome."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from scrapy.http import Response

from crawler import raw_pages
from crawler.crawling.means import NOT_MODIFIED, Means
from crawler.extraction.assembly import Assembly
from crawler.extraction.page import PageInput, Reading
from crawler.extraction.signed import Step, finished, read_signed, with_part
from crawler.fetching import faults, headers
from crawler.fetching.faults import Fault
from crawler.fetching.hosts import THROTTLING
from crawler.fetching.refusals import GivenUp
from crawler.learned import Learned
from crawler.raw_pages import Answer
from storage.identity import BadUrl, canonical_url, content_digest, host_of, site_of, url_key
from storage.records import (
    Extracted,
    Failed,
    PageEvent,
    PagePart,
    PageRequest,
    RawPage,
    Rejected,
    Rejection,
    Unchanged,
    Validators,
)

MAX_DETAIL_CHARACTERS = 300
LOST = "extract_failed"
"""A page that shows prose of which nothing came: asked again as any failure, for it is not the page that is wrong."""
POISON = frozenset({"extraction_timeout", "extraction_crashed", "internal_error"})


class Pages:
    """Reads the pages of one job."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._learned = Learned(means.job.chrome, wanted=means.reports.are_taken)

    async def outcome(self, response: Response, page: PageRequest) -> PageEvent:
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
        answer = Answer(response=response, read_with=self._input(response, page))
        reading = await self._means.read(read_signed, answer.read_with)
        if isinstance(reading, Fault):
            return self.failed(page, reading)
        return await self._whole(answer, page, reading)

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

    async def _whole(self, answer: Answer, page: PageRequest, first: Reading) -> PageEvent:
        """What came of a page whose first part was read, with its further ones."""
        assembly = Assembly(answer.response.url, first, most=self._means.job.limits.max_parts)
        if isinstance(first.result, Rejection) or assembly.wanted is None:
            return await self._read([answer], page, first, ())
        answers = [answer]
        assembled = await self._assemble(assembly, page, answers)
        if isinstance(assembled, Fault):
            return self.failed(page, assembled)
        whole = await self._means.read(finished, assembled)
        if isinstance(whole, Fault):
            return self.failed(page, whole)
        return await self._read(answers, page, whole, assembled.parts)

    async def _assemble(self, assembly: Assembly, page: PageRequest, answers: list[Answer]) -> Assembly | Fault:
        """The article, after its parts were asked for one by one; a part that cannot be had is missing from it.

        The answers that were read are added to those that there are, if they are to be kept.

        A fault where its host has had enough, or the job has not enough for it: the article is asked for again, whole.
        Raises GivenUp.
        """
        for number in range(2, 2 + self._means.job.limits.max_parts):
            url = assembly.wanted
            if url is None:
                break
            async with self._means.reports.laying_aside(page.key):
                answer = await self._means.ask(url)
            if answer is None:
                return self._unfinished(url)
            fault = answer if isinstance(answer, Fault) else faults.of_status(answer, self._means.now())
            if fault is not None and fault.http_status in THROTTLING:
                return replace(fault, detail=f"further page {url}"[:MAX_DETAIL_CHARACTERS])
            taken = None
            if isinstance(answer, Response) and fault is None and self._strayed(answer, page) is None:
                read_with = self._input(answer, page, part=True)
                taken = await self._means.read(with_part, Step(assembly=assembly, page=read_with))
                if self._means.job.keep_raw and isinstance(taken, Assembly):
                    answers.append(Answer(response=answer, read_with=read_with, part=number))
            if isinstance(taken, Assembly):
                assembly = taken
            else:
                assembly.took(answer.url if isinstance(answer, Response) else url, None)
        return assembly

    def _unfinished(self, url: str) -> Fault:
        """The fault of an article that has used up the job's time or requests: counted, so that it comes to an end.

        Raises GivenUp where it is not to blame: the job was stopped, or the host has had enough.
        """
        hosts = self._means.hosts
        if not hosts.timed_out and (hosts.stopped or not hosts.is_spent or hosts.is_throttled(hosts.of(url))):
            raise GivenUp(url)
        return Fault(reason="parts_unfinished", detail=f"further page {url}"[:MAX_DETAIL_CHARACTERS])

    async def _read(
        self, answers: list[Answer], page: PageRequest, reading: Reading, parts: tuple[PagePart, ...]
    ) -> PageEvent:
        """The outcome of a page that was read to its end."""
        response, found = answers[0].response, reading.result
        if isinstance(found, Rejection) and found.reason == LOST:
            return self.failed(page, Fault(reason=LOST, detail=found.detail[:MAX_DETAIL_CHARACTERS]))
        if isinstance(found, Rejection):
            return Rejected(
                **self._means.reports.next(),
                key=page.key,
                fetched_at=self._means.now(),
                reason=found.reason,
                detail=found.detail,
                host=host_of(response.url),
                fingerprint=reading.fingerprint,
            )
        digest = content_digest(found)
        # "Not modified" of its first page says nothing of the others: an article of several is asked without.
        validators = Validators() if parts else headers.validators(response)
        if page.digest == digest:
            return Unchanged(
                **self._means.reports.next(),
                key=page.key,
                fetched_at=self._means.now(),
                validators=validators,
                counts=found.counts,
            )
        raw = await self._raw(answers)
        return Extracted(
            **self._means.reports.next(),
            key=page.key,
            url=page.url,
            final_url=canonical_url(response.url),
            final_key=url_key(response.url),
            fetched_at=self._means.now(),
            article=found,
            digest=digest,
            validators=validators,
            observed=self._learned.observed(host_of(response.url), reading.observed),
            fingerprint=reading.fingerprint,
            parts=parts,
            signature=reading.signature,
            terms=reading.terms,
            sentences=reading.sentences,
            raw=raw,
        )

    async def _raw(self, answers: list[Answer]) -> tuple[RawPage, ...]:
        """The pages of an article for the archive, if they are wanted. Packing them does not hold up the event loop."""
        if not self._means.job.keep_raw:
            return ()
        return await asyncio.to_thread(raw_pages.of_answers, answers)

    def _input(self, response: Response, page: PageRequest, *, part: bool = False) -> PageInput:
        host = host_of(response.url)
        return PageInput(
            body=response.body,
            url=response.url,
            content_type=headers.content_type(response),
            timezone=self._means.job.timezone,
            # To the second, as it is kept: read again from the archive, the page says the same.
            now=self._means.now().replace(microsecond=0),
            link_title=page.link_title,
            link_published_raw=page.link_published,
            chrome=self._learned.blocks(host),
            error_pages=self._learned.error_pages(host),
            observe=not part and self._learned.is_wanted(host),
            part=part,
        )

    def _strayed(self, response: Response, page: PageRequest) -> Fault | None:
        """The fault of an answer that came from elsewhere: another site, or the home page in place of the article."""
        job = self._means.job
        try:
            key = url_key(response.url)
            if site_of(host_of(response.url)) not in job.hosts:
                detail = f"redirected to {response.url}"[:MAX_DETAIL_CHARACTERS]
                return Fault(reason="off_site", detail=detail, final=True)
        except BadUrl as error:
            return Fault(reason="bad_url", detail=str(error), final=True)
        if key != page.key and key == url_key(job.home):
            return Fault(reason="redirected_home", detail=response.url, final=True)
        return None
