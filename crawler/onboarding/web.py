"""Requests of a survey, made by Scrapy: the crawler's own downloader, address guard and limits, without its spider."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeVar

from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerRunner, Crawler
from scrapy.settings import Settings
from scrapy.utils.reactor import install_reactor
from twisted.python.failure import Failure

from crawler import settings
from crawler.config import Fetch
from crawler.fetching import faults, headers
from crawler.onboarding.answers import NoReply, Reply, Web

T = TypeVar("T")


class ScrapyWeb:
    """Asks by the downloader of a running crawl."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    async def get(self, url: str) -> Reply | NoReply:
        """The answer to one request; redirects are not followed."""
        try:
            request = Request(url, dont_filter=True)
            engine: Any = self._crawler.engine
            response = await engine.download_async(request)
        except Exception as error:  # noqa: BLE001 - whatever it was, there was no answer
            fault = faults.of_failure(Failure(error))  # type: ignore[no-untyped-call]
            return NoReply(url=url, reason=fault.reason, detail=fault.detail)
        location = response.headers.get(b"Location")
        return Reply(
            url=url,
            status=response.status,
            body=response.body,
            content_type=headers.content_type(response),
            location=None if location is None else location.decode("utf-8", "replace"),
        )


class _Survey(Spider):
    """A spider that does one piece of work with the downloader, and ends. `result`: what came of it."""

    name = "survey"

    def __init__(self, *, work: Callable[[Web], Awaitable[Any]], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._work = work
        self.result: Any = None

    async def start(self) -> AsyncIterator[Any]:
        """No requests for Scrapy's own queue: the work is over when this ends."""
        try:
            self.result = (await self._work(ScrapyWeb(self.crawler)), None)
        except Exception as error:  # noqa: BLE001 - raised again for whoever wants the result
            self.result = (None, error)
        return
        yield


def with_web(work: Callable[[Web], Awaitable[T]], fetch: Fetch, user_agent: str) -> T:
    """What the work brings, which is done in an event loop of this process. Once a process: no loop starts twice."""
    return with_webs([work], fetch, user_agent)[0]


def with_webs(works: list[Callable[[Web], Awaitable[T]]], fetch: Fetch, user_agent: str) -> list[T]:
    """What several pieces of work bring, done one after the other.

    Raises what one of them raises, and KeyboardInterrupt for Ctrl-C.
    """
    install_reactor(settings.TWISTED_REACTOR)
    from twisted.internet import reactor  # noqa: PLC0415 - importing it installs the default one

    loop: Any = reactor
    results: list[T] = []
    faults_seen: list[BaseException] = []

    async def run() -> None:
        try:
            for work in works:
                results.append(await _done(work, fetch, user_agent))  # noqa: PERF401 - kept where a later one fails
        except BaseException as error:  # noqa: BLE001 - raised again outside of the loop
            faults_seen.append(error)
        finally:
            _stop(loop)

    def interrupted() -> None:
        faults_seen.append(KeyboardInterrupt())
        _stop(loop)

    def begin() -> None:
        turning = asyncio.get_event_loop()
        # Stopped in good order: the threads of a reactor that is only left keep the process alive for ever (seen).
        turning.add_signal_handler(signal.SIGINT, interrupted)
        tasks.append(turning.create_task(run()))

    tasks: list[asyncio.Task[None]] = []
    loop.callWhenRunning(begin)
    loop.run(installSignalHandlers=False)
    if faults_seen:
        raise faults_seen[0]
    return results


def _stop(loop: Any) -> None:
    if loop.running:
        loop.stop()


async def _done(work: Callable[[Web], Awaitable[T]], fetch: Fetch, user_agent: str) -> T:
    crawler = AsyncCrawlerRunner(_settings(fetch, user_agent)).create_crawler(_Survey)
    await crawler.crawl_async(work=work)
    spider: Any = crawler.spider
    if spider is None or spider.result is None:
        raise RuntimeError("the survey ended before it began")
    result, error = spider.result
    if error is not None:
        raise error
    return result  # type: ignore[no-any-return]


def _settings(fetch: Fetch, user_agent: str) -> Settings:
    """The crawler's settings, but one request at a time as the visitor wants it: it keeps the pauses itself."""
    result = Settings()
    result.setmodule(settings, priority="project")
    result.setdict(
        {
            "USER_AGENT": user_agent,
            # Robots, redirects and pauses are the visitor's: each of its requests is counted.
            "DOWNLOADER_MIDDLEWARES": {},
            "ROBOTSTXT_OBEY": False,
            "REDIRECT_ENABLED": False,
            "DOWNLOAD_DELAY": 0,
            "DOWNLOAD_TIMEOUT": fetch.timeout_seconds,
            "DOWNLOAD_MAXSIZE": fetch.max_body_bytes,
            "DIBAO_ALLOW_NETWORKS": [str(network) for network in fetch.allow_networks],
            "STATS_DUMP": False,
        },
        priority="cmdline",
    )
    return result
