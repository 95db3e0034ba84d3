"""Feeds: RSS 0.9x, 1.0 and 2.0, Atom, CDF, JSON Feed. lxml reads what is well-formed, feedparser what is not."""

from __future__ import annotations

import re
from dataclasses import dataclass

from crawler.discovery.candidates import MAX_GUID_CHARACTERS, Found
from crawler.discovery.feed_guids import judge_guids, shared_link
from crawler.discovery.feed_items import Feed, FeedItem, read_items
from crawler.discovery.json_feed import is_json_feed, json_feed
from crawler.discovery.json_text import looks_like_json, read_json
from crawler.discovery.loose_feeds import read_loosely
from crawler.discovery.xml_text import root_name, with_escaped_ampersands, xml_text
from storage.records import Rejection

MAX_ITEMS = 1000
"""Items read of one feed. feedparser does about 2,000 a second; news feeds have 20 to 200."""

FEED_ROOTS = frozenset({"rss", "feed", "rdf", "channel"})
_ITEM_START = re.compile(r"<(?:[A-Za-z_][\w.-]*:)?(?:item|entry)(?=[\s/>])", re.IGNORECASE)
_ITEM_END = re.compile(r"</(?:[A-Za-z_][\w.-]*:)?(?:item|entry)\s*>", re.IGNORECASE)
_LONG_TAG = re.compile(r"<[A-Za-z_/?][^<>]{65536}")
"""A tag of more than 64 KiB: one of five megabytes made feedparser need 800 MB (measured)."""

MOST_LOOSE_TAGS = 100_000
"""Of a feed that feedparser has to make out, 100 an item: it takes 25 us for each, however they stand (measured)."""

_ROOT_TAG = re.compile(r"<((?:[A-Za-z_][\w.-]*:)?(?:rss|feed|rdf|channel))(?=[\s/>])", re.IGNORECASE)
_HTTP = re.compile(r"\s*https?://", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedHead:
    """What a feed says beside its items. `next_url`: its page of older items (RFC 5005, JSON Feed), of this site."""

    title: str | None = None
    next_url: str | None = None


def read_feed(body: bytes, content_type: str | None, found: Found) -> FeedHead | Rejection:
    """The feed's head after its items were added to `found`; a Rejection (not_a_feed) where the body is no feed.

    A feed without items is a feed. Reasons of skipped items: no_link, and those of Found. Notes: what is wrong with the
    guids, and where addresses had to be taken from them.
    """
    if looks_like_json(body):
        return _read_json_feed(body, content_type, found)
    text = xml_text(body, content_type)
    root = root_name(text)
    if root not in FEED_ROOTS:
        return Rejection(reason="not_a_feed", detail=f"the document is <{root}>" if root else "no markup")
    return read_feed_text(text, found)


def read_feed_text(text: str, found: Found) -> FeedHead | Rejection:
    """The same for a document that was decoded and is known to have a feed's root."""
    text, left_out = _first_items(text)
    found.skip("too_many", left_out)
    feed = read_items(text) or read_items(with_escaped_ampersands(text))
    if feed is None or (not feed.items and _ITEM_END.search(text)):
        if text.count("<") > MOST_LOOSE_TAGS or _LONG_TAG.search(text):
            return Rejection(reason="too_complex", detail="ill-formed, and long in tags or with a tag of 64 KiB")
        try:
            feed = read_loosely(text)
        except Exception as error:  # noqa: BLE001 - a feed that breaks the parser is a fact about the feed
            return Rejection(reason="not_a_feed", detail=f"feedparser: {type(error).__name__}: {error}"[:200])
    return _add_items(feed, found)


def _read_json_feed(body: bytes, content_type: str | None, found: Found) -> FeedHead | Rejection:
    document = read_json(body, content_type)
    if isinstance(document, Rejection):
        return Rejection(reason="not_a_feed", detail=f"JSON: {document.detail}")
    if not is_json_feed(document):
        return Rejection(reason="not_a_feed", detail="the document is JSON, but no JSON Feed")
    found.skip("too_many", len(document["items"]) - MAX_ITEMS)
    return _add_items(json_feed(document, MAX_ITEMS), found)


def _add_items(feed: Feed, found: Found) -> FeedHead:
    guids = judge_guids(feed.items)
    for note in guids.notes:
        found.note(note)
    shared = shared_link(feed.items)
    if shared is not None and any(_HTTP.match(item.guid or "") for item in feed.items):
        found.note("items share one link; their guids are taken for addresses")
    for item in feed.items:
        link = _address(item, shared)
        if not link:
            found.skip("no_link")
        elif (url := found.resolve(link, found.url)) is not None:
            guid = item.guid if item.guid in guids.usable and len(item.guid) <= MAX_GUID_CHARACTERS else None
            found.add(url, item.title, item.date, guid)
    return FeedHead(title=feed.title, next_url=found.page_of_site(feed.next_link))


def _address(item: FeedItem, shared: str | None) -> str | None:
    """Where the item's article is: its link, or its guid where that is a URL (`12345` is no path of this site)."""
    guid = item.guid if _HTTP.match(item.guid or "") else None
    if item.link and item.link == shared:
        return guid or item.link
    return item.link or (guid if item.permalink else None)


def _first_items(text: str) -> tuple[str, int]:
    """The document cut after its first MAX_ITEMS items and closed again, and how many items were left out.

    Items that nobody closed are counted by their beginnings: feedparser takes a second for 2,000 of either.
    """
    starts = [match.start() for match in _ITEM_START.finditer(text)]
    root = _ROOT_TAG.search(text)
    if len(starts) <= MAX_ITEMS or root is None:
        return text, 0
    ends = [match.end() for match in _ITEM_END.finditer(text)]
    if len(ends) > MAX_ITEMS:
        end, left_out = ends[MAX_ITEMS - 1], len(ends) - MAX_ITEMS
    else:
        end, left_out = starts[MAX_ITEMS], len(starts) - MAX_ITEMS
    name = root[1]
    closing = f"</channel></{name}>" if name.lower().endswith("rss") else f"</{name}>"
    return text[:end] + closing, left_out
