"""Why we did not send a request that we could have sent."""

from __future__ import annotations

from scrapy.exceptions import IgnoreRequest


class GivenUp(IgnoreRequest):
    """The job is stopped or out of requests, or the host wants to be left alone. No outcome: it comes again."""


class RobotsDisallowed(IgnoreRequest):
    """The site's robots.txt forbids the address."""


class RobotsUnreachable(IgnoreRequest):
    """The site's robots.txt cannot be had now. `cause`: the failed download, None where the server said so itself.

    `origin`: the address that gave the status.
    """

    def __init__(
        self,
        detail: str,
        cause: Exception | None = None,
        *,
        http_status: int | None = None,
        retry_after_seconds: float | None = None,
        origin: str | None = None,
    ) -> None:
        super().__init__(f"robots.txt: {detail}")
        self.cause = cause
        self.http_status = http_status
        self.retry_after_seconds = retry_after_seconds
        self.origin = origin
