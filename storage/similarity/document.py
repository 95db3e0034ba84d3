"""An article as the rule reads it: made once, compared with many."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

import numpy as np

from storage.records import Fingerprint
from storage.similarity.alignment import Grams, Places, grams, rolling
from storage.similarity.fingerprint import STORED, VERSION, prose_of
from storage.similarity.folding import folded
from storage.similarity.numbers import MARK, masked
from storage.similarity.shingles import Hashes, shingles, tokens_of
from storage.similarity.titles import Title, read_title

CONTEXT = 4
CONTEXT_WORDS = 2
"""Tokens in a row by which texts are laid on each other: characters, or words of other scripts."""

_BYTES = 25
"""Of a document for each byte of its prose in UTF-8; measured 17 to 32 with all that can be asked of it found."""


class _Laid(NamedTuple):
    """The tokens of an article, as they are laid on those of another; the fields are those of Document."""

    tokens: Hashes
    head: int
    marks: Places
    values: tuple[str, ...]
    context: int


@dataclass(frozen=True, kw_only=True)
class Document:
    """An article, read for comparison; what is asked of it is found when it is asked for, and kept.

    `heading`: what its page gives as its title; `prose`: its text without chrome; `hashes`: the shingles of that as a
    Fingerprint has them, where they are known.
    """

    heading: str
    prose: str
    published_at: datetime | None
    day_only: bool
    hashes: bytes = b""

    @cached_property
    def title(self) -> Title:
        """The headline and what of it the text knows."""
        return read_title(self.heading, self.prose)

    @cached_property
    def shingles(self) -> Hashes:
        """Those of the prose, sorted, each once."""
        return np.frombuffer(self.hashes, STORED) if self.hashes else shingles(self.prose)

    @property
    def tokens(self) -> Hashes:
        """Those of title and prose in their order, numbers masked, with a break between."""
        return self._laid.tokens

    @property
    def head(self) -> int:
        """How many tokens are the title and the break."""
        return self._laid.head

    @property
    def marks(self) -> Places:
        """The places of masked numbers among the tokens."""
        return self._laid.marks

    @property
    def values(self) -> tuple[str, ...]:
        """The numbers that were masked."""
        return self._laid.values

    @cached_property
    def grams(self) -> Grams:
        """By what the tokens are laid on those of another article."""
        return grams(self.tokens, self._laid.context)

    @cached_property
    def pairs(self) -> Hashes:
        """Each two tokens that follow each other, in their order."""
        return rolling(self.tokens, 2)

    @cached_property
    def sorted_pairs(self) -> Hashes:
        """The same, sorted, with repeats."""
        return np.sort(self.pairs)

    @cached_property
    def script(self) -> int:
        """1 traditional, -1 simplified characters, 0 neither."""
        return _script(self.prose)

    @property
    def alphabetic(self) -> bool:
        """Whether it is written in words that are spelled."""
        return self._laid.context == CONTEXT_WORDS

    @cached_property
    def names(self) -> frozenset[str]:
        """Of a text in an alphabet, its words with a capital within a sentence."""
        return _words(_NAME, self.prose) if self.alphabetic else frozenset()

    @cached_property
    def words(self) -> frozenset[str]:
        """Of a text in an alphabet, all its words."""
        return _words(_WORD, self.prose) if self.alphabetic else frozenset()

    @cached_property
    def _laid(self) -> _Laid:
        head_text, head_values = masked(self.heading)
        body_text, body_values = masked(self.prose)
        head, _ = tokens_of(folded(head_text))
        body, single = tokens_of(folded(body_text))
        tokens = np.concatenate((head, _BREAK, body))
        values = head_values + body_values
        return _Laid(
            tokens=tokens,
            head=len(head) + 1,
            marks=(tokens == _MARKED).nonzero()[0][: len(values)],
            values=values,
            context=CONTEXT if 2 * single > len(body) else CONTEXT_WORDS,
        )

    @property
    def size(self) -> int:
        """About how many bytes it takes, all that can be asked of it found."""
        return _BYTES * len(self.prose.encode("utf-8", "replace")) + 2000


def document(
    title: str | None,
    text: str,
    published_at: datetime | None,
    *,
    day_only: bool,
    signature: Fingerprint | None = None,
) -> Document:
    """What is compared of an article: any text, any title or none. `day_only`: the time is that of a day, no more.

    `signature`: of the text, if it is known; its prose is not looked for again then.
    """
    prose, hashes = None, b""
    if signature is not None and signature.version == VERSION:
        prose, hashes = signature.prose, signature.hashes
    return Document(
        heading=(title or "")[:400],
        prose=prose_of(text) if prose is None else prose,
        published_at=published_at,
        day_only=day_only,
        hashes=hashes,
    )


def _words(kind: re.Pattern[str], text: str) -> frozenset[str]:
    return frozenset(word.casefold() for word in kind.findall(text))


_WORD = re.compile(r"[^\W\d_]+")
_NAME = re.compile(r"(?<=[\w,;:] )[A-Z\u00c0-\u00de\u0410-\u042f][^\W\d_]{2,30}")


def _script(text: str) -> int:
    start = text[:_SAMPLE]
    traditional, simplified = len(_TRADITIONAL.findall(start)), len(_SIMPLIFIED.findall(start))
    return (traditional > 2 * simplified) - (simplified > 2 * traditional)


# Of the most frequent characters, those that only one of the scripts has.
_TRADITIONAL = re.compile("[這國為來說時個會們對學發進過還將與開關長門問間現實經業產動員電車東運場樣讓請應當]")
_SIMPLIFIED = re.compile("[这国为来说时个会们对学发进过还将与开关长门问间现实经业产动员电车东运场样让请应当]")
_SAMPLE = 4000

_BREAK = np.zeros(1, dtype=np.uint64)
_MARKED = tokens_of(folded(MARK))[0][0]
