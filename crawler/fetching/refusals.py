"""Why we did not send a request that we could have sent."""

from __future__ import annotations

from scrapy.exceptions import IgnoreRequest


class GivenUp(IgnoreRequest):
    """The job is stopped or out of requests, or the host wants to be left alone. No outcome: it comes again."""


class BadRedirect(IgnoreRequest):
    """The address leads to what cannot or must not be asked: no address, another scheme, one with a password.

    A robots.txt that does so is none, as one that redirects without end (RFC 9309, section 2.3.1.2).
    """


class PortRefused(Exception):
    """The address names a port that is not to be asked. No IgnoreRequest: a robots.txt behind it is out of reach."""

    def __init__(self, authority: str, port: int) -> None:
        super().__init__(f"{authority} is not asked: {port} is no port of the web. To allow it, list it in allow_ports")
        self.authority = authority
        self.port = port

    def __reduce__(self) -> tuple[type[PortRefused], tuple[str, int]]:
        return (PortRefused, (self.authority, self.port))


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
