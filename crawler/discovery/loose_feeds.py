"""Feeds that are not well-formed XML, as feedparser makes them out. Encodings, dates and addresses stay ours."""

from __future__ import annotations

import io
import re
from typing import Any

import feedparser

from crawler.discovery.feed_items import Feed, FeedItem
from crawler.discovery.titles import plain_title

DATE_FIELDS = ("published", "updated", "created", "issued", "modified")
"""Where feedparser puts date strings as the feed has them, best first."""

_HTTP = re.compile(r"\s*https?://", re.IGNORECASE)


def read_loosely(text: str) -> Feed:
    """The feed, with whatever feedparser finds in it. Raises what feedparser raises, which may be anything."""
    # A stream, because feedparser opens what a string names: a URL or a file. Without sanitising and resolving of
    # embedded HTML, which we do not use, it takes a third of the time.
    parsed = feedparser.parse(
        io.BytesIO(text.encode("utf-8", "replace")),
        response_headers={"content-type": "application/xml; charset=utf-8"},
        resolve_relative_uris=False,
        sanitize_html=False,
    )
    return Feed(title=_plain(parsed.feed, "title"), items=tuple(map(_item, parsed.entries)))


def _item(entry: Any) -> FeedItem:
    guid = _value(entry, "id")
    original = _value(entry, "feedburner_origlink")
    link = original if _HTTP.match(original) else _value(entry, "link")
    named = any(_value(each, "href") for each in dict.get(entry, "links") or ())
    if not named and not _HTTP.match(link):
        link = ""  # feedparser takes a guid for the link
    return FeedItem(
        link=link or None,
        title=_plain(entry, "title"),
        date=next((text for name in DATE_FIELDS if (text := _value(entry, name))), None),
        guid=guid or None,
    )


def _value(values: Any, name: str) -> str:
    # dict.get, because feedparser's own access answers one field with another and warns about it.
    value = dict.get(values, name)
    return value.strip() if isinstance(value, str) else ""


def _plain(values: Any, name: str) -> str | None:
    """A title without markup."""
    detail = dict.get(values, f"{name}_detail") or {}
    return plain_title(_value(values, name), is_html="html" in str(detail.get("type", "")))
