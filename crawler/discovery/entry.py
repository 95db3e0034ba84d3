"""One door for entry points of every kind: bytes in, candidates or a reason out. For a pool process; never fetches."""

from __future__ import annotations

from dataclasses import replace

from crawler.discovery.candidates import Found
from crawler.discovery.entry_page import EntryInput, EntryPage
from crawler.discovery.feeds import FEED_ROOTS, MAX_ITEMS, FeedHead, read_feed
from crawler.discovery.json_list import MAX_JSON_ITEMS, read_json_list
from crawler.discovery.json_text import looks_like_json
from crawler.discovery.link_dates import LATEST
from crawler.discovery.listings import MAX_LINKS, LinkPattern, ListingPage, compile_links, read_listing
from crawler.discovery.sitemaps import GZIP, MAX_URLS, SITEMAP_ROOTS, read_sitemap
from crawler.discovery.xml_text import JUNK_CHARACTERS, root_name
from crawler.extraction.facts.dates import FUTURE
from crawler.extraction.price import affordable
from storage.records import Candidate, EntryKind, Rejection

__all__ = ["CPU_SECONDS", "EntryInput", "EntryPage", "read_entry"]

CPU_SECONDS = 10.0
"""Of an entry point, as long as its process is alive. A sitemap of 50,000 addresses, the most that the protocol allows,
takes 4 s; a feed of 1,000 items that feedparser has to make out takes 1 s."""

_MOST = {"feed": MAX_ITEMS, "sitemap": MAX_URLS, "listing": MAX_LINKS}


def read_entry(entry: EntryInput) -> EntryPage | Rejection:
    """Candidates of an entry point, or why it is none. An entry point of the right kind may have no candidates.

    A listing or a feed that turns out to be a feed or a sitemap is read as what it is, with a note. What costs more
    processor time than an entry point may is `too_complex`. Raises BadUrl for a bad `url` or `home` and BadPattern for
    bad `links`: mistakes of the caller, not of the page.
    """
    return affordable(lambda: _read_entry(entry), CPU_SECONDS)


def _read_entry(entry: EntryInput) -> EntryPage | Rejection:
    links = compile_links(entry.links)
    kind = _kind(entry)
    most = MAX_JSON_ITEMS if entry.json is not None else _MOST[kind]
    found = Found(
        url=entry.url,
        home=entry.home,
        hosts=entry.hosts,
        most=most,
        timezone=entry.timezone,
        latest=LATEST if entry.now is None else entry.now + FUTURE,
    )
    if kind != entry.kind:
        found.note(f"the {entry.kind} is a {kind}")
    said = _read(kind, entry, links, found)
    if isinstance(said, Rejection):
        return said
    page = EntryPage(
        candidates=_matching(found, links),
        further=tuple(found.further.values()),
        title=said.title,
        next_url=said.next_url,
    )
    if isinstance(said, ListingPage):
        page = replace(page, refresh=said.refresh, feeds=said.feeds, feed_pages=said.feed_pages, sections=said.sections)
    return replace(page, skipped=found.skipped, notes=found.notes)


def _kind(entry: EntryInput) -> EntryKind:
    """What the body is: addresses of feeds are typed as listings, and those of sitemaps as feeds."""
    if entry.kind == "sitemap" or entry.json is not None:
        return entry.kind
    if entry.body.startswith(GZIP):
        return "sitemap"
    # Only names of elements are looked for, and those are ASCII in every encoding but UTF-16.
    root = root_name(entry.body[:JUNK_CHARACTERS].replace(b"\0", b"").decode("latin-1"))
    if root in SITEMAP_ROOTS:
        return "sitemap"
    return "feed" if root in FEED_ROOTS else entry.kind


def _read(
    kind: EntryKind, entry: EntryInput, links: LinkPattern | None, found: Found
) -> FeedHead | ListingPage | Rejection:
    body, content_type = entry.body, entry.content_type
    if entry.json is not None:
        return read_json_list(body, content_type, entry.json, found) or FeedHead()
    if kind == "feed":
        return read_feed(body, content_type, found)
    if kind == "sitemap":
        return read_sitemap(body, content_type, found)
    if looks_like_json(body):
        return _json_as_listing(read_feed(body, content_type, found), found)
    return read_listing(body, content_type, found, links, entry.shapes)


def _json_as_listing(feed: FeedHead | Rejection, found: Found) -> FeedHead | Rejection:
    if isinstance(feed, Rejection):
        return Rejection(reason="not_html", detail='it is JSON; say with "items" where its list of articles stands')
    found.note("the listing is a feed")
    return feed


def _matching(found: Found, links: LinkPattern | None) -> tuple[Candidate, ...]:
    """Candidates that the pattern allows: a general sitemap names sections too. A listing's match already."""
    if links is None:
        return found.candidates
    matching = tuple(candidate for candidate in found.candidates if links.matches(candidate.url))
    found.skip("not_article", len(found.candidates) - len(matching))
    return matching
