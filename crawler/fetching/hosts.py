"""What a job knows of the hosts that it asks, and whether the next request may be sent: the one place that says no.

Politeness is owed to a host, whatever port it answers on: the pause between two requests and a 429 count for all
authorities (`host[:port]`) of one host name. robots.txt is a matter of each authority (RFC 9309, section 2.3).
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from crawler.fetching.robots import IGNORED, Forbidden, Rules, read_rules
from storage.records import CrawlJob, RobotsFile

LONGEST_CRAWL_DELAY_SECONDS = 120.0
"""A Crawl-delay is no part of RFC 9309. Longer ones are taken for this: more would be hours for a front page."""
THROTTLING = frozenset({429, 503})
MOST_SILENCES = 3
"""Requests in a row that a host may leave without an answer. Each may cost half a minute of the job's time."""
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(slots=True, eq=False)
class Host:
    """One authority. `rules` None: not known yet; whoever needs them takes `asking_rules` first and has them fetched.

    `requests`: sent or waiting for their turn; `address`: the IP address that answered last, `status`: what it said;
    `throttled`: it has had enough; `silent`: it does not answer. `robots_forbidden`: what a 401 or 403 for its
    robots.txt means. `retry_after_seconds` and `robots_error`: what came in place of its robots.txt, and
    `robots_origin`: the address that it came from.
    """

    authority: str
    name: str
    rules: Rules | None = None
    file: RobotsFile | None = None
    requests: int = 0
    address: str | None = None
    status: int | None = None
    throttled: bool = False
    silent: bool = False
    robots_forbidden: Forbidden = "allow"
    retry_after_seconds: float | None = None
    robots_error: Exception | None = None
    robots_origin: str | None = None
    asking_rules: asyncio.Lock = field(default_factory=asyncio.Lock)

    def has(self, file: RobotsFile) -> None:
        """None; from now on the host is asked as this robots.txt says."""
        self.rules, self.file = read_rules(file, self.robots_forbidden), file

    @property
    def crawl_delay_seconds(self) -> float | None:
        """What its robots.txt asks for."""
        return self.rules.crawl_delay if self.rules else None


class Hosts:
    """The hosts of one job. `stopped`: nothing more is sent to any of them; `timed_out`: as the job's time is over."""

    def __init__(self, job: CrawlJob) -> None:
        self.stopped = False
        self.timed_out = False
        self.requests = 0
        self.body_bytes = 0
        self._most = job.limits.max_requests
        self._delay_seconds = job.limits.delay_seconds
        self._rules = None if job.obey_robots else IGNORED
        self._files = {file.authority: file for file in job.robots} if job.obey_robots else {}
        self._hosts: dict[str, Host] = {}
        self._delays: dict[str, float] = {}
        self._left_alone: set[str] = set()
        self._silences: Counter[str] = Counter()
        self._forbidden = job.robots_forbidden

    def __iter__(self) -> Iterator[Host]:
        return iter(tuple(self._hosts.values()))

    def of(self, url: str) -> Host:
        """The host of an address. Raises ValueError for an address that has none."""
        authority, name = authority_of(url)
        host = self._hosts.get(authority)
        if host is None:
            host = self._hosts[authority] = Host(authority, name, self._rules, robots_forbidden=self._forbidden)
            if authority in self._files:
                host.has(self._files[authority])
        return host

    def is_closed(self, host: Host) -> bool:
        """Whether nothing more is sent to the host: the job is stopped, out of requests, or the host is left alone."""
        return self.is_spent or self.is_throttled(host)

    def is_throttled(self, host: Host) -> bool:
        """Whether the host is left alone: it has had enough, on whatever port it said so, or does not answer."""
        return host.name in self._left_alone

    @property
    def is_spent(self) -> bool:
        """Whether nothing more is sent to anybody."""
        return self.stopped or (self._most is not None and self.requests >= self._most)

    def counted(self, host: Host, requests: int = 1) -> None:
        """None; so many requests to a host are on their way; fewer, where `requests` is negative."""
        host.requests += requests
        self.requests += requests

    def throttle(self, host: Host) -> None:
        """None; the host has said that it has had enough."""
        host.throttled = True
        self._left_alone.add(host.name)

    def answered(self, host: Host) -> None:
        """None; the host is there, whatever it said."""
        self._silences.pop(host.name, None)

    def did_not_answer(self, host: Host) -> bool:
        """Whether the host is left alone from now on, for it has not answered too many requests in a row."""
        self._silences[host.name] += 1
        if self._silences[host.name] < MOST_SILENCES:
            return False
        host.silent = True
        self._left_alone.add(host.name)
        return True

    def delay_seconds(self, host: Host) -> float:
        """The pause between two requests to a host: the operator's, or the longest that its robots.txt files ask for.

        It never becomes shorter while a job runs.
        """
        wanted = min(host.crawl_delay_seconds or 0.0, LONGEST_CRAWL_DELAY_SECONDS)
        delay = max(self._delay_seconds, wanted, self._delays.get(host.name, 0.0))
        self._delays[host.name] = delay
        return delay

    def reports(self) -> Iterator[dict[str, Any]]:
        """The fields of a HostAsked for each host that was asked, or whose rules kept the job from asking."""
        for host in self:
            if host.requests > 0 or host.file is not None:
                yield self._report(host)

    def _report(self, host: Host) -> dict[str, Any]:
        file = host.file
        return {
            "authority": host.authority,
            "robots": host.rules.decision if host.rules else "none",
            "robots_fetched_at": file.fetched_at if file else None,
            "crawl_delay_seconds": host.crawl_delay_seconds,
            "delay_seconds": self.delay_seconds(host),
            "requests": host.requests,
            "address": host.address,
            "throttled": host.throttled,
            "silent": host.silent,
        }


def authority_of(url: str) -> tuple[str, str]:
    """`host[:port]` of an address, without the port that its scheme has anyway, and the host alone.

    Raises ValueError for an address that has none.
    """
    parts = urlsplit(url)
    name, port = parts.hostname, parts.port
    if not name:
        raise ValueError(f"no host in {url[:200]}")
    written = f"[{name}]" if ":" in name else name
    return (written if port in {None, _DEFAULT_PORTS.get(parts.scheme)} else f"{written}:{port}"), name
