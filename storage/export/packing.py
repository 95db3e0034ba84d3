"""Texts cut into chunks of much the same length for retrieval: whole paragraphs, else whole sentences. Pure.

The same text gives the same chunks, always: a chunk is known by its number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

TARGET_CHARACTERS = 500
LEAST_CHARACTERS, MOST_CHARACTERS = 50, 8000
"""Between which the target may be set."""

# A chunk is full at four fifths of the target, may have seven fifths, and is filled up below two fifths: at 500 that
# is full at 400, at most 700, and with parts of sentences in it only where a sentence is longer than 700.
_FULL, _MOST, _POOR = 0.8, 1.4, 0.4

# The end of a sentence: full stops of Chinese with the quotes and brackets that close behind them, those of Latin
# script where no letter follows, an ellipsis, and the end of a line.
_SENTENCE = re.compile(
    r"(?:[。！？；…]|[!?;](?![A-Za-z0-9]))+[”’」』）)】》\"']*|\.[”’\"')]*(?=\s)|\n",
)
_CLAUSE = re.compile(r"(?:[，、：—]|[,:](?![A-Za-z0-9]))+[”’」』）)\"']*|\s+")
# Between two of these a word goes on: letters and figures, and what stands within numbers and addresses. Not so
# Han characters, kana and hangul, of which each may begin a line.
_WORD = re.compile(r"[^\W\u2e80-\u9fff\uac00-\ud7af\U00020000-\U000323af]|['’.,:@%/+-]")
# What belongs to the sign before it: marks on letters, joiners, selectors of form, tones of skin.
_JOINED = re.compile(r"[\u0300-\u036f\u200c\u200d\u20d0-\u20ff\ufe00-\ufe0f\U0001f3fb-\U0001f3ff\U000e0100-\U000e01ef]")
_LOOK_BACK = 60
"""Characters that are looked back over for a place between words: longer than any word."""


def chunks(text: str, target: int = TARGET_CHARACTERS) -> list[str]:
    """The text in pieces of some `target` characters, at most seven fifths of it; blank lines between paragraphs stay.

    None is empty, and together they are the text but for the blank space between them. Time is linear in the text.
    """
    packing = _Packing(int(target * _FULL), int(target * _MOST), int(target * _POOR))
    for part in re.split(r"\n{2,}", text):
        if paragraph := part.strip():
            packing.add(paragraph)
    return packing.finished()


class _Packing:
    """Chunks as they fill: one is full at `full` characters, holds `most`, and is too little alone below `poor`."""

    def __init__(self, full: int, most: int, poor: int) -> None:
        self._full, self._most, self._poor = full, most, poor
        self._done: list[str] = []
        self._parts: list[str] = []
        self._used = 0

    def add(self, paragraph: str) -> None:
        """None; the paragraph is in the chunk that fills, or in new ones."""
        if self._used and self._used + 2 + len(paragraph) > self._most:
            taken = 0
            if self._used < self._poor:  # it takes sentences of what comes
                room = self._most - self._used - 2
                taken = _sentence_end(paragraph, 0, room, self._full - self._used) or 0
                self._put(paragraph[:taken].rstrip())
                paragraph = paragraph[taken:].lstrip()
            self._end()
        for at, piece in enumerate(_pieces(paragraph, self._full, self._most)):
            if at:  # two pieces of one paragraph are never one chunk, as if a blank line stood between them
                self._end()
            self._put(piece)
        if self._used >= self._full:
            self._end()

    def finished(self) -> list[str]:
        """All chunks. A last one that is too little goes into the one before, or shares with it."""
        self._end()
        if len(self._done) > 1 and len(self._done[-1]) < self._poor:
            self._done[-2:] = _evened(self._done[-2], self._done[-1], self._most)
        return self._done

    def _put(self, part: str) -> None:
        if part:
            self._used += len(part) + (2 if self._parts else 0)
            self._parts.append(part)

    def _end(self) -> None:
        if self._parts:
            self._done.append("\n\n".join(self._parts))
        self._parts, self._used = [], 0


def _pieces(paragraph: str, full: int, most: int) -> Iterator[str]:
    """A paragraph in pieces of at most `most` characters, each of `full` or more where its sentences allow."""
    start, length = 0, len(paragraph)
    while length - start > most:
        left = length - start
        least = full if left > 2 * most else left // 2  # what remains for two is halved
        end = _end_of_piece(paragraph, start, most, least)
        yield paragraph[start:end].strip()
        start = end
    if rest := paragraph[start:].strip():
        yield rest


def _end_of_piece(paragraph: str, start: int, most: int, least: int) -> int:
    """Where a piece ends: at the end of a sentence, else of a clause, else between words."""
    end = _sentence_end(paragraph, start, most, least)
    if end is None:
        clauses = [found.end() for found in _CLAUSE.finditer(paragraph, start, start + most + 1)]
        within = [end for end in clauses if start + least // 2 <= end <= start + most]
        end = within[-1] if within else _between_words(paragraph, start + most)
    return end


def _sentence_end(paragraph: str, start: int, most: int, least: int) -> int | None:
    """The first end of a sentence after `least` characters, else the last one after half of them, else None."""
    last = None
    for one in _SENTENCE.finditer(paragraph, start + least // 2, start + most + 1):
        if one.end() > start + most:
            break
        last = one.end()
        if last >= start + least:
            break
    return last


def _between_words(paragraph: str, place: int) -> int:
    """The last place at or before `place` that is within no word; `place` itself where there is none near."""
    for at in range(place, place - _LOOK_BACK, -1):
        before, after = paragraph[at - 1], paragraph[at]
        if not (_JOINED.match(after) or before == "\u200d" or (_WORD.match(before) and _WORD.match(after))):
            return at
    return place


def _evened(before: str, last: str, most: int) -> list[str]:
    """The last two chunks, of which the last is little: one if that is not too long, else parted near their middle."""
    whole = f"{before}\n\n{last}"
    if len(whole) <= most:
        return [whole]
    middle = len(whole) // 2
    places = [one.end() for pattern in (re.compile("\n\n"), _SENTENCE) for one in pattern.finditer(whole)]
    place = min(places, key=lambda end: (abs(end - middle), end))
    parts = [whole[:place].strip(), whole[place:].strip()]
    return parts if all(0 < len(part) <= most for part in parts) else [before, last]
