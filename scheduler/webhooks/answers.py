"""What came of one request: an answer, or why there is none, in words of our own."""

from __future__ import annotations

import asyncio
import os
import ssl
from dataclasses import dataclass
from http import HTTPStatus

import aiohttp

from scheduler.webhooks.doors import Refused

EXCERPT_BYTES = 65_536
"""Of an answer's body, that are read at most: enough to keep a connection for the next message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`http_status`: None where no answer came. `error`: None where the message was taken.

    `excerpt`: the beginning of what was answered, whatever that is; nobody stores it.
    """

    http_status: int | None
    error: str | None
    retry_after: str | None = None
    excerpt: bytes = b""


def of_status(status: int, retry_after: str | None, excerpt: bytes) -> Answer:
    """The answer of a receiver: 2xx is a success, all else a failure, redirects too."""
    return Answer(http_status=status, error=_error(status), retry_after=retry_after, excerpt=excerpt)


def of_fault(fault: BaseException, timeout_seconds: float) -> Answer:
    """Why there is no answer. Nothing of the address is told, which may hold a token."""
    return Answer(http_status=None, error=_why(fault, timeout_seconds))


def _error(status: int) -> str | None:
    if 200 <= status < 300:  # noqa: PLR2004 - RFC 9110, 15.3
        return None
    try:
        phrase = f" {HTTPStatus(status).phrase}"
    except ValueError:
        phrase = ""
    redirect = "; redirects are not followed" if 300 <= status < 400 else ""  # noqa: PLR2004 - RFC 9110, 15.4
    return f"HTTP {status}{phrase}{redirect}"


def _why(fault: BaseException, timeout_seconds: float) -> str:
    match fault:
        case asyncio.TimeoutError():
            said = f"no answer within {timeout_seconds:g} s"
        case aiohttp.ClientConnectorError(os_error=Refused() as refused):
            said = f"not sent: its host is a private address ({refused}); its allow_networks may list it"
        case aiohttp.ClientConnectorDNSError():
            said = "its host name cannot be resolved"
        case aiohttp.ClientConnectorCertificateError(certificate_error=ssl.SSLCertVerificationError() as error):
            said = f"its certificate is not trusted: {error.verify_message}"
        case aiohttp.ClientSSLError():
            said = "no TLS connection can be made"
        case aiohttp.ServerDisconnectedError():
            said = "it closed the connection without an answer"
        case OSError(errno=int(number)):
            said = f"no connection: {os.strerror(number).lower()}"
        case aiohttp.ClientResponseError() | aiohttp.ClientPayloadError():
            said = "what it answered is no whole HTTP answer"
        case _:
            said = f"the request failed: {type(fault).__name__}"
    return said
