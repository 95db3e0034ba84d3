"""A site that is being surveyed: its front page, and what has been found and noted so far."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from urllib.parse import urljoin, urlsplit

from crawler.config import Fetch
from crawler.discovery.entry import EntryPage
from crawler.onboarding.answers import NoReply, Reply
from crawler.onboarding.findings import Finding
from crawler.onboarding.looks import Glance, language_of
from crawler.onboarding.reading import Reader
from crawler.onboarding.visitor import Visitor
from crawler.onboarding.zones import Zone, tells_zone, zone_of
from crawler.pool import ExtractionPool
from storage.identity import canonical_url, host_of
from storage.records import Article, Candidate, EntryKind, JsonItems, Rejection

MAX_SIGNPOSTS = 3
FEW_LINKS = 3
"""Fewer articles than these make no front page, and no section."""

MOST_TITLES = 200
"""Titles by which a language is told."""

MANY_STRANGERS = 5
"""Links to other sites, where there are no others, that make an operator think of `hosts`."""


class Site:
    """One site. `home`: its front page's address; `page`: what stands there; `front`: its bytes."""

    def __init__(self, visitor: Visitor, pool: ExtractionPool, fetch: Fetch, now: datetime, asked: str) -> None:
        self.visitor, self.now, self.home = visitor, now, asked
        self.zone = Zone("UTC", "nothing tells it")
        self.reader = Reader(pool, seconds=fetch.extract_timeout_seconds, now=now, timezone=self.zone.name)
        self.page = EntryPage()
        self.front: Reply | None = None
        self.look: Glance | None = None
        self.findings: dict[str, Finding] = {}
        self.notes: list[str] = []
        self.faults: dict[str, str] = {}
        self._heard: list[str] = []

    def of(self, *sorts: str) -> list[Finding]:
        """The findings of these sorts, in the order in which they were found."""
        return [finding for finding in self.findings.values() if finding.sort in sorts]

    def add(self, finding: Finding) -> None:
        """None; the finding is kept, once."""
        self.findings.setdefault(finding.url, finding)

    async def open(self, asked: str) -> NoReply | Rejection | None:
        """None, with the front page read; or why there is none. A page within the site that shows little is not it."""
        reply = await self._first(asked)
        if isinstance(reply, NoReply):
            self.home = reply.url
            return reply
        reply = await self._given(reply)
        if isinstance(reply, NoReply):
            return reply
        fault = await self._open(reply)
        if fault is None and self.is_poor and urlsplit(self.home).path not in {"", "/"}:
            root = await self.visitor.get(urljoin(self.home, "/"))
            if isinstance(root, Reply):
                fault = await self._open(root)
        if fault is None:
            listing = Finding(sort="listing", url=self.home, where="front page", home=True)
            self.add(_with(listing, self.page))
        return fault

    async def entry(self, url: str, kind: EntryKind, where: str, json: JsonItems | None = None) -> EntryPage | None:
        """What is at an address that may be an entry point; where it is none, why is kept in `faults`."""
        found = await self.reader.entry(await self.visitor.get(url), kind, self.home, json)
        if isinstance(found, EntryPage):
            self.notes += (f"{url}: {note}" for note in found.notes)
            if not found.candidates and (strangers := found.skipped.get("off_site", 0)) > MANY_STRANGERS:
                self.notes.append(f"{url}: all of its {strangers} links lead to other sites (see `hosts`)")
            return found
        if found.reason != "not_asked":
            self.faults[url] = f"{where}: {found.reason}"
        return None

    async def settle_zone(self) -> None:
        """None; the zone is what all dates that were seen say it is, and what was read by another is read again."""
        candidates = [c for finding in self.findings.values() for c in finding.candidates]
        dates = [c.published_raw for c in candidates if c.published_raw]
        self.zone = zone_of(host_of(self.home), self._language(candidates), dates)
        if self.zone.name == self.reader.timezone:
            return
        self.reader.timezone = self.zone.name
        for finding in self.of("feed", "listing", "api"):
            if finding.times:
                await self._read_again(finding)

    async def article(self, reply: Reply | NoReply, candidate: Candidate) -> Article | Rejection:
        """What a candidate led to; its words may tell the language, and so the zone that its dates are read by."""
        result = await self.reader.article(reply, candidate)
        if isinstance(result, Article) and result.title:
            zone = self.zone.name
            self._heard.append(result.title)
            await self.settle_zone()
            if self.zone.name != zone:
                return await self.reader.article(reply, candidate)
        return result

    def _language(self, candidates: list[Candidate]) -> str | None:
        """The front page's; that of the titles where it has no words, as where scripts draw it, or names none."""
        said = self.look.language if self.look else None
        if tells_zone(said):
            return said
        titles = [*self._heard, *(candidate.title for candidate in candidates if candidate.title)]
        return language_of(" ".join(titles[:MOST_TITLES]), self.look.charset if self.look else "") or said

    async def _read_again(self, finding: Finding) -> None:
        """None; a finding's dates are read by the zone that is known now. Its bytes are here: nothing is asked."""
        home = self.front if finding.home else None
        reply = home or await self.visitor.get(first_page(finding.url))
        found = await self.reader.entry(reply, finding.kind, self.home, finding.json)
        if isinstance(found, EntryPage) and found.candidates:
            self.findings[finding.url] = replace(finding, candidates=found.candidates)

    async def _first(self, asked: str) -> Reply | NoReply:
        """The page that was named; without a scheme, by https or else by http."""
        if re.match(r"https?://", asked, re.IGNORECASE):
            return await self.visitor.get(asked)
        reply = await self.visitor.get(f"https://{asked}")
        if isinstance(reply, Reply) or not self.visitor.left or reply.reason == "robots_disallowed":
            return reply
        return await self.visitor.get(f"http://{asked}")

    async def _given(self, reply: Reply) -> Reply | NoReply:
        """The front page of a site whose feed or sitemap was named; any other page is taken for the front page."""
        look = await self.reader.glance(reply)
        if not isinstance(look, Glance) or look.form not in {"feed", "sitemap"}:
            return reply
        self.home, self.look = canonical_url(urljoin(reply.url, "/")), look
        await self.settle_zone()
        kind: EntryKind = "feed" if look.form == "feed" else "sitemap"
        found = await self.entry(reply.url, kind, "the address that was given")
        if found is not None:
            self.add(_with(Finding(sort=kind, url=canonical_url(reply.url), where="given"), found))
        return await self.visitor.get(self.home)

    async def _open(self, reply: Reply) -> Rejection | None:
        """None, with this page as the home, or the one that it points to (meta refresh)."""
        for _ in range(MAX_SIGNPOSTS + 1):
            self.home, self.front = canonical_url(reply.url), reply
            look = await self.reader.glance(reply)
            self.look = look if isinstance(look, Glance) else self.look
            await self.settle_zone()
            page = await self.reader.entry(reply, "listing", self.home)
            if isinstance(page, Rejection):
                return page
            self.page = page
            if page.refresh is None:
                break
            following = await self.visitor.get(page.refresh)
            if isinstance(following, NoReply):
                self.faults[page.refresh] = f"the front page leads there: {following.reason}"
                break
            reply = following
        return None

    @property
    def drawn_by_scripts(self) -> bool:
        """Whether the front page's links are not in its markup."""
        return self.look is not None and self.look.drawn_by_scripts

    @property
    def is_poor(self) -> bool:
        """Whether the front page leads to next to nothing."""
        return len(self.page.candidates) < FEW_LINKS and not self.page.feeds and not self.page.feed_pages


def first_page(url: str) -> str:
    """The address of the first page of a listing whose address names a page's number as `{page}`."""
    return url.replace("{page}", "1")


def _with(finding: Finding, found: EntryPage) -> Finding:
    return replace(finding, candidates=found.candidates, title=found.title, older=found.next_url is not None)
