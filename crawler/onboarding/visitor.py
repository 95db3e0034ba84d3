"""A polite visitor: one request at a time, a pause between two, robots.txt obeyed, never more than its budget."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import datetime
from urllib.parse import urlsplit

from crawler.fetching.robots import Forbidden, Rules, read_rules, text_of
from crawler.onboarding.answers import OK, REDIRECTS, NoReply, Reply, Web
from storage.identity import BadUrl, canonical_url
from storage.records import RobotsFile

MAX_REDIRECTS = 5
SILENCE = 3
"""Requests in a row without any answer after which a site is not asked further: each may cost half a minute."""
REFUSALS = 2
"""Answers 429 or 503 after which a site is left alone."""
LONGEST_DELAY_SECONDS = 30.0
"""A longer Crawl-delay would make 25 requests last a quarter of an hour; then only few are sent."""
FEW_REQUESTS = 5
FOUND = 302
_THROTTLING = frozenset({429, 503})
_SILENT = frozenset(
    {"timeout", "connection", "dns", "refused", "tls", "truncated", "bad_headers", "bad_encoding", "fetch_error"}
)


class Visitor:
    """Asks for pages until its budget is spent. Every request counts: robots.txt and redirects too."""

    def __init__(
        self,
        web: Web,
        *,
        now: datetime,
        max_requests: int,
        max_seconds: float,
        delay_seconds: float,
        obey_robots: bool = True,
        robots_forbidden: Forbidden = "allow",
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.requests = 0
        self.stopped: str | None = None
        self.delay_seconds = self.operators_delay_seconds = delay_seconds
        self.rules: dict[str, Rules] = {}
        self._schemes: defaultdict[str, set[str]] = defaultdict(set)
        self._web, self._now = web, now
        self._budget = max_requests
        self._obey_robots = obey_robots
        self._robots_forbidden = robots_forbidden
        self._sleep, self._monotonic = sleep, monotonic
        self._last = -1e9
        self._end = monotonic() + max_seconds
        self._silent = self._refused = 0
        self._robots_faults: dict[str, NoReply] = {}
        self._seen: dict[str, Reply | NoReply] = {}

    @property
    def left(self) -> int:
        """Requests that may still be sent."""
        return 0 if self.stopped else max(0, self._budget - self.requests)

    async def get(self, url: str) -> Reply | NoReply:
        """The page at an address, after at most five redirects, or why there is none. The same is never asked twice."""
        try:
            url = canonical_url(url)
        except BadUrl as error:
            return NoReply(url=url, reason="bad_url", detail=str(error))
        if url not in self._seen:
            self._seen[url] = await self._followed(url)
        return self._seen[url]

    async def rules_for(self, url: str) -> Rules:
        """The robots.txt rules that hold for an address, asked for once for each authority."""
        parts = urlsplit(url)
        known = self.rules.get(parts.netloc)
        # A host that https does not reach may speak http.
        if known is None or (known.decision == "unreachable" and parts.scheme not in self._schemes[parts.netloc]):
            self._schemes[parts.netloc].add(parts.scheme)
            answer = await self._followed(f"{parts.scheme}://{parts.netloc}/robots.txt", is_robots=True)
            self.rules[parts.netloc] = read_rules(self._robots_file(parts.netloc, answer), self._robots_forbidden)
            self._slow_down(self.rules[parts.netloc].crawl_delay)
        return self.rules[parts.netloc]

    def _robots_file(self, authority: str, answer: Reply | NoReply) -> RobotsFile:
        if isinstance(answer, Reply):
            body = text_of(answer.body) if answer.status == OK else ""
            return RobotsFile(authority=authority, http_status=answer.status, fetched_at=self._now, body=body)
        # Redirects without end are no rules; no answer keeps us out (RFC 9309, section 2.3.1).
        self._robots_faults[authority] = answer
        status = FOUND if answer.reason == "redirect_loop" else None
        return RobotsFile(authority=authority, http_status=status, fetched_at=self._now)

    async def _followed(self, url: str, *, is_robots: bool = False) -> Reply | NoReply:
        asked = url
        obeying = self._obey_robots and not is_robots
        for _ in range(MAX_REDIRECTS + 1):
            if obeying and not (rules := await self.rules_for(url)).allows(url):
                return self._kept_out(url, rules)
            reply = await self._asked(url)
            if isinstance(reply, NoReply) or reply.status not in REDIRECTS or not reply.location:
                return reply if is_robots else _page(reply)
            try:
                url = canonical_url(reply.location, url)
            except BadUrl as error:
                return NoReply(url=asked, reason="bad_url", detail=str(error))
        return NoReply(url=asked, reason="redirect_loop", detail=f"more than {MAX_REDIRECTS} redirects")

    def _kept_out(self, url: str, rules: Rules) -> NoReply:
        """Why an address is not asked for. A site that cannot be reached has not said anything: that is the reason."""
        fault = self._robots_faults.get(urlsplit(url).netloc)
        if rules.decision == "unreachable" and fault is not None:
            return NoReply(url=url, reason=fault.reason, detail=fault.detail)
        return NoReply(url=url, reason="robots_disallowed" if rules.decision == "rules" else "robots_unreachable")

    async def _asked(self, url: str) -> Reply | NoReply:
        """The answer to one request, after the pause."""
        wait = max(0.0, self._last + self.delay_seconds - self._monotonic())
        if self._monotonic() + wait > self._end:
            self.stopped = self.stopped or "it took too long"
        if not self.left:
            return NoReply(url=url, reason="not_asked", detail=self.stopped or "the requests are spent")
        if wait:
            await self._sleep(wait)
        self._last = self._monotonic()
        self.requests += 1
        reply = await self._web.get(url)
        self._judge(reply)
        return reply

    def _judge(self, reply: Reply | NoReply) -> None:
        """Stop asking a site that does not answer, or says that it is asked too much."""
        silent = isinstance(reply, NoReply) and reply.reason in _SILENT
        self._silent = self._silent + 1 if silent else 0
        self._refused += isinstance(reply, Reply) and reply.status in _THROTTLING
        if self._silent >= SILENCE:
            self.stopped = f"{SILENCE} requests in a row had no answer"
        elif self._refused >= REFUSALS:
            self.stopped = "the site says that it is asked too much"

    def _slow_down(self, crawl_delay_seconds: float | None) -> None:
        if crawl_delay_seconds is None or not self._obey_robots:
            return
        self.delay_seconds = max(self.delay_seconds, min(crawl_delay_seconds, 86_400.0))
        if crawl_delay_seconds > LONGEST_DELAY_SECONDS:
            self._budget = min(self._budget, self.requests + FEW_REQUESTS)


def _page(reply: Reply | NoReply) -> Reply | NoReply:
    """The reply where it brings a page."""
    if isinstance(reply, NoReply) or reply.status == OK:
        return reply
    return NoReply(url=reply.url, reason=f"http_{reply.status}")
