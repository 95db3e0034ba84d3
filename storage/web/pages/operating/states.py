"""The states of a source as pages show them: in which order, in which tone, and why."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from storage.database import Row
from storage.watch import wording
from storage.web.pages.frame import Visit
from storage.web.pages.operating.run_errors import facts_said, said

Tone = Literal["bad", "odd", "good", "rest"]

TONES: Final[Mapping[str, Tone]] = MappingProxyType(
    {
        "failing": "bad",
        "empty": "bad",
        "silent": "bad",
        "bad_texts": "bad",
        "drift": "odd",
        "partial": "odd",
        "late": "odd",
        "new": "rest",
        "ok": "good",
        "paused": "rest",
        "off": "rest",
    }
)
"""All states in the order in which a page tells them: what needs somebody first."""
PROBLEMS: Final = tuple(state for state, tone in TONES.items() if tone in {"bad", "odd"})

STATE: Final = """
    CASE WHEN s.paused_at IS NOT NULL THEN 'paused'
         WHEN w.state IS NOT NULL THEN w.state
         WHEN s.last_attempt_at IS NULL THEN 'new'
         WHEN s.failures > 0 THEN 'failing'
         ELSE 'ok' END"""
"""A source's state in SQL: as it was last judged; as its last attempt ended where no round has looked at it yet."""
RANK: Final = f"CASE {STATE} {' '.join(f'WHEN {chr(39)}{state}{chr(39)} THEN {at}' for at, state in enumerate(TONES))} ELSE 99 END"  # noqa: E501


def tone(state: str) -> Tone:
    """How a state is coloured; quietly where it is none that is known."""
    return TONES.get(state, "rest")


def name(state: str, visit: Visit) -> str:
    """The state's word."""
    return wording.state_name(state, visit.words.lang)


def reason(row: Row, visit: Visit) -> str:
    """Why a source is in its state, as a sentence; empty for one that is well. `row`: with STATE as `shown`."""
    state = row["shown"]
    if state == "paused":
        facts: dict[str, Any] = {"since": row["paused_at"], "why": row["paused_why"]}
        return wording.reason_sentence(state, "", facts, visit.words.lang, visit.zone)
    if row["state"] != state:
        return said(row["last_error"], visit)
    if tone(state) in {"good", "rest"}:
        return ""
    facts = facts_said(facts_of(row), visit)
    return wording.reason_sentence(state, row["reason"] or "", facts, visit.words.lang, visit.zone)


def zone(stored: str | None) -> ZoneInfo | None:
    """A source's time zone; None where it is not in the file, or is none that this machine knows."""
    try:
        return None if stored is None else ZoneInfo(stored)
    except (KeyError, ValueError, OSError):  # unknown, no name at all, the name of a folder
        return None


def facts_of(row: Row) -> dict[str, Any]:
    """The facts of a row that has them as JSON; none where it is no object."""
    facts = json.loads(row["facts"] or "{}")
    return facts if isinstance(facts, dict) else {}
