"""Reading a page, and telling by what its text is known among all others. Both in a process of the pool."""

from __future__ import annotations

from dataclasses import replace

from crawler.extraction.budget import read_affordable
from crawler.extraction.page import PageInput, Reading
from storage.records import Article, Fingerprint
from storage.similarity.fingerprint import fingerprint


def read_signed(page: PageInput) -> Reading:
    """What a page says and shows, with the fingerprint of its article."""
    reading = read_affordable(page)
    if not isinstance(reading.result, Article):
        return reading
    return replace(reading, signature=signature(reading.result.text))


def signature(text: str) -> Fingerprint:
    """The fingerprint of an article's text: of one that was put together from its parts, asked for alone."""
    return fingerprint(text)
