"""Reading a page, and telling by what its text is known among all others. Both in a process of the pool."""

from __future__ import annotations

from dataclasses import replace

from crawler.extraction.budget import read_affordable
from crawler.extraction.page import PageInput, Reading
from storage.records import Article, Fingerprint
from storage.search.terms import search_terms
from storage.similarity.fingerprint import fingerprint


def read_signed(page: PageInput) -> Reading:
    """What a page says and shows, with the fingerprint of its article and the terms by which it is found."""
    return signed(read_affordable(page))


def signed(reading: Reading) -> Reading:
    """The reading with fingerprint and terms of its article: of one that was put together from its parts, alone."""
    said = reading.result
    if not isinstance(said, Article):
        return reading
    return replace(reading, signature=signature(said.text), terms=search_terms(said.title, said.text))


def signature(text: str) -> Fingerprint:
    """The fingerprint of an article's text."""
    return fingerprint(text)
