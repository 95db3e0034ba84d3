"""Reading a page, and telling by what its text is known among all others. Both in a process of the pool.

Each of these functions costs the processor time that a page may, and no more: what costs more is `too_complex`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from crawler.extraction.assembly import Assembly
from crawler.extraction.budget import CPU_SECONDS, read_affordable
from crawler.extraction.page import PageInput, Reading, read_page
from crawler.extraction.price import affordable
from storage.cleaning import cleaned
from storage.records import Article, Fingerprint, Rejection
from storage.search.terms import search_terms
from storage.similarity.fingerprint import fingerprint
from storage.watch.sentences import packed


def read_signed(page: PageInput) -> Reading:
    """What a page says and shows, with the fingerprint of its article and the terms by which it is found."""
    reading = affordable(lambda: signed(read_page(page)), CPU_SECONDS)
    return Reading(result=reading) if isinstance(reading, Rejection) else reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A further page that was fetched, and the article that it may be a part of."""

    assembly: Assembly
    page: PageInput


def with_part(step: Step) -> Assembly | Rejection:
    """The article's pages with one more; what is known of them stays as it is where that costs too much."""
    reading = read_affordable(step.page)
    return affordable(lambda: step.assembly.with_answer(step.page.url, reading), CPU_SECONDS)


def finished(assembly: Assembly) -> Reading:
    """The whole article with its fingerprint and terms."""
    reading = affordable(lambda: signed(assembly.reading()), CPU_SECONDS)
    return Reading(result=reading) if isinstance(reading, Rejection) else reading


def signed(reading: Reading) -> Reading:
    """The reading with fingerprint and terms of its article: of one that was put together from its parts, alone."""
    said = reading.result
    if not isinstance(said, Article):
        return reading
    said = cleaned(said)
    return replace(
        reading,
        result=said,
        signature=signature(said.text),
        terms=search_terms(said.title, said.text),
        sentences=packed(said.text),
    )


def signature(text: str) -> Fingerprint:
    """The fingerprint of an article's text."""
    return fingerprint(text)
