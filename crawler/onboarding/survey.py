"""The survey of one site: what it offers to somebody who wants its articles, found in at most 25 requests."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from urllib.parse import urlsplit

from crawler.config import Fetch
from crawler.onboarding.answers import NoReply, Web
from crawler.onboarding.choosing import LEAST_COVERED, WINDOWS, choose, covered, links_of
from crawler.onboarding.findings import Choice, Robots, Survey
from crawler.onboarding.offers import find_apis, find_feeds, find_past, find_sections, find_sitemaps
from crawler.onboarding.pace import past, per_day
from crawler.onboarding.remarks import remarks, unreachable
from crawler.onboarding.sampling import WANTED, Samples
from crawler.onboarding.site import Site
from crawler.onboarding.visitor import Visitor
from crawler.pool import ExtractionPool
from storage.records import Article, Rejection

MAX_REQUESTS = 25
MAX_SECONDS = 900.0
_FOR_A_SECTION = 2
"""Requests: itself, and an article of it."""
_FOR_THE_PAST = 3
"""Sections that are asked for one with older pages, where a feed or a news sitemap is enough otherwise."""


async def survey(
    url: str,
    *,
    web: Web,
    pool: ExtractionPool,
    fetch: Fetch,
    now: datetime,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Survey:
    """What the site at that address offers. What a site does wrong is no exception: `failure` says why it is nothing.

    robots.txt first, then the front page, its feeds, its sitemaps; its sections and the JSON behind it where those are
    not enough. What is proposed was seen to lead to an article.
    """
    visitor = Visitor(
        web,
        now=now,
        max_requests=MAX_REQUESTS,
        max_seconds=MAX_SECONDS,
        delay_seconds=fetch.delay_seconds,
        obey_robots=fetch.obey_robots,
        robots_forbidden=fetch.robots_forbidden,
        sleep=sleep,
    )
    site = Site(visitor, pool, fetch, now, url)
    samples = Samples(site)
    fault = await site.open(url)
    if fault is None or site.findings:
        await _look_around(site, samples)
    return _result(url, site, samples, fault)


async def _look_around(site: Site, samples: Samples) -> None:
    await find_feeds(site)
    await find_sitemaps(site)
    await site.settle_zone()
    named = site.of("feed", "news sitemap", "sitemap")
    await samples.prove(named)
    await samples.prove(site.of("listing"))
    proven = [finding for finding in named if finding.url in samples.proofs]
    share = covered(proven, site.findings.values(), samples.shapes)
    if not proven or (share is not None and share < LEAST_COVERED):
        if not proven and site.is_poor:
            await find_apis(site)
            await site.settle_zone()
            await samples.prove(site.of("api"))
        await find_sections(site, (site.visitor.left - WANTED) // _FOR_A_SECTION)
        await samples.prove(site.of("listing"))
    elif any(finding.sort in WINDOWS for finding in proven):
        await find_past(site, min(_FOR_THE_PAST, (site.visitor.left - WANTED) // _FOR_A_SECTION))
        await samples.prove(site.of("listing"))
    await samples.fill(choice.finding for choice in _choices(site, samples) if choice.chosen)


def _choices(site: Site, samples: Samples) -> tuple[Choice, ...]:
    return choose(list(site.findings.values()), samples.proofs, samples.shapes)


def _result(asked: str, site: Site, samples: Samples, fault: NoReply | Rejection | None) -> Survey:
    choices = _choices(site, samples)
    chosen = [choice.finding for choice in choices if choice.chosen]
    taken = tuple(samples.taken.values())
    shown = [s.result.published.at for s in taken if isinstance(s.result, Article) and s.result.published]
    times = past({c.key: c.published_at for f in chosen for c in f.candidates if c.published_at}.values(), site.now)
    rules = site.visitor.rules.get(urlsplit(site.home).netloc)
    return Survey(
        asked=asked,
        home=site.home,
        title=site.page.title,
        choices=choices,
        samples=taken,
        links=links_of([finding for finding in chosen if finding.sort == "listing"], samples.shapes),
        zone=site.zone,
        charset=site.look.charset if site.look else None,
        charset_evidence=site.look.charset_evidence if site.look else None,
        robots=Robots(decision=rules.decision, crawl_delay_seconds=rules.crawl_delay) if rules else None,
        newest=max((*times[:1], *past(shown, site.now)[:1]), default=None),
        per_day=per_day(times, site.now),
        times=times,
        requests=site.visitor.requests,
        delay_seconds=site.visitor.delay_seconds,
        warnings=remarks(site, choices, taken),
        failure=None if chosen else _failure(site, samples, fault),
    )


def _failure(site: Site, samples: Samples, fault: NoReply | Rejection | None) -> str:
    if fault is not None:
        return f"{site.home}: {unreachable(fault.reason, fault.detail)}"
    if not any(finding.candidates for finding in site.findings.values()):
        return f"{site.home}: no article is named by its front page, a feed or a sitemap"
    if not samples.taken:
        return f"{site.home}: no article of it could be asked for"
    return f"{site.home}: none of {len(samples.taken)} sampled pages is an article"
