"""One entry point, asked and read: its signposts followed, the older pages of a listing walked.

Nothing is told before the walk is over. A job that is killed in the middle has told nothing, so the next one walks the
same way again, instead of finding the first page known and leaving the older ones behind it unread.

A walk that is cut short while it still pays (no requests left, a server's bad moment) is told, and is a gap that stays
open: what lies behind the last page read was not seen, and at the next poll the pages before it are known. So the job
after it has the entry point as one that owes (storage.records.EntryPoint.owing) and says which of the known candidates
were found since (CrawlJob.known_since_gap): only those from before are where a walk may end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from scrapy.http import Response

from crawler.crawling.known import Known
from crawler.crawling.means import NOT_MODIFIED, Means
from crawler.discovery.entry_page import EntryInput, EntryPage
from crawler.discovery.merging import merged
from crawler.fetching import faults, headers
from crawler.fetching.faults import Fault
from crawler.fetching.hosts import THROTTLING
from crawler.pool import Far
from storage.identity import BadUrl, host_of, site_of, url_key
from storage.records import Candidate, EntryPoint, Rejection, Validators

READ_ENTRY: Far[EntryInput, EntryPage | Rejection] = Far("crawler.discovery.entry", "read_entry")
MAX_SIGNPOSTS = 3
OLDER_PART = 3
"""The last third of a page is its older part."""
PAGE = "{page}"
EMPTIED = "emptied"
FALLBACK = "fallback"
MAX_SECTION_PAGES = 5
"""Of a section in which something known was met, but not at the end of a page."""

Answer = Response | Fault | None


@dataclass(slots=True, kw_only=True)
class Walked:
    """What came of an entry point. `first`: its first page as it was read; `candidates`: of all its pages, each once.

    `fault`: why there is no first page, or what ended the walk before its end. `whole`: nothing ended it early.
    `skipped`: its first page showed candidates and none that the ledger knew, though it has brought articles before.
    `met`: one that the ledger knew was on one of the pages; `met_old`: one that it knew before any gap was opened, the
    newest of them dated `old_until`. `reached`: all of the older part of the last page is from before any gap.
    `unowed`: it owed a walk, and nothing is known from before the gap that it could have met. `passed_over`: parts of
    an index that are not asked, in words.
    """

    entry: EntryPoint
    http_status: int | None = None
    fault: Fault | None = None
    first: EntryPage | None = None
    candidates: dict[str, Candidate] = field(default_factory=dict)
    validators: Validators = field(default_factory=Validators)
    pages: int = 1
    whole: bool = True
    skipped: bool = False
    met: bool = False
    met_old: bool = False
    old_until: datetime | None = None
    reached: bool = False
    unowed: bool = False
    passed_over: str = ""

    @property
    def cut(self) -> bool:
        """Whether it was ended early, behind pages that have brought candidates."""
        return not self.whole and bool(self.candidates)

    @property
    def bridges(self) -> bool:
        """Whether it reaches behind what other entry points have skipped.

        The home page and its sections show a few known things on every page (what is read most): the last that they
        show must be old.
        """
        return (self.reached if self.entry.found_by == FALLBACK else self.met_old) and not self.cut

    @property
    def is_section(self) -> bool:
        """Whether it is a section of the home page, asked only to bridge a gap."""
        return self.entry.found_by == FALLBACK and self.entry.parent is not None

    @property
    def status(self) -> Literal["ok", "unchanged", "failed"]:
        """As in EntryChecked."""
        if self.first is not None:
            return "ok"
        return "unchanged" if self.fault is None else "failed"

    @property
    def gap(self) -> Literal["none", "open", "closed"]:
        """As in EntryChecked, as far as the entry point's own pages tell."""
        if self.cut:
            return "open"
        if self.first is None or not (self.skipped or self.entry.owing):
            return "none"
        return "closed" if self.met or self.unowed else "open"


class Walker:
    """Walks the entry points of one job."""

    def __init__(self, means: Means, known: Known) -> None:
        self._means = means
        self._known = known
        job = means.job
        # No other job may be asking these meanwhile (crawler.jobs.asked_sites); of others that is not known.
        self._sites = {*job.hosts, *(_site(entry.url) for entry in job.entry_points)} - {None}

    def is_ours(self, url: str) -> bool:
        """Whether the job may ask an address that a page has named."""
        return _site(url) in self._sites

    async def walk(self, entry: EntryPoint) -> Walked | None:
        """What came of an entry point; None where it was not asked, or the job was stopped before the walk was over."""
        url = entry.url.replace(PAGE, "1") if entry.json else entry.url
        answer = await self._means.ask(url, entry.validators, entry.kind)
        if answer is None:
            return None
        walked = Walked(entry=entry)
        page = await self._first(walked, answer, {key_of(url)})
        del answer  # its body may be the one large body that there may be at a time
        if page is not None:
            await self._older(walked, page)
        walked.unowed = entry.owing and walked.whole and self._known.nothing_is_old
        return None if self._means.hosts.stopped and not walked.whole else walked

    async def _first(self, walked: Walked, answer: Response | Fault, visited: set[str]) -> EntryPage | None:
        """The first page of an entry point, behind its signposts; None where there is none, which `walked` explains."""
        page = await self._page(walked, answer)
        while page is not None and (target := self._signpost(walked, page, visited)) is not None:
            visited.add(key_of(target))
            following = await self._means.ask(target, kind=walked.entry.kind)
            if following is None:
                walked.whole = False
                break
            page = await self._page(walked, following)
        if page is None:
            return None
        if walked.entry.shown and not (page.candidates or page.further):
            # What it is known by (validators, digest) stays: the next answer is held against what it was.
            walked.fault = Fault(reason=EMPTIED, detail=_passed_over(page))
            return None
        walked.first = page
        self._take(walked, page)
        if len(visited) > 1 or page.further:
            # A signpost that has not changed says nothing of what it points to, nor an index of its parts.
            walked.validators = Validators()
        return page if walked.whole else None

    def _signpost(self, walked: Walked, page: EntryPage, visited: set[str]) -> str | None:
        """Where a page that is only a signpost sends its reader, as far as that is to be followed."""
        target = page.refresh if walked.entry.kind == "listing" and len(visited) <= MAX_SIGNPOSTS else None
        return target if target and key_of(target) not in visited and self.is_ours(target) else None

    async def _page(self, walked: Walked, answer: Response | Fault) -> EntryPage | None:
        """A page of an entry point as it was read; None for none, with the reason in `walked`."""
        if isinstance(answer, Fault):
            walked.fault = faults.as_told_of(walked.entry.url, answer)
            walked.http_status = walked.fault.http_status
            return None
        walked.http_status = answer.status
        if answer.status == NOT_MODIFIED:
            return None
        walked.fault = self._fault_of(answer, walked.entry)
        if walked.fault is not None:
            walked.http_status = walked.fault.http_status
            return None
        walked.validators = headers.validators(answer)
        read = await self._read(answer, walked.entry)
        if isinstance(read, EntryPage):
            return read
        walked.fault = read
        return None

    def _fault_of(self, response: Response, entry: EntryPoint) -> Fault | None:
        fault = faults.of_status(response, self._means.now())
        return faults.as_told_of(entry.url, fault) if fault else None

    async def _read(self, response: Response, entry: EntryPoint) -> EntryPage | Fault:
        job = self._means.job
        said = EntryInput(
            kind=entry.kind,
            url=response.url,
            body=response.body,
            content_type=headers.content_type(response),
            links=entry.links,
            json=entry.json,
            shapes=job.shapes,
            timezone=job.timezone,
            hosts=job.hosts,
            home=job.home,
            now=self._means.now(),
        )
        async with self._means.reports.holding(entry.url, suspect=job.suspect):
            read = await self._means.read(READ_ENTRY, said)
        return Fault(reason=read.reason, detail=read.detail) if isinstance(read, Rejection) else read

    def _take(self, walked: Walked, page: EntryPage) -> bool:
        """Whether the page has candidates that no earlier page of the walk had; all of them are the walk's now."""
        before = len(walked.candidates)
        for candidate in page.candidates:
            known = walked.candidates.get(candidate.key)
            walked.candidates[candidate.key] = candidate if known is None else merged(known, candidate)
        walked.met = walked.met or any(self._is_met(walked, candidate) for candidate in page.candidates)
        old = [candidate for candidate in page.candidates if self._known.is_old(candidate)]
        walked.met_old = walked.met_old or bool(old)
        dates = [walked.old_until, *(candidate.published_at for candidate in old)]
        walked.old_until = max(filter(None, dates), default=None)
        walked.reached = bool(page.candidates) and all(
            self._is_behind(walked, candidate) for candidate in older_part(page.candidates)
        )
        walked.skipped = walked.skipped or (walked.entry.seen and bool(page.candidates) and not walked.met)
        return len(walked.candidates) > before

    async def _older(self, walked: Walked, page: EntryPage) -> None:
        """Read the pages behind the first while they pay (`_pays`), as far as the job may."""
        url = walked.entry.url
        visited = {key_of(url.replace(PAGE, "1"))}
        fresh = True
        while fresh and walked.pages <= self._means.job.limits.max_listing_pages:
            following = self._next_url(walked, page)
            if following is None or key_of(following) in visited or not self.is_ours(following):
                break
            if not self._pays(walked, page.candidates):
                return
            visited.add(key_of(following))
            older = await self._older_page(walked, following)
            if older is None:
                break
            walked.pages += 1
            fresh, page = self._take(walked, older), older
        else:
            return
        # All that a list of several pages has was seen: there is no more behind it.
        walked.reached = walked.reached or (walked.whole and walked.pages > 1 and walked.met_old)

    async def _older_page(self, walked: Walked, url: str) -> EntryPage | None:
        """An older page; None where the listing has none (a final answer, no listing), or where it cannot be had.

        In the second case the walk is not whole, and the next poll asks without validators.
        """
        answer = await self._means.ask(url, kind=walked.entry.kind)
        fault = faults.as_told_of(walked.entry.url, answer) if isinstance(answer, Fault) else None
        if isinstance(answer, Response):
            fault = self._fault_of(answer, walked.entry)
            if fault is None:
                read = await self._read(answer, walked.entry)
                return read if isinstance(read, EntryPage) else None
        if fault is None or not fault.final:
            walked.whole, walked.fault, walked.validators = False, fault, Validators()
            if fault is not None and fault.http_status in THROTTLING:
                walked.http_status = fault.http_status
        return None

    def _next_url(self, walked: Walked, page: EntryPage) -> str | None:
        """The page behind a page. A feed's older pages (RFC 5005) are its archive: asked for only over a gap."""
        entry = walked.entry
        if entry.json is not None and PAGE in entry.url:
            return entry.url.replace(PAGE, str(walked.pages + 1))
        return page.next_url if entry.kind == "listing" or walked.skipped else None

    def _pays(self, walked: Walked, candidates: Sequence[Candidate]) -> bool:
        """Whether the page behind this one is worth a request.

        A listing is newest first, save a few pinned items at its top: where its older part (the last third, at least
        the last candidate) is known, so is what lies behind it. Where an entry point that has brought articles shows
        nothing that is known, articles were missed: then it is walked back until something known is met.
        """
        if not candidates:
            return False
        if walked.skipped and not walked.met:
            return True
        if walked.is_section:
            # Behind a few known ones lie, in a section of little news, the years before the source was added.
            return not walked.reached and not (walked.met and walked.pages >= MAX_SECTION_PAGES)
        return not all(self._is_met(walked, candidate) for candidate in older_part(candidates))

    def _is_behind(self, walked: Walked, candidate: Candidate) -> bool:
        """Whether a candidate is from before any gap: known since, or older than one that is."""
        at, until = candidate.published_at, walked.old_until
        return self._known.is_old(candidate) or (at is not None and until is not None and at < until)

    def _is_met(self, walked: Walked, candidate: Candidate) -> bool:
        """Whether a candidate is known, so that what lies behind it is; over an open gap, since before the gap."""
        entry = walked.entry
        return (self._known.is_old if entry.owing or entry.found_by == FALLBACK else self._known.has)(candidate)


def _passed_over(page: EntryPage) -> str:
    """What an entry point that names no article says instead."""
    skipped = ", ".join(f"{count} {reason}" for reason, count in sorted(page.skipped.items()))
    return "; ".join(filter(None, ("it names no article, and did when it was last read", skipped, *page.notes)))


def older_part(candidates: Sequence[Candidate]) -> Sequence[Candidate]:
    """The last third, at least the last candidate."""
    return candidates[-max(1, len(candidates) // OLDER_PART) :]


def _site(url: str) -> str | None:
    """The site of an address; None where it has none."""
    try:
        return site_of(host_of(url))
    except BadUrl:
        return None


def key_of(url: str) -> str:
    """The key of an address, or the address itself where it has none."""
    try:
        return url_key(url)
    except BadUrl:
        return url
