"""What stands in the place of an event that cannot be stored, so that only its own is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from storage.door import storable
from storage.faults import BadValue, StorageFault
from storage.records import Discovered, Event, Extracted, Failed, JobFinished, PageEvent, Rejected, Unchanged

BAD_VALUE = (BadValue, ValueError, OverflowError)
"""What a value that fits nowhere raises: SQLite for what it was given, Python for what never became text."""

LONGEST_DETAIL = 300


def costs_itself(error: Exception) -> bool:
    """Whether what an event raised is of that event alone, and not of the file, which no event can be stored in."""
    return isinstance(error, BadValue) or not isinstance(error, StorageFault)


def instead_of(event: Event, error: Exception, now: datetime) -> Event | None:
    """What to store in place of an event that cannot be stored; None: nothing depends on it."""
    match event:
        case Extracted() | Unchanged() | Rejected() | Failed() if isinstance(error, BAD_VALUE):
            return failure(event, "unstorable", now, str(error))
        case Extracted() | Unchanged() | Rejected() | Failed():
            return failure(event, "internal_error", now, repr(error))
        case JobFinished():
            detail = str(error) if isinstance(error, BAD_VALUE) else repr(error)
            return JobFinished(
                job_id=event.job_id, number=event.number, reason="crashed", detail=storable(detail[:LONGEST_DETAIL])
            )
        case _:
            return None


def failure(event: PageEvent, reason: str, now: datetime, detail: str = "") -> Failed:
    """The failure that a page's event becomes where what came cannot be used; it counts as `poison`."""
    return Failed(
        job_id=event.job_id,
        number=event.number,
        key=event.key,
        fetched_at=now,
        reason=reason,
        detail=storable(detail[:LONGEST_DETAIL]),
        poison=True,
        body=event.body if isinstance(event, Extracted | Failed) else None,
    )


def halves(event: Discovered) -> list[Discovered]:
    """The event in two, the first half last, as a stack is taken off; in one where it has a single candidate."""
    half = (len(event.candidates) + 1) // 2
    first = replace(event, candidates=event.candidates[:half], taken=min(half, event.taken))
    second = replace(event, candidates=event.candidates[half:], taken=max(0, event.taken - half))
    return [second, first] if second.candidates else [first]
