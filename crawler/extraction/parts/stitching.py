"""One article out of those that its pages read as: the text in order, each fact from the page that knows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from itertools import pairwise

from crawler.extraction.cleaning import squeezed
from crawler.extraction.facts.damage import damage_of_pages
from crawler.extraction.markup.commonmark import escaped, line
from crawler.extraction.parts.seams import continues, is_numbered, joint, trimmed
from storage.records import AUTHOR_ROLES, Article, Credit, Image

SAME_PAGE = 0.8
"""Share of the first page's text that another page repeats when it is the same page with other comments below it."""

SAME_CHARS = 300
"""Letters of the first page from which on that is asked: a gallery repeats a short introduction on every page."""

COVERED = 0.9
"""Share of the first page's text that a page of the whole text must have."""

SAME_TITLE = 0.6
"""Likeness of two headlines of one article: pages of one carry headlines of their own behind its name."""

_TITLE_CHARS = 100

MOST_SEARCHES = 100
"""Paragraphs that are looked for in all of a text, each of which takes the length of the text: those that stand in it
neither as a paragraph nor behind the one before. Pages of one article have a few; hostile ones have twenty thousand."""


def stitched(pages: Sequence[Article]) -> Article:
    """The article whose pages are these, in order, at least one. `parts` and `missing_parts` are those of the first."""
    titles = [title for page in pages for title in (page.title, page.kicker, page.subheadline)]
    lines = trimmed([paragraphs(page.text) for page in pages], titles)
    cuts = [bool(above and below) and continues(above[-1], below[0]) for above, below in pairwise(lines)]
    text = "\n\n".join(_joined(lines, cuts)) or pages[0].text
    return _with_facts(replace(pages[0], text=text, markdown=_markdown(pages, titles, lines, cuts)), pages)


def with_text(first: Article, whole: Article) -> Article:
    """The first page's article with the text of the page that has all of it."""
    return _with_facts(replace(first, text=whole.text, markdown=whole.markdown), (first, whole))


def says_anew(page: Article, earlier: Sequence[Article]) -> bool:
    """Whether a page says what no earlier page of the article said, and is not the first one with something below."""
    *_, own = trimmed([*(paragraphs(other.text) for other in earlier), paragraphs(page.text)], [page.title])
    lines = [_keys(other.text) for other in earlier]
    if all(_standing([squeezed(part) for part in own], lines)):
        return False
    first = lines[0]
    return sum(map(len, first)) < SAME_CHARS or _share(first, _keys(page.text)) < SAME_PAGE


def covers(whole: Article, first: Article) -> bool:
    """Whether a page has the text of the first page and more."""
    keys, lines = _keys(first.text), _keys(whole.text)
    return sum(map(len, lines)) > sum(map(len, keys)) and _share(keys, lines) >= COVERED


def alike(one: Article, other: Article) -> bool:
    """Whether the headlines of two pages may be those of one article; a page without one says nothing against it."""
    first, second = squeezed(one.title or "")[:_TITLE_CHARS], squeezed(other.title or "")[:_TITLE_CHARS]
    if not first or not second or is_numbered(first, second) or first in second or second in first:
        return True
    return SequenceMatcher(None, first, second, autojunk=False).ratio() >= SAME_TITLE


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a text."""
    return text.split("\n\n")


def _keys(text: str) -> list[str]:
    """The comparison keys of the paragraphs of a text."""
    return [squeezed(part) for part in paragraphs(text)]


def _share(keys: Sequence[str], lines: Sequence[str]) -> float:
    """Share of the letters of paragraphs that stand in a text of such lines; all are comparison keys."""
    whole = sum(map(len, keys))
    standing = sum(len(key) for key, stands in zip(keys, _standing(keys, [lines]), strict=True) if stands)
    return standing / whole if whole else 0.0


def _standing(keys: Sequence[str], pages: Sequence[Sequence[str]]) -> Iterator[bool]:
    """Whether each key stands in the text of one of these pages, of whose lines they are keys.

    Linear in both: a key is a line, or is looked for from where the last one was found, or it is one of MOST_SEARCHES.
    """
    known = frozenset(line for lines in pages for line in lines)
    text = "\n".join("".join(lines) for lines in pages)
    place, searches = 0, MOST_SEARCHES
    for key in keys:
        if key in known or not key:
            yield True
            continue
        at = text.find(key, place) if searches else -1
        if at < 0 and searches:
            searches -= 1
            at = text.find(key, 0, place + len(key))
        place = at if at >= 0 else place
        yield at >= 0


def _joined(pages: Sequence[Sequence[str]], cuts: Sequence[bool]) -> list[str]:
    """The lines of all pages, those that a page break cut in one piece."""
    found: list[str] = list(pages[0])
    for lines, cut in zip(pages[1:], cuts, strict=True):
        rest = list(lines)
        if cut and found and rest:
            found[-1] = joint(found[-1], rest.pop(0))
        found += rest
    return found


def _markdown(
    pages: Sequence[Article], titles: Sequence[str | None], lines: Sequence[Sequence[str]], cuts: Sequence[bool]
) -> str | None:
    """The markdown of all pages, joined where their texts are; None where the first page has none."""
    if pages[0].markdown is None:
        return None
    said = [paragraphs(page.markdown) if page.markdown else _escaped(page.text) for page in pages]
    blocks = trimmed(said, titles)
    same = [
        cut and bool(above and below) and _is(above[-1], lines[place][-1]) and _is(below[0], lines[place + 1][0])
        for place, (cut, (above, below)) in enumerate(zip(cuts, pairwise(blocks), strict=True))
    ]
    return "\n\n".join(_joined(blocks, same))


def _escaped(text: str) -> list[str]:
    """A plain text as paragraphs of markdown."""
    return [line(escaped(part)) for part in paragraphs(text)]


def _is(block: str, text: str) -> bool:
    """Whether a block of markdown is a paragraph of the text and nothing more."""
    return squeezed(block) == squeezed(text)


def _with_facts(article: Article, pages: Sequence[Article]) -> Article:
    """An article with the facts of its pages: from the first that has each; the lowest confidence of all."""
    source = _first(pages, lambda page: page.origin) or pages[0]
    dated = _first(pages, lambda page: page.published) or pages[0]
    corrected = _first(pages, lambda page: page.correction) or pages[0]
    licensed = _first(pages, lambda page: page.licence) or pages[0]
    surenesses = [page.confidence for page in pages if page.confidence is not None]
    return replace(
        article,
        published=dated.published,
        modified=article.modified or dated.modified,
        origin=source.origin,
        origin_raw=source.origin_raw,
        origin_url=source.origin_url,
        origin_kind=source.origin_kind,
        credits=_credits(pages),
        images=_images(pages),
        licence=licensed.licence,
        correction=corrected.correction,
        damage=damage_of_pages(article.text, [page.damage for page in pages]),
        confidence=min(surenesses, default=None),
        learned=sum(page.learned for page in pages),
    )


def _first(pages: Sequence[Article], fact: Callable[[Article], object]) -> Article | None:
    """The first page that knows a fact."""
    return next((page for page in pages if fact(page)), None)


def _credits(pages: Sequence[Article]) -> tuple[Credit, ...]:
    """All who are credited, each once. Writers are those of the first page that names any."""
    written = _first(pages, lambda page: page.authors)
    found: dict[tuple[str, str], Credit] = {}
    for page in pages:
        for credit in page.credits:
            if credit.role not in AUTHOR_ROLES or page is written:
                found.setdefault((credit.role, credit.name), credit)
    return tuple(found.values())


def _images(pages: Sequence[Article]) -> tuple[Image, ...]:
    """The pictures of all pages, each once."""
    found: dict[str, Image] = {}
    for page in pages:
        for image in page.images:
            found.setdefault(image.url, image)
    return tuple(found.values())
