"""What hostile input costs: time that grows as its size does, memory below its ceiling, and nobody else's time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.discovery.entry import CPU_SECONDS
from crawler.extraction.assembly import Assembly
from crawler.extraction.page import PageInput, Reading, read_page
from crawler.extraction.signed import Step, read_signed, with_part
from crawler.pool import MEMORY_BYTES, ExtractionPool, PoolCrash
from storage.records import Article
from tests.crawler.discovery.hostile_entries import HOSTILE_ENTRIES
from tests.crawler.extraction.meter import Cost, Meter, metered
from tests.crawler.extraction.mutations import HOSTILE, TELLING, article
from tests.crawler.extraction.part_pages import page, pager
from tests.crawler.extraction.test_parts_assembly import addresses

MOST_GROWTH = 2.6
"""Time of twice the size: 2, with what a shared machine adds; the square would be 4."""

UNMEASURED_SECONDS = 0.08
"""Below which times of two sizes are noise, or the cost of a page without anything hostile."""

TELLING_SIZE = 0.1
QUARTER = 0.25
SMALLEST = 1 / 256
ROUNDS = 3
NOW = datetime(2026, 11, 22, tzinfo=UTC)
PATIENCE_SECONDS = 60.0
MOST_LAG_SECONDS = 0.5
MOST_ENTRY_MEGABYTES = 600


@pytest.fixture(scope="module")
def meter() -> Iterator[Meter]:
    """What each call costs in a process of its own."""
    with metered() as running:
        yield running


def within_the_caps(meter: Meter, kind: str, size: float) -> tuple[Cost, Cost, float]:
    """What the largest that is taken costs, what its half costs, and its size; both end in the same way."""
    whole = meter(kind, size, 1)
    while size > SMALLEST:
        half = meter(kind, size / 2, 1)
        if whole["answer"] == half["answer"] != "too_complex":
            return whole, half, size
        whole, size = half, size / 2
    return whole, whole, size


@pytest.mark.parametrize(
    ("kind", "size"),
    [
        *(pytest.param(kind, TELLING_SIZE, marks=pytest.mark.faults, id=f"{kind} small") for kind in TELLING),
        *(pytest.param(kind, 1.0, marks=pytest.mark.nightly, id=kind) for kind in (*HOSTILE, *HOSTILE_ENTRIES)),
    ],
)
def test_twice_the_size_takes_twice_the_time(kind: str, size: float, meter: Meter) -> None:
    whole, half, size = within_the_caps(meter, kind, size)
    assert (whole["faults"], half["faults"]) == ([], [])
    if whole["seconds"] > MOST_GROWTH * half["seconds"] + UNMEASURED_SECONDS:
        whole, half = meter(kind, size, ROUNDS), meter(kind, size / 2, ROUNDS)
    assert whole["seconds"] <= MOST_GROWTH * half["seconds"] + UNMEASURED_SECONDS, (size, whole, half)


@pytest.mark.parametrize(
    ("kind", "size"),
    [
        *(pytest.param(kind, QUARTER, marks=pytest.mark.faults, id=f"a quarter of {kind}") for kind in HOSTILE_ENTRIES),
        *(pytest.param(kind, 1.0, marks=pytest.mark.nightly, id=kind) for kind in HOSTILE_ENTRIES),
    ],
)
def test_a_hostile_entry_point_costs_no_more_than_it_may(kind: str, size: float, meter: Meter) -> None:
    cost = meter(kind, size, 1)
    if cost["seconds"] > size * CPU_SECONDS:  # the cheapest of some is what it costs: others have the machine, too
        cost = meter(kind, size, ROUNDS)
    assert cost["seconds"] <= size * CPU_SECONDS, cost
    assert cost["megabytes"] <= MOST_ENTRY_MEGABYTES, cost


def hold(megabytes: int) -> int:
    return len(bytearray(megabytes * 1024**2))


def pooled(*calls: tuple[object, object], memory_bytes: int = MEMORY_BYTES) -> list[object]:
    """What came of calls in a pool of one process, one after the other."""

    async def run() -> list[object]:
        async with ExtractionPool(1, memory_bytes=memory_bytes) as pool:
            answers = []
            for function, argument in calls:
                asked = pool.run(function, argument, PATIENCE_SECONDS)  # type: ignore[arg-type]
                answers += await asyncio.gather(asked, return_exceptions=True)
            return answers

    return asyncio.run(run())


@pytest.fixture
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """The processes of a pool find this module."""
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2]))  # type: ignore[no-untyped-call]


@pytest.mark.faults
@pytest.mark.usefixtures("importable")
def test_a_page_may_have_a_gigabyte_and_no_more() -> None:
    below, above, after = pooled((hold, 900), (hold, 1_100), (hold, 1))
    assert (below, after) == (900 * 1024**2, 1024**2)
    assert isinstance(above, PoolCrash)


@pytest.mark.faults
def test_a_parser_without_memory_is_a_crash_and_no_empty_page() -> None:
    huge = PageInput(body=article(inner="<p>天冷了。</p>" * 20_000).encode(), url="http://a.cn/1.html", now=NOW)
    small = PageInput(body=article().encode(), url="http://a.cn/1.html", now=NOW)
    crash, reading = pooled((read_signed, huge), (read_signed, small), memory_bytes=24 * 1024**2)
    assert isinstance(crash, PoolCrash)
    assert isinstance(reading, Reading)
    assert isinstance(reading.result, Article)


@pytest.mark.faults
@pytest.mark.usefixtures("importable")
def test_an_article_of_huge_pages_does_not_hold_up_the_others_of_its_worker() -> None:
    urls = addresses(4)

    def lines(part: int) -> list[str]:
        return [f"第{part}页第{line}段，市民说天冷了，大家多穿衣服，今年的供暖比去年早。" for line in range(7_000)]

    inputs = [
        PageInput(body=page(n, pager(urls, n), body=lines(n)).encode(), url=url, now=NOW, part=n > 1)
        for n, url in enumerate(urls, 1)
    ]

    async def put_together() -> tuple[Article, float]:
        lags = [0.0]
        watching = asyncio.create_task(watch(lags))
        async with ExtractionPool(1) as pool:
            assembly = Assembly(urls[0], await pool.run(read_page, inputs[0], PATIENCE_SECONDS))
            await asyncio.sleep(0)
            lags.clear()
            while url := assembly.wanted:
                step = Step(assembly=assembly, page=inputs[urls.index(url)])
                taken = await pool.run(with_part, step, PATIENCE_SECONDS)
                assert isinstance(taken, Assembly)
                assembly = taken
        watching.cancel()
        result = assembly.reading().result
        assert isinstance(result, Article)
        return result, max(lags)

    whole, lag = asyncio.run(put_together())
    if lag >= MOST_LAG_SECONDS:  # the whole machine may have stood still, once
        whole, lag = asyncio.run(put_together())
    assert (whole.parts, whole.missing_parts) == (4, ())
    assert len(whole.text) > 900_000
    assert lag < MOST_LAG_SECONDS
    print(f"{len(whole.text)} characters: the loop stood still for {lag:.3f} s at most")


async def watch(lags: list[float]) -> None:
    """None, ever; how long the event loop stood still is added, again and again."""
    while True:
        before = time.monotonic()
        await asyncio.sleep(0.005)
        lags.append(time.monotonic() - before - 0.005)
