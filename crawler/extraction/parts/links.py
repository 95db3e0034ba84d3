"""Which pages an article has, as one of them says: its pager, the links of its head, the script that draws its pager.

A page of an article is an address that differs from that of the page in its page number only (addresses.py), and that
a link calls by that number, or the next or the previous page. The next article (下一篇) is neither.
"""

from __future__ import annotations

import re
from functools import cached_property
from itertools import islice
from typing import Any
from urllib.parse import urljoin

from crawler.extraction.parts.addresses import Form, Place, bare, is_whole_of, names_of, numbered, place_of
from crawler.extraction.parts.numbering import Link, PartLinks, told
from crawler.extraction.parts.scripted import scripted_links
from crawler.extraction.parts.words import SHORT, Said, said_by
from storage.identity import BadUrl, canonical_url

MOST_LINKS = 5000
"""Of a page that are looked at; real pages have up to 3 000."""

LONGEST_LINK = 500
"""Characters of an address that is looked at."""

MOST_FOUND = 400
"""Links to pages of one article that are kept: a pager above and one below the text have 200 at most."""

SHORT_LINK = 24
"""Characters of the longest relative address that does not name the article again: `./index_2.html`, `?pageIndex=2`."""

_RELATIVE = re.compile(r"\?|(?:\./)?(?:(?:p|page[-_/]?)?\d{1,2}(?:\D|$)|index|default|\.\./|$)")
_ASIDE = re.compile(
    r"comment|reply|pinglun|\breview|relate|recommend|calendar|\brili|widget|disqus|respond\b|xgxw|tuijian|xiangguan",
    re.IGNORECASE,
)
_ASIDE_FRAGMENT = re.compile(r"#.{0,40}(?:comment|reply|respond|pinglun)", re.IGNORECASE)
_LEVELS_UP = 4
"""Elements around a link whose names may say that its pager is that of comments or of a list."""


def find_part_links(root: Any, markup: str, url: str) -> PartLinks | None:
    """The other pages of the article on the page at `url`, or None where it has none. `markup`: of the tree `root`.

    Linear in the links of the page; all but those that hold the name of the page or are very short cost a glance.
    """
    own_url = _canonical(url)
    own = place_of(own_url) if own_url else None
    if own is None:
        return None
    return scripted_links(markup, own, url) or _Pager(own, url).read(root)


class _Pager:
    """Collects the links of a page that lead to other pages of its article."""

    def __init__(self, own: Place, url: str) -> None:
        self._own = own
        self._url = url
        self._numbers = numbered(own)
        self._found: dict[Form, list[Link]] = {}
        self._whole: str | None = None

    def read(self, root: Any) -> PartLinks | None:
        """What the links of a tree say, or None where no other page is among them or can be."""
        if not (self._numbers or self._forms):
            return None
        base = root.find("head/base")
        start = _joined(self._url, (base.get("href") if base is not None else "") or "")
        for element, href in _near(root, names_of(self._own, self._numbers))[:MOST_LINKS]:
            self._take(element, _joined(start, href))
        links = told(self._found, self._numbers, self._url)
        if links is None:
            return PartLinks(whole_url=self._whole) if self._whole else None
        return links.with_whole(self._whole)

    @cached_property
    def _forms(self) -> frozenset[Form]:
        """The forms of the article's further pages, if the page is its first."""
        return bare(self._own)

    def _take(self, element: Any, url: str) -> None:
        """None; a link to another page of the article is kept, any other is not."""
        canonical = _canonical(url)
        place = place_of(canonical) if canonical else None
        if canonical is None or place is None or place.site != self._own.site:
            return
        said = _said(element)
        # A link to the page itself tells its number, and nothing by other words: pagers go on to where they stand.
        if said is None or (place == self._own and said.number is None) or _is_aside(element, url):
            return
        related = self._related(place)
        if said.kind == "whole":
            if is_whole_of(place, self._own) or 0 in related.values():
                self._whole = self._whole or canonical
                return
            said = Said("next")
        for form, number in related.items():
            links = self._found.setdefault(form, [])
            if len(links) < MOST_FOUND:
                links.append(Link(canonical, said, number, element.tag == "link"))

    def _related(self, place: Place) -> dict[Form, int | None]:
        """The forms that a place shares with the page, with its number in each, None where it is the one without."""
        related: dict[Form, int | None] = {
            form: number for form, number in numbered(place).items() if form in self._forms or form in self._numbers
        }
        if self._numbers:
            without = bare(place)
            related.update((form, None) for form in self._numbers if form in without)
        return related


def _near(root: Any, names: frozenset[str]) -> list[tuple[Any, str]]:
    """The links of a page whose address, as it stands, holds one of the names or may be relative to the page's own."""
    one, *others = sorted(names, key=len) or ("?",)
    # One comprehension: a page has 200 links, and a call for each would cost 5 % of all that is done to a page.
    near = [
        (element, href)
        for element in root.iter("a", "link", "option")
        if (href := element.get("href") or element.get("value"))
        and (one in href or len(href) <= SHORT_LINK or (others and any(name in href for name in others)))
    ]
    return [
        (element, address)
        for element, href in near
        if 0 < len(address := href.strip()) <= LONGEST_LINK
        and (_RELATIVE.match(address) or any(name in address for name in names))
        and (element.tag != "link" or _relation(element))
    ]


def _relation(element: Any) -> Said | None:
    """What a link element of the head says (HTML 4.6.7: next, prev)."""
    names = (element.get("rel") or "").lower().split()
    if "next" in names:
        return Said("next")
    return Said("previous") if "prev" in names else None


def _said(element: Any) -> Said | None:
    """What a link says of the page behind it: by its words, or by those of its picture."""
    if element.tag == "link":
        return _relation(element)
    words = "".join(islice(element.itertext(), 20))[: 5 * SHORT]
    if not words.strip():
        picture = next(element.iter("img"), None)
        words = element.get("title") or (picture.get("alt") if picture is not None else "") or ""
    return said_by(words)


def _is_aside(element: Any, url: str) -> bool:
    """Whether a link belongs to comments, to a list beside the article or to a calendar."""
    if _ASIDE_FRAGMENT.search(url):
        return True
    for around in islice(element.iterancestors(), _LEVELS_UP):
        if around.tag in ("body", "html"):
            return False
        if _ASIDE.search(f"{around.get('class') or ''} {around.get('id') or ''}"[:200]):
            return True
    return False


def _joined(base: str, href: str) -> str:
    """An absolute address, or an empty string where there is none."""
    try:
        return urljoin(base, href)
    except ValueError:
        return ""


def _canonical(url: str) -> str | None:
    """The canonical form of an address, trackers dropped, or None for one that is never fetched."""
    try:
        return canonical_url(url)
    except BadUrl:
        return None
