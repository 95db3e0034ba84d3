"""Feeds: RSS 0.9x, 1.0 and 2.0, Atom, CDF. feedparser reads the structure; encodings, dates and links are ours."""

from __future__ import annotations

import html
import io
import re
from typing import Any

import feedparser

from crawler.discovery.candidates import MAX_TITLE_CHARACTERS, Found
from crawler.discovery.xml_text import root_name, xml_text
from storage.records import Rejection

MAX_ITEMS = 1000
"""Items read of one feed. feedparser does about 2,000 a second; news feeds have 20 to 200."""

FEED_ROOTS = frozenset({"rss", "feed", "rdf", "channel"})
DATE_FIELDS = ("published", "updated", "created", "issued", "modified")
"""Where feedparser puts date strings as the feed has them, best first."""

MAX_DATE_CHARACTERS = 64
"""Longer is no date, and date parsers are slow on them (reliability 2.3)."""

_ITEM_END = re.compile(r"</(?:[A-Za-z_][\w.-]*:)?(?:item|entry)\s*>", re.IGNORECASE)
_ROOT_TAG = re.compile(r"<((?:[A-Za-z_][\w.-]*:)?(?:rss|feed|rdf|channel))(?=[\s/>])", re.IGNORECASE)
_TAG = re.compile(r"</?[A-Za-z][^<>]*>|<!--.*?-->", re.DOTALL)
_HTTP = re.compile(r"\s*https?://", re.IGNORECASE)


def read_feed(body: bytes, content_type: str | None, found: Found) -> str | Rejection | None:
    """The feed's title after its items were added to `found`; a Rejection where the body is no feed.

    A feed without items is a feed. Reasons of skipped items: no_link, and those of Found.
    """
    text = xml_text(body, content_type)
    root = root_name(text)
    if root not in FEED_ROOTS:
        return Rejection(reason="not_a_feed", detail=f"the document is <{root}>" if root else "no markup")
    return read_feed_text(text, found)


def read_feed_text(text: str, found: Found) -> str | Rejection | None:
    """The same for a document that was decoded and is known to have a feed's root."""
    text, left_out = _first_items(text)
    found.skip("too_many", left_out)
    try:
        parsed = _parse(text)
    except Exception as error:  # noqa: BLE001 - a feed that breaks the parser is a fact about the feed
        return Rejection(reason="not_a_feed", detail=f"feedparser: {type(error).__name__}: {error}"[:200])
    for entry in parsed.entries:
        _add(entry, found)
    return _plain(parsed.feed, "title")


def _parse(text: str) -> Any:
    # A stream, because feedparser opens what a string names: a URL or a file. Without sanitising and resolving of
    # embedded HTML, which we do not use, it takes a third of the time.
    return feedparser.parse(
        io.BytesIO(text.encode("utf-8", "replace")),
        response_headers={"content-type": "application/xml; charset=utf-8"},
        resolve_relative_uris=False,
        sanitize_html=False,
    )


def _first_items(text: str) -> tuple[str, int]:
    """The document cut after its first MAX_ITEMS items and closed again, and how many items were left out."""
    ends = [match.end() for match in _ITEM_END.finditer(text)]
    root = _ROOT_TAG.search(text)
    if len(ends) <= MAX_ITEMS or root is None:
        return text, 0
    name = root[1]
    closing = f"</channel></{name}>" if name.lower().endswith("rss") else f"</{name}>"
    return text[: ends[MAX_ITEMS - 1]] + closing, len(ends) - MAX_ITEMS


def _add(entry: Any, found: Found) -> None:
    link = _link(entry)
    if not link:
        found.skip("no_link")
        return
    url = found.resolve(link, found.url)
    if url is not None:
        found.add(url, _plain(entry, "title"), _date(entry))


def _link(entry: Any) -> str:
    """Where the item's article is. FeedBurner keeps the publisher's own address aside; a guid serves if it is a URL."""
    original = _text(entry, "feedburner_origlink")
    if _HTTP.match(original):
        return original
    link = _text(entry, "link")
    named = any(_text(each, "href") for each in dict.get(entry, "links") or ())
    if not named and not _HTTP.match(link):
        return ""  # a guid is a name: "12345" is no path of this site
    return link


def _date(entry: Any) -> str | None:
    return next((text for name in DATE_FIELDS if (text := _text(entry, name)[:MAX_DATE_CHARACTERS])), None)


def _text(values: Any, name: str) -> str:
    # dict.get, because feedparser's own access answers one field with another and warns about it.
    value = dict.get(values, name)
    return value.strip() if isinstance(value, str) else ""


def _plain(values: Any, name: str) -> str | None:
    """A title without markup: only where feedparser says that it is HTML, for `a < b` is a title too."""
    title = _text(values, name)[: 4 * MAX_TITLE_CHARACTERS]
    detail = dict.get(values, f"{name}_detail") or {}
    if "html" in str(detail.get("type", "")):
        title = html.unescape(_TAG.sub("", title))
    return title or None
