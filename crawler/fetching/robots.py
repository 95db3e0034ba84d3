"""robots.txt as RFC 9309 wants it, where Scrapy's own middleware is more generous.

A server error or no answer at all means "keep out for now" (section 2.3.1.4); Scrapy takes both as "come in". Any 4xx
means "no rules" (section 2.3.1.3); Scrapy reads the error page as rules.
"""

from __future__ import annotations

from typing import Any

from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Request, Response
from scrapy.robotstxt import RobotParser

from crawler.fetching.address_guard import find_refusal

TOO_MANY_REQUESTS = 429
CLIENT_ERROR, SERVER_ERROR = 400, 500
# RFC 9309 section 2.5: at least 500 KiB must be read; more than that is no list of rules.
MAX_BYTES = 512 * 1024


class RobotsUnreachable(IgnoreRequest):
    """The site's robots.txt cannot be had now. `cause`: the failed download, None where the server said so itself."""

    def __init__(self, detail: str, cause: Exception | None) -> None:
        super().__init__(f"robots.txt: {detail}")
        self.cause = cause


class _KeepOut(RobotParser):
    """Rules of a site whose robots.txt cannot be had: every question is answered with the reason."""

    def __init__(self, detail: str, cause: Exception | None = None) -> None:
        self._detail = detail
        self._cause = cause

    @classmethod
    def from_crawler(cls, crawler: Any, robotstxt_body: bytes) -> _KeepOut:
        """Not used: these rules are made from no file."""
        raise NotImplementedError

    def allowed(self, url: str | bytes, user_agent: str | bytes) -> bool:  # noqa: ARG002 - Scrapy's interface
        """Raises RobotsUnreachable."""
        raise RobotsUnreachable(self._detail, self._cause)


class RobotsMiddleware(RobotsTxtMiddleware):
    """Scrapy's middleware with the two rules of RFC 9309 that it lacks."""

    async def _parse_robots(self, response: Response, netloc: str, request: Request) -> None:
        status = response.status
        if status == TOO_MANY_REQUESTS or status >= SERVER_ERROR:
            self._settle(netloc, _KeepOut(f"http_{status}"))
            return
        body = b"" if status >= CLIENT_ERROR else response.body[:MAX_BYTES]
        await super()._parse_robots(response.replace(status=200, body=body), netloc, request)

    def _robots_error(self, exc: Exception, netloc: str) -> None:
        if isinstance(exc, IgnoreRequest) or find_refusal(exc) is not None:
            # A refused address is refused again for the page itself, which then says so.
            super()._robots_error(exc, netloc)
        else:
            self._settle(netloc, _KeepOut(type(exc).__name__, exc))

    def _settle(self, netloc: str, rules: RobotParser) -> None:
        waiting: Any = self._parsers[netloc]
        self._parsers[netloc] = rules
        waiting.callback(rules)
