"""What becomes of stored times when the machine's clock was wrong: those that decide are brought back, none is deleted.

A clock is set while a daemon runs, or between two runs; a board without a battery wakes up in 1970. What was noted
meanwhile is later than now: a source would wait until then, an hour's requests stay used up until then. A clock that
is ahead is worse where things are deleted for their age: there it must first have gone steadily for a day.

When an article was first seen or fetched, and when its raw page was kept, is left as it was noted: nothing waits for
it, and should the present clock be the wrong one, it would be deleted for an age that it does not have.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from storage.database import Database
from storage.times import from_utc_text, utc_text
from storage.watch import days

STEP = timedelta(minutes=1)
"""What was noted later than this from now was noted by a wrong clock. Clocks that are kept never are set by so much."""
EARLIEST = datetime(2026, 1, 1, tzinfo=UTC)
"""No clock that is right shows a time before the first release."""
LONGEST_WAIT = timedelta(days=1)
"""No retry, no back-off and no pause of a host is longer (storage.ledger, storage.host_states)."""
DOUBTED_AFTER = timedelta(days=7)
"""A clock that is so far ahead of what it last said is believed in all but in deleting."""
BELIEVED_AFTER = timedelta(days=1)
"""So long it must then go on steadily, which is the operator's time to set it right."""
MOST_OF_A_LOOK = timedelta(hours=6)
"""What one look can add to that: more would be another step, or a machine that was off."""
NOTED_EVERY = timedelta(minutes=10)
RUNS_LOOKED_AT = 1_000

_CLOCK = "clock"  # in `meta`
# A clock may have said 9999, and what lies as far before now is no date.
_SHIFTED = "coalesce(strftime('%Y-%m-%dT%H:%M:%SZ', {column}, :shift), :now)"

# What has happened, by table: no such time can be later than now.
_HAPPENED = {
    "sources": ("last_success_at", "last_new_at", "paused_at"),
    "entry_points": ("first_seen_at", "last_checked_at", "last_new_at", "asked_plain_at", "lies_since"),
    "hosts": ("answered_at", "lies_since", "robots_fetched_at"),
    "gap_log": ("opened_at", "closed_at"),
    "urls": ("discovered_at", "last_checked_at", "missing_since"),
    "run_log": ("started_at", "finished_at"),
    "run_source_log": ("started_at", "finished_at"),
    "heartbeats": ("at",),
    "outbox": ("created_at", "last_at"),
    "webhooks": ("last_at",),
    "chrome_hosts": ("seen_at",),
    "chrome_pages": ("seen_at",),
    "chrome_blocks": ("first_seen_at", "last_seen_at"),
    "error_answers": ("seen_at",),
    "error_pages": ("last_seen_at",),
    "sample_log": ("at",),
    "source_watch": ("at",),
    "incident_log": ("opened_at", "updated_at", "resolved_at", "acknowledged_at"),
    "alert_log": ("created_at", "sent_at"),
}
# What is planned: table, column, and which rows were planned by the clock that was wrong.
_PLANNED = (
    ("urls", "next_at", "last_checked_at > :now OR discovered_at > :now"),
    ("sources", "not_before", "failures > 0 OR last_attempt_at > :now"),
    ("outbox", "next_at", "last_at > :now OR created_at > :now"),
    ("webhooks", "not_before", "last_at > :now"),
    ("alert_log", "next_at", "created_at > :now"),
    ("source_watch", "next_run_at", "at > :now"),
)
# What cannot be so far ahead. A host that asked for a pause is left alone for as long as it may have asked.
_BOUNDED = (
    ("urls", "next_at", "state = 'pending'"),
    ("sources", "not_before", "1"),
    ("hosts", "paused_until", "1"),
    ("alert_log", "next_at", "1"),
)


def is_set(now: datetime) -> bool:
    """Whether the clock can be right: no machine that runs this was there before EARLIEST."""
    return now >= EARLIEST


def newest(database: Database) -> datetime | None:
    """The latest moment at which something was noted: a sign of life, a run. None in a new file."""
    found = database.value(
        "SELECT max(at) FROM (SELECT at FROM heartbeats UNION ALL SELECT * FROM"
        " (SELECT max(started_at, coalesce(finished_at, '')) FROM run_log ORDER BY id DESC LIMIT ?))",
        (RUNS_LOOKED_AT,),
    )
    return from_utc_text(found) if found else None


def bring_back(database: Database, now: datetime, by: timedelta, taken: Collection[str] = ()) -> int:
    """How many times were later than now, and are no more (several of one row may count once). In a transaction.

    `by`: how far the clock was set back. What happened is that much earlier, and now at the latest; what was planned
    by the clock that was wrong is that much sooner, and due now at the soonest.
    When a source was asked is that much earlier whenever it was, so that its next slot is as far away as it was; but
    not that of a source in `taken`, which is asked once a day: what it was asked for today it is not asked for again.
    Measured: 1.4 s of CPU for a million addresses, 14 s where all of them are later.
    """
    shift = f"-{round(by.total_seconds())} seconds"
    values = {"now": utc_text(now), "shift": shift, "most": utc_text(now + LONGEST_WAIT)}
    changed = 0
    for table, column, noted in _PLANNED:
        changed += database.execute(
            f"UPDATE {table} SET {column} = max(:now, {_SHIFTED.format(column=column)})"
            f" WHERE {column} > :now AND ({noted})",
            values,
        ).rowcount
    for table, column, which in _BOUNDED:
        changed += database.execute(
            f"UPDATE {table} SET {column} = :most WHERE {column} > :most AND ({which})", values
        ).rowcount
    for table, columns in _HAPPENED.items():
        earlier = ", ".join(
            f"{column} = CASE WHEN {column} > :now THEN min(:now, {_SHIFTED.format(column=column)}) ELSE {column} END"
            for column in columns
        )
        late = " OR ".join(f"{column} > :now" for column in columns)
        changed += database.execute(f"UPDATE {table} SET {earlier} WHERE {late}", values).rowcount
    earlier = _SHIFTED.format(column="last_attempt_at")
    for source_id, name, is_wrong in database.rows(
        "SELECT id, name, last_attempt_at > :most FROM sources WHERE last_attempt_at IS NOT NULL", values
    ):
        if is_wrong or name not in taken:
            database.execute(
                f"UPDATE sources SET last_attempt_at = min(:now, {earlier}) WHERE id = :id", values | {"id": source_id}
            )
    return changed + days.bring_back(database, now, by)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Believed:
    """Until when the clock was believed, when it was looked at last, how long it went on steadily since it was not."""

    until: str
    seen: str
    steady_seconds: float = 0.0


def may_delete(database: Database, now: datetime) -> bool:
    """Whether what is too old by this clock may be deleted; the look is noted. Call it in a transaction.

    Not while the clock cannot be right, nor for a day after it is found a week or more ahead of what it last said.
    """
    if not is_set(now):
        return False
    known = _known(database)
    if known is None or now - from_utc_text(known.until) <= DOUBTED_AFTER:
        if known is None or not timedelta(0) <= now - from_utc_text(known.until) < NOTED_EVERY or known.steady_seconds:
            _note(database, _Believed(until=utc_text(now), seen=utc_text(now)))
        return True
    steady = min(max(now - from_utc_text(known.seen), timedelta(0)), MOST_OF_A_LOOK).total_seconds()
    steady += known.steady_seconds
    if known.seen == known.until:  # the first look at it: what lies before it is the step
        steady = 0.0
    believed = steady >= BELIEVED_AFTER.total_seconds()
    until = utc_text(now) if believed else known.until
    _note(database, _Believed(until=until, seen=utc_text(now), steady_seconds=0.0 if believed else steady))
    return believed


def ahead_seconds(database: Database, now: datetime) -> float | None:
    """How far the clock is ahead of what it was believed to say last, in seconds; None where it is not, or unknown."""
    known = _known(database)
    ahead = 0.0 if known is None else (now - from_utc_text(known.until)).total_seconds()
    return ahead if ahead > 0 else None


def _known(database: Database) -> _Believed | None:
    """What was noted of the clock; of a file that an older version wrote, when that was. None in a new file."""
    text = database.value("SELECT value FROM meta WHERE name = ?", (_CLOCK,))
    if text is not None:
        return _Believed(**json.loads(text))
    before = newest(database)
    return None if before is None else _Believed(until=utc_text(before), seen=utc_text(before))


def _note(database: Database, believed: _Believed) -> None:
    database.execute(
        "INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", (_CLOCK, json.dumps(asdict(believed)))
    )
