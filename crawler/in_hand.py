"""What a worker has in hand, as far as it has told, and what becomes of it and of its jobs when the worker is lost.

A page that kills the worker must be counted, or it comes again for ever; and the pages and jobs beside it must not be,
or each such page would cost the neighbours theirs. So a worker says which bodies it reads (`crawler.wire.InHand`), and
when it is lost those are struck. A page that has struck before is a suspect: one suspect is in hand at a time, and with
one in hand nobody else is struck. So who is innocent has one strike at most, which the next good reading clears.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

from crawler import wire
from storage.records import (
    CrawlJob,
    Event,
    Extracted,
    Failed,
    JobFinished,
    KeptBody,
    Rejected,
    Unchanged,
)

# The numbers of what is told of a job in the place of its worker: above all of its own.
LAST_NUMBER = 2**31
# The fastest of zlib's: a body of 5 MB takes .05 s, and four fifths of HTML go anyway.
DEFLATE_LEVEL = 1


def kept_body(body: bytes, url: str, content_type: str | None) -> KeptBody:
    """A body as it is kept of a page that is quarantined. `url`: the address that answered."""
    return KeptBody(
        url=url,
        content_type=content_type,
        size=len(body),
        sha256=hashlib.sha256(body).hexdigest(),
        deflated=zlib.compress(body, DEFLATE_LEVEL),
    )


class InHandOf:
    """What one worker has in hand."""

    def __init__(self) -> None:
        self._held: dict[tuple[str, str], wire.InHand] = {}

    def __iter__(self) -> Iterator[wire.InHand]:
        return iter(tuple(self._held.values()))

    def note(self, message: wire.InHand | wire.LetGo | wire.Passed | Event) -> None:
        """None; a body was taken in hand or let go, which the event of a page says too, and of all the end of a job."""
        match message:
            case wire.InHand():
                self._held[message.job_id, message.key] = message
            case wire.LetGo() | wire.Passed() | Extracted() | Unchanged() | Rejected() | Failed():
                self._held.pop((message.job_id, message.key), None)
            case JobFinished():
                self._held = {name: held for name, held in self._held.items() if name[0] != message.job_id}

    def blamed(self) -> tuple[wire.InHand, ...]:
        """Those that may have killed the worker: the suspect where there is one, else all."""
        suspects = tuple(held for held in self if held.suspect)
        return suspects or tuple(self)


def of_lost(
    jobs: Mapping[str, CrawlJob],
    in_hand: InHandOf,
    why: str,
    at: Mapping[str, datetime],
    *,
    guilty: Collection[str] = (),
) -> list[Event]:
    """What is told of the jobs of a worker that was lost, in the order in which it is to be stored.

    The pages to blame are struck. Jobs that have none, where others have, are `interrupted`: nothing is held against
    them. Where nobody is to blame all have `crashed`. `guilty`: the jobs for whose sake the worker was ended; then
    their pages have failed as `stuck`, which is no strike, and the others are interrupted. `at`: the time of each job.
    """
    blamed = [held for held in in_hand if held.job_id in guilty] if guilty else in_hand.blamed()
    crashed = set(guilty) or {held.job_id for held in blamed} or set(jobs)
    events: list[Event] = [
        _stuck(held, why, at[held.job_id]) if guilty else _struck(held, why, at[held.job_id])
        for held in blamed
        if held.job_id in jobs
    ]
    events += [
        JobFinished(
            job_id=job_id,
            number=LAST_NUMBER,
            reason="crashed" if job_id in crashed else "interrupted",
            detail=why if job_id in crashed else f"{why}, over another job",
        )
        for job_id in jobs
    ]
    return events


def _struck(held: wire.InHand, why: str, at: datetime) -> Failed:
    return Failed(
        job_id=held.job_id,
        number=LAST_NUMBER - 1,
        key=held.key,
        fetched_at=at,
        reason="worker_crashed",
        detail=why,
        poison=True,
        body=held.body,
    )


def _stuck(held: wire.InHand, why: str, at: datetime) -> Failed:
    return Failed(
        job_id=held.job_id, number=LAST_NUMBER - 1, key=held.key, fetched_at=at, reason="stuck", detail=why
    )
