"""Why a request brought no page: one short stable reason for each way in which Scrapy or Twisted says so."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from OpenSSL import SSL
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)
from scrapy.http import Response
from service_identity import CertificateError, VerificationError
from twisted.web._newclient import ParseError, _WrapperException

from crawler.fetching.address_guard import find_refusal
from crawler.fetching.bodies import BadBody
from crawler.fetching.causes import cause_of, causes
from crawler.fetching.header_guard import BadHeaders, SilentHandshake
from crawler.fetching.refusals import BadRedirect, PortRefused, RobotsDisallowed, RobotsUnreachable
from storage.identity import BadUrl, host_of, site_of

if TYPE_CHECKING:
    from twisted.python.failure import Failure

# RFC 9110 section 10.2.3 sets no bounds; a day is the longest that a news source may be silent on one word of a server.
LONGEST_RETRY_AFTER_SECONDS = 86_400.0
SHORTEST_RETRY_AFTER_SECONDS = 60.0
"""A server that has had enough and says "in 0 seconds" is not asked again at once: jobs are minutes apart anyway."""
# Answers that asking again will not change. All others may pass: portals' walls answer 202, 403, 412 and stranger
# numbers to a reader whom they let in an hour later.
FINAL = frozenset({404, 405, 410, 414})


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why there is no page. `final`: asking again would bring the same. `origin`: the address that gave the status."""

    reason: str
    detail: str = ""
    final: bool = False
    http_status: int | None = None
    retry_after_seconds: float | None = None
    origin: str | None = field(default=None, compare=False)


# A certificate that is not valid, is another's or has expired, and a server that speaks no TLS that we do.
_TLS: tuple[type[BaseException], ...] = (SSL.Error, VerificationError, CertificateError)
# What Twisted's parser raises over the head of an answer: no status, lengths that contradict one another, no number,
# a transfer encoding that nobody knows.
_NO_HTTP: tuple[type[BaseException], ...] = (ParseError, ValueError, KeyError)
_SILENCE = (DownloadTimeoutError, TimeoutError, CannotResolveHostError, DownloadConnectionRefusedError)
# These say of others only that they were there; and these have no words, as Scrapy raises them.
_WRAPPERS = (DownloadFailedError, _WrapperException)
_WORDLESS = {
    DownloadCancelledError: "more than a body of its kind may have",
    ResponseDataLossError: "it ended before its end",
}

# What Scrapy raises, and the fault that it stands for; the first that fits counts.
_FAULTS: tuple[tuple[tuple[type[BaseException], ...], Fault], ...] = (
    # Scrapy cancels a download for one reason only: the body is larger than DOWNLOAD_MAXSIZE.
    ((DownloadCancelledError,), Fault(reason="too_large", final=True)),
    ((PortRefused,), Fault(reason="blocked_port", final=True)),
    ((UnsupportedURLSchemeError, ValueError), Fault(reason="bad_url", final=True)),
    ((DownloadTimeoutError, TimeoutError), Fault(reason="timeout")),
    ((CannotResolveHostError,), Fault(reason="dns")),
    ((DownloadConnectionRefusedError,), Fault(reason="refused")),
    ((ResponseDataLossError,), Fault(reason="truncated")),
    ((BadHeaders,), Fault(reason="bad_headers")),
    ((DownloadFailedError, OSError), Fault(reason="connection")),
)


def of_failure(failure: Failure) -> Fault:
    """The fault behind a failed download."""
    return of_error(failure.value)


def of_error(error: BaseException | None) -> Fault:
    """The fault that an exception of a download stands for."""
    refusal = find_refusal(error) if error is not None else None
    if refusal is not None:
        return Fault(reason="blocked_address", detail=str(refusal), final=True)
    if isinstance(error, RobotsUnreachable):
        # A site that cannot be reached cannot be asked for its rules either; then that is the reason.
        told = Fault(reason="robots_unreachable") if error.cause is None else of_error(error.cause)
        return replace(
            told,
            detail=str(error),
            final=False,
            http_status=error.http_status,
            retry_after_seconds=error.retry_after_seconds,
            origin=error.origin,
        )
    if isinstance(error, IgnoreRequest):
        return _ignored(error)
    return _of_download(error)


def _of_download(error: BaseException | None) -> Fault:
    """The fault of a download that failed on its way or at its end."""
    if isinstance(error, BadBody):
        return Fault(reason=error.reason, detail=str(error)[:300], final=error.reason == "too_large")
    behind = _behind(error)
    if behind is not None:
        return behind
    detail = _in_words(error)
    for kinds, fault in _FAULTS:
        if isinstance(error, kinds):
            return replace(fault, detail=detail)
    return Fault(reason="fetch_error", detail=detail)


def _in_words(error: BaseException | None) -> str:
    """Name and message of an exception; of one that only wraps others, those of the nearest that says something."""
    told = next((cause for cause in causes(error) if not isinstance(cause, _WRAPPERS)), error)
    message = str(told) or next((words for kind, words in _WORDLESS.items() if isinstance(told, kind)), "")
    return f"{type(told).__name__}: {message}"[:300]


def is_silence(error: BaseException) -> bool:
    """Whether a failed download means that nobody answered, so that the next may cost as much for nothing."""
    return isinstance(error, _SILENCE) or cause_of(error, SilentHandshake) is not None


def _behind(error: BaseException | None) -> Fault | None:
    """The fault that lies behind a download that Scrapy only says has failed; None for a lost connection."""
    if not isinstance(error, DownloadFailedError | SSL.Error | CertificateError):
        return None
    told = cause_of(error, SilentHandshake, *_TLS)
    if told is not None:
        return Fault(reason="tls", detail=f"{type(told).__name__}: {told}"[:300])
    told = cause_of(error, BadHeaders, *_NO_HTTP)
    return None if told is None else Fault(reason="bad_headers", detail=f"{type(told).__name__}: {told}"[:300])


def of_status(response: Response, now: datetime) -> Fault | None:
    """The fault that an answer's status says, or None for one that brings a page."""
    status = response.status
    if status == 200:  # noqa: PLR2004 - OK
        return None
    fault = Fault(reason=f"http_{status}", http_status=status, final=status in FINAL, origin=response.url)
    if fault.final:
        return fault
    return replace(fault, retry_after_seconds=asked_pause(response, now))


def as_told_of(url: str, fault: Fault) -> Fault:
    """The fault as it is told of the address that was asked.

    Without a status and a pause where another site has answered, to which the address led: what that one has had
    enough of is not to close the host of this address.
    """
    if fault.final or fault.origin is None or is_same_site(url, fault.origin):
        return fault
    return replace(fault, http_status=None, retry_after_seconds=None)


def is_same_site(url: str, other: str) -> bool:
    """Whether two addresses are of one site; an address that has no host is of none."""
    try:
        return site_of(host_of(url)) == site_of(host_of(other))
    except BadUrl:
        return False


def asked_pause(response: Response, now: datetime) -> float | None:
    """Seconds for which a server wants to be left alone; None where it does not say."""
    header = response.headers.get(b"Retry-After")
    return retry_after(header, now) if header else None


def retry_after(header: bytes, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks for (RFC 9110, 10.2.3), a minute to a day; None where it is nonsense."""
    text = header.decode("ascii", "replace").strip()
    try:
        seconds = float(text) if text.isdigit() else (parsedate_to_datetime(text) - now).total_seconds()
    except (TypeError, ValueError, OverflowError):
        try:
            seconds = (parsedate_to_datetime(text).replace(tzinfo=UTC) - now).total_seconds()
        except (TypeError, ValueError, OverflowError):
            return None
    if seconds < 0:
        return None
    return max(SHORTEST_RETRY_AFTER_SECONDS, min(seconds, LONGEST_RETRY_AFTER_SECONDS))


def _ignored(error: IgnoreRequest) -> Fault:
    message = str(error)
    if isinstance(error, RobotsDisallowed):
        return Fault(reason="robots_disallowed", final=True)
    if isinstance(error, BadRedirect):
        return Fault(reason="bad_redirect", detail=message[:300], final=True)
    if "redirection" in message:
        return Fault(reason="redirect_loop", detail=message, final=True)
    if "DOWNLOAD_MAXSIZE" in message:
        return Fault(reason="too_large", detail=message[:300], final=True)
    return Fault(reason="ignored", detail=message[:300], final=True)
