"""The prose of a text: what reads like running text, without what a portal puts around it.

One text alone decides, so that two copies are seen alike whoever came first. Each line gets a kind and a weight: prose
is worth its length, anything else costs; the article is the run of lines that is worth most. So what reads like text
far below it, teasers and comments, is left out, and so are headlines above. Measured on the 201 pages of zh-dev, all
lines of the page given: .993 of the chrome is dropped, and what is left is like the prose of the bare article by .983
(mean Jaccard; tests/storage/similarity/test_similarity_quality.py).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from storage.similarity import chrome_words as words
from storage.similarity.folding import points, spelled
from storage.similarity.wrapping import unwrapped

LONGEST = 200_000
"""Characters of a text that are looked at: the longest reports have some 50,000; two copies are cut at one place."""

MOST_LINES = 20_000
"""That are looked at: the longest report has some 3,000."""

Kind = Literal["prose", "short", "chrome"]

# Weights of lines, in characters of prose, chosen on zh-dev and en-zyte. They are not sharp: an ending of -60 to -150
# and rights of -30 or -40 change the mean Jaccard of zh-dev by .002.
_MOST_WORTH = 150
_ALONE = 0.3
"""Of a short line of prose between two lines that are none: teasers stand so, with a headline each."""
_SHORT = -10.0
_LABEL = -20.0
_TEASER = -15.0
_RIGHTS = -40.0
_ENDING = -60.0

_ROW = 4
"""Lines without prose between from which on each costs twice: a menu, or a list of headlines."""

# Sizes in characters of Han; two and a half letters of an alphabet say as much.
_SENTENCE = 12
_QUESTION = 20
_LISTED = 40
_HEADING = 30
_ENDS = 60
_CONTACT = 70
_LABELLED = 80
_ABSTRACT = 120
_LONG = 100
_PHRASE = 150
"""For each so many characters a line must hold one phrase of rights to be a disclaimer."""
_DISCLAIMER = 1500
_BARS = 3
"""Between the items of a menu in one line."""
_CHROME_LINES = 0.25
"""Share of chrome among lines, none of which is prose, from which on all are chrome: a page's menus, not a table."""

_FULL_STOP = re.compile(
    r"。|(?<=[^\x00-\x7f])\.(?![\da-z.])|[a-z\u00c0-\u06ff)\"”’]{2}[.!?]['\"”’]?(?:\s|$)|[\u0964\u06d4\u061f]"
)
_CLAUSE = re.compile(r"[,、;:，；：،]")
_SENTENCE_END = re.compile(r"(?:[。!?;:~…”」』》]|\.{3,6}|[^\x00-\x40]\.)['\"”’」』)\]】]{0,3}\s{0,3}$")
_SIGNS = (words.RIGHTS_SIGNS, words.CONTACT_SIGNS, words.BYLINE_SIGNS, words.TEASER_SIGNS)
_ALL_SIGNS = tuple(sign for signs in _SIGNS for sign in signs)
_PLANE = 0xFFFF
"""All letters of signs are of the first plane of Unicode."""

_ROW_MARK = re.compile(r"(?<![\d\uff10-\uff19])\uff0e(?![\d\uff10-\uff19])|(?:^|\s)•|[●■◆▪►]|\d\d[-/]\d\d \d\d:\d\d")
_MARKS = re.compile("[\uff0e•●■◆▪►]")
"""One of them or a colon is in each hit of _ROW_MARK: a tenth of the time on a line that has none."""
_FEWEST_MARKS = 3
_MARKED = (6, 60)
"""Characters for each mark, at the least and at the most: initials of a name have fewer, sentences with names more."""

_CLOSING = ")]】"
_DATE_ENDS = "0123456789日)]"


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    kind: Kind
    weight: float


class _Signs(NamedTuple):
    """The words of a text by which lines are known that the patterns must be asked of."""

    rights: Sequence[str]
    contact: Sequence[str]
    byline: Sequence[str]
    teaser: Sequence[str]


def prose(text: str) -> str:
    """The lines of a text that are its prose, of LONGEST characters at most; empty where it is chrome only.

    Of a text that has no prose at all (a table, a list, verse) all lines that are not known as chrome.
    """
    text = text[:LONGEST].replace("\r", "\n").replace("\u3000\u3000", "\n")
    plain = spelled(text)
    signs = _signs(plain)
    pairs = unwrapped(list(zip(text.split("\n"), plain.split("\n"), strict=True)))
    written = ((line, plain) for line, plain in pairs if plain and not plain.isspace())
    read = list(islice(written, MOST_LINES))
    lines = [_line(line, plain, signs) for line, plain in read]
    cut = [place for place, line in enumerate(lines) if line.weight == _TEASER]
    if len(cut) == 1 and all(line.kind != "prose" for line in lines[cut[0] + 1 :]):
        # One of them alone, with no text below, is the end of an article that was cut; abstracts of others are more.
        lines[cut[0]] = _line(*read[cut[0]], signs._replace(teaser=()))
    first, last = _best_run(lines)
    if first == last:
        return _unwritten(lines)
    return "\n".join(line.text for line in lines[first:last] if line.kind != "chrome")


def _signs(plain: str) -> _Signs:
    """The signs that a text has."""
    # Most signs have a letter that the text has not; to look for each word would take half of prose()'s time.
    present = np.zeros(_PLANE + 1, dtype=bool)
    present[points(plain) & _PLANE] = True
    possible = np.flatnonzero(present[_letters()].all(axis=1)).tolist()
    found = {_ALL_SIGNS[number] for number in possible if _ALL_SIGNS[number] in plain}
    return _Signs(*([sign for sign in signs if sign in found] for signs in _SIGNS))


@cache
def _letters() -> NDArray[np.uint32]:
    """The letters of each sign, the first one repeated where a sign is shorter than the longest."""
    longest = max(map(len, _ALL_SIGNS))
    return np.array([points(sign + sign[0] * (longest - len(sign))) for sign in _ALL_SIGNS])


def _has(line: str, signs: Sequence[str]) -> bool:
    """Whether one of the signs is in a line."""
    for sign in signs:  # noqa: SIM110 - a third of the time of any()
        if sign in line:
            return True
    return False


def _unwritten(lines: Sequence[_Line]) -> str:
    """The lines of a text that has no prose; empty where they are the menus of a page."""
    kept = [line.text for line in lines if line.kind != "chrome"]
    return "\n".join(kept) if len(lines) - len(kept) < _CHROME_LINES * len(lines) else ""


def _best_run(lines: Sequence[_Line]) -> tuple[int, int]:
    """Where the run of lines begins and ends that is worth most; the first of several."""
    best, run = 0.0, 0.0
    first = last = start = row = 0
    alone = _alone(lines)
    for place, line in enumerate(lines):
        if run <= 0:
            start, run = place, 0.0
        row = 0 if line.kind == "prose" else row + 1
        weight = line.weight * _ALONE if place in alone else line.weight
        run += 2 * weight if row > _ROW else weight
        if run > best:
            best, first, last = run, start, place + 1
    return first, last


def _alone(lines: Sequence[_Line]) -> set[int]:
    """The places of short prose between lines that are none, chrome not counted; none where there is one line only."""
    written = [place for place, line in enumerate(lines) if line.kind != "chrome"]
    is_prose = [False, *(lines[place].kind == "prose" for place in written), len(written) == 1]
    return {
        place
        for number, place in enumerate(written, 1)
        if is_prose[number] and not is_prose[number - 1] and not is_prose[number + 1] and lines[place].weight < _LONG
    }


def _line(line: str, plain: str, signs: _Signs) -> _Line:
    """A line with its kind. `plain`: as it is spelled for the patterns, of the same length."""
    begin = len(plain) - len(plain.lstrip())
    plain = plain.strip()
    line = line[begin : begin + len(plain)]
    size = _size(plain)
    full = "。" in plain[:_DISCLAIMER] or _FULL_STOP.search(plain[:_DISCLAIMER]) is not None
    chrome = _LABEL if _is_row(line) else _chrome(plain, size, signs, full=full)
    if chrome:
        return _Line(line, "chrome", chrome)
    worth = _worth(plain, size, full=full)
    if not worth:
        return _Line(line, "short", _SHORT if size < _LISTED else 2 * _SHORT)
    if plain[-1] in _CLOSING and (signed := words.SIGNED.search(plain, max(len(plain) - _ENDS, 0))):
        line = line[: signed.start()]
    return _Line(line, "prose", worth)


def _is_row(line: str) -> bool:
    """Whether a line is a row of headlines, each behind a mark or a time."""
    line = line[:_DISCLAIMER]
    if ":" not in line and not _MARKS.search(line):
        return False
    marks = len(_ROW_MARK.findall(line))
    return marks >= _FEWEST_MARKS and _MARKED[0] * marks <= len(line) <= _MARKED[1] * marks


def _size(line: str) -> int:
    """How much a line says, in characters of Han."""
    length = len(line)
    return length if len(line.encode("utf-8", "replace")) >= 2 * length else length * 2 // 5


def _chrome(line: str, size: int, signs: _Signs, *, full: bool) -> float:
    """What a line of chrome costs; zero for any other. `full`: a sentence ends in it."""
    if size <= _ENDS and not (full and size > _HEADING) and words.ENDING.match(line):
        return _ENDING
    if size < _DISCLAIMER and _is_disclaimer(line, size, signs):
        return _RIGHTS
    if size < _CONTACT and _is_contact(line, signs):
        return _RIGHTS
    if size < _ABSTRACT and _is_teaser(line, signs):
        return _TEASER
    return _LABEL if size <= _LABELLED and not full and _is_label(line, size, signs) else 0.0


def _is_disclaimer(line: str, size: int, signs: _Signs) -> bool:
    """Whether a line says who owns the rights, and not that somebody said so."""
    if not _has(line, signs.rights):
        return False
    if words.DISCLAIMER.match(line):
        return True
    phrases = len(set(words.RIGHTS.findall(line)))
    return phrases * _PHRASE > size and not words.REPORTED.search(line)


def _is_contact(line: str, signs: _Signs) -> bool:
    """Whether a line says where to call or what to follow, and not that somebody said so."""
    return bool(_has(line, signs.contact) and words.CONTACT.search(line) and not words.REPORTED.search(line))


def _is_teaser(line: str, signs: _Signs) -> bool:
    """Whether a line is the beginning of another article, cut off or with its date."""
    if _has(line, signs.teaser) and words.TEASER.search(line, max(len(line) - _ENDS, 0)):
        return True
    return line[-1] in _DATE_ENDS and words.DATED_END.search(line, max(len(line) - _ENDS, 0)) is not None


def _is_label(line: str, size: int, signs: _Signs) -> bool:
    """Whether a line that is no sentence says something of the article, or leads elsewhere."""
    return bool(
        words.LABEL.match(line)
        or (_has(line, signs.byline) and words.BYLINE.match(line))
        or words.DATED.search(line)
        or (size < len(line) and words.DATED_WEST.search(line))
        or line.count("|") >= _BARS
        or line.count(" · ") >= _BARS
    )


def _worth(line: str, size: int, *, full: bool) -> float:
    """What a line is worth as prose; zero for one that does not read so."""
    if full and size >= _SENTENCE:
        return min(size, _MOST_WORTH)
    clauses = len(_CLAUSE.findall(line, 0, _DISCLAIMER))
    many = clauses > 1 and _LISTED <= size < _HEADING * (clauses + 1)
    ends = clauses > 0 and size >= _QUESTION and _SENTENCE_END.search(line, max(len(line) - _ENDS, 0)) is not None
    return min(size, _MOST_WORTH) / 2 if many or ends else 0.0
