"""Which sources have something wrong, as the watch over them has noted it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from scheduler.doctor.case import Case, Finding
from storage.watch import states
from storage.watch.wording import state_name

WELL = frozenset({"ok", "off", "paused", "new"})
TOLD = 5


def none_is_silent(case: Case) -> Iterator[Finding]:
    """Whether each source is well: a line for each state that is not, with the sources that are in it."""
    with case.file() as database:
        found = states.read(database)
    ill: dict[str, list[str]] = defaultdict(list)
    for name, watch in sorted(found.items()):
        if watch.state not in WELL:
            ill[watch.state].append(name)
    asked = sum(watch.state not in {"off", "paused"} for watch in found.values())
    for state, names in ill.items():
        more = f" and {len(names) - TOLD} more" if len(names) > TOLD else ""
        says = f"{len(names)} of {asked} sources: {state_name(state, 'en')}: {', '.join(names[:TOLD])}{more}"
        step = f"dibao status --problems; dibao errors {names[0]}"
        yield Finding(check="sources", level="fail" if len(names) == asked > 1 else "warn", says=says, step=step)
    if not found:
        yield Finding(check="sources", level="ok", says="no source was watched yet")
    elif not ill:
        yield Finding(check="sources", level="ok", says=f"{asked} are asked, and all are well")
