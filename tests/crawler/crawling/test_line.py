"""The pages of a job are asked for in turn and so many at once; none takes another with it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy import Request
from scrapy.http import Response

from crawler.crawling import line as module
from crawler.crawling.line import Line
from crawler.crawling.means import Reports
from crawler.fetching.faults import Fault
from crawler.fetching.refusals import GivenUp
from storage.records import CrawlJob, PageRequest, Validators

HOSTS = "ab"


def page(url: str) -> PageRequest:
    return PageRequest(url=url, key=url, validators=Validators())


class Web:
    """Answers what is asked, one request after the other, and writes down what happened."""

    def __init__(self, *pages: PageRequest) -> None:
        self.reports = Reports("j", None, (one.key for one in pages))
        self.asked: list[str] = []
        self.read: list[str] = []
        self.failed: list[tuple[str, str]] = []
        self.at_once = self.most_at_once = 0
        self.answer: Callable[[str], bytes] = lambda _: b"x"
        self.reading: Callable[[str], Awaitable[None]] = lambda _: asyncio.sleep(0)
        job = CrawlJob(
            id="j", run_id=1, source="s", home="http://a/", hosts=(), timezone="UTC", user_agent="u",
            now=datetime(2026, 11, 23, tzinfo=UTC), pages=pages,
        )  # fmt: skip
        self.crawler = SimpleNamespace(engine=SimpleNamespace(downloader=self), crawling=True)
        self.middleware, self._enqueue_request = self, None
        self.hosts = SimpleNamespace(stopped=False)
        self.means: Any = SimpleNamespace(job=job, crawler=self.crawler, reports=self.reports, hosts=self.hosts)

    async def download_async(self, _function: Any, request: Request) -> Response:
        self.asked.append(request.url)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await asyncio.sleep(0)
            return Response(request.url, body=self.answer(request.url))
        finally:
            self.at_once -= 1

    def crawl(self, at_once: int = 4) -> None:
        async def run() -> None:
            line = Line(self.means, read=self._read, failed=self._failed)
            line.close()
            async with asyncio.timeout(20):
                await line.run(at_once)

        asyncio.run(run())

    async def _read(self, _response: Response, one: PageRequest) -> None:
        await self.reading(one.url)
        self.read.append(one.url)

    async def _failed(self, one: PageRequest, fault: Fault) -> None:
        self.failed.append((one.url, fault.reason))


def test_hosts_have_their_turns_and_each_the_order_of_its_pages() -> None:
    urls = [f"http://{host}/{number}" for host in HOSTS for number in range(6)]
    web = Web(*map(page, urls))
    web.crawl(2)
    assert web.most_at_once == 2
    for host in HOSTS:
        of_host = [url for url in web.asked if url.startswith(f"http://{host}/")]
        assert of_host == [url for url in urls if url in of_host]
        assert len(of_host) == 6
    assert {url[7] for url in web.asked[:2]} == set(HOSTS)
    assert sorted(web.read) == urls


def test_what_has_not_been_read_holds_up_what_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_UNREAD_BYTES", 3)
    web = Web(*(page(f"http://a/{number}") for number in range(10)))
    began: list[int] = []

    async def slow(_url: str) -> None:
        began.append(len(web.asked))
        for _ in range(20):
            await asyncio.sleep(0)

    web.reading = slow
    web.crawl(1)
    assert max(began[:3]) == 3
    assert len(web.read) == 10
    assert all(asked <= number + 3 for number, asked in enumerate(began))


def test_a_fault_of_one_page_is_its_own() -> None:
    def answer(url: str) -> bytes:
        if url.endswith("1"):
            raise GivenUp(url)
        if url.endswith("2"):
            raise TimeoutError
        return b"x"

    async def read(url: str) -> None:
        if url.endswith("3"):
            raise KeyError(url)

    urls = [f"http://a/{number}" for number in range(6)]
    web = Web(*map(page, (*urls, "no address")))
    web.answer, web.reading = answer, read
    web.crawl()
    assert web.read == [urls[0], urls[4], urls[5]]
    assert sorted(web.failed) == [(urls[2], "timeout"), ("no address", "bad_url")]
    assert urls[1] not in web.reports.owed
    assert urls[3] in web.reports.owed


def test_a_job_that_is_stopped_asks_for_nothing_more_and_owes_nothing() -> None:
    web = Web(*(page(f"http://a/{number}") for number in range(3)))
    web.hosts.stopped = True
    web.crawl()
    assert (web.asked, web.read, list(web.reports.owed)) == ([], [], [])


def test_where_scrapy_itself_was_told_to_stop_nothing_more_is_asked_for() -> None:
    web = Web(*(page(f"http://a/{number}") for number in range(5)))

    async def interrupted(_url: str) -> None:
        web.crawler.crawling = False

    web.reading = interrupted
    web.crawl(1)
    assert web.asked
    assert len(web.asked) < 5
    assert web.read == web.asked
    assert not web.reports.owed.keys() - set(web.read)
