"""How long articles take from their publication until they are stored, as a histogram of each source."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from storage.records import PublicationTime

LAG_BUCKETS_SECONDS = (60, 300, 900, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 86_400, 3 * 86_400)
"""Upper bounds, each inclusive; what is later than the last falls into one bucket more (+Inf)."""

SKEW = timedelta(minutes=5)
"""A page that was stored so long before its own time has a clock that is ahead of ours: its lag is none, not less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lags:
    """The lags of a source since ever. `buckets`: articles by bucket, not summed up, the last of no bound.

    `seconds`: their sum; `count`: how many they are.
    """

    buckets: tuple[int, ...] = (0,) * (len(LAG_BUCKETS_SECONDS) + 1)
    seconds: float = 0.0
    count: int = 0

    def with_more(self, lags: Iterable[float]) -> Lags:
        """The same with more lags, in seconds."""
        buckets, seconds, count = list(self.buckets), self.seconds, self.count
        for lag in lags:
            buckets[bisect_left(LAG_BUCKETS_SECONDS, lag)] += 1
            seconds += lag
            count += 1
        return Lags(buckets=tuple(buckets), seconds=seconds, count=count)


def of_row(row: Any) -> Lags:
    """The lags of a row of `total_log`, or of one that has its three columns."""
    buckets = json.loads(row["lag_buckets"])
    if not buckets:
        return Lags()
    return Lags(buckets=tuple(buckets), seconds=row["lag_seconds"], count=row["lag_count"])


def lag_seconds(published: PublicationTime | None, known_since: datetime, stored_at: datetime) -> float | None:
    """From publication until it was stored, in seconds; None where that says nothing of how fast we are.

    That is: where the page names no time or only a day, one that has not come, or one before its source was known:
    what a source has published before it is watched is its backlog. `known_since`: when the source came into the file.
    """
    if published is None or published.precision == "day" or published.at < known_since:
        return None
    late = stored_at - published.at
    return None if late < -SKEW else max(late, timedelta(0)).total_seconds()
