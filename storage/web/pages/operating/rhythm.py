"""When a source publishes: the hours of a week as they were in the last weeks, and as they are expected.

In the source's own time zone, in which its week is learned, too. Its first crawl is left out: what that brings is what
the source has had for long, stored in one hour.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from storage.database import Database, Row
from storage.records import from_utc_text
from storage.watch.days import HourSums
from storage.watch.states import SourceWatch
from storage.web.pages.frame import Visit
from storage.web.pages.operating import states
from storage.web.pages.svg import heat

WEEKS = 8
"""Of which the heat map is the mean: a season, without the holiday of the one before."""
_HOURS = 168
_FEWEST_HOURS = 72
"""Of which a week's sum is told: fewer say more of the days that they were than of a week."""
_FIRST_RUN_WITHIN = timedelta(days=1)
"""How long after a source was entered its oldest run is its first: runs are forgotten, sources are not."""
_HOUR = timedelta(hours=1)


def began(database: Database, source: Row) -> datetime:
    """When a source's first crawl was over, as far as the file tells. `source`: with its `id` and `created_at`."""
    created = from_utc_text(source["created_at"])
    run = database.row(
        "SELECT started_at, finished_at FROM run_source_log WHERE source_id = ? ORDER BY run_id LIMIT 1",
        (source["id"],),
    )
    if run is None or from_utc_text(run["started_at"]) - created > _FIRST_RUN_WITHIN:
        return created
    return from_utc_text(run["finished_at"] or run["started_at"])


def week(
    hours: Sequence[HourSums], since: datetime, watch: SourceWatch | None, visit: Visit
) -> dict[str, Any] | None:
    """The heat map of a source and its busiest hours; None where no hour after `since` has brought anything."""
    zone = states.zone(watch.zone) if watch else None
    expected = watch.week if watch is not None and zone is not None else None
    new = {at: each.new for each in hours if (at := from_utc_text(each.hour)) >= since}
    if not any(new.values()):
        return None
    watched = _watched(since if since > visit.now - timedelta(weeks=WEEKS) else min(new), max(new))
    means = _means(new, watched, zone or visit.zone)
    days = [visit.words(f"rhythm.day{day}") for day in range(7)]
    cells = [(mean, _title(at, mean, expected, days, visit)) for at, mean in enumerate(means)]
    busiest = max(range(_HOURS), key=means.__getitem__)
    label = visit.words("rhythm.label", day=days[busiest // 24], hour=busiest % 24, mean=f"{means[busiest]:.1f}")
    return {
        "chart": heat(cells, days, label),
        "label": label,
        "days": round(len(watched) / 24),
        "hours": len(watched),
        "a_week": sum(new.values()) * _HOURS / len(watched) if len(watched) >= _FEWEST_HOURS else None,
        "zone": str(zone or visit.zone),
    }


def _watched(first: datetime, last: datetime) -> list[datetime]:
    """All whole hours from the first on; `last` is the last of them."""
    first = (first.astimezone(UTC) + _HOUR - timedelta.resolution).replace(minute=0, second=0, microsecond=0)
    return [first + at * _HOUR for at in range((last - first) // _HOUR + 1)]


def _means(new: Mapping[datetime, int], watched: Sequence[datetime], zone: tzinfo) -> list[float]:
    """New articles of each hour of the week on the wall, Monday's first hour first: by how often it was watched."""
    seen, times = [0] * _HOURS, [0] * _HOURS
    for hour in watched:
        local = hour.astimezone(zone)
        at = local.weekday() * 24 + local.hour
        times[at] += 1
        seen[at] += new.get(hour, 0)
    return [count / max(1, often) for count, often in zip(seen, times, strict=True)]


def _title(at: int, mean: float, expected: Sequence[float] | None, days: Sequence[str], visit: Visit) -> str:
    said = visit.words("rhythm.cell", day=days[at // 24], hour=at % 24, mean=f"{mean:.1f}")
    if expected is None or len(expected) != _HOURS:
        return said
    return said + visit.words("rhythm.expected", expected=f"{expected[at]:.1f}")
