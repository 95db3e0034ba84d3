"""The page of one source: how it is, its last runs, its rhythm, what its pages are like, and where it is asked."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import unquote

from datasette.utils.asgi import Response

from storage.database import Database, Row
from storage.watch import days, incidents, samples, wording
from storage.watch import states as watched
from storage.watch.days import DaySums, HourSums
from storage.watch.incidents import Incident
from storage.watch.samples import PageSample
from storage.watch.states import SourceWatch
from storage.web.pages.frame import Sheet, Visit
from storage.web.pages.operating import drift_charts, rhythm, states
from storage.web.pages.operating.run_bars import bars, last_runs
from storage.web.pages.operating.telling import told

_SAMPLES: Final = 20
_AT_ONCE: Final = 6
"""Samples and entry points that are shown at once; the others are folded, for a phone's sake."""
_ENTRIES: Final = 50
_BLOCKS: Final = 30
_INCIDENTS: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the file knows of a source."""

    row: Row
    watch: SourceWatch | None
    runs: list[Row]
    hours: Sequence[HourSums]
    began: datetime
    days: Sequence[DaySums]
    samples: Sequence[PageSample]
    entries: Sequence[Row]
    blocks: Sequence[Row]
    incidents: Sequence[Incident]


async def page(visit: Visit) -> Response:
    """The page of the source whose name stands in the address."""
    name = unquote(visit.request.url_vars["name"])
    found = await visit.read(lambda database: _found(database, name, visit.now))
    if found is None:
        return visit.missing("source.missing")
    row, lang = found.row, visit.words.lang
    return visit.page(
        "source.html",
        here="sources",
        found=found,
        row=row,
        name=states.name(row["shown"], visit),
        tone=states.tone(row["shown"]),
        reason=states.reason(row, visit),
        advice=wording.advice(row["reason"] or "", row["name"], lang) if row["state"] == row["shown"] else "",
        bars=bars(found.runs, visit, told=True),
        reasons=_reasons(found.runs, visit),
        week=rhythm.week(found.hours, found.began, found.watch, visit),
        charts=drift_charts.charts(found.days, visit),
        at_once=_AT_ONCE,
        new_week=sum(day.new for day in found.hours if day.hour >= _text(visit.now - timedelta(days=7))),
        incidents=[told(incident, visit) for incident in found.incidents],
    )


def _text(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _found(database: Database, name: str, now: datetime) -> Found | None:
    row = database.row(
        "SELECT s.*, w.state, w.reason, w.facts, w.at AS looked_at, w.next_run_at, w.next_run_kind, w.next_run_why,"
        f" w.expected_new, {states.STATE} AS shown FROM sources s LEFT JOIN source_watch w ON w.source_id = s.id"
        " WHERE s.name = ?",
        (name,),
    )
    if row is None:
        return None
    return Found(
        row=row,
        watch=watched.read_one(database, name),
        runs=last_runs(database, [row["id"]])[row["id"]],
        hours=days.hours(database, now - timedelta(weeks=rhythm.WEEKS), name).get(name, ()),
        began=rhythm.began(database, row),
        days=days.days(database, (now - timedelta(days=drift_charts.DAYS)).date().isoformat(), name).get(name, ()),
        samples=samples.newest(database, name, _SAMPLES),
        entries=_entries(database, row["id"]),
        blocks=_blocks(database, row["id"]),
        incidents=incidents.history(database, source=name, limit=_INCIDENTS),
    )


def _entries(database: Database, source_id: int) -> list[Row]:
    """Where it is asked: what fails first, then what the configuration names."""
    return database.rows(
        "SELECT kind, url, last_checked_at, last_status, last_reason, last_detail, last_links, last_new, failures,"
        " last_new_at, found_by FROM entry_points WHERE source_id = ?"
        " ORDER BY failures > 0 DESC, found_by IS NOT 'config', last_new_at DESC, id LIMIT ?",
        (source_id, _ENTRIES),
    )


def _blocks(database: Database, source_id: int) -> list[Row]:
    """What its pages repeat, and so is left out of its articles."""
    return database.rows(
        "SELECT b.host, b.sample, b.pages, b.verdict, b.last_seen_at FROM chrome_hosts h"
        " JOIN chrome_blocks b ON b.host = h.host WHERE h.source_id = ?"
        " ORDER BY b.verdict = 'learned', b.pages DESC, b.id LIMIT ?",
        (source_id, _BLOCKS),
    )


def _reasons(runs: Sequence[Row], visit: Visit) -> list[tuple[str, str, int]]:
    """Why pages were refused or failed in the last runs: outcome, reason and how many, the most frequent first."""
    counted: Counter[str] = Counter()
    for run in runs:
        counted.update({key: count for key, count in _counts(run).items() if key.startswith(("rejected:", "failed:"))})
    found = []
    for key, count in counted.most_common(12):
        outcome, _, reason = key.partition(":")
        found.append((visit.words(f"source.{outcome}"), reason, count))
    return found


def _counts(run: Row) -> dict[str, Any]:
    counts = json.loads(run["reasons"])
    return counts if isinstance(counts, dict) else {}


SHEETS: tuple[Sheet, ...] = ((r"^/-/dibao/source/(?P<name>[^/]+)$", page),)
