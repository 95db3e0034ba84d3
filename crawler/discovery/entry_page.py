"""What whoever reads an entry point is given, and what it says. Light: the worker, which asks, reads none itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from storage.records import Candidate, EntryKind, EntryPoint, JsonItems, LinkShape


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryInput:
    """All that reading an entry point needs. `url` is the address that answered, after redirects.

    `hosts`: hosts or sites that belong to the source, besides that of its home page. `links`: pattern that article
    links must match; without one a listing's links are judged by their looks and by `shapes`, what is known of the
    forms of the source's addresses, and all others are taken. `timezone`: of dates that name no offset. `json`: the
    listing is JSON. `lastmod` of a sitemap's parts is kept as it stands. `now`: a date that is later, by more than
    clocks differ, is none (extraction.facts.dates.FUTURE); None: any may be.
    """

    kind: EntryKind
    url: str
    body: bytes
    content_type: str | None = None
    links: str | None = None
    json: JsonItems | None = None
    shapes: tuple[LinkShape, ...] = ()
    timezone: str = "UTC"
    hosts: tuple[str, ...] = ()
    home: str
    now: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPage:
    """What an entry point said. `further`: sitemaps of an index, newest first. `skipped`: links left out, by reason.

    `next_url`: the listing's next (older) page. `refresh`: where a page that is only a signpost sends its reader
    (meta refresh, a script of one line, a frameset). `feeds`: feeds that the page declares (link rel=alternate) or
    links to; `feed_pages`: pages that seem to list feeds (RSS订阅); `sections`: links to the site's other listings.
    `notes`: what an operator should know: "all items share one guid", "dates without offset".
    """

    candidates: tuple[Candidate, ...] = ()
    further: tuple[EntryPoint, ...] = ()
    skipped: dict[str, int] = field(default_factory=dict)
    title: str | None = None
    next_url: str | None = None
    refresh: str | None = None
    feeds: tuple[str, ...] = ()
    feed_pages: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
