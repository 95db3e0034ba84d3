"""Reading a page for a limited price: what costs more than two seconds of a processor is no page for readers."""

from __future__ import annotations

from crawler.extraction.page import PageInput, Reading, read_page
from crawler.extraction.price import affordable
from storage.records import Rejection

CPU_SECONDS = 2.0
"""Of a page. The slowest honest one of the corpora takes .2 s; complexity.py knows most others before the work."""


def read_affordable(page: PageInput, cpu_seconds: float = CPU_SECONDS) -> Reading:
    """What a page says and shows, or `too_complex` where reading it costs more processor time than a page may."""
    reading = affordable(lambda: read_page(page), cpu_seconds)
    return Reading(result=reading) if isinstance(reading, Rejection) else reading
