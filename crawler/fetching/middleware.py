"""The door through which every request of a job goes to its host: robots.txt, pauses and the budget of requests.

It stands next to the downloader, so that redirects, robots.txt and the parts of an article pass it too. A request that
is not to be sent is given up: GivenUp is no outcome, its URL stays pending and comes again in a later job.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest, StopDownload
from scrapy.http import Request, Response
from scrapy.http.request import NO_CALLBACK

from crawler.fetching import faults
from crawler.fetching.address_guard import find_refusal
from crawler.fetching.bodies import HEAD_ONLY
from crawler.fetching.downloading import download_failed
from crawler.fetching.hosts import LONGEST_CRAWL_DELAY_SECONDS, MOST_SILENCES, THROTTLING, Host, Hosts
from crawler.fetching.refusals import GivenUp, RobotsDisallowed, RobotsUnreachable
from crawler.fetching.robots import MAX_BYTES, text_of
from storage.records import RobotsFile

logger = logging.getLogger(__name__)

ROBOTS_REQUEST = "dibao_robots"
NOBODY = "about:nobody"
ROBOTS_SECONDS = 10.0
"""For a robots.txt with all of its redirects: all that is asked of the host waits for it."""
_RECEIVED = "dibao_robots_received"
OK, REDIRECTION = 200, 300
FOUND = 302
UNAVAILABLE = 503


class HostsMiddleware:
    """Scrapy's downloader middleware over a spider's `hosts`. A new robots.txt is told to its `has_robots`."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._rules_asked = 0

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """The middleware of one crawl."""
        middleware = cls(crawler)
        # Both are sent before Scrapy begins with what waits next for the host, process_response comes too late for it.
        crawler.signals.connect(middleware.heard, signal=signals.response_downloaded)
        crawler.signals.connect(middleware.missed, signal=download_failed)
        return middleware

    @property
    def _spider(self) -> Any:
        return self._crawler.spider

    @property
    def _hosts(self) -> Hosts:
        hosts: Hosts = self._spider.hosts
        return hosts

    async def process_request(self, request: Request) -> Response | None:
        """None, where the request may be sent now. Raises GivenUp, RobotsDisallowed or RobotsUnreachable.

        A request to nobody is answered at once: by it a spider gets a callback of its own to work in.
        """
        if request.url == NOBODY:
            return Response(request.url)
        hosts = self._hosts
        host = hosts.of(request.url)
        self._check(host)
        if not request.meta.get(ROBOTS_REQUEST):
            await self._obey(request, host)
            self._check(host)  # its robots.txt may have cost the last request
        hosts.counted(host)
        request.meta[_RECEIVED] = 0
        return None

    @contextmanager
    def _cutting_off(self) -> Iterator[None]:
        """None; each piece that comes is looked at meanwhile, and only then: for a page it would cost too much."""
        self._rules_asked += 1
        if self._rules_asked == 1:
            self._crawler.signals.connect(self.cut_off, signal=signals.bytes_received)
        try:
            yield
        finally:
            self._rules_asked -= 1
            if self._rules_asked == 0:
                self._crawler.signals.disconnect(self.cut_off, signal=signals.bytes_received)

    def cut_off(self, data: bytes, request: Request) -> None:
        """None; of a robots.txt no more is fetched than is read. Raises StopDownload, which is no error."""
        wanted = request.meta.get(HEAD_ONLY)
        if wanted is not None:
            request.meta[_RECEIVED] += len(data)
            if request.meta[_RECEIVED] >= wanted:
                raise StopDownload(fail=False)

    def heard(self, response: Response, request: Request) -> None:
        """None; a host that has had enough is sent nothing more, what waits for its turn included."""
        host = self._hosts.of(request.url)
        self._hosts.answered(host)
        host.address = str(response.ip_address) if response.ip_address else host.address
        self._hosts.body_bytes += len(response.body)
        previous, host.status = host.status, response.status
        if self._has_had_enough(response, previous):
            self._hosts.throttle(host)
            give_up_waiting(self._crawler, self._hosts, host.name)

    def missed(self, request: Request, error: Exception) -> None:
        """None; so is one that does not answer."""
        host = self._hosts.of(request.url)
        if faults.is_silence(error) and self._hosts.did_not_answer(host):
            logger.warning("%s has not answered %d requests in a row; it is left alone", host.name, MOST_SILENCES)
            give_up_waiting(self._crawler, self._hosts, host.name)

    def _has_had_enough(self, response: Response, previous: int | None) -> bool:
        """Whether an answer speaks for its whole host.

        A 503 that names no pause may be the fault of one page, as long as the answer before it was another.
        """
        if response.status != UNAVAILABLE:
            return response.status in THROTTLING
        return previous == UNAVAILABLE or faults.asked_pause(response, self._spider.now()) is not None

    def process_exception(self, request: Request, exception: Exception) -> None:
        """None; a connection that the address guard refused was no request."""
        refused = None if isinstance(exception, IgnoreRequest) else find_refusal(exception)
        if refused is not None:
            refused.led_to = "redirect_urls" in request.meta
            self._hosts.counted(self._hosts.of(request.url), -1 if refused.sent else 0)

    def _check(self, host: Host) -> None:
        if self._hosts.is_closed(host):
            raise GivenUp(f"{host.authority} is sent nothing more by this job")

    async def _obey(self, request: Request, host: Host) -> None:
        if host.rules is None:
            async with host.asking_rules:
                if host.rules is None:
                    self._check(host)
                    await self._fetch_rules(request, host)
        if host.rules is None:
            return  # the address guard keeps us out, and says so for the page itself
        self._keep_pace(host)
        if host.rules.decision == "unreachable":
            raise _unreachable(host, request.url)
        if not host.rules.allows(request.url):
            raise RobotsDisallowed("forbidden by robots.txt")

    async def _fetch_rules(self, request: Request, host: Host) -> None:
        scheme = request.url.partition(":")[0]
        asked = Request(
            f"{scheme}://{host.authority}/robots.txt",
            callback=NO_CALLBACK,
            meta={
                ROBOTS_REQUEST: True,
                HEAD_ONLY: MAX_BYTES + 1,  # one more tells that there is more
                "download_maxsize": 0,
                "download_timeout": min(ROBOTS_SECONDS, self._crawler.settings.getfloat("DOWNLOAD_TIMEOUT")),
            },
            dont_filter=True,
        )
        status, body = None, ""
        try:
            with self._cutting_off():
                response = await self._crawler.engine.download_async(asked)
        except GivenUp:
            raise
        except IgnoreRequest:
            status = FOUND  # redirects without end: five are followed (RFC 9309, section 2.3.1.2)
        except Exception as error:  # noqa: BLE001 - whatever it was, there was no answer
            refused = find_refusal(error)
            if refused is not None and not refused.led_to:
                return
            host.robots_error = error
        else:
            status = response.status
            body = text_of(response.body) if OK <= status < REDIRECTION else ""
            host.robots_origin = response.url
            host.retry_after_seconds = faults.asked_pause(response, self._spider.now())
        file = RobotsFile(authority=host.authority, http_status=status, fetched_at=self._spider.now(), body=body)
        host.has(file)
        await self._spider.has_robots(file)

    def _keep_pace(self, host: Host) -> None:
        """None; Scrapy keeps the longer of the operator's pause and the host's own between its requests."""
        wanted = host.crawl_delay_seconds
        if not wanted:
            return
        downloader: Any = self._crawler.engine.downloader
        pace = {"delay": max(self._hosts.delay_seconds(host), self._crawler.settings.getfloat("DOWNLOAD_DELAY"))}
        if downloader.per_slot_settings.get(host.name) == pace:
            return
        if wanted > LONGEST_CRAWL_DELAY_SECONDS:
            logger.warning(
                "robots.txt of %s asks for %g s between requests; %g s are kept",
                host.authority,
                wanted,
                LONGEST_CRAWL_DELAY_SECONDS,
            )
        downloader.per_slot_settings[host.name] = pace
        if host.name in downloader.slots:
            downloader.slots[host.name].delay = pace["delay"]


def give_up_waiting(crawler: Crawler, hosts: Hosts, name: str | None = None) -> None:
    """None; requests that wait for their turn, to one host or to all, are given up."""
    downloader: Any = crawler.engine.downloader
    for key, slot in tuple(downloader.slots.items()):
        if name is not None and key != name:
            continue
        waiting = tuple(slot.queue)
        slot.queue.clear()
        for request, answer in waiting:
            hosts.counted(hosts.of(request.url), -1)
            answer.errback(GivenUp(f"{key} is sent nothing more by this job"))


def _unreachable(host: Host, url: str) -> RobotsUnreachable:
    file = host.file
    status = file.http_status if file else None
    if status is None:
        detail = "no answer" if host.robots_error is None else type(host.robots_error).__name__
        return RobotsUnreachable(detail, host.robots_error)
    return RobotsUnreachable(
        f"http_{status}",
        http_status=status,
        retry_after_seconds=host.retry_after_seconds,
        origin=host.robots_origin or url,
    )
