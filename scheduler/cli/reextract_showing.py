"""What re-extraction came to, for people and for machines."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from scheduler.cli import diff_showing
from scheduler.cli.terminal import echo, plain
from scheduler.reextracting import Change, Left, ReextractResult
from storage.revisions import comparison

VALUE_CHARACTERS = 80
"""Of a value that is shown beside another one; --json has all of it."""

DETAIL_CHARACTERS = 400
"""Of why an article was left: a file's path, the place in it, and what is wrong there."""

IN_THE_DIFF = frozenset(
    {"title", "text", "kicker", "subheadline", "published_local", "modified_at", "origin", "credits", "correction"}
)
"""Columns of which the diff above shows what changed."""

FOLLOWING = frozenset({"markdown"})
"""Columns that say what another one says, in another form: too long to be shown beside each other."""


def show(change: Change) -> None:
    """None; what is read otherwise of one article is printed: as a diff, then the columns that no diff shows."""
    diff_showing.show(change.comparison)
    lines = [f"columns: {', '.join(change.columns)}"]
    for name, (was, now) in change.columns.items():
        if name not in IN_THE_DIFF | FOLLOWING:
            lines.append(f"  {name}: {_value(was)} -> {_value(now)}")
    echo("\n" + "\n".join(lines) + "\n\n")


def summary(result: ReextractResult) -> str:
    """What came of it: the counts in one line, then a line each for columns and for what was left as it is."""
    said = [f"{result.unchanged} unchanged", f"{result.changed} {'would change' if result.dry_run else 'changed'}"]
    said += [f"{sum(counts.values())} {word}" for word, counts in _left(result) if counts]
    stopped = "; interrupted" if result.interrupted else ""
    lines = [f"{_articles(result.read)} read again in {result.seconds:.1f} s: {', '.join(said)}{stopped}"]
    if result.columns:
        lines.append(f"  columns: {_counts(result.columns)}")
    for word, counts in _left(result):
        if counts:
            lines.append(f"  {word}, left as they are: {_counts(counts)}")
    lines += [*_examples(result.refused), *_examples(result.broken)]
    if result.not_archived:
        lines.append(f"  not archived: {result.not_archived}, of which no page was kept")
    if result.dry_run and result.changed:
        lines.append(f"Nothing was written; without --dry-run: {_revisions(result.changed)}.")
    return "\n".join(lines)


def as_document(result: ReextractResult) -> dict[str, Any]:
    """The result for machines."""
    return {
        "dry_run": result.dry_run,
        "seconds": round(result.seconds, 3),
        "interrupted": result.interrupted,
        "selected": result.selected,
        "not_archived": result.not_archived,
        "read": result.read,
        "unchanged": result.unchanged,
        "changed": result.changed,
        "written": result.written,
        "rejected": dict(sorted(result.rejected.items())),
        "unreadable": dict(sorted(result.unreadable.items())),
        "columns": dict(result.columns.most_common()),
        "samples": [_change(change) for change in result.samples],
        "left": [asdict(left) for left in (*result.refused, *result.broken)],
    }


def _change(change: Change) -> dict[str, Any]:
    columns = {name: {"old": was, "new": now} for name, (was, now) in change.columns.items()}
    return {**comparison.document(change.comparison), "columns": columns}


def _left(result: ReextractResult) -> tuple[tuple[str, Mapping[str, int]], ...]:
    return ("rejected by today's rules", result.rejected), ("unreadable", result.unreadable)


def _examples(left: Sequence[Left]) -> Iterator[str]:
    for one in left:
        detail = f" ({plain(one.detail)[:DETAIL_CHARACTERS]})" if one.detail else ""
        yield f"    article {one.article_id}  {plain(one.url)}: {one.reason}{detail}"


def _counts(counts: Mapping[str, int]) -> str:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{name} {count}" for name, count in ordered)


def _articles(count: int) -> str:
    return "1 article" if count == 1 else f"{count} articles"


def _revisions(count: int) -> str:
    return "1 new revision" if count == 1 else f"{count} new revisions"


def _value(value: object) -> str:
    text = "nothing" if value is None else plain(value if isinstance(value, str) else json.dumps(value))
    return text if len(text) <= VALUE_CHARACTERS else f"{text[:VALUE_CHARACTERS]}…"
