"""Where a site names its articles: feeds, sitemaps, sections and the JSON behind pages that scripts draw."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import urljoin, urlsplit

from crawler.discovery.entry import EntryPage
from crawler.onboarding.answers import NoReply, Reply
from crawler.onboarding.choosing import NEWEST
from crawler.onboarding.findings import Finding, Sort
from crawler.onboarding.looks import hints, items_of, scripts
from crawler.onboarding.reading import seen
from crawler.onboarding.site import FEW_LINKS, Site, first_page
from storage.records import Candidate, EntryPoint, Rejection

MAX_FEEDS, MAX_FEED_PAGES, MAX_SITEMAPS, MAX_PARTS, MAX_SECTIONS, MAX_SCRIPTS, MAX_APIS = 4, 2, 3, 4, 8, 2, 3
DEEPEST_PART = 3
"""Sitemap indexes are nested by the year and the month or day; the protocol forbids it, and portals do it."""
_NEWS = re.compile(r"news", re.IGNORECASE)
_OF_ALL = re.compile(r"roll|scroll|gundong|latest|newest|zuixin|list|archive|all", re.IGNORECASE)
"""Names of listings of everything."""
_NO_ARTICLES = re.compile(r"comments?/feed|/oembed/|feed=comments|/comments\b", re.IGNORECASE)
USUAL_PLACE = "/sitemap.xml"


async def find_feeds(site: Site) -> None:
    """None; the feeds that the front page declares, or else its feed page (RSS订阅) lists, are among the findings."""
    for url in _of_articles(site.page.feeds):
        await _feed(site, url, "front page")
    if site.of("feed"):
        return
    for page in site.page.feed_pages[:MAX_FEED_PAGES]:
        found = await site.entry(page, "listing", "feed page")
        for url in _of_articles(found.feeds) if found else ():
            await _feed(site, url, f"feed page {page}")


async def find_sitemaps(site: Site) -> None:
    """None; the sitemaps of robots.txt, or the one at its usual place, are among the findings."""
    rules = site.visitor.rules.get(urlsplit(site.home).netloc)
    named = sorted(rules.sitemaps if rules else (), key=lambda url: not _NEWS.search(url))
    for url in named[:MAX_SITEMAPS]:
        await _sitemap(site, urljoin(site.home, url), "robots.txt")
    if not named:
        url = urljoin(site.home, USUAL_PLACE)
        await _sitemap(site, url, "its usual place")
        site.faults.pop(url, None)  # it was nobody's promise


async def find_sections(site: Site, most: int) -> None:
    """None; the sections that the front page links to are among the findings, at most eight."""
    for url in site.page.sections[: max(0, min(MAX_SECTIONS, most))]:
        await _section(site, url)


async def find_past(site: Site, most: int) -> None:
    """None; a section that goes on to older pages is among the findings, of so many asked, where there is one."""
    for url in sorted(site.page.sections, key=lambda url: not _OF_ALL.search(urlsplit(url).path))[: max(0, most)]:
        if any(finding.older for finding in site.of("listing")):
            return
        await _section(site, url)


async def _section(site: Site, url: str) -> None:
    found = await site.entry(url, "listing", "section")
    if found and len(found.candidates) >= FEW_LINKS:
        section = Finding(sort="listing", url=url, where="section", candidates=found.candidates, title=found.title)
        site.add(replace(section, older=found.next_url is not None))


async def find_apis(site: Site) -> None:
    """None; the JSON lists that the front page, or a script of it, asks for are among the findings."""
    if site.front is None:
        return
    hinted = await _hints(site, site.front)
    if not hinted:
        sources = await site.reader.run(scripts, seen(site.front))
        for source in () if isinstance(sources, Rejection) else sources[:MAX_SCRIPTS]:
            reply = await site.visitor.get(source)
            hinted += () if isinstance(reply, NoReply) else await _hints(site, reply)
    for hint in dict.fromkeys(hinted[:MAX_APIS]):
        await _api(site, hint)


async def _hints(site: Site, reply: Reply) -> tuple[str, ...]:
    found = await site.reader.run(hints, seen(reply))
    return () if isinstance(found, Rejection) else found


async def _api(site: Site, hint: str) -> None:
    """None; an address that answers with a list of articles in JSON is among the findings."""
    url = first_page(hint)
    reply = await site.visitor.get(url)
    if isinstance(reply, NoReply):
        site.faults[hint] = f"asked for by a script: {reply.reason}"
        return
    items = await site.reader.run(items_of, seen(reply))
    if isinstance(items, Rejection):
        site.faults[hint] = f"asked for by a script: {items.reason}"
        return
    found = await site.entry(url, "listing", "asked for by a script", items)
    if found is not None:
        site.add(Finding(sort="api", url=hint, where="front page's script", candidates=found.candidates, json=items))


def _of_articles(feeds: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(url for url in feeds if not _NO_ARTICLES.search(url))[:MAX_FEEDS]


async def _feed(site: Site, url: str, where: str) -> None:
    found = await site.entry(url, "feed", where)
    if found is not None:
        site.add(Finding(sort="feed", url=url, where=where, candidates=found.candidates, title=found.title))


async def _sitemap(site: Site, url: str, where: str) -> None:
    found = await site.entry(url, "sitemap", where)
    if found is None:
        return
    candidates = found.candidates or await _of_parts(site, url, found)
    # Only sitemaps for news have titles.
    sort: Sort = "news sitemap" if any(candidate.title for candidate in candidates) else "sitemap"
    site.add(Finding(sort=sort, url=url, where=where, candidates=candidates))


async def _of_parts(site: Site, url: str, index: EntryPage) -> tuple[Candidate, ...]:
    """What the newest parts of an index name; at most four are asked, until that is as much as a front page shows.

    Parts for news before all others, those of an index within the index before the next part.
    """
    named: dict[str, Candidate] = {}
    asked = {url}
    waiting = [(part.url, 1) for part in _last_first(index.further)]
    while waiting and len(named) < NEWEST and len(asked) <= MAX_PARTS:
        part, depth = waiting.pop()
        if part in asked:
            continue  # indexes in a circle
        asked.add(part)
        read = await site.entry(part, "sitemap", f"part of {url}")
        if read is None:
            continue
        named |= {candidate.key: candidate for candidate in read.candidates if candidate.key not in named}
        if depth < DEEPEST_PART:
            waiting += ((further.url, depth + 1) for further in _last_first(read.further))
    return tuple(named.values())


def _last_first(parts: Iterable[EntryPoint]) -> list[EntryPoint]:
    """The parts that may be asked, the one to be asked first at the end."""
    return sorted(parts, key=lambda part: not _NEWS.search(part.url))[:MAX_PARTS][::-1]
