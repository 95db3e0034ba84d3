"""Pages in bytes with their validators, the store of those that were rendered, and answers to conditional requests."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from threading import Lock
from typing import Literal

_KEPT_BYTES = 48 * 1024 * 1024
"""Rendered pages that are kept: enough for a few thousand pages, and a bound for worlds of 100,000."""

Lie = Literal["same-etag", "always-304"]
"""How a server's validators can be wrong: one entity tag for ever, or 304 for whoever asks with a condition."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A response: what aiohttp, or a test without any server, needs to send it. `seconds`: wait so long before."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Rendered:
    """A page in bytes, with its validators."""

    body: bytes
    content_type: str
    etag: str
    modified: datetime
    status: int = 200


class Shelves:
    """Rendered pages, the latest used of them, up to a number of bytes. Safe to use from several threads."""

    def __init__(self, max_bytes: int = _KEPT_BYTES) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._pages: OrderedDict[object, Rendered] = OrderedDict()
        self._lock = Lock()

    def get(self, key: object, render: Callable[[], Rendered]) -> Rendered:
        """The page under this key, rendered if it is not kept."""
        with self._lock:
            page = self._pages.get(key)
            if page is not None:
                self._pages.move_to_end(key)
                return page
        page = render()
        with self._lock:
            if key not in self._pages:
                self._pages[key] = page
                self._bytes += len(page.body)
            while self._bytes > self._max_bytes:
                self._bytes -= len(self._pages.popitem(last=False)[1].body)
        return page


def rendered(body: bytes, content_type: str, modified: datetime) -> Rendered:
    """A page with an entity tag that is its own."""
    return Rendered(body, content_type, f'"{hashlib.blake2b(body, digest_size=8).hexdigest()}"', modified)


def conditional(
    page: Rendered,
    kinds: frozenset[Literal["etag", "modified"]],
    headers: Mapping[str, str],
    lie: Lie | None = None,
) -> Answer:
    """200, or 304 where the request's validators still hold (RFC 9110 section 13.2.2: the entity tag goes first).

    `kinds`: validators that the site sends; a `lie` about them makes it send an entity tag in any case.
    """
    if page.status != 200:  # noqa: PLR2004
        return Answer(page.status, page.body, {"Content-Type": page.content_type})
    sent: dict[str, str] = {}
    if "etag" in kinds or lie is not None:
        sent["ETag"] = '"1"' if lie == "same-etag" else page.etag
    if "modified" in kinds and lie != "same-etag":
        sent["Last-Modified"] = format_datetime(page.modified.astimezone(UTC), usegmt=True)
    if _holds(sent, page, headers) or (lie == "always-304" and _asks(headers)):
        return Answer(304, b"", sent)
    return Answer(200, page.body, {"Content-Type": page.content_type} | sent)


def _asks(headers: Mapping[str, str]) -> bool:
    """True for a request with a condition."""
    return "If-None-Match" in headers or "If-Modified-Since" in headers


def _holds(sent: Mapping[str, str], page: Rendered, headers: Mapping[str, str]) -> bool:
    """True if the client has this very page, as far as the validators tell."""
    tags = headers.get("If-None-Match")
    if tags is not None and "ETag" in sent:
        return sent["ETag"] in {tag.strip().removeprefix("W/") for tag in tags.split(",")}
    since = headers.get("If-Modified-Since")
    if since is None or "Last-Modified" not in sent:
        return False
    try:
        return page.modified < parsedate_to_datetime(since) + timedelta(seconds=1)
    except ValueError:
        return False
