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
from crawler.fetching.addresses import open_ports
from crawler.logs import hear_twisted
from crawler.onboarding.answers import NoReply, Reply, Web

T = TypeVar("T")

HOSTS = "crawler.fetching.middleware.HostsMiddleware"
"""The door of a crawl, which is of a job and its hosts; the visitor stands in its place."""


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


def with_web(work: Callable[[Web], Awaitable[T]], fetch: Fetch, user_agent: str, url: str | None = None) -> T:
    """What the work brings, which is done in an event loop of this process. Once a process: no loop starts twice.

    `url`: the address that the operator named, whose port may be asked beside those of the web; None: all ports may.
    """
    return with_webs([work], fetch, user_agent, url)[0]


def with_webs(
    works: list[Callable[[Web], Awaitable[T]]], fetch: Fetch, user_agent: str, url: str | None = None
) -> list[T]:
    """What several pieces of work bring, done one after the other.

    Raises what one of them raises, and KeyboardInterrupt for Ctrl-C.
    """
    hear_twisted()
    install_reactor(settings.TWISTED_REACTOR)
    from twisted.internet import reactor  # noqa: PLC0415 - importing it installs the default one

    loop: Any = reactor
    results: list[T] = []
    faults_seen: list[BaseException] = []

    async def run() -> None:
        try:
            for work in works:
                results.append(await _done(work, _settings(fetch, user_agent, url)))  # noqa: PERF401 - kept where a later one fails
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


async def _done(work: Callable[[Web], Awaitable[T]], wanted: Settings) -> T:
    crawler = AsyncCrawlerRunner(wanted).create_crawler(_Survey)
    await crawler.crawl_async(work=work)
    spider: Any = crawler.spider
    if spider is None or spider.result is None:
        raise RuntimeError("the survey ended before it began")
    result, error = spider.result
    if error is not None:
        raise error
    return result  # type: ignore[no-any-return]


def _settings(fetch: Fetch, user_agent: str, url: str | None = None) -> Settings:
    """The crawler's settings, but one request at a time as the visitor wants it: it keeps the pauses itself."""
    result = Settings()
    result.setmodule(settings, priority="project")
    result.setdict(
        {
            "USER_AGENT": user_agent,
            # Robots, redirects and pauses are the visitor's: each of its requests is counted. All else is as in a
            # crawl: an empty table would bring back what Scrapy has by itself, a proxy of the environment among it.
            "DOWNLOADER_MIDDLEWARES": {**settings.DOWNLOADER_MIDDLEWARES, HOSTS: None},
            "ROBOTSTXT_OBEY": False,
            "REDIRECT_ENABLED": False,
            "DOWNLOAD_DELAY": 0,
            "DOWNLOAD_TIMEOUT": fetch.timeout_seconds,
            "DOWNLOAD_MAXSIZE": max(fetch.max_body_bytes, fetch.max_feed_bytes),
            "DIBAO_ALLOW_NETWORKS": [str(network) for network in fetch.allow_networks],
            "DIBAO_PORTS": None if url is None else list(open_ports([url], fetch.allow_ports)),
            "DIBAO_PROXY": fetch.proxy,
            "STATS_DUMP": False,
        },
        priority="cmdline",
    )
    return result
