"""Runs: what was planned, what came of it, and the proof that the two agree."""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from storage import ledger, rechecks
from storage.database import Database, Row
from storage.faults import ConservationBroken
from storage.job_records import JobFinished, Outcome
from storage.times import from_utc_text, utc_text

if TYPE_CHECKING:
    from storage.records import HostAsked

# The reason of a duplicate that is an article of its own, and so is new.
SAME_TEXT = "same_text"
# So many failed entry points are named in a source's error; the rest is in the table.
TOLD_ENTRIES = 5
TOLD_REASONS = 3
# So many pages, and more than half of all that ended, must fail before a run is called partial for it: they are asked
# for again by themselves, and one in a hundred says nothing of a site.
FEWEST_FAILED = 3
logger = logging.getLogger(__name__)
# A sitemap index has parts in place of links.
NO_INDEX = (
    "NOT EXISTS (SELECT 1 FROM entry_points AS part"
    " WHERE part.source_id = entry_points.source_id AND part.parent = entry_points.url)"
)

COUNTED = ("stored", "unchanged", "duplicate", "rejected", "failed", "pending")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRun:
    """What one source's part of a run came to. discovered = the sum of the six outcomes; `revised` is within stored."""

    source: str
    job_id: str
    status: str
    error: str | None
    discovered: int
    stored: int
    revised: int
    unchanged: int
    duplicate: int
    rejected: int
    failed: int
    pending: int
    entries_ok: int
    entries_failed: int
    requests: int
    body_bytes: int
    with_entries: bool
    reasons: dict[str, int] = field(default_factory=dict)


def begin(database: Database, trigger: str, now: datetime) -> int:
    """The id of a new run. `trigger`: what asked for it (crawl, daemon, demo ...)."""
    return int(
        database.execute(
            "INSERT INTO run_log (trigger, started_at) VALUES (?, ?)", (trigger, utc_text(now))
        ).lastrowid
    )


def add_source(
    database: Database, run_id: int, source_id: int, job_id: str, now: datetime, *, planned: int, with_entries: bool
) -> None:
    """None; the source takes part in the run. `planned`: URLs that its job leased from the ledger."""
    database.execute(
        "INSERT INTO run_source_log (run_id, source_id, job_id, started_at, discovered, with_entries)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (run_id, source_id, job_id, utc_text(now), planned, int(with_entries)),
    )


def is_known(database: Database, job_id: str) -> bool:
    """Whether the job takes part in a run, or took."""
    return database.row("SELECT 1 FROM run_source_log WHERE job_id = ?", (job_id,)) is not None


def is_open(database: Database, job_id: str) -> bool:
    """Whether the job takes part in a run and has not ended."""
    return database.row("SELECT 1 FROM run_source_log WHERE job_id = ? AND finished_at IS NULL", (job_id,)) is not None


def discovered(database: Database, job_id: str, more: int) -> None:
    """None; the job discovered `more` URLs."""
    database.execute("UPDATE run_source_log SET discovered = discovered + ? WHERE job_id = ?", (more, job_id))


@dataclass(slots=True)
class Tally:
    """URLs of one job that have ended but are not counted in the file yet."""

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    revised: int = 0
    looks: list[bool] = field(default_factory=list)
    """Of each stored article among them that was found, in order: whether it had been edited."""
    last_new: datetime | None = None

    def add(self, outcome: Outcome, *, reason: str | None, revised: bool, looked: bool, at: datetime) -> None:
        """None; one URL more has ended. `looked`: it was an article that is stored."""
        self.outcomes[outcome] += 1
        self.revised += revised
        if looked and outcome in {Outcome.UNCHANGED, Outcome.STORED}:
            self.looks.append(revised)
        if reason is not None:
            self.reasons[f"{outcome.value}:{reason}"] += 1
        if (outcome is Outcome.STORED and not revised) or reason == SAME_TEXT:
            self.last_new = max(at, self.last_new or at)


def count(database: Database, job_id: str, tally: Tally) -> None:
    """None; the URLs of a tally are counted as ended."""
    row = database.row("SELECT source_id, reasons FROM run_source_log WHERE job_id = ?", (job_id,))
    assert row is not None, "a job that holds leases is part of a run"
    sums = "".join(f", {outcome.value} = {outcome.value} + {number}" for outcome, number in tally.outcomes.items())
    reasons = Counter(json.loads(row["reasons"])) + tally.reasons
    database.execute(
        f"UPDATE run_source_log SET revised = revised + ?, reasons = ?{sums} WHERE job_id = ?",
        (tally.revised, json.dumps(reasons), job_id),
    )
    if tally.looks:
        rechecks.looked(database, row["source_id"], tally.looks)
    if tally.last_new is not None:
        database.execute(
            "UPDATE sources SET last_new_at = max(coalesce(last_new_at, ''), ?) WHERE id = ?",
            (utc_text(tally.last_new), row["source_id"]),
        )


def host_asked(database: Database, event: HostAsked) -> None:
    """None; how the job treated the host is part of its row."""
    said = {name: value for name, value in asdict(event).items() if name not in {"job_id", "number"}}
    if event.robots_fetched_at is not None:
        said["robots_fetched_at"] = utc_text(event.robots_fetched_at)
    database.execute(
        "UPDATE run_source_log SET hosts = json_insert(hosts, '$[#]', json(?)) WHERE job_id = ?"
        " AND NOT EXISTS (SELECT 1 FROM json_each(hosts) WHERE value ->> 'authority' = ?)",
        (json.dumps(said, ensure_ascii=False), event.job_id, event.authority),
    )


def requests_since(database: Database, source_ids: Iterable[int], since: datetime) -> tuple[int, datetime | None]:
    """How many requests the jobs of these sources that began after a moment have sent, and when the first began.

    A job that was killed has not said how many; then what came of it is counted.
    """
    marks = list(source_ids)
    row = database.row(
        "SELECT coalesce(sum(max(requests, entries_ok + entries_failed + stored + unchanged + duplicate + rejected"
        " + failed)), 0) AS sent, min(started_at) AS first FROM run_source_log"
        f" WHERE source_id IN ({', '.join('?' * len(marks))}) AND started_at >= ?",
        (*marks, utc_text(since)),
    )
    assert row is not None, "an aggregate has one row"
    return int(row["sent"]), from_utc_text(row["first"]) if row["first"] else None


def entry_counted(database: Database, job_id: str, *, good: bool) -> None:
    """None; one entry point of the job was asked."""
    column = "entries_ok" if good else "entries_failed"
    database.execute(f"UPDATE run_source_log SET {column} = {column} + 1 WHERE job_id = ?", (job_id,))


def job_ended(database: Database, event: JobFinished, now: datetime) -> SourceRun | None:
    """What the job came to, after its leases are freed and the sum is checked; None if it had ended before.

    Raises ConservationBroken where the ledger does not agree with the counts; the transaction must then be undone.
    """
    row = database.row("SELECT * FROM run_source_log WHERE job_id = ? AND finished_at IS NULL", (event.job_id,))
    if row is None:
        return None
    ledger.release(database, event.job_id)
    pending = database.value(
        "SELECT count(*) FROM urls WHERE run_id = ? AND source_id = ? AND run_outcome = 'pending'",
        (row["run_id"], row["source_id"]),
    )
    status, error = _verdict(database, row, event)
    database.execute(
        "UPDATE run_source_log SET finished_at = ?, status = ?, error = ?, pending = ?, requests = ?, body_bytes = ?"
        " WHERE job_id = ?",
        (utc_text(now), status, error, pending, event.requests, event.body_bytes, event.job_id),
    )
    ended = _source_run(
        database.row(
            "SELECT s.name AS source, r.* FROM run_source_log r JOIN sources s ON s.id = r.source_id WHERE job_id = ?",
            (event.job_id,),
        )
    )
    _assert_conserved(ended)
    return ended


def finish(database: Database, run_id: int, now: datetime, *, interrupted: bool = False) -> str:
    """The status of a run whose jobs have all ended: ok, failed (in any part) or interrupted.

    `interrupted`: a part of it was dropped before it began.
    """
    states = {row[0] for row in database.rows("SELECT status FROM run_source_log WHERE run_id = ?", (run_id,))}
    assert "running" not in states, "a run is finished after its jobs"
    cut = interrupted or "interrupted" in states
    status = "interrupted" if cut else "failed" if states & {"failed", "partial"} else "ok"
    database.execute(
        "UPDATE run_log SET finished_at = ?, status = ? WHERE id = ?", (utc_text(now), status, run_id)
    )
    return status


def triggers(database: Database) -> set[str]:
    """What asked for the runs of this file."""
    return {row[0] for row in database.rows("SELECT DISTINCT trigger FROM run_log")}


def close_abandoned(database: Database, now: datetime, *, but: Collection[str] = ()) -> int:
    """How many runs a dead coordinator left open; they are summed up and closed as interrupted.

    `but`: jobs that go on, elsewhere; the runs that they take part in stay open.
    """
    closed = 0
    for run in database.rows("SELECT id FROM run_log WHERE finished_at IS NULL"):
        jobs = {
            row[0]
            for row in database.rows(
                "SELECT job_id FROM run_source_log WHERE run_id = ? AND finished_at IS NULL", (run["id"],)
            )
        }
        for job_id in sorted(jobs.difference(but)):
            _close_abandoned_job(database, job_id, now)
        if jobs.isdisjoint(but):
            finish(database, run["id"], now, interrupted=True)
            closed += 1
    return closed


def _close_abandoned_job(database: Database, job_id: str, now: datetime) -> None:
    """None; a sum that does not come out even is logged: a fault of the past must not keep the file from opening."""
    try:
        job_ended(database, JobFinished(job_id=job_id, number=0, reason="abandoned"), now)
    except ConservationBroken as broken:
        logger.exception("an abandoned run does not add up")
        database.execute("UPDATE run_source_log SET error = ? WHERE job_id = ?", (str(broken), job_id))


def result(database: Database, run_id: int) -> tuple[SourceRun, ...]:
    """What each source's part of a run came to, by name."""
    rows = database.rows(
        "SELECT s.name AS source, r.* FROM run_source_log r JOIN sources s ON s.id = r.source_id"
        " WHERE r.run_id = ? ORDER BY s.name",
        (run_id,),
    )
    return tuple(_source_run(row) for row in rows)


def _source_run(row: Any) -> SourceRun:
    names = ("source", "job_id", "status", "error", "discovered", "revised", *COUNTED)
    more = ("entries_ok", "entries_failed", "requests", "body_bytes")
    return SourceRun(
        **{name: row[name] for name in (*names, *more)},
        with_entries=bool(row["with_entries"]),
        reasons=json.loads(row["reasons"]),
    )


def _verdict(database: Database, row: Any, event: JobFinished) -> tuple[str, str | None]:
    if event.reason in {"stopped", "abandoned", "interrupted"}:
        return "interrupted", event.detail or None
    # A run that is out of time but was getting on has not failed: what is left is pending and comes next.
    idle = event.reason in {"timeout", "stuck"} and not any(row[name] for name in ("entries_ok", *COUNTED[:-1]))
    if event.reason == "crashed" or idle:
        return "failed", f"{event.reason}: {event.detail}" if event.detail else event.reason
    failed = _entries(database, event.job_id, "last_status = 'failed'")
    if failed:
        asked = row["entries_failed"] + row["entries_ok"]
        status = "partial" if row["entries_ok"] else "failed"
        return status, f"{row['entries_failed']} of {asked} entry points failed: {failed}"
    if row["with_entries"] and not row["entries_ok"]:
        return "failed", f"no entry point was asked; the job ended as {event.reason}"
    lacking = _lacking(row, event)
    if lacking is not None:
        return "partial", lacking
    # Not a failure, but most often the sign of a redesign or of a wrong link pattern: an operator must see it.
    barren = _entries(database, event.job_id, f"last_status <> 'failed' AND last_links = 0 AND {NO_INDEX}")
    return "ok", f"no article links on {barren}" if barren else None


def _lacking(row: Row, event: JobFinished) -> str | None:
    """Why a job whose entry points could be read is no whole success, if it is none."""
    if event.reason == "stuck":
        return "stuck: nothing came of it for a long time, and it was ended"
    ended = sum(row[name] for name in COUNTED[:-1])
    if row["failed"] >= FEWEST_FAILED and 2 * row["failed"] > ended:
        return f"{row['failed']} of {ended} pages failed: {_most_frequent(row)}"
    return None


def _most_frequent(row: Row) -> str:
    """What most of a job's pages have failed for, most frequent first: `timeout 12, http_503 3`."""
    failed = {
        name.removeprefix("failed:"): number
        for name, number in json.loads(row["reasons"]).items()
        if name.startswith("failed:")
    }
    return ", ".join(f"{name} {number}" for name, number in Counter(failed).most_common(TOLD_REASONS))


def _entries(database: Database, job_id: str, condition: str) -> str:
    """The entry points of a job for which a condition holds, with what was said of them."""
    rows = database.rows(
        f"SELECT url, coalesce(last_reason, last_detail) AS told FROM entry_points WHERE last_job = ? AND {condition}"
        " LIMIT ?",
        (job_id, TOLD_ENTRIES),
    )
    return ", ".join(f"{row['url']} ({row['told']})" if row["told"] else row["url"] for row in rows)


def _assert_conserved(ended: SourceRun) -> None:
    counts = {name: getattr(ended, name) for name in COUNTED}
    if ended.discovered != sum(counts.values()):
        raise ConservationBroken(f"{ended.source}: discovered {ended.discovered} URLs, but ended {counts}")
