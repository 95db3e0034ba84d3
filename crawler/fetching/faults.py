"""Why a request brought no page: one short stable reason for each way in which Scrapy or Twisted says so."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

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

from crawler.fetching.address_guard import find_refusal
from crawler.fetching.robots import RobotsUnreachable

if TYPE_CHECKING:
    from twisted.python.failure import Failure

# RFC 9110 section 10.2.3 sets no bounds; a day is the longest that a news source may be silent on one word of a server.
LONGEST_RETRY_AFTER_SECONDS = 86_400.0
# Answers that asking again will not change. All others may pass: portals' walls answer 202, 403, 412 and stranger
# numbers to a reader whom they let in an hour later.
FINAL = frozenset({404, 405, 410, 414})


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why there is no page. `final`: asking again would bring the same."""

    reason: str
    detail: str = ""
    final: bool = False
    http_status: int | None = None
    retry_after_seconds: float | None = None


# What Scrapy raises, and the fault that it stands for; the first that fits counts.
_FAULTS: tuple[tuple[tuple[type[BaseException], ...], Fault], ...] = (
    # Scrapy cancels a download for one reason only: the body is larger than DOWNLOAD_MAXSIZE.
    ((DownloadCancelledError,), Fault(reason="too_large", final=True)),
    ((UnsupportedURLSchemeError, ValueError), Fault(reason="bad_url", final=True)),
    ((DownloadTimeoutError, TimeoutError), Fault(reason="timeout")),
    ((CannotResolveHostError,), Fault(reason="dns")),
    ((DownloadConnectionRefusedError,), Fault(reason="refused")),
    ((ResponseDataLossError,), Fault(reason="truncated")),
    ((DownloadFailedError, OSError), Fault(reason="connection")),
)


def of_failure(failure: Failure) -> Fault:
    """The fault behind a failed download."""
    return _of_error(failure.value)


def _of_error(error: BaseException | None) -> Fault:
    refusal = find_refusal(error) if error is not None else None
    if refusal is not None:
        return Fault(reason="blocked_address", detail=str(refusal), final=True)
    if isinstance(error, RobotsUnreachable):
        # A site that cannot be reached cannot be asked for its rules either; then that is the reason.
        told = Fault(reason="robots_unreachable") if error.cause is None else _of_error(error.cause)
        return replace(told, detail=str(error), final=False)
    if isinstance(error, IgnoreRequest):
        return _ignored(str(error))
    detail = f"{type(error).__name__}: {error}"[:300]
    for kinds, fault in _FAULTS:
        if isinstance(error, kinds):
            return replace(fault, detail=detail)
    return Fault(reason="fetch_error", detail=detail)


def of_status(response: Response, now: datetime) -> Fault | None:
    """The fault that an answer's status says, or None for one that brings a page."""
    status = response.status
    if status == 200:  # noqa: PLR2004 - OK
        return None
    fault = Fault(reason=f"http_{status}", http_status=status, final=status in FINAL)
    if fault.final:
        return fault
    header = response.headers.get(b"Retry-After")
    return Fault(
        reason=fault.reason, http_status=status, retry_after_seconds=retry_after(header, now) if header else None
    )


def retry_after(header: bytes, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks for (RFC 9110, 10.2.3), at most a day; None where it makes no sense."""
    text = header.decode("ascii", "replace").strip()
    try:
        seconds = float(text) if text.isdigit() else (parsedate_to_datetime(text) - now).total_seconds()
    except (TypeError, ValueError):
        try:
            seconds = (parsedate_to_datetime(text).replace(tzinfo=UTC) - now).total_seconds()
        except (TypeError, ValueError):
            return None
    if seconds < 0:
        return None
    return min(seconds, LONGEST_RETRY_AFTER_SECONDS)


def _ignored(message: str) -> Fault:
    if "robots" in message:
        return Fault(reason="robots_disallowed", final=True)
    if "redirection" in message:
        return Fault(reason="redirect_loop", detail=message, final=True)
    if "DOWNLOAD_MAXSIZE" in message:
        return Fault(reason="too_large", detail=message[:300], final=True)
    return Fault(reason="ignored", detail=message[:300], final=True)
