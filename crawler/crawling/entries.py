"""The entry points of a job, one after the other: what they bring, what they lead to, what is told of each.

Gaps. An entry point that has brought articles before and now shows candidates, none of them known, has let some go by
since it was asked last: a feed of twenty items on a day of fifty. Such a gap is

1. closed, where the entry point's own older pages lead back to something known (crawler.crawling.walk);
2. closed, where another entry point of the same job shows what this one shows last and something known too: it reaches
   behind the gap, and what lies between has been found there (the feed of another channel shows neither);
3. else the sitemaps that robots.txt names are asked, those that the job has not asked anyway: closed, where one of them
   does the same;
4. else the home page is asked as a listing, with its older pages, and where the last that it shows is not known either,
   the first eight of the sections that it links to, each walked back until something known is met;
5. open otherwise. What could be found is found; the ledger keeps the gap, an operator sees it, and the next jobs try
   again (storage.gaps says how often).

A walk that was cut short leaves a gap too, which only a walk of the same entry point closes: it alone leads on to what
was not seen. Nor do sections close one where the walk of any of them was cut short.

A gap is told before anything else of its entry point and without validators; where it is closed later in the job, the
entry point is told of once more. So a job that is killed anywhere between leaves either nothing or an open gap.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Literal

from crawler.crawling.known import Known
from crawler.crawling.means import Means, internal
from crawler.crawling.walk import FALLBACK, Walked, Walker, key_of, older_part
from crawler.discovery.entry_page import EntryPage
from crawler.discovery.merging import candidates_digest
from storage.identity import BadUrl, canonical_url, key_hash
from storage.records import Candidate, Discovered, EntryChecked, EntryPoint, PageRequest, Validators

logger = logging.getLogger(__name__)

# sitemaps.org allows 50,000 parts of an index, and none of them to be an index, which some are; 1,719 were asked for by
# one hostile tree (measured).
MAX_PARTS = 50
MAX_DEPTH = 2
MAX_DECLARED_FEEDS = 3
MAX_ROBOTS_SITEMAPS = 5
MAX_FALLBACK_SECTIONS = 8
MAX_REMEMBERED = 100_000
"""Candidates of entry points that could bridge a gap, 8 bytes each; a sitemap has 50,000."""


class Entries:
    """Asks the entry points of one job and tells what they bring. `room`: pages that the job may still take on."""

    def __init__(self, means: Means, room: int) -> None:
        self._means = means
        self._room = room
        self._known = Known(means.job.known, means.job.known_since_gap)
        self._walker = Walker(means, self._known)
        self._sitemaps = {sitemap.url: sitemap for sitemap in means.job.sitemaps}
        self._asked: set[str] = set()
        self._parts = 0
        self._skipped: list[tuple[Walked, int]] = []
        self._shown: list[frozenset[bytes]] = []
        self._reached = False
        self._ends: list[str] = []
        self._walked_whole: set[str] = set()
        self._home: EntryPage | None = None

    async def pages(self) -> AsyncIterator[PageRequest]:
        """The pages to ask for, as the entry points bring them; each is safe in the ledger before it comes.

        Ends early where the job is stopped or has no request left; entry points that are not asked are not told of.
        """
        job = self._means.job
        self._asked |= {key_of(entry.url) for entry in job.entry_points}
        for entry in job.entry_points:
            async for page in self._entry(entry):
                yield page
        if job.entry_points and self._finds_for_itself:
            for entry in (*self._robots_sitemaps(), *self._declared_feeds()):
                async for page in self._entry(entry):
                    yield page
        async for page in self._behind_gaps():
            yield page
        for walked, new in self._skipped:
            if self._is_bridged(walked):
                await self._checked(walked, new, "closed")

    async def _behind_gaps(self) -> AsyncIterator[PageRequest]:
        """The pages of entry points that are asked only because others have skipped some: see above, 3 and 4."""
        for entries in (self._robots_sitemaps, self._home_page):
            for entry in entries() if self._are_to_bridge else ():
                async for page in self._entry(entry):
                    yield page
        for entry in self._sections() if self._are_to_bridge else ():
            self._ends.append(key_of(entry.url))
            async for page in self._entry(entry):
                yield page

    @property
    def _are_to_bridge(self) -> bool:
        """Whether there are gaps that other entry points could close, and have not."""
        return any(not walked.cut and not self._is_bridged(walked) for walked, _ in self._skipped)

    def _is_bridged(self, walked: Walked) -> bool:
        """Whether other entry points reach behind what this one has skipped."""
        if walked.cut:
            return False
        if self._reached and self._walked_whole.issuperset(self._ends):
            return True
        last = [key_hash(candidate.key) for candidate in older_part(tuple(walked.candidates.values()))]
        return any(2 * sum(digest in shown for digest in last) >= len(last) > 0 for shown in self._shown)

    def _remember(self, walked: Walked) -> None:
        """None; what an entry point has shown is kept as far as it may say something of the gaps of others."""
        if walked.whole and (walked.fault is None or walked.fault.final):
            self._walked_whole.add(key_of(walked.entry.url))
        if not walked.bridges:
            return
        if walked.entry.found_by == FALLBACK:
            self._reached = True
        elif sum(map(len, self._shown)) + len(walked.candidates) <= MAX_REMEMBERED:
            self._shown.append(frozenset(map(key_hash, walked.candidates)))

    async def _entry(self, entry: EntryPoint, depth: int = 0) -> AsyncIterator[PageRequest]:
        """The pages that one entry point brings, and the parts of an index."""
        if self._means.hosts.is_spent:
            return
        self._asked.add(key_of(entry.url))
        try:
            walked = await self._walker.walk(entry)
        except Exception as error:  # a fault of ours must not leave an entry point that nobody hears of
            logger.exception("internal error on %s", entry.url)
            walked = Walked(entry=entry, fault=internal(error))
        if walked is None:
            return
        walked.passed_over = _passed_over(walked, depth)
        fresh = self._known.fresh(walked.candidates.values())
        self._remember(walked)
        if walked.gap == "open":
            # Told first: once what it shows is in the ledger, a job that is killed would leave no trace of the gap.
            await self._checked(walked, len(fresh), "open")
            self._skipped.append((walked, len(fresh)))
        taken = await self._discovered(walked, fresh)
        if walked.gap != "open":
            await self._checked(walked, len(fresh), walked.gap)
        for page in taken:
            yield page
        if walked.first is not None:
            self._home = walked.first if key_of(entry.url) == key_of(self._means.job.home) else self._home
            for part in self._parts_of(walked, depth):
                async for page in self._entry(part, depth + 1):
                    yield page

    async def _discovered(self, walked: Walked, fresh: list[Candidate]) -> tuple[PageRequest, ...]:
        """The pages that the job takes on itself, once all that is new is in the ledger."""
        if not fresh:
            return ()
        taken = min(len(fresh), self._room)
        self._room -= taken
        await self._means.reports.commit(
            Discovered(
                **self._means.reports.next(),
                entry_url=walked.entry.url,
                candidates=tuple(fresh),
                taken=taken,
                found_at=self._means.now(),
            )
        )
        return tuple(
            PageRequest(url=c.url, key=c.key, link_title=c.title, link_published=c.published_raw) for c in fresh[:taken]
        )

    async def _checked(self, walked: Walked, new: int, gap: Literal["none", "open", "closed"]) -> None:
        """None; what came of an entry point is told, with the validators that belong to it."""
        entry, fault, first = walked.entry, walked.fault, walked.first
        await self._means.reports.send(
            EntryChecked(
                **self._means.reports.next(),
                url=entry.url,
                status=walked.status,
                kind=entry.kind,
                reason=fault.reason if fault and walked.status == "failed" else "",
                detail=_detail(walked),
                http_status=walked.http_status,
                validators=Validators() if gap == "open" else walked.validators,
                links=len(walked.candidates),
                new=new,
                digest=candidates_digest(first.candidates) if first else None,
                parent=entry.parent,
                lastmod=entry.lastmod,
                found_by=entry.found_by,
                pages=walked.pages,
                gap=gap,
                met=walked.bridges,
                retry_after_seconds=fault.retry_after_seconds if fault else None,
            )
        )

    # What an entry point leads to

    def _parts_of(self, walked: Walked, depth: int) -> Iterator[EntryPoint]:
        """The parts of a sitemap index that are to be asked: new ones, changed ones, and those that do not say."""
        for part in walked.first.further if walked.first and depth < MAX_DEPTH else ():
            if self._parts >= MAX_PARTS:
                return
            if key_of(part.url) not in self._asked and self._is_due(part) and self._walker.is_ours(part.url):
                self._parts += 1
                yield self._remembered(replace(part, parent=walked.entry.url, found_by="index"))

    def _is_due(self, part: EntryPoint) -> bool:
        known = self._sitemaps.get(part.url)
        if known is not None and known.failing:
            return not known.rest  # an index that names a dead part anew each time does not wake it
        if known is None or known.lastmod != part.lastmod:
            return True
        return part.lastmod is None and not known.rest

    def _remembered(self, entry: EntryPoint) -> EntryPoint:
        known = self._sitemaps.get(entry.url)
        return entry if known is None else replace(entry, validators=known.validators, seen=known.seen)

    @property
    def _finds_for_itself(self) -> bool:
        """Whether the source named nothing but its home page, so that it is for us to look what else there is."""
        named = [entry for entry in self._means.job.entry_points if entry.found_by is None]
        home = key_of(self._means.job.home)
        return len(named) == 1 and named[0].kind == "listing" and key_of(named[0].url) == home

    def _robots_sitemaps(self) -> Iterator[EntryPoint]:
        """The sitemaps that the robots.txt files of the job's hosts name, as far as nobody has asked them."""
        lines = (line for host in self._means.hosts if host.rules for line in host.rules.sitemaps)
        for url in islice(self._unasked(lines), MAX_ROBOTS_SITEMAPS):
            yield EntryPoint(kind="sitemap", url=url, found_by="robots")

    def _declared_feeds(self) -> Iterator[EntryPoint]:
        """The feeds that the home page declares, as far as nobody has asked them."""
        for url in islice(self._unasked(self._home.feeds if self._home else ()), MAX_DECLARED_FEEDS):
            yield EntryPoint(kind="feed", url=url, found_by="page", parent=self._means.job.home)

    def _home_page(self) -> Iterator[EntryPoint]:
        """The home page as a listing, where nobody has asked it."""
        for url in self._unasked([self._means.job.home]):
            yield EntryPoint(kind="listing", url=url, found_by=FALLBACK)

    def _sections(self) -> tuple[EntryPoint, ...]:
        """The first sections that the home page links to, as far as nobody has asked them."""
        home = self._means.job.home
        sections = islice(self._unasked(self._home.sections if self._home else ()), MAX_FALLBACK_SECTIONS)
        return tuple(EntryPoint(kind="listing", url=url, found_by=FALLBACK, parent=home) for url in sections)

    def _unasked(self, urls: Iterable[str]) -> Iterator[str]:
        """Addresses that the job may ask, and that neither it has asked nor rest."""
        for written in urls:
            try:
                url = canonical_url(written, self._means.job.home)
            except BadUrl:
                continue
            known = self._sitemaps.get(url)
            if key_of(url) not in self._asked and not (known and known.rest) and self._walker.is_ours(url):
                yield url


def _detail(walked: Walked) -> str:
    """What an operator should know: why it failed or was cut short; else the links passed over, most first, and notes.

    `12 not_article, 3 off_site; all items share one guid`.
    """
    fault, first = walked.fault, walked.first
    if first is None:
        return fault.detail if fault else ""
    skipped = sorted(first.skipped.items(), key=lambda pair: -pair[1])
    cut = (
        "" if walked.whole else f"cut short after page {walked.pages}: {fault.reason if fault else 'no requests left'}"
    )
    passed = ", ".join(f"{count} {reason}" for reason, count in skipped)
    return "; ".join(filter(None, (cut, passed, walked.passed_over, *first.notes)))


def _passed_over(walked: Walked, depth: int) -> str:
    """What is not asked of the parts of an index, in words; empty for no index, or one of which all may be."""
    parts = len(walked.first.further) if walked.first else 0
    if parts and depth >= MAX_DEPTH:
        return f"{parts} parts too deep in the index"
    return f"{MAX_PARTS} of {parts} parts at a time" if parts > MAX_PARTS else ""
