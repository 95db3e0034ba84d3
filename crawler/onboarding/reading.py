"""Pages of a survey, read in the extraction pool: one that hangs or crashes its reader is a reason, not an end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from crawler.discovery.entry import EntryInput, EntryPage, read_entry
from crawler.extraction.budget import read_affordable
from crawler.extraction.page import PageInput
from crawler.onboarding.answers import NoReply, Reply
from crawler.onboarding.looks import Glance, GlanceInput, glance
from crawler.pool import ExtractionPool, PoolCrash, PoolTimeout
from storage.records import Article, Candidate, EntryKind, JsonItems, Rejection

A = TypeVar("A")
R = TypeVar("R")


class Reader:
    """Reads pages as the crawler would. `timezone`: of dates that name no offset; may change as more is known."""

    def __init__(self, pool: ExtractionPool, *, seconds: float, now: datetime, timezone: str) -> None:
        self.timezone = timezone
        self._pool, self._seconds, self._now = pool, seconds, now

    async def entry(
        self, reply: Reply | NoReply, kind: EntryKind, home: str, json: JsonItems | None = None
    ) -> EntryPage | Rejection:
        """What an entry point of that kind names."""
        if isinstance(reply, NoReply):
            return Rejection(reason=reply.reason, detail=reply.detail)
        entry = EntryInput(
            kind=kind,
            url=reply.url,
            body=reply.body,
            content_type=reply.content_type,
            timezone=self.timezone,
            home=home,
            json=json,
        )
        return await self.run(read_entry, entry)

    async def glance(self, reply: Reply) -> Glance | Rejection:
        """What a page is."""
        return await self.run(glance, seen(reply))

    async def article(self, reply: Reply | NoReply, candidate: Candidate) -> Article | Rejection:
        """The article that a candidate leads to, or why it is none."""
        if isinstance(reply, NoReply):
            return Rejection(reason=reply.reason, detail=reply.detail)
        page = PageInput(
            body=reply.body,
            url=reply.url,
            content_type=reply.content_type,
            timezone=self.timezone,
            now=self._now,
            link_title=candidate.title,
            link_published_raw=candidate.published_raw,
        )
        reading = await self.run(read_affordable, page)
        return reading if isinstance(reading, Rejection) else reading.result

    async def run(self, function: Callable[[A], R], argument: A) -> R | Rejection:
        """What the function makes of it; a Rejection where it hangs, crashes or raises."""
        try:
            return await self._pool.run(function, argument, self._seconds)
        except PoolTimeout as error:
            return Rejection(reason="extraction_timeout", detail=str(error))
        except (PoolCrash, RuntimeError) as error:
            return Rejection(reason="extraction_crashed", detail=str(error)[:200])


def seen(reply: Reply) -> GlanceInput:
    """A reply as the functions of `looks` take it."""
    return GlanceInput(url=reply.url, body=reply.body, content_type=reply.content_type)
