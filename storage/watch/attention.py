"""Whether a source in its state is one that somebody should look at: for the command line and for pages alike."""

from __future__ import annotations

QUIET_STATES = frozenset({"ok", "off", "paused", "new"})
"""States in which a source needs nothing."""
LATELY = "failing_lately"
MOST_LATELY = 2
"""A source that failed once or twice is asked again soon, and needs nothing yet."""


def needs_attention(state: str | None, reason: str | None, failures: int) -> bool:
    """Whether somebody should look at a source. `state` None: nothing is known of it; `failures`: in a row."""
    if state is None or state in QUIET_STATES:
        return False
    return reason != LATELY or failures > MOST_LATELY
