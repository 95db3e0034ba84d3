"""Whether a feed's guids name its items. Ours is the URL, so a bad guid costs no item; it is only not kept."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from crawler.discovery.feed_items import FeedItem

LEAST_TITLE = 4
"""Letters and digits of a title that do not stand in a guid by chance."""


@dataclass(frozen=True, slots=True)
class Guids:
    """`usable`: the guids that name one item each. `notes`: what is wrong with the others, for the operator."""

    usable: frozenset[str]
    notes: tuple[str, ...]


def judge_guids(items: Sequence[FeedItem]) -> Guids:
    """The guids of a feed that can be kept. Those that change with the title, or are shared by most items, are none."""
    named = [item for item in items if item.guid]
    if not items:
        return Guids(frozenset(), ())
    if not named:
        return Guids(frozenset(), ("items have no guid",))
    shared = _shared(named)
    bad = sum(item.guid in shared for item in named)
    if bad == len(items) and len(shared) == 1:
        return Guids(frozenset(), ("all items share one guid",))
    if 2 * bad > len(named):
        return Guids(frozenset(), ("most items share a guid",))
    if _follow_titles(named):
        return Guids(frozenset(), ("guids change with titles",))
    notes = [f"{bad} items share a guid"] if bad else []
    if len(named) < len(items):
        notes.append(f"items without guid: {len(items) - len(named)}")
    return Guids(frozenset(item.guid for item in named if item.guid and item.guid not in shared), tuple(notes))


def shared_link(items: Sequence[FeedItem]) -> str | None:
    """The address that more than half of the items give as theirs (the home page), None where there is none."""
    links = Counter(item.link for item in items if item.link)
    link, count = links.most_common(1)[0] if links else ("", 0)
    return link if count > 1 and 2 * count > len(items) else None


def _shared(items: Iterable[FeedItem]) -> set[str]:
    """Guids of more than one article: the same article twice under one guid is no fault."""
    articles: dict[str, set[tuple[str | None, str | None]]] = defaultdict(set)
    for item in items:
        if item.guid:
            articles[item.guid].add((item.link, None if item.link else item.title))
    return {guid for guid, which in articles.items() if len(which) > 1}


def _follow_titles(items: Sequence[FeedItem]) -> bool:
    titled = [item for item in items if len(_letters(item.title or "")) >= LEAST_TITLE]
    return bool(titled) and 2 * sum(map(_says_title, titled)) > len(titled)


def _says_title(item: FeedItem) -> bool:
    """Whether the guid is the title, holds it or is made of it. An address with a title in it stays as it is."""
    guid, title = item.guid or "", item.title or ""
    if guid == item.link:
        return False
    return _letters(title) in _letters(unquote(guid)) or guid.lower() in _digests(title)


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text)).casefold()


def _digests(title: str) -> tuple[str, ...]:
    data = title.encode("utf-8", "replace")
    return tuple(hashlib.new(name, data, usedforsecurity=False).hexdigest() for name in ("md5", "sha1"))
