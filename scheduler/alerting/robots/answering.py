"""What a robot answers. It says HTTP 200 to what it refuses; whether it took a message stands in the body."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from scheduler.webhooks.answers import Answer

LONGEST_SAID = 200
"""Characters of what a robot says of its refusal."""


def document_of(answer: Answer) -> Mapping[str, Any]:
    """The JSON object that it answered, empty where it is none."""
    try:
        found = json.loads(answer.excerpt)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def judged_by_code(
    answer: Answer, names: tuple[str, str], limited: Mapping[int, int], *, also: Collection[str] = ()
) -> Answer:
    """The answer of a robot that gives a number and a sentence under these names; 0 is the only success.

    `limited`: numbers that mean too many messages, and the seconds to wait then. `also`: older names of the number.
    """
    document = document_of(answer)
    codes = [document[name] for name in (names[0], *also) if name in document]
    if answer.http_status is None or (answer.error is not None and not codes):
        return answer
    if answer.error is None and codes and all(type(code) is int and code == 0 for code in codes):
        return answer
    if not codes:
        return refused(answer, "it answered something else than its interface says")
    code = next((code for code in codes if code != 0), codes[0])
    said = "".join(one if one.isprintable() else " " for one in str(document.get(names[1], ""))[:LONGEST_SAID])
    wait = limited.get(code) if isinstance(code, int) else None
    shown = code if isinstance(code, int) else "?"
    return refused(answer, f"{names[0]} {shown}: {said}".rstrip(": "), wait)


def refused(answer: Answer, error: str, wait_seconds: int | None = None) -> Answer:
    """The answer as a failure; `wait_seconds`: how long it is to be left alone, if it does not say itself."""
    retry_after = answer.retry_after or (None if wait_seconds is None else str(wait_seconds))
    return replace(answer, error=error, retry_after=retry_after)
