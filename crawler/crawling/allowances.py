"""How large and how slow an answer may be, by what is asked for, and one large body at a time in the whole worker.

A sitemap may have 50 MiB, and 32 jobs run side by side. So whatever has more than 8 MiB is asked for a second time,
when no other job has such a body in hand.
"""

from __future__ import annotations

import asyncio
import contextlib
import weakref
from dataclasses import dataclass
from typing import Literal

from scrapy.http import Response

from storage.records import Limits

Kind = Literal["page", "listing", "feed", "sitemap"]

LARGE_BYTES = 8 * 1024 * 1024
PATIENCE_SECONDS = 120.0
"""For others to be done with their large bodies. Each has twice `timeout_seconds` to come, and then is read."""

_places: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = weakref.WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one answer may cost: bytes of its body, as it comes and unpacked; seconds with all of its redirects."""

    most_bytes: int
    seconds: float


def allowance(kind: Kind, limits: Limits) -> Allowance:
    """What an answer of that kind may cost."""
    most = {"feed": limits.max_feed_bytes, "sitemap": limits.max_sitemap_bytes}.get(kind, limits.max_body_bytes)
    return Allowance(most, limits.timeout_seconds * (2 if kind in {"feed", "sitemap"} else 1))


async def large_place() -> bool:
    """Whether the one place for a large body is ours; False after two minutes of waiting for it.

    It is to be given back, by `give_back` or with the response that takes it (`kept_by`).
    """
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await _place().acquire()
    return False


def give_back() -> None:
    """None; the next large body may come."""
    _place().release()


def kept_by(response: Response) -> None:
    """None; the place is free as soon as the response is gone, on whatever way."""
    loop = asyncio.get_running_loop()
    weakref.finalize(response, _release, weakref.ref(loop), _place()).atexit = False


def _place() -> asyncio.Semaphore:
    return _places.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(1))


def _release(loop: weakref.ref[asyncio.AbstractEventLoop], place: asyncio.Semaphore) -> None:
    # The last reference may be dropped by the garbage collector, in any thread.
    running = loop()
    if running is not None and not running.is_closed():
        running.call_soon_threadsafe(place.release)
