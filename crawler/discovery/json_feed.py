"""JSON Feed 1.0 and 1.1 (jsonfeed.org): the same items as an XML feed's."""

from __future__ import annotations

from typing import Any

from crawler.discovery.feed_items import Feed, FeedItem
from crawler.discovery.titles import plain_title


def is_json_feed(document: Any) -> bool:
    """Whether a JSON document is a feed: it says so, or has a title and items of which one has a name or an address."""
    if not isinstance(document, dict) or not isinstance(document.get("items"), list):
        return False
    if "jsonfeed" in str(document.get("version", ""))[:100].lower():
        return True
    items = document["items"]
    first = items[0] if items else None
    return isinstance(first, dict) and "title" in document and ("url" in first or "external_url" in first)


def json_feed(document: dict[str, Any], most: int) -> Feed:
    """The feed with its first `most` items."""
    items = [item for item in document["items"][:most] if isinstance(item, dict)]
    return Feed(
        title=plain_title(_text(document, "title")),
        items=tuple(map(_item, items)),
        next_link=_text(document, "next_url"),
    )


def _item(item: dict[str, Any]) -> FeedItem:
    # `id` is the only field that must be there, and in most feeds it is the address.
    return FeedItem(
        link=_text(item, "url") or _text(item, "external_url"),
        title=plain_title(_text(item, "title")),
        date=_text(item, "date_published") or _text(item, "date_modified"),
        guid=_text(item, "id"),
        permalink=True,
    )


def _text(values: dict[str, Any], name: str) -> str | None:
    value = values.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value.strip() or None if isinstance(value, str) else None
