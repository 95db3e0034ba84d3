"""One door for entry points of every kind: bytes in, candidates or a reason out. For a pool process; never fetches."""

from __future__ import annotations

from dataclasses import dataclass, field

from crawler.discovery.candidates import Found
from crawler.discovery.feeds import MAX_ITEMS, read_feed
from crawler.discovery.listings import MAX_LINKS, LinkPattern, compile_links, read_listing
from crawler.discovery.sitemaps import MAX_URLS, read_sitemap
from storage.records import Candidate, EntryKind, EntryPoint, Rejection

_MOST = {"feed": MAX_ITEMS, "sitemap": MAX_URLS, "listing": MAX_LINKS}


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryInput:
    """All that reading an entry point needs. `url` is the address that answered, after redirects.

    `hosts`: hosts or sites that belong to the source, besides that of its home page. `links`: pattern that article
    links must match; without one a listing's links are judged by their looks, and all others are taken.
    """

    kind: EntryKind
    url: str
    body: bytes
    content_type: str | None = None
    links: str | None = None
    hosts: tuple[str, ...] = ()
    home: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPage:
    """What an entry point said. `further`: sitemaps of an index, newest first. `skipped`: links left out, by reason."""

    candidates: tuple[Candidate, ...] = ()
    further: tuple[EntryPoint, ...] = ()
    skipped: dict[str, int] = field(default_factory=dict)
    title: str | None = None


def read_entry(entry: EntryInput) -> EntryPage | Rejection:
    """Candidates of an entry point, or why it is none. An entry point of the right kind may have no candidates.

    Raises BadUrl for a bad `url` or `home` and BadPattern for bad `links`: mistakes of the caller, not of the page.
    """
    found = Found(url=entry.url, home=entry.home, hosts=entry.hosts, most=_MOST[entry.kind])
    links = compile_links(entry.links)
    title: str | Rejection | None
    if entry.kind == "feed":
        title = read_feed(entry.body, entry.content_type, found)
    elif entry.kind == "sitemap":
        title = read_sitemap(entry.body, entry.content_type, found)
    else:
        title = read_listing(entry.body, entry.content_type, found, links)
    if isinstance(title, Rejection):
        return title
    candidates = _matching(found, links)
    further = tuple(found.further.values())
    return EntryPage(candidates=candidates, further=further, skipped=found.skipped, title=title)


def _matching(found: Found, links: LinkPattern | None) -> tuple[Candidate, ...]:
    """Candidates that the pattern allows: a general sitemap names sections too. A listing's match already."""
    if links is None:
        return found.candidates
    matching = tuple(candidate for candidate in found.candidates if links.matches(candidate.url))
    found.skip("not_article", len(found.candidates) - len(matching))
    return matching
