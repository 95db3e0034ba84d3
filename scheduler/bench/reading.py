"""What a page costs to read, from bytes to article and facts, beside trafilatura on the same pages."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from crawler.decoding import decode
from crawler.extraction.page import PageInput, Reading
from crawler.extraction.signed import read_signed
from scheduler.bench.pages import BenchPage
from storage.records import Article

WARMING = 3
"""Pages read before the clock runs: lists are loaded, and patterns compiled, on the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """Milliseconds of CPU a page: Dibao's over all pages, and both over those that were compared, in turns."""

    page_ms: float
    compared_ms: float
    trafilatura_ms: float
    pages: int

    @property
    def ratio(self) -> float:
        """What Dibao takes of what trafilatura takes."""
        return self.compared_ms / self.trafilatura_ms


def measure(pages: Sequence[BenchPage], compared: int, now: datetime) -> tuple[Read, list[tuple[BenchPage, Reading]]]:
    """What reading costs, and what was read: the articles. Of `compared` pages both read each in turn."""
    import trafilatura  # noqa: PLC0415 - a second of CPU, which is no part of what is measured

    def theirs(page: BenchPage) -> object:
        return trafilatura.bare_extraction(decode(page.body, page.content_type).text, with_metadata=True)

    for page in pages[:WARMING]:
        _read(page, now)
        theirs(page)
    step = max(1, len(pages) // compared)
    both = [(_seconds(lambda p=page: _read(p, now)), _seconds(lambda p=page: theirs(p))) for page in pages[::step]]  # type: ignore[misc]
    began = time.process_time()
    found = [(page, _read(page, now)) for page in pages]
    taken = time.process_time() - began
    read = Read(
        page_ms=taken / len(pages) * 1000,
        compared_ms=sum(ours for ours, _ in both) / len(both) * 1000,
        trafilatura_ms=sum(other for _, other in both) / len(both) * 1000,
        pages=len(pages),
    )
    return read, [(page, reading) for page, reading in found if isinstance(reading.result, Article)]


def _read(page: BenchPage, now: datetime) -> Reading:
    url = f"http://{page.site}.example{page.path}"
    return read_signed(PageInput(body=page.body, url=url, content_type=page.content_type, now=now))


def _seconds(call: Callable[[], object]) -> float:
    """Processor seconds of one call."""
    began = time.process_time()
    call()
    return time.process_time() - began
