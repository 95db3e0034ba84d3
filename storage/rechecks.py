"""When a stored article is looked at again, and when one that is missing is believed to be gone.

Looks cost requests, and most sources hardly ever edit. So of the looks that the ages allow a source gets a share that
follows what its looks have found: all of them while one in twenty finds an edit or little is known, a tenth where
hundreds found none.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from storage.database import Database

ENOUGH_EDITS = 0.05
"""Edits a look at which every look is worth its request."""
LEAST_SHARE = 0.1
PRIOR_LOOKS = 20.0
FORGETTING = 0.998
"""What a look is worth after one more: some 500 looks are remembered."""
PROBES = 8
"""One look in so many is taken without validators, so that a server whose validators lie is found out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecheckPolicy:
    """What the operator wants. `gone_times`, `gone_after`: so often, over that time, a page must be missing."""

    ages: tuple[timedelta, ...]
    gone_times: int = 3
    gone_after: timedelta = timedelta(hours=6)

    @property
    def missing_pause(self) -> timedelta:
        """How long to wait before a missing page is asked for again."""
        return self.gone_after / max(1, self.gone_times - 1)


def share(checks: float, edits: float) -> float:
    """The share of looks that a source gets, LEAST_SHARE to 1. `checks`, `edits`: as remembered of it."""
    rate = (edits + ENOUGH_EDITS * PRIOR_LOOKS) / (checks + PRIOR_LOOKS)
    return min(1.0, max(LEAST_SHARE, rate / ENOUGH_EDITS))


def share_of(database: Database, source_id: int) -> float:
    """The share of a source."""
    row = database.row("SELECT checks, edits FROM sources WHERE id = ?", (source_id,))
    return 1.0 if row is None else share(row["checks"], row["edits"])


def looked(database: Database, source_id: int, looks: Sequence[bool]) -> None:
    """None; looks at stored articles are remembered, and of each whether it found an edit.

    One after another, so that it is the same however the looks come in batches.
    """
    row = database.row("SELECT checks, edits FROM sources WHERE id = ?", (source_id,))
    assert row is not None
    checks, edits = row["checks"], row["edits"]
    for edited in looks:
        checks, edits = checks * FORGETTING + 1, edits * FORGETTING + edited
    database.execute("UPDATE sources SET checks = ?, edits = ? WHERE id = ?", (checks, edits, source_id))


def check_at(
    key: str, first_seen: datetime, now: datetime, ages: Sequence[timedelta], share: float = 1.0
) -> datetime | None:
    """When an article is next looked at: the first of `ages` after `now` that its source's share leaves it.

    None: never again. Which looks are left out depends on the address alone, so all articles of a source get some.
    """
    for age in ages:
        if first_seen + age > now and (share >= 1 or _fraction(f"{key} {age.total_seconds():.0f}") < share):
            return first_seen + age
    return None


def is_probe(key: str, now: datetime) -> bool:
    """Whether the look at an article on this day is one without validators."""
    return _fraction(f"{key} {now.date()}") < 1 / PROBES


def _fraction(text: str) -> float:
    """A number from 0 to 1, without 1, that depends on the text alone."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big") / 2**64
