"""Runs: what was crawled when, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from datasette.utils.asgi import Response

from storage.database import Database, Row
from storage.web.pages.frame import Sheet, Visit
from storage.web.pages.operating.run_bars import NEW
from storage.web.pages.operating.run_errors import said

PAGE: Final = 50
SOURCES: Final = 200
"""Of a run, on one page: those with trouble first."""

_SUMS: Final = f"""count(*) AS sources, sum({NEW}) AS new, sum(r.revised) AS revised, sum(r.rejected) AS rejected,
    sum(r.failed) AS failed, sum(r.requests) AS requests, sum(r.body_bytes) AS body_bytes,
    sum(r.status = 'failed') AS sources_failed, sum(r.status = 'partial') AS sources_partial"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run, what its sources come to, and those of its sources that are shown."""

    run: Row
    sums: Row | None
    sources: Sequence[Row]
    more: int


async def listing(visit: Visit) -> Response:
    """The page of the newest runs, or of those before one."""
    before = _number(visit.asked("before"))
    runs, more = await visit.read(lambda database: _runs(database, before))
    return visit.page("runs.html", here="runs", runs=runs, more=more, before=before)


async def one(visit: Visit) -> Response:
    """The page of one run."""
    number = int(visit.request.url_vars["id"])
    found = await visit.read(lambda database: _run(database, number))
    if found is None:
        return visit.missing()
    errors = {row["name"]: said(row["error"], visit) for row in found.sources}
    return visit.page("run.html", here="runs", found=found, errors=errors)


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 18 else None  # noqa: PLR2004


def _runs(database: Database, before: int | None) -> tuple[list[tuple[Row, Row | None]], bool]:
    rows = database.rows(
        "SELECT id, trigger, started_at, finished_at, status FROM run_log WHERE id < ? ORDER BY id DESC LIMIT ?",
        (2**62 if before is None else before, PAGE + 1),
    )
    shown = rows[:PAGE]
    if not shown:
        return [], False
    sums = {
        row["run_id"]: row
        for row in database.rows(
            f"SELECT r.run_id, {_SUMS} FROM run_source_log r WHERE r.run_id BETWEEN ? AND ? GROUP BY r.run_id",
            (shown[-1]["id"], shown[0]["id"]),
        )
    }
    return [(row, sums.get(row["id"])) for row in shown], len(rows) > PAGE


def _run(database: Database, number: int) -> Run | None:
    row = database.row("SELECT id, trigger, started_at, finished_at, status FROM run_log WHERE id = ?", (number,))
    if row is None:
        return None
    sums = database.row(f"SELECT {_SUMS} FROM run_source_log r WHERE r.run_id = ?", (number,))
    sources = database.rows(
        f"SELECT s.name, r.status, r.error, r.started_at, r.finished_at, {NEW} AS new, r.discovered, r.revised,"
        " r.rejected, r.failed, r.pending, r.requests, r.body_bytes"
        " FROM run_source_log r JOIN sources s ON s.id = r.source_id WHERE r.run_id = ?"
        " ORDER BY r.status IN ('failed', 'partial', 'interrupted') DESC, r.status, s.name LIMIT ?",
        (number, SOURCES),
    )
    total = 0 if sums is None else sums["sources"]
    return Run(run=row, sums=sums if total else None, sources=sources, more=total - len(sources))


SHEETS: tuple[Sheet, ...] = ((r"^/-/dibao/runs$", listing), (r"^/-/dibao/runs/(?P<id>\d{1,18})$", one))
