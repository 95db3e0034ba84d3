"""Whether Dibao is at work, by what it has written: a process that is up may hang, and cron's has ended.

A daemon beats, and writes down how often it means to; one that was stopped on purpose says so. Where no daemon is
used, the runs of `dibao crawl` count: when something was due, and how long cron has let pass between two of them.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from storage import clock, health, schema
from storage.database import Database, Row, open_reader
from storage.faults import StorageFault
from storage.times import from_utc_text, utc_text

DAEMON = "daemon"
"""The name of the daemon's heartbeat, and what its runs were asked for by."""
CRAWL = "crawl"
BEATS_MISSED = 5
LEAST_SILENCE = timedelta(minutes=1)
"""A daemon has missed so many beats, and was silent for so long at least, before it is said to hang: it writes nothing
while it folds a long log in, and a disk may be slow."""
RUNS_LOOKED_AT = 200
GAPS_LOOKED_AT = 10
GAPS = 1.5
LEAST_GAP = timedelta(hours=1)
"""After something was due, cron has so many times the longest of its last gaps to begin a crawl, and an hour at least:
what is due each five minutes may be asked for once a day."""
YOUNG, OF_YOUNG = timedelta(days=3), timedelta(hours=26)
"""A file whose first run is younger does not say how often cron comes: once a day is assumed."""
LONGEST_RUN = timedelta(hours=6)
"""A crawl that began longer ago and has not ended has been killed, or hangs."""

_NOTE = "daemon_beat"  # in `meta`


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """The daemon's last sign of life. `every_seconds`: how often it means to give one; None in an older file."""

    at: datetime
    pid: int
    every_seconds: float | None
    stopped: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at. `says`: what was found; `step`: what to do, where that is not as it should be."""

    name: str
    ok: bool
    says: str
    step: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """Whether all checks are well, and the state in a word.

    Of a daemon: alive, stopped, silent; of cron: waiting, crawling, late; of the file: never, outdated, unreadable.
    """

    ok: bool
    state: str
    checks: tuple[Check, ...] = field(default=())

    def as_document(self) -> dict[str, Any]:
        """The same for programs: `ok`, `state`, and `checks` with `name`, `ok`, `says` and `step` each."""
        return asdict(self)


def beat(database: Database, now: datetime, pid: int, *, every_seconds: float, detail: str) -> None:
    """None; the daemon's sign of life is written, with how often it means to give one. Call it in a transaction."""
    health.beat(database, DAEMON, now, pid, detail)
    _note(database, {"every_seconds": every_seconds, "stopped": False})


def stopped(database: Database, now: datetime, pid: int) -> None:
    """None; the daemon has ended because it was asked to. Raises StorageFault."""
    with database.transaction():
        health.beat(database, DAEMON, now, pid, "stopped")
        _note(database, {**_noted(database), "stopped": True})


def last_beat(database: Database) -> Beat | None:
    """The daemon's last sign of life; None where there was no daemon."""
    found = health.heartbeat(database, DAEMON)
    if found is None:
        return None
    noted = _noted(database)
    return Beat(
        at=found.at, pid=found.pid, every_seconds=noted.get("every_seconds"), stopped=bool(noted.get("stopped"))
    )


def verdict_of(path: Path, now: datetime) -> Health:
    """Whether Dibao is at work on the database at that path; where it cannot be read, that is the verdict."""
    try:
        with open_reader(path) as database:
            return verdict(database, now)
    except StorageFault as fault:
        check = Check(name="file", ok=False, says=str(fault), step="see `dibao doctor`")
        return Health(ok=False, state="unreadable", checks=(check,))


def verdict(database: Database, now: datetime) -> Health:
    """Whether Dibao is at work, by the file alone. A clean stop is neither alive nor a fault, and is not ok.

    Raises StorageFault where the file cannot be read.
    """
    found = int(database.value("PRAGMA user_version"))
    if found < schema.VERSION:
        says = f"the file has schema {found}, this Dibao {schema.VERSION}"
        check = Check(name="schema", ok=False, says=says, step="`dibao db migrate`")
        return Health(ok=False, state="outdated", checks=(check,))
    runs = _runs(database)
    state, work = _of_work(database, last_beat(database), runs, now)
    checks = (
        Check(name="file", ok=True, says=f"{database.path} can be read"),
        Check(name="schema", ok=True, says=f"schema {found}"),
        _of_clock(database, now),
        work,
    )
    return Health(ok=all(check.ok for check in checks), state=state, checks=checks)


def _of_clock(database: Database, now: datetime) -> Check:
    """Whether nothing was noted later than now; a time to come would look alive for as long as it is to come."""
    newest = clock.newest(database)
    if newest is not None and newest - now > clock.STEP:
        says = f"something was noted at {utc_text(newest)}, {_lasted(newest - now)} ahead: the clock was wrong, or is"
        step = "set the clock; the next start puts right what was noted"
        return Check(name="clock", ok=False, says=says, step=step)
    return Check(name="clock", ok=True, says="nothing was noted later than now")


def _of_work(database: Database, last: Beat | None, runs: list[Row], now: datetime) -> tuple[str, Check]:
    """The state in a word, and what it is known from."""
    crawls = [row for row in runs if row["trigger"] == CRAWL]
    # Who stopped the daemon and went over to cron is not told that there is no daemon.
    if last is not None and not (crawls and from_utc_text(crawls[0]["started_at"]) > last.at):
        return _of_daemon(last, now)
    if not crawls:
        step = "start a daemon with `dibao run`, or `dibao crawl` by cron"
        return "never", Check(name="runs", ok=False, says="there was neither a daemon nor a crawl", step=step)
    return _of_cron(database, crawls, now)


def _of_daemon(last: Beat, now: datetime) -> tuple[str, Check]:
    age = now - last.at
    when = f"at {utc_text(last.at)}, {_lasted(age)} ago"
    if last.stopped:
        says = f"the daemon was stopped {when}, as it was asked to"
        return "stopped", Check(name="daemon", ok=False, says=says, step="start it: `dibao run`")
    if age > silence_allowed(last.every_seconds):
        says = (
            f"the daemon (process {last.pid}) gave its last sign of life {when}: it was killed, hangs, or cannot write"
            " the file"
        )
        step = "see its log and `dibao doctor`, and start it again"
        return "silent", Check(name="daemon", ok=False, says=says, step=step)
    return "alive", Check(name="daemon", ok=True, says=f"the daemon (process {last.pid}) gave a sign of life {when}")


def silence_allowed(every_seconds: float | None) -> timedelta:
    """How long a daemon may be silent that means to beat so often."""
    return max(LEAST_SILENCE, BEATS_MISSED * timedelta(seconds=every_seconds or 0.0))


def _of_cron(database: Database, crawls: list[Row], now: datetime) -> tuple[str, Check]:
    """`crawls`: the newest first."""
    began = from_utc_text(crawls[0]["started_at"])
    if crawls[0]["finished_at"] is None and now - began <= LONGEST_RUN:
        return "crawling", Check(name="runs", ok=True, says=f"a crawl is at work since {utc_text(began)}")
    due = database.value(
        "SELECT min(next_run_at) FROM source_watch WHERE next_run_at IS NOT NULL AND state NOT IN ('off', 'paused')"
    )
    expected = max(began, from_utc_text(due)) if due else began
    limit = expected + _gap_allowed(database, crawls, now)
    said = f"the last crawl began at {utc_text(began)}, {_lasted(now - began)} ago"
    said += f", and something is due since {utc_text(expected)}" if due and expected <= now else ""
    if now > limit:
        return "late", Check(name="runs", ok=False, says=said, step="see that cron still starts `dibao crawl`")
    return "waiting", Check(name="runs", ok=True, says=f"{said}; the next one is late after {utc_text(limit)}")


def _gap_allowed(database: Database, crawls: list[Row], now: datetime) -> timedelta:
    first = database.value("SELECT started_at FROM run_log ORDER BY id LIMIT 1")
    starts = [from_utc_text(row["started_at"]) for row in crawls[: GAPS_LOOKED_AT + 1]]
    gaps = [later - earlier for later, earlier in pairwise(starts)]
    longest = max([LEAST_GAP, *(gap * GAPS for gap in gaps)])
    return max(longest, OF_YOUNG) if now - from_utc_text(first) < YOUNG else longest


def _runs(database: Database) -> list[Row]:
    return database.rows(
        "SELECT trigger, started_at, finished_at FROM run_log ORDER BY id DESC LIMIT ?", (RUNS_LOOKED_AT,)
    )


def _noted(database: Database) -> dict[str, Any]:
    noted: dict[str, Any] = json.loads(database.value("SELECT value FROM meta WHERE name = ?", (_NOTE,)) or "{}")
    return noted


def _note(database: Database, facts: dict[str, Any]) -> None:
    if facts != _noted(database):
        database.execute("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", (_NOTE, json.dumps(facts)))


def _lasted(span: timedelta) -> str:
    """A span in whole units of the largest that it has two of: "90 s", "12 min", "30 h", "4 days"."""
    seconds = max(0, round(span.total_seconds()))
    for size, unit in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"

