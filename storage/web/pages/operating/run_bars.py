"""The last runs of sources as bars: how many were new in each, and which failed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from markupsafe import Markup

from storage.database import Database, Row
from storage.records import from_utc_text
from storage.web.pages.frame import Visit
from storage.web.pages.svg import RUNS, Bar, sparks

NEW = "r.stored - r.revised + r.duplicate - coalesce(json_extract(r.reasons, '$.\"duplicate:same_address\"'), 0)"
"""New articles of a run and a source, as storage.health counts them: a copy of another's text is one."""
_TROUBLE = frozenset({"failed", "partial", "interrupted"})


def last_runs(database: Database, source_ids: Iterable[int]) -> Mapping[int, list[Row]]:
    """The last runs of each of these sources that asked for its entry points or pages, the oldest first."""
    found: dict[int, list[Row]] = defaultdict(list)
    for source_id in source_ids:
        rows = database.rows(
            f"SELECT r.started_at, r.status, r.failed, r.reasons, {NEW} AS new"
            " FROM run_source_log r WHERE r.source_id = ? ORDER BY r.run_id DESC LIMIT ?",
            (source_id, RUNS),
        )
        found[source_id] = rows[::-1]
    return found


def bars(rows: list[Row], visit: Visit, *, told: bool) -> Markup:
    """The runs as a chart. `told`: with a title for each."""
    drawn = [_bar(row, visit, told=told) for row in rows]
    label = visit.words(
        "runs.bars",
        n=len(rows),
        new=sum(bar.new for bar in drawn),
        failed=sum(bar.trouble == "failed" for bar in drawn),
    )
    return sparks(drawn, label, told=told)


def _bar(row: Row, visit: Visit, *, told: bool) -> Bar:
    trouble = row["status"] if row["status"] in _TROUBLE else None
    title = _title(row, visit) if told or trouble is not None else ""
    return Bar(new=max(0, row["new"]), trouble=trouble, title=title)


def _title(row: Row, visit: Visit) -> str:
    return visit.words(
        "runs.bar",
        at=from_utc_text(row["started_at"]).astimezone(visit.zone),
        status=visit.words(f"runs.status_{row['status']}"),
        new=row["new"],
        failed=row["failed"],
    )
