"""What stands in the place of an event that cannot be stored, so that only its own is lost."""

from __future__ import annotations

from datetime import datetime

from storage.door import storable
from storage.faults import BadValue
from storage.records import Event, Extracted, Failed, JobFinished, PageEvent, Rejected, Unchanged

BAD_VALUE = (BadValue, ValueError, OverflowError)
"""What a value that fits nowhere raises: SQLite for what it was given, Python for what never became text."""


def instead_of(event: Event, detail: str, now: datetime) -> Event | None:
    """What to store in place of an event that cannot be stored; None: nothing depends on it."""
    match event:
        case Extracted() | Unchanged() | Rejected() | Failed():
            return failure(event, "unstorable", now, detail)
        case JobFinished():
            return JobFinished(job_id=event.job_id, number=event.number, reason="crashed", detail=detail)
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
        detail=storable(detail),
        poison=True,
    )
