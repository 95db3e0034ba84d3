"""Crawls that leave no trace: jobs whose events are looked at and forgotten. No database is opened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urljoin, urlsplit

from crawler.config import Source
from crawler.jobs import build_job
from crawler.onboarding.zones import zone_of
from scheduler.config.file import Config
from scheduler.engines.engine import Engine
from storage.identity import canonical_url, host_of, site_of, url_key
from storage.records import (
    Candidate,
    CrawlJob,
    Discovered,
    EntryChecked,
    EntryKind,
    EntryPoint,
    Event,
    Extracted,
    Failed,
    JobFinished,
    PageRequest,
    Rejected,
    RobotsFetched,
    RobotsFile,
)

POLL_SECONDS = 0.5
BATCH = 500
_NAMELESS = "preview"
_FEED_WORDS = ("xml", "rss", "atom", "feed", "json")
_NO_LIST = frozenset(
    {
        "robots_disallowed",
        "off_site",
        "blocked_address",
        "blocked_port",
        "bad_url",
        "bad_redirect",
        "redirect_loop",
        "too_large",
    }
)
"""Reasons for which an address that is no article cannot be a list of some either."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewPage:
    """A page and what would become of it. `entry_url`, `candidate`: what named it, None where the operator did."""

    url: str
    event: Extracted | Rejected | Failed
    entry_url: str | None = None
    candidate: Candidate | None = None

    @property
    def would_be_stored(self) -> bool:
        """Whether it is an article."""
        return isinstance(self.event, Extracted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a source or an address would bring. `reason`: how the last job ended."""

    source: Source
    entries: tuple[EntryChecked, ...] = ()
    pages: tuple[PreviewPage, ...] = ()
    requests: int = 0
    reason: str = "finished"
    detail: str = ""

    @property
    def stored(self) -> int:
        """How many pages would be stored."""
        return sum(page.would_be_stored for page in self.pages)


def preview_source(source: Source, config: Config, engine: Engine, now: datetime, pages: int) -> Preview:
    """What a crawl of the source would store of the first so many pages, as if nothing of it were known."""
    return _shown(source, _events(_job(source, config, now, pages), engine))


def preview_url(url: str, config: Config, engine: Engine, now: datetime, pages: int) -> Preview:
    """What would become of the article at an address, or of the first so many that are named by the list there.

    Read as pages of the configured source of that site are, where there is one. Raises BadUrl.
    """
    url = canonical_url(url)
    source = _source_of(url, config)
    robots: tuple[RobotsFile, ...] = ()
    seen = Preview(source=source)
    for entry in _readings(url):
        job = replace(_job(source, config, now, pages), entry_points=(entry,) if entry else (), robots=robots)
        if entry is None:
            job = replace(job, pages=(PageRequest(url=url, key=url_key(url)),))
        events = _events(job, engine)
        robots += tuple(event.robots for event in events if isinstance(event, RobotsFetched))
        shown = _shown(source, events)
        seen = replace(shown, requests=seen.requests + shown.requests, pages=shown.pages or seen.pages)
        if _is_enough(shown):
            break
    return seen


def _readings(url: str) -> Iterator[EntryPoint | None]:
    """What an address may be, likeliest first: an article (None), or an entry point of a kind."""
    parts = urlsplit(url)
    kinds: tuple[EntryKind, ...] = ("listing", "feed", "sitemap")
    is_root = parts.path in {"", "/"} and not parts.query
    if any(word in parts.path.lower() for word in _FEED_WORDS):
        kinds = ("sitemap", "feed", "listing") if "sitemap" in parts.path.lower() else ("feed", "sitemap", "listing")
    elif not is_root:
        yield None
    yield from (EntryPoint(kind=kind, url=url) for kind in kinds)


def _is_enough(shown: Preview) -> bool:
    """Whether the address was understood, or cannot be had, so that it need not be read in another way."""
    if (
        any(entry.status == "ok" and entry.links for entry in shown.entries)
        or shown.stored
        or shown.reason != "finished"
    ):
        return True
    told = [page.event.reason for page in shown.pages if not isinstance(page.event, Extracted)]
    told += [entry.reason for entry in shown.entries if entry.http_status is not None or entry.status == "failed"]
    failed = any(isinstance(page.event, Failed) for page in shown.pages)
    return failed or any(reason in _NO_LIST or reason.startswith("http_") for reason in told)


def _source_of(url: str, config: Config) -> Source:
    site = site_of(host_of(url))
    for source in config.source:
        if site in {site_of(host) for host in source.own_hosts}:
            return source
    zone = zone_of(host_of(url), "zh")
    return Source(name=_NAMELESS, home=urljoin(url, "/"), timezone=zone.name)


def _job(source: Source, config: Config, now: datetime, pages: int) -> CrawlJob:
    job = build_job(source, config.fetch, config.dibao.contact, now=now)
    # Only the first page of each listing: where nothing is known, every older page would bring something new.
    return replace(job, limits=replace(job.limits, max_pages=pages, max_listing_pages=0))


def _events(job: CrawlJob, engine: Engine) -> list[Event]:
    """All events of a job, each said to be safe at once."""
    engine.submit(job)
    events: list[Event] = []
    while not any(isinstance(event, JobFinished) for event in events[-BATCH:]):
        came = [event for event in engine.poll(POLL_SECONDS, limit=BATCH) if event.job_id == job.id]
        engine.committed(came)
        events += came
    return events


def _shown(source: Source, events: Sequence[Event]) -> Preview:
    named = {
        candidate.key: (event.entry_url, candidate)
        for event in reversed(events)
        if isinstance(event, Discovered)
        for candidate in event.candidates
    }
    pages = []
    for event in events:
        if isinstance(event, Extracted | Rejected | Failed):
            entry_url, candidate = named.get(event.key, (None, None))
            url = event.url if isinstance(event, Extracted) else candidate.url if candidate else f"https:{event.key}"
            pages.append(PreviewPage(url=url, event=event, entry_url=entry_url, candidate=candidate))
    entries = tuple(event for event in events if isinstance(event, EntryChecked))
    order = {entry.url: number for number, entry in enumerate(entries)}
    pages.sort(key=lambda page: (order.get(page.entry_url or "", -1), page.candidate.position if page.candidate else 0))
    end = next(event for event in reversed(events) if isinstance(event, JobFinished))
    return Preview(
        source=source,
        entries=entries,
        pages=tuple(pages),
        requests=end.requests,
        reason=end.reason,
        detail=end.detail,
    )
