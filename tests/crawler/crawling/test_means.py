"""What the parts of a job share: a page that nobody comes to read, and the pages that are owed an outcome."""

from __future__ import annotations

import asyncio
import operator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from crawler.crawling import means
from crawler.crawling.allowances import LARGE_BYTES, large_place
from crawler.crawling.means import Means, Reports
from crawler.fetching.faults import Fault
from storage.records import Candidate, Discovered, Limits, Rejected

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


class Reporter:
    """Takes what it is told."""

    def __init__(self, *, broken: bool = False) -> None:
        self.broken = broken

    async def send(self, _event: Any) -> None:
        if self.broken:
            raise TypeError

    commit = send


def rejected(key: str) -> Rejected:
    return Rejected(job_id="job", number=1, key=key, fetched_at=NOW, reason="no_text")


def test_a_page_that_nobody_comes_to_read_is_stuck(monkeypatch: pytest.MonkeyPatch) -> None:
    class Pool:
        async def run(self, *_: object) -> None:
            await asyncio.sleep(3600)

    monkeypatch.setattr(means, "QUEUE_SECONDS", 0.01)
    shared: Any = SimpleNamespace(pool=Pool(), job=SimpleNamespace(limits=Limits(extract_timeout_seconds=0.01)))
    found = asyncio.run(Means.read(shared, operator.neg, 1))
    assert isinstance(found, Fault)
    assert (found.reason, found.final) == ("stuck", False)


def test_a_large_file_whose_task_is_cancelled_leaves_its_place_to_others() -> None:
    class Asking:
        job = SimpleNamespace(limits=Limits())

        async def _asked(self, _url: str, _validators: object, _allowed: object, most_bytes: int) -> Fault:
            if most_bytes > LARGE_BYTES:
                await asyncio.sleep(3600)
            return Fault(reason="too_large", final=True)

    async def run() -> bool:
        shared: Any = Asking()
        task = asyncio.create_task(Means.ask(shared, "http://a.cn/sitemap.xml", kind="sitemap"))
        await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        async with asyncio.timeout(5):
            return await large_place()

    assert asyncio.run(run())


def test_a_job_owes_what_it_was_given_and_what_it_took_on_until_it_has_told_of_it() -> None:
    async def run() -> None:
        reporter: Any = Reporter()
        reports = Reports("job", reporter, ["1", "2", "3"])
        await reports.send(rejected("1"))
        reports.given_up("2")
        assert [*reports.owed] == ["3"]
        found = tuple(Candidate(url=key, key=key) for key in "4567")
        await reports.commit(Discovered(job_id="job", number=2, entry_url="x", candidates=found, taken=2))
        assert [*reports.owed] == ["3", "4", "5"]
        reporter.broken = True
        with pytest.raises(TypeError):
            await reports.send(rejected("4"))
        assert [*reports.owed] == ["3", "4", "5"]

    asyncio.run(run())
