"""What comes of one request: a reply, or why there is none. And who makes requests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

REDIRECTS = frozenset({301, 302, 303, 307, 308})
OK = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One answer of a server, redirects and errors included. `location`: where a redirect leads, as it says."""

    url: str
    status: int
    body: bytes = b""
    content_type: str | None = None
    location: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoReply:
    """Why there is no page: a short stable reason (crawler.fetching.faults), and what was said."""

    url: str
    reason: str
    detail: str = ""


class Web(Protocol):
    """Makes requests, by the address guard and the limits of time and size; all else is the visitor's business."""

    async def get(self, url: str) -> Reply | NoReply:
        """The answer to one request; redirects are not followed."""
