"""What somebody looks for, as it was typed: words that must all occur, quoted strings, and words that must not.

Nothing of it reaches MATCH but terms as the index has them, each in quotes: no operator, column or bracket of FTS5.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from storage.cleaning import clean_text
from storage.faults import StorageFault
from storage.search.spelling import DENSE, MARK, SEPARATOR, WORD, letters, points, spelled, tables
from storage.search.terms import WORD_CHARACTERS

MOST_CHARACTERS = 1_000
MOST_WORDS = 50
"""Of a query; what is longer is no search, and each word costs."""

SELECTIVE = 3
"""Characters from which on the beginning of a word is asked of the index beside whole terms: few words begin so."""

_QUOTES = '"\u201c\u201d\u201e\uff02'
_TYPED = re.compile(rf"([-\uff0d]?)(?:[{_QUOTES}]([^{_QUOTES}]*)[{_QUOTES}]?|([^\s{_QUOTES}，、；。]+))")
"""A word or a quoted string, with a minus before it; a quote that is never closed ends with the query."""

_ENDS = "*()[]{}<>.,;:!?^（）【】《》「」『』！？：…‘’'`"
"""What is cut off a word that is not quoted: brackets and marks around it, and the signs of other query languages."""


class BadQuery(StorageFault):
    """What was typed cannot be looked for; the message says why, and `code` too: long, many, unwanted or empty."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One string to find in spelled texts. `terms`, `prefixes`: what the index has of each article that has it.

    `begins`: it must stand at the beginning of a word. `pattern`: where it has blanks, which are as wide as they like.
    `alone`: the index knows by these terms alone whether it is there.
    """

    text: str
    terms: tuple[str, ...]
    prefixes: tuple[str, ...]
    begins: bool
    pattern: re.Pattern[str] | None
    alone: bool

    def places(self, text: str) -> Iterator[tuple[int, int]]:
        """Where it stands in a spelled text: start and end of each, in order, none within another."""
        for start, end in self._found(text):
            if not self.begins or _begins_word(text, start):
                yield start, end

    def is_in(self, text: str) -> bool:
        """Whether it stands in a spelled text."""
        return next(self.places(text), None) is not None

    def _found(self, text: str) -> Iterator[tuple[int, int]]:
        if self.pattern is not None:
            yield from (match.span() for match in self.pattern.finditer(text))
            return
        size = len(self.text)
        at = text.find(self.text)
        while at >= 0:
            yield at, at + size
            at = text.find(self.text, at + size)


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What must all occur, in title or text, and what must not."""

    wanted: tuple[Wanted, ...]
    unwanted: tuple[Wanted, ...] = ()

    def says(self, title: str, text: str) -> bool:
        """Whether an article says all that is wanted, and nothing else that was named; both texts spelled."""
        return all(one.is_in(title) or one.is_in(text) for one in self.wanted) and not any(
            one.is_in(title) or one.is_in(text) for one in self.unwanted
        )

    @property
    def match(self) -> str:
        """What to ask the index: every article that says it is among those that come back."""
        whole = dict.fromkeys(term for one in self.wanted for term in one.terms)
        begun = dict.fromkeys(
            prefix
            for one in self.wanted
            for prefix in one.prefixes
            if not whole or len(prefix) >= SELECTIVE
        )
        asked = " AND ".join([*(f'"{term}"' for term in whole), *(f'"{prefix}"*' for prefix in begun)])
        known = [one for one in self.unwanted if one.alone]
        never = " OR ".join([f'"{one.terms[0]}"' if one.terms else f'"{one.prefixes[0]}"*' for one in known])
        return f"({asked}) NOT ({never})" if never else asked

    @property
    def is_broad(self) -> bool:
        """Whether the index has only beginnings of terms to go by: asking it costs the more the more terms begin so."""
        return not any(one.terms for one in self.wanted)

    @property
    def is_told_by_index(self) -> bool:
        """Whether the articles that the index names are just those that say it."""
        used = all(self.is_broad or not one.prefixes or min(map(len, one.prefixes)) >= SELECTIVE for one in self.wanted)
        return used and not self.unwanted and all(one.alone for one in self.wanted)


def parse(words: str) -> Query:
    """The query that was typed. Raises BadQuery for what is too long, or has nothing that could be looked for."""
    if len(words) > MOST_CHARACTERS:
        told = f"the search has {len(words)} characters; at most {MOST_CHARACTERS} can be looked for at once"
        raise BadQuery(told, "long")
    wanted: list[Wanted] = []
    unwanted: list[Wanted] = []
    for minus, quoted, word in _TYPED.findall(clean_text(words)):  # as what is stored was
        one = _wanted(quoted or word.strip(_ENDS))
        if one is not None:
            (unwanted if minus else wanted).append(one)
    if len(wanted) + len(unwanted) > MOST_WORDS:
        told = f"the search has {len(wanted) + len(unwanted)} words; at most {MOST_WORDS} can be looked for"
        raise BadQuery(told, "many")
    if not wanted:
        if unwanted:
            raise BadQuery("the search says only what is not wanted; add a word that is", "unwanted")
        raise BadQuery("the search has no letter or digit that could be looked for", "empty")
    return Query(wanted=tuple(dict.fromkeys(wanted)), unwanted=tuple(dict.fromkeys(unwanted)))


def _wanted(typed: str) -> Wanted | None:
    """What is to be found for one word or quoted string; None where it has no letter or digit."""
    text = " ".join(spelled(typed).text.split())
    codes = points(text)
    kinds = tables().kinds[codes]
    written = kinds != MARK
    kinds = kinds[written]
    runs = list(_runs(letters(codes[written]), kinds.tolist()))
    if not runs:
        return None
    begins = bool(kinds[0] == WORD and DENSE not in kinds)
    terms, prefixes = _terms(runs, begins=begins)
    return Wanted(
        text=text,
        terms=tuple(dict.fromkeys(terms)),
        prefixes=tuple(dict.fromkeys(prefixes)),
        begins=begins,
        pattern=re.compile(" +".join(map(re.escape, text.split(" ")))) if " " in text else None,
        alone=_is_alone(text, set(kinds.tolist())),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """Letters that stand side by side, and what each is. `first`, `last`: nothing stands before or behind them."""

    text: str
    kinds: list[int]
    first: bool
    last: bool


def _runs(text: str, kinds: list[int]) -> Iterator[_Run]:
    """The runs of letters in a text, in order."""
    start = 0
    for at in range(len(text) + 1):
        if at == len(text) or kinds[at] == SEPARATOR:
            if at > start:
                yield _Run(text=text[start:at], kinds=kinds[start:at], first=start == 0, last=at == len(text))
            start = at + 1


def _terms(runs: list[_Run], *, begins: bool) -> tuple[list[str], list[str]]:
    """The terms, and the beginnings of terms, that an article has in whose text these runs stand one after another."""
    terms: list[str] = []
    prefixes: list[str] = []
    for run in runs:
        pairs = (slice(at, at + 2) for at in range(len(run.text) - 1))
        terms += [run.text[pair] for pair in pairs if DENSE in run.kinds[pair]]
        if run.kinds == [DENSE]:
            prefixes.append(run.text)
        for start, end in _words(run.kinds):
            word = run.text[start:end]
            if run.first and start == 0 and not begins:
                continue  # it may be the end of a longer word
            whole = end < len(run.text) or not run.last
            (terms if whole and len(word) <= WORD_CHARACTERS else prefixes).append(word[:WORD_CHARACTERS])
    return terms, prefixes


def _words(kinds: list[int]) -> Iterator[tuple[int, int]]:
    """Start and end of each word of letters and digits in a run."""
    start = None
    for at, kind in enumerate([*kinds, DENSE]):
        if kind == WORD and start is None:
            start = at
        elif kind != WORD and start is not None:
            yield start, at
            start = None


def _is_alone(text: str, kinds: set[int]) -> bool:
    """Whether it is one pair, one character, or the beginning of one word: one term, or all that begin so."""
    if len(text) <= 2 and DENSE in kinds:  # noqa: PLR2004 - a pair
        return kinds <= {DENSE, WORD}
    # Of one letter, a pair begins so too that stands in the middle of a word: 5年 in 15年.
    return 1 < len(text) <= WORD_CHARACTERS and kinds == {WORD}


def _begins_word(text: str, at: int) -> bool:
    """Whether no letter of a word stands before that place."""
    kinds = tables().kinds
    while at > 0:
        at -= 1
        kind = kinds[ord(text[at])]
        if kind != MARK:
            return bool(kind != WORD)
    return True
