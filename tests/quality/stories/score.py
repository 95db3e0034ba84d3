"""How well the rule tells copies from look-alikes: `python -m tests.quality.stories.score --half tuning`."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from functools import cache
from typing import get_args

from storage.similarity.document import Document, document
from storage.similarity.rule import compare
from tests.quality.stories.bases import Half
from tests.quality.stories.labelled import Pair, pairs
from tests.quality.stories.records import Record

Verdict = Callable[[Record, Record], str]
"""What is said of two records: `same`, another verdict, or `none`."""


def by_rule(one: Record, other: Record) -> str:
    """The verdict of storage.similarity.rule on the texts as they stand."""
    likeness = compare(read(one), read(other))
    return "none" if likeness is None else f"{likeness.verdict}{f':{likeness.veto}' if likeness.veto else ''}"


@cache
def read(one: Record) -> Document:
    """A record as the rule sees it."""
    return document(one.title, one.text, one.published_at, day_only=one.day_only)


def tally(judged: Iterable[tuple[Pair, str]]) -> dict[tuple[str, bool], Counter[str]]:
    """How often each verdict was given, by kind of pair and by what is right."""
    counts: dict[tuple[str, bool], Counter[str]] = {}
    for pair, verdict in judged:
        counts.setdefault((pair.kind, pair.same), Counter())[verdict] += 1
    return counts


def rates(counts: dict[tuple[str, bool], Counter[str]]) -> tuple[float, float]:
    """(recall, rate of false merges): each the mean of the kinds, so that no large kind hides a small one."""
    merged = [(same, seen["same"] / seen.total()) for (_, same), seen in counts.items()]
    copies = [share for same, share in merged if same]
    others = [share for same, share in merged if not same]
    return sum(copies) / (len(copies) or 1), sum(others) / (len(others) or 1)


def main() -> None:
    """Prints a line for each kind, the worst first, and the sums; with --examples also pairs that were judged wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=get_args(Half), default="tuning")
    parser.add_argument("--kind", help="only pairs whose kind has this in its name")
    parser.add_argument("--examples", type=int, default=0, metavar="N", help="show N wrong pairs of each kind")
    given = parser.parse_args()
    began = time.process_time()
    judged = [
        (pair, by_rule(pair.one, pair.other)) for pair in pairs(given.half) if not given.kind or given.kind in pair.kind
    ]
    show(judged, given.examples)
    sys.stdout.write(f"{len(judged)} pairs in {time.process_time() - began:.1f} s of processor time\n")


def show(judged: list[tuple[Pair, str]], examples: int) -> None:
    """None; the tally is on standard output."""
    counts = tally(judged)
    for right in (True, False):
        kinds = {kind: seen for (kind, same), seen in counts.items() if same is right}
        shares = {kind: seen["same"] / seen.total() for kind, seen in kinds.items()}
        sys.stdout.write("copies, share found:\n" if right else "no copies, share merged:\n")
        for kind in sorted(kinds, key=lambda kind: (shares[kind] if right else -shares[kind], kind)):
            seen = ", ".join(f"{verdict} {count}" for verdict, count in kinds[kind].most_common())
            sys.stdout.write(f"  {kind:32} {shares[kind]:.4f}  {seen}\n")
            of_kind = [(pair, verdict) for pair, verdict in judged if (pair.kind, pair.same) == (kind, right)]
            wrong = [pair for pair, verdict in of_kind if (verdict == "same") != right]
            for pair in wrong[:examples]:
                sys.stdout.write(f"    {pair.one.key} ~ {pair.other.key}\n    {pair.one.title} ~ {pair.other.title}\n")
    recall, merged = rates(counts)
    flat = Counter((pair.same, verdict == "same") for pair, verdict in judged)
    found, missed, false = flat[True, True], flat[True, False], flat[False, True]
    precision = recall / (recall + merged or 1)
    sys.stdout.write(f"mean recall {recall:.4f}, mean false merges {merged:.4f}, P {precision:.4f} at 1:1\n")
    kept = flat[False, False]
    sys.stdout.write(f"pairs: {found} found, {missed} missed, {false} merged wrongly, {kept} kept apart\n")


if __name__ == "__main__":
    main()
