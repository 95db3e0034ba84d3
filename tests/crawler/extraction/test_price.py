"""What a page pays for: its own reading, all of it, and nothing that is loaded once for all pages."""

from __future__ import annotations

import asyncio
import signal
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.discovery import entry as entries
from crawler.discovery.entry import EntryInput, read_entry
from crawler.extraction import signed as signing
from crawler.extraction.page import PageInput
from crawler.extraction.price import affordable, unpriced
from crawler.extraction.signed import read_signed
from crawler.pool import ExtractionPool
from storage.records import Article, Rejection
from tests.crawler.extraction.pages import portal_page

NOW = datetime(2026, 11, 22, tzinfo=UTC)
PAGE = PageInput(body=portal_page().encode(), url="http://news.example.cn/1.html", now=NOW)


def spend(seconds: float) -> str:
    until = time.process_time() + seconds
    while time.process_time() < until:
        sum(range(20_000))  # the timer counts no time in the kernel, where a look at the clock is spent
    return "done"


def test_work_beyond_its_price_is_too_complex_and_less_is_done() -> None:
    assert affordable(lambda: spend(0.01), 1.0) == "done"
    told = affordable(lambda: spend(1.0), 0.02)
    assert isinstance(told, Rejection)
    assert told.reason == "too_complex"
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0.0, 0.0)


def test_what_is_loaded_once_is_not_the_price_of_the_first() -> None:
    def work() -> str:
        with unpriced():
            spend(0.12)
        return spend(0.01)

    assert affordable(work, 0.1) == "done"
    assert isinstance(affordable(lambda: (work(), spend(0.2)), 0.1), Rejection)


def test_without_a_price_nothing_is_set() -> None:
    with unpriced():
        assert spend(0.001) == "done"
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0.0, 0.0)


@pytest.mark.parametrize("step", ["signature", "search_terms"])
def test_fingerprint_and_terms_are_in_the_price(step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing, step, lambda *_args: spend(0.5))
    monkeypatch.setattr(signing, "CPU_SECONDS", 0.2)
    told = read_signed(PAGE).result
    assert isinstance(told, Rejection)
    assert told.reason == "too_complex"


def test_an_entry_point_has_its_price_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entries, "CPU_SECONDS", 0.05)
    items = "".join(f"<url><loc>http://a.cn/2026/{n}.html</loc></url>" for n in range(20_000))
    told = read_entry(
        EntryInput(kind="sitemap", url="http://a.cn/s.xml", body=f"<urlset>{items}</urlset>".encode(), home="http://a.cn")
    )
    assert isinstance(told, Rejection)
    assert told.reason == "too_complex"


def cost(page: PageInput) -> tuple[float, bool]:
    """Processor seconds of a page, and whether it is an article."""
    before = time.process_time()
    found = isinstance(read_signed(page).result, Article)
    return time.process_time() - before, found


def test_the_first_page_of_a_process_costs_what_any_page_costs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[3]))  # type: ignore[no-untyped-call]

    async def first() -> tuple[float, bool]:
        async with ExtractionPool(1) as pool:
            return await pool.run(cost, PAGE, 60.0)

    seconds, found = asyncio.run(first())
    assert found
    assert seconds < 0.2  # measured: .02; with its tables yet to load, .3
