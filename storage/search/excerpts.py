"""What of an article is shown for a search: the part of its text with the most hits, as it was written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from storage.search.query import Query
from storage.search.spelling import Spelled

WIDTH = 60
"""Characters of an excerpt, more or less: words of letters are not cut."""

MOST_PLACES = 400
"""Hits in one text that are looked at for the best part; it is among the first."""

_FIRST_WIDE = "\u1100"
"""From here on scripts have no words that are worth keeping whole, or are as wide as two letters."""

Span = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """A part of a text in one line, as it was written. `marks`: start and end of each hit in it, in order, apart."""

    text: str
    marks: tuple[Span, ...] = ()


def excerpt(text: str, seen: Spelled, query: Query) -> Excerpt:
    """About WIDTH characters around the densest hits, as they were written; the beginning where there is no hit.

    `seen`: the text as it is compared.
    """
    places = sorted((span, number) for number, one in enumerate(query.wanted) for span in _first(one.places(seen.text)))
    start, end = _around(_densest(places), len(seen.text))
    first, last = _whole_words(text, seen.place(start), seen.place(end))
    spans = [seen.span(a, b) for (a, b), _ in places if start <= a and b <= end]
    shown = _in_one_line(text[first:last], [(a - first, b - first) for a, b in spans])
    before, after = "…" if first > 0 else "", "…" if last < len(text) else ""
    shift = len(before)
    return Excerpt(text=before + shown.text + after, marks=tuple((a + shift, b + shift) for a, b in shown.marks))


def marked(text: str, seen: Spelled, query: Query) -> Excerpt:
    """All of a text in one line, with every hit; for a title."""
    spans = [span for one in query.wanted for span in _first(one.places(seen.text))]
    return _in_one_line(text, sorted(seen.span(a, b) for a, b in spans))


def _first(places: Iterator[Span]) -> Iterator[Span]:
    return islice(places, MOST_PLACES)


def _densest(places: list[tuple[Span, int]]) -> Span:
    """From the first to the last of the hits that show most of what was looked for within WIDTH characters."""
    best: tuple[tuple[int, int], Span] = ((0, 0), (0, 0))
    for at, ((start, end), _) in enumerate(places):
        within = [(span, number) for span, number in places[at : at + WIDTH] if span[1] <= max(end, start + WIDTH)]
        score = (len({number for _, number in within}), len(within))
        if score > best[0]:
            best = score, (start, max(span[1] for span, _ in within))
    return best[1]


def _around(hits: Span, length: int) -> Span:
    """The hits and what stands before and behind them, WIDTH characters in all where there are as many."""
    start, end = hits
    spare = max(0, WIDTH - (end - start))
    start = max(0, start - spare // 2)
    end = min(length, max(end, start + WIDTH))
    return max(0, min(start, end - WIDTH)) if end == length else start, end


def _whole_words(text: str, first: int, last: int) -> Span:
    """The part without the halves of words of letters at its ends, but for what is long and no word."""
    while first > 0 and first > last - 2 * WIDTH and _joined(text, first):
        first -= 1
    while last < len(text) and last < first + 2 * WIDTH and _joined(text, last):
        last += 1
    return first, last


def _joined(text: str, at: int) -> bool:
    """Whether two letters of one word stand on both sides of a place."""
    return text[at - 1].isalnum() and text[at].isalnum() and text[at - 1] < _FIRST_WIDE and text[at] < _FIRST_WIDE


def _in_one_line(text: str, spans: Iterable[Span]) -> Excerpt:
    """The text with one blank for each run of them, none at its ends; spans that touch are one."""
    out: list[str] = []
    moved: list[int] = []
    for character in text:
        blank = character.isspace()
        moved.append(len(out))
        if not blank:
            out.append(character)
        elif out and out[-1] != " ":
            out.append(" ")
    line = "".join(out)
    moved.append(len(line))
    marks: list[Span] = []
    for start, end in ((moved[a], moved[b]) for a, b in spans):
        if marks and start <= marks[-1][1]:
            marks[-1] = (marks[-1][0], max(marks[-1][1], end))
        else:
            marks.append((start, end))
    return Excerpt(text=line.rstrip(), marks=tuple(marks))
