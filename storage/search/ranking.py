"""How well an article answers a search. FTS5's own bm25 is 0 for every row of an index that keeps no positions."""

from __future__ import annotations

from storage.records import from_utc_text
from storage.search.query import Query

TITLE = 3.0
"""What a word in the title counts, beside at most 1 for how often the text says it."""

USUAL_CHARACTERS = 800
"""Of a text: half of its articles are longer (median of 201 news texts)."""

FADING_DAYS = 30.0
FRESH = 0.25
"""By so much the newest article is better than an old one that says the same; half of it is lost in FADING_DAYS."""


def score(query: Query, title: str, text: str, shown_at: str, newest: str) -> float:
    """From 0 up: for each word, whether the title has it and how often the text does, for its length; spelled texts.

    The count saturates as in BM25 (k1 1.2, b 0.75): a tenth mention tells less than the second.
    """
    weight = 1.2 * (0.25 + 0.75 * len(text) / USUAL_CHARACTERS)
    said = 0.0
    for one in query.wanted:
        times = sum(1 for _ in one.places(text))
        said += TITLE * one.is_in(title) + times / (times + weight)
    return said * (1 + FRESH / (1 + _days(shown_at, newest) / FADING_DAYS))


def _days(shown_at: str, newest: str) -> float:
    """How much older an article is than the newest that was found."""
    return max(0.0, (from_utc_text(newest) - from_utc_text(shown_at)).total_seconds() / 86_400)
