"""What a page that says little says, as a key: equal for all the addresses for which a site gives the same answer."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from urllib.parse import unquote, urlsplit

from crawler.extraction.cleaning import squeezed
from crawler.extraction.kinds.page_view import PageView, Signs, is_headline_link, letters
from crawler.extraction.markup.blocks import Block

LEAST_KEY = 4
"""Letters of the shortest answer that is known again: `网页错误`."""

LONGEST_TEASER = 2
"""Blocks between two headlines of a list: the beginning of the article, and a date."""

LEAST_TEASERS = 2
"""Teasers that make a list."""

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_TIME = re.compile(
    r"(?:19|20)\d\d\s?[-年/.]\s?\d{1,2}\s?[-月/.]\s?\d{1,2}\s?日?|\d{1,2}:\d{2}(?::\d{2})?(?:\.\d{1,9})?"
    rf"|\b\d{{1,2}}[- .]{{1,2}}{_MONTH}(?:[- ,]{{0,2}}(?:19|20)\d\d)?|\b{_MONTH} \d{{1,2}}(?:,? (?:19|20)\d\d)?"
    r"|\b(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b|(?:星期|周|週)[一二三四五六日天]"
    r"|\b(?:GMT|UTC|CST)\b|\d{1,3}\s?(?:秒|sec(?:onds?)?\b)|\b\d{1,2} ?(?:AM|PM)\b",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"https?://[^\s\"'<>，。]{1,2000}|(?<!\w)/[\w\-.~%/]{2,2000}(?:\?[^\s\"'<>，。]{0,2000})?")
_CODE = re.compile(r"(?=[0-9a-zA-Z\-_]{0,40}\d)[0-9a-zA-Z][0-9a-zA-Z\-_]{7,}|\d{5,}")
_NUMBER = re.compile(r"\d+")


def page_fingerprint(view: PageView, measured: Signs) -> bytes | None:
    """Eight bytes for a page with fewer than LITTLE letters of prose, else None (blake2b).

    Equal for pages that say the same apart from links, the address asked for, times and codes. In a page without the
    marks of an article all numbers are as one, such as those of a countdown; the numbers of a marked page are its news.
    """
    if not measured.little:
        return None
    said = {_key(text, view.url, numbers=measured.marked) for text in _own_texts(view)} - {""}
    whole = "\n".join(sorted(said))
    if letters(whole) < LEAST_KEY:
        return None
    return hashlib.blake2b(whole.encode("utf-8", "replace"), digest_size=8).digest()


def _own_texts(view: PageView) -> Iterator[str]:
    """Title and lines that are no links, without the teasers and dates of lists of links."""
    yield from view.head.titles[:1]
    teasers = _between_links(view.blocks)
    for place, block in enumerate(view.blocks):
        if block.linked * 2 <= block.size and place not in teasers:
            yield block.text


def _between_links(blocks: Sequence[Block]) -> set[int]:
    """Places of blocks that stand between two headlines that are links, where that repeats: teasers of a list."""
    links = [place for place, block in enumerate(blocks) if is_headline_link(block) and _is_one_link(block)]
    pairs = [(one, other) for one, other in pairwise(links) if 1 < other - one <= LONGEST_TEASER + 1]
    if len(pairs) < LEAST_TEASERS:
        return set()
    last = pairs[-1][1]
    after = range(last + 1, min(last + 1 + LONGEST_TEASER, len(blocks)))
    return {place for one, other in pairs for place in range(one + 1, other)} | set(after)


def _is_one_link(block: Block) -> bool:
    """Whether the links of a block are one, and no menu."""
    return 5 * block.lead >= 4 * block.linked


def _key(text: str, url: str, *, numbers: bool) -> str:
    """What a line says, without what changes from address to address and from moment to moment."""
    for echo in _echoes(url):
        text = text.replace(echo, " ")
    text = _CODE.sub(" ", _TIME.sub(" ", _ADDRESS.sub(" ", text[:2000])))
    return squeezed(text if numbers else _NUMBER.sub(" ", text))


@lru_cache(maxsize=4)
def _echoes(url: str) -> list[str]:
    """What of its address a page may repeat, longest first: all of it, without the scheme, path and host.

    Remembered, for each line of a page is asked about the same.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return []
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    forms = (url, url.partition("://")[2], path, parts.path, parts.path.rpartition("/")[2], parts.query, parts.netloc)
    said = {form for text in forms for form in (text, unquote(text)) if len(form) >= 4}  # noqa: PLR2004 - no "/a"
    return sorted(said, key=len, reverse=True)
