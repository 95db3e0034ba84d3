"""The first page: every source, what is the matter with it, and when it is asked again; problems first."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from datasette.utils.asgi import Response

from storage import engine_seen, health
from storage.database import Database, Row
from storage.engine_seen import EngineSeen
from storage.health import Heartbeat
from storage.records import utc_text
from storage.watch import incidents
from storage.watch.attention import LATELY, needs_attention
from storage.watch.incidents import Incident
from storage.web.pages.frame import Sheet, Visit
from storage.web.pages.operating import states
from storage.web.pages.operating.run_bars import bars, last_runs
from storage.web.pages.operating.telling import told

PAGE: Final = 100
_QUIET_FOR: Final = timedelta(minutes=15)
"""How old the daemon's sign of life may be before the page says that it is old: it is given each minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What the page shows. `runs` and `today` by source id; `counts`: all sources by state.

    `problems`: how many need attention.
    """

    rows: Sequence[Row]
    more: bool
    counts: Mapping[str, int]
    problems: int
    runs: Mapping[int, list[Row]]
    today: Mapping[int, int]
    machine: Sequence[Incident]
    beat: Heartbeat | None
    ran_at: str | None
    cluster: EngineSeen | None


async def listing(visit: Visit) -> Response:
    """The page of all sources, or of those whose name has some letters or which are in a state."""
    state, letters = visit.asked("state") or "", (visit.asked("q") or "").strip()
    number = _number(visit.asked("page"))
    found = await visit.read(lambda database: _found(database, _states_of(state), letters, number, visit))
    groups = [(code, found.counts[code]) for code in states.TONES if found.counts.get(code)]
    return visit.page(
        "sources.html",
        here="sources",
        found=found,
        entries=[_entry(row, found, visit) for row in found.rows],
        state=state,
        letters=letters,
        number=number,
        groups=[(code, states.name(code, visit), states.tone(code), count) for code, count in groups],
        problems=found.problems,
        total=sum(found.counts.values()),
        machine=[told(incident, visit) for incident in found.machine],
        is_quiet=found.beat is not None and visit.now - found.beat.at > _QUIET_FOR,
    )


def _states_of(asked: str) -> tuple[str, ...]:
    """The states that are asked for; all for none that is known."""
    if asked == "problems":
        return states.PROBLEMS
    return (asked,) if asked in states.TONES else ()


def _number(text: str | None) -> int:
    """The number of a page, from 1 on."""
    return max(1, int(text[:4])) if text is not None and text.isascii() and text.isdigit() else 1


def _found(
    database: Database, wanted: Sequence[str], letters: str, number: int, visit: Visit
) -> Listing:
    where = [f"({states.STATE}) IN ({', '.join('?' * len(wanted))})"] if wanted else []
    where += ["instr(s.name, ?)"] if letters else []
    rows = database.rows(
        "SELECT s.id, s.name, s.home, s.last_attempt_at, s.last_new_at, s.last_error, s.paused_at, s.paused_why,"
        " w.state, w.reason, w.facts, w.next_run_at, w.next_run_kind, w.zone,"
        f" {states.STATE} AS shown FROM sources s LEFT JOIN source_watch w ON w.source_id = s.id"
        f" WHERE {' AND '.join(where) or 'TRUE'} ORDER BY {states.RANK}, s.name LIMIT ? OFFSET ?",
        (*wanted, *([letters.lower()] if letters else []), PAGE + 1, (number - 1) * PAGE),
    )
    shown = rows[:PAGE]
    counts, problems = _counts(database)
    ids = [row["id"] for row in shown]
    return Listing(
        rows=shown,
        more=len(rows) > PAGE,
        counts=counts,
        problems=problems,
        runs=last_runs(database, ids),
        today=_today(database, shown, visit),
        machine=[one for one in incidents.open_incidents(database) if one.source is None],
        beat=health.heartbeat(database, "daemon"),
        ran_at=database.value("SELECT started_at FROM run_log ORDER BY id DESC LIMIT 1"),
        cluster=engine_seen.noted(database),
    )


def _counts(database: Database) -> tuple[dict[str, int], int]:
    """How many sources are in each state, and how many need attention, as `dibao status --problems` tells them."""
    counts: Counter[str] = Counter()
    problems = 0
    for state, reason, failures, number in database.rows(
        f"SELECT {states.STATE}, CASE WHEN w.state IS NULL THEN ? ELSE w.reason END, s.failures, count(*)"
        " FROM sources s LEFT JOIN source_watch w ON w.source_id = s.id GROUP BY 1, 2, 3",
        (LATELY,),
    ):
        counts[state] += number
        problems += number * needs_attention(state, reason, failures)
    return counts, problems


def _today(database: Database, rows: Sequence[Row], visit: Visit) -> dict[int, int]:
    """New articles of each source since its day began, by the counts of each hour."""
    by_zone: dict[ZoneInfo, list[int]] = defaultdict(list)
    for row in rows:
        by_zone[states.zone(row["zone"]) or visit.zone].append(row["id"])
    found: dict[int, int] = {}
    for zone, ids in by_zone.items():
        midnight = visit.now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
        marks = ", ".join("?" * len(ids))
        found |= dict(
            database.rows(
                f"SELECT source_id, sum(new) FROM hour_log WHERE source_id IN ({marks}) AND hour >= ? GROUP BY 1",
                (*ids, utc_text(midnight)),
            )
        )
    return found


def _entry(row: Row, found: Listing, visit: Visit) -> dict[str, Any]:
    """A source as a row of the page."""
    return {
        "row": row,
        "state": row["shown"],
        "name": states.name(row["shown"], visit),
        "tone": states.tone(row["shown"]),
        "reason": states.reason(row, visit),
        "runs": bars(found.runs[row["id"]], visit, told=False),
        "today": found.today.get(row["id"], 0),
    }


SHEETS: tuple[Sheet, ...] = ((r"^/-/dibao$", listing),)
