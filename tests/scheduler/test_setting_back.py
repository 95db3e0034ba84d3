"""Events by a clock that was set back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from scheduler.setting_back import earlier
from storage.records import Discovered, Event, Unchanged

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
FIRST = datetime.min.replace(tzinfo=UTC)


def test_an_event_happened_so_much_earlier() -> None:
    event = Unchanged(job_id="job", number=1, key="k", fetched_at=NOW)
    assert earlier(event, timedelta(hours=1)) == Unchanged(
        job_id="job", number=1, key="k", fetched_at=NOW - timedelta(hours=1)
    )


@pytest.mark.parametrize(
    "event",
    [
        Unchanged(job_id="job", number=1, key="k", fetched_at=FIRST),
        Discovered(job_id="job", number=1, entry_url="u", candidates=(), taken=0, found_at=FIRST),
    ],
)
def test_one_of_the_first_day_of_all_does_not_end_the_coordinator(event: Event) -> None:
    assert earlier(event, timedelta(hours=1)) is event
