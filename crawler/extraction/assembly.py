"""An article of several pages (分页), put together one page at a time; what to fetch next is all that it says.

It fetches nothing. Whoever has read the first page asks it, in a loop:

    reading = await pool.run(read_signed, PageInput(...))
    assembly = Assembly(final_url, reading, most=limits.max_parts)
    while url := assembly.wanted:  # None at once for an article of one page
        response = await fetch(url)  # a request of its own, with the host's pause
        assembly = await pool.run(with_part, Step(assembly=assembly, page=PageInput(..., url=response.url, part=True)))
        # or assembly.took(url, None) where it could not be had
    reading = await pool.run(finished, assembly)  # its Article has `parts` and `missing_parts`
    Extracted(..., parts=assembly.parts)

Its state is plain values: it is pickled between two pages, for to compare pages of a megabyte is work for the pool
(signed.py). What a site says cannot keep it going: each number is asked for once, at most `most` of them, a page that
says nothing new ends the walk, and so does one with which the article would be longer than any.
"""

from __future__ import annotations

from dataclasses import replace

from crawler.extraction.page import Reading
from crawler.extraction.parts.addresses import place_of
from crawler.extraction.parts.numbering import PartLinks
from crawler.extraction.parts.stitching import alike, covers, says_anew, stitched, with_text
from storage.identity import BadUrl, url_key
from storage.records import Article, PagePart

MOST_PARTS = 30
"""Of one article, the first page included."""

MOST_CHARS = 2_000_000
"""Of the text of an article, and of its markdown: as much as a plain text may have (plain_text.MOST_CHARS)."""


class Assembly:
    """The pages of one article, of which the first was read. Whatever `took` is told answers `wanted`."""

    def __init__(self, first_url: str, first: Reading, most: int = MOST_PARTS) -> None:
        self._first = first
        self._most = most
        self._site = _site(first_url)
        self._key = _key(first_url)
        self._whole_url: str | None = None
        self._whole: Article | None = None
        self._known: dict[int, str] = {}
        self._had: dict[int, Article] = {}
        self._missing: set[int] = set()
        self._end: int | None = None
        self._full = False
        links = first.links
        if isinstance(first.result, Article) and links and not links.later:
            self._had[1] = first.result
            self._whole_url = links.whole_url
            self._learn(1, links)

    @property
    def wanted(self) -> str | None:
        """The canonical address to fetch next, or None where nothing is left to fetch."""
        if self._whole_url:
            return self._whole_url
        number = self._next
        return None if number is None else self._known[number]

    @property
    def done(self) -> bool:
        """Whether nothing is left to fetch."""
        return self.wanted is None

    def took(self, url: str, reading: Reading | None) -> None:
        """None; what was wanted answered at `url`, after redirects, and reads so. None: it could not be had."""
        article = reading.result if reading and isinstance(reading.result, Article) else None
        if self._whole_url:
            self._take_whole(article)
            return
        number = self._next
        if number is None:
            return
        if article is None:
            self._missing.add(number)
        else:
            self._take_part(number, _key(url), article, reading.links if reading else None)

    def with_answer(self, url: str, reading: Reading) -> Assembly:
        """Itself, after it took what was wanted."""
        self.took(url, reading)
        return self

    def reading(self) -> Reading:
        """The first page's reading with the whole article, as far as its pages were had."""
        if not self._whole and not self._known:
            return self._first
        numbers = [number for number in self._known if self._end is None or number < self._end]
        missing: tuple[int, ...] = ()
        if self._whole:
            article = with_text(self._had[1], self._whole)
        else:
            article = stitched([self._had[number] for number in sorted(self._had)])
            missing = tuple(sorted(number for number in numbers if number not in self._had))
        article = replace(article, parts=max(numbers, default=1), missing_parts=missing)
        return replace(self._first, result=article)

    @property
    def parts(self) -> tuple[PagePart, ...]:
        """Parts 2 and up, in order, those too that could not be had."""
        return tuple(
            PagePart(number=number, url=url, key=url_key(url)) for number, url in sorted(self._known.items())
        )

    @property
    def _next(self) -> int | None:
        """The lowest number that is known and not asked for yet."""
        if self._end is not None or self._full:
            return None
        open_ones = (n for n in self._known if n <= self._most and n not in self._had and n not in self._missing)
        return min(open_ones, default=None)

    def _learn(self, number: int, links: PartLinks) -> None:
        """None; the addresses that part `number` names are known, those of numbers and pages known before stay."""
        named = dict(links.parts) if links.number == number and not (links.later and number == 1) else {}
        if links.next_url:
            named.setdefault(number + 1, links.next_url)
        taken = {self._key, *map(_key, self._known.values())}
        for part, url in sorted(named.items()):
            key = _key(url)
            if part > 1 and part not in self._known and key not in taken and _site(url) == self._site:
                self._known[part] = url
                taken.add(key)

    def _take_whole(self, article: Article | None) -> None:
        """None; the page with the whole text answered. Where it has no more than the first page, parts are fetched."""
        self._whole_url = None
        if article is not None and covers(article, self._had[1]):
            self._whole = article
            self._end = max(self._known, default=1) + 1

    def _take_part(self, number: int, key: str, article: Article, links: PartLinks | None) -> None:
        """None; part `number` answered at an address of that key. One that says nothing new ends the walk."""
        earlier = {self._key, *(_key(self._known[other]) for other in self._known if other < number)}
        if key in earlier:
            self._missing.add(number)
        elif not self._is_of_article(article, links, earlier):
            self._drop(number, moved=key != _key(self._known[number]))
        elif self._has_no_room_for(article):
            self._full = True
            self._missing.add(number)
        elif not says_anew(article, [self._had[other] for other in sorted(self._had)]):
            self._end = number
        else:
            self._had[number] = article
            if links:
                self._learn(number, links)

    def _has_no_room_for(self, article: Article) -> bool:
        """Whether the article would be longer than any with one more page."""
        pages = (*self._had.values(), article)
        texts = sum(len(page.text) for page in pages)
        return max(texts, sum(len(page.markdown or page.text) for page in pages)) > MOST_CHARS

    def _is_of_article(self, article: Article, links: PartLinks | None, earlier: set[str]) -> bool:
        """Whether a page is one of the article's: it leads back to those before it, or it has its headline."""
        named = (*links.parts.values(), links.first_url) if links else ()
        return any(_key(url) in earlier for url in named if url) or alike(self._had[1], article)

    def _drop(self, number: int, *, moved: bool) -> None:
        """None; the page at a number is another article; where the address only led there, its part is missing."""
        if moved:
            self._missing.add(number)
            return
        self._end = number
        self._known = {other: url for other, url in self._known.items() if other < number}


def _key(url: str) -> str:
    """The key of an address; the address itself where it has none."""
    try:
        return url_key(url)
    except BadUrl:
        return url


def _site(url: str) -> str:
    """The host of an address."""
    place = place_of(url)
    return place.site if place else ""
