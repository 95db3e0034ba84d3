"""A text in pieces that readers see as one: paragraphs, sentences, and words, where each Han character is a word."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from storage.revisions.steady import form

# White space belongs to what stands before it, so that the pieces of a text are all of it.
_WORD = re.compile(
    r"(?:[0-9０-９]+(?:[.,:：．，][0-9０-９]+)*"  # 1,234.5 and 20:30 are one
    r"|(?:[^\W_\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\ua4cf\uf900-\ufaff\U00020000-\U0003ffff0-9０-９]"
    r"[\u0300-\u036f'’]?)+"  # words of spaced scripts
    r"|\S(?:[\u0300-\u036f\u0e30-\u0e4e\ufe00-\ufe0f\u20e3\U0001f3fb-\U0001f3ff]|\u200d\S)*"  # marks, joined emoji
    r")\s*|\s+"
)
_PARAGRAPH = re.compile(r"[^\n]*\n\s*|[^\n]+")
_SENTENCE = re.compile(r"[^。！？!?；;…\n.]*(?:[。！？!?；;…]+[”’」』）)\]】\"']*|\.(?=\s)[\"')\]]*|\.(?!\s)|\n|\Z)\s*")


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of a text. `start` and `end` are offsets in it; `key` is equal for pieces that say the same."""

    start: int
    end: int
    key: str


def paragraphs(text: str) -> list[Unit]:
    """The paragraphs of a text, each with the white space behind it."""
    return [_unit(text, start, end) for start, end in _spans(_PARAGRAPH, text, 0, len(text))]


def sentences(text: str, within: Sequence[Unit]) -> list[Unit]:
    """The sentences of paragraphs that follow each other, each with the white space behind it."""
    return [_unit(text, *span) for unit in within for span in _sentence_spans(text, unit.start, unit.end)]


def words(text: str, start: int, end: int) -> list[Unit]:
    """The words of a part of a text, each with the white space behind it."""
    return [Unit(a, b, _word_key(text[a:b])) for a, b in _spans(_WORD, text, start, end)]


def offset(units: Sequence[Unit], at: int, begin: int) -> int:
    """Where one of the pieces begins, or the last ends. `begin`: where they begin, for there may be none."""
    if at < len(units):
        return units[at].start
    return units[-1].end if units else begin


@lru_cache(maxsize=16_384)
def _word_key(word: str) -> str:
    return form(word) if len(word) > 1 or not word.isalnum() else unicodedata.normalize("NFKC", word)


def _unit(text: str, start: int, end: int) -> Unit:
    return Unit(start, end, form(text[start:end]))


def _spans(pattern: re.Pattern[str], text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for hit in pattern.finditer(text, start, end):
        if hit.end() > hit.start():
            yield hit.span()


def _sentence_spans(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Sentences; a full stop inside a number or a name ends none."""
    begun = start
    for _, stop in _spans(_SENTENCE, text, start, end):
        if stop < end and text[stop - 1] == ".":
            continue
        yield begun, stop
        begun = stop
    if begun < end:
        yield begun, end
