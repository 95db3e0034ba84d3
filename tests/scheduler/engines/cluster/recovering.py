"""How long a crawl took to be well again after it was disturbed: `python recovering.py FILE` prints what FILE has.

FILE is what the variable DIBAO_RECOVERIES named when the tests ran: several processes of tests write to one.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.scheduler.engines.cluster.watched_world import WatchedWorld

VARIABLE = "DIBAO_RECOVERIES"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """Seconds from the blow: until each of the hosts that it hit was asked again (those that had more to be asked for),
    until every article was stored. `refetched`: articles that were fetched more often than once."""

    kind: str
    hosts: int
    again: tuple[float, ...]
    stored: float
    refetched: int


def recovery(kind: str, hosts: set[str], world: WatchedWorld, at: float, stored: float) -> Recovery:
    """What the requests tell of a blow `at` that moment of the monotonic clock."""
    again = tuple(sorted(seconds for host in hosts if (seconds := _again(world, host, at)) is not None))
    return Recovery(kind=kind, hosts=len(hosts), again=again, stored=stored, refetched=world.refetched())


def _again(world: WatchedWorld, host: str, at: float) -> float | None:
    """When the longest silence of a host after the blow ended: what is in flight comes to its end first."""
    times = [at, *(asked.at for asked in world.asked() if asked.host == host and asked.at > at)]
    gaps = [(late - early, late - at) for early, late in pairwise(times)]
    return max(gaps)[1] if gaps else None


def note(recovery: Recovery) -> None:
    """None; it is in the file that the environment names, if it names one."""
    if path := os.environ.get(VARIABLE):
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(recovery)) + "\n")


def noted(path: Path) -> list[Recovery]:
    """All that such a file has."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [Recovery(**json.loads(line)) for line in lines]


def table(recoveries: Sequence[Recovery]) -> str:
    """A row for each kind, in Markdown: medians, and the longest."""
    head = (
        "| what was done | times | hosts hit | asked again after, s: median (longest)"
        " | all stored after, s: median (longest) | fetched twice, of all |\n|---|---|---|---|---|---|"
    )
    kinds = list(dict.fromkeys(one.kind for one in recoveries))
    return "\n".join([head, *(_row(kind, [one for one in recoveries if one.kind == kind]) for kind in kinds)])


def _row(kind: str, ones: Sequence[Recovery]) -> str:
    again = _middle(seconds for one in ones for seconds in one.again)
    stored = _middle(one.stored for one in ones)
    hosts, refetched = sum(one.hosts for one in ones), sum(one.refetched for one in ones)
    return f"| {kind.replace('_', ' ')} | {len(ones)} | {hosts} | {again} | {stored} | {refetched} |"


def _middle(values: Iterable[float]) -> str:
    known = list(values)
    return f"{median(known):.1f} ({max(known):.1f})" if known else "-"


if __name__ == "__main__":
    sys.stdout.write(table(noted(Path(sys.argv[1]))) + "\n")
