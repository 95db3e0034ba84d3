"""How long a delivery waits for its next attempt, and a webhook for its next delivery."""

from __future__ import annotations

import math
import random
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

FIRST_SECONDS, FACTOR, LONGEST_SECONDS = 5.0, 4.0, 57_600.0
"""5 s, 20 s, 80 s, 5 min, 21 min, 85 min, 5.7 h, then 16 h each: twelve attempts take 71.6 hours."""
JITTER = 0.1
"""So much longer or shorter, by chance: deliveries that failed together do not come together again."""
PATIENCE = 3
"""Attempts of a webhook that may fail one after another before all its deliveries wait: it is down, not one message."""
LONGEST_PAUSE_SECONDS = 900.0
"""After an outage of any length a webhook is asked again within this, at the latest."""
LONGEST_ASKED_SECONDS = 86_400.0
"""RFC 9110 sets Retry-After no bounds."""


def after_attempt(attempts: int, chance: random.Random) -> timedelta:
    """How long a delivery waits after so many attempts that failed, 1 or more."""
    return _grown(attempts, LONGEST_SECONDS, chance)


def of_webhook(failures: int, chance: random.Random) -> timedelta | None:
    """How long a webhook is left alone after so many failures one after another; None: not at all."""
    return None if failures < PATIENCE else _grown(failures - PATIENCE + 1, LONGEST_PAUSE_SECONDS, chance)


def asked_seconds(header: str | None, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks for (RFC 9110, 10.2.3), at most a day; None where it makes no sense."""
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:20]), LONGEST_ASKED_SECONDS)
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError):
        return None
    seconds = ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now).total_seconds()
    return min(seconds, LONGEST_ASKED_SECONDS) if seconds >= 0 else None


def _grown(times: int, longest_seconds: float, chance: random.Random) -> timedelta:
    seconds = min(FIRST_SECONDS * FACTOR ** min(times - 1, 20), longest_seconds)
    # Whole seconds, as they are stored.
    return timedelta(seconds=math.ceil(seconds * chance.uniform(1 - JITTER, 1 + JITTER)))
