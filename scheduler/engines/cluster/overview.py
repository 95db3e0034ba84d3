"""How a cluster is: its coordinator, its workers, what waits. Five queries, all ages by the server's own clock."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

import psycopg
from psycopg.rows import dict_row

from storage.engine_seen import EngineSeen

SESSION: Final = "dibao worker {}/{}"
LONGEST_SESSION: Final = 63
"""Characters of the name of an application; PostgreSQL cuts what is longer."""
DIGEST_BYTES: Final = 4
COORDINATOR_SILENT: Final = timedelta(seconds=60)
"""It says every ten seconds that it is there; a large batch may take it longer."""

Condition = Literal["working", "backlogged", "draining", "frozen", "lost"]

_SETTINGS: Final = """
    SELECT clock_timestamp() AS at, current_schema() AS schema, current_setting('server_version') AS server_version,
           s.version AS schema_version, s.owner, s.paused, s.formats, s.max_backlog_bytes, s.heartbeat_seconds,
           s.stall_seconds, s.coordinator_host, s.coordinator_version, s.coordinator_seen_at
      FROM settings AS s"""
# Of several rows with one name the newest counts: a worker that was started again is not lost.
_WORKERS: Final = """
    SELECT * FROM (
        SELECT DISTINCT ON (w.name) w.id, w.name, w.host, w.pid, w.version, w.format, w.processes, w.jobs, w.room,
               w.resident_bytes, w.state, w.wanted, w.detail, w.started_at, w.seen_at,
               extract(epoch FROM clock_timestamp() - w.seen_at)::double precision AS silent_seconds
          FROM workers AS w ORDER BY w.name, w.id DESC) AS newest
     ORDER BY name"""
_SESSIONS: Final = "SELECT DISTINCT application_name AS name FROM pg_stat_activity WHERE datname = current_database()"
_JOBS: Final = """
    WITH doing AS (SELECT lock, worker_id FROM procrastinate_jobs WHERE status = 'doing')
    SELECT count(*) FILTER (WHERE q.status = 'todo') AS queued,
           count(*) FILTER (WHERE q.status = 'doing') AS doing,
           count(*) FILTER (WHERE q.status = 'todo' AND (q.lock IN (SELECT d.lock FROM doing AS d)
               OR q.scheduled_at > clock_timestamp())) AS waiting_for_host,
           count(*) FILTER (WHERE q.status = 'doing' AND NOT EXISTS (SELECT 1 FROM workers AS w
               WHERE w.id = q.worker_id AND w.state <> 'lost'
                 AND w.seen_at > clock_timestamp() - make_interval(secs => %(stall)s))) AS of_lost
      FROM procrastinate_jobs AS q WHERE q.status IN ('todo', 'doing')"""
# The length of what is stored apart stands in its pointer: the payloads themselves are not read.
_EVENTS: Final = """
    SELECT count(*) AS backlog_batches, coalesce(sum(e.events), 0)::bigint AS backlog_events,
           coalesce(sum(octet_length(e.payload)), 0)::bigint AS backlog_bytes,
           extract(epoch FROM clock_timestamp() - min(e.written_at))::double precision AS oldest_event_seconds,
           (SELECT count(*) FROM damaged) AS damaged_batches
      FROM events AS e"""


class NotInstalled(Exception):
    """There is no schema of Dibao, or this role may not see it. The message is a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """A `dibao worker`. `silent_seconds`: since its last sign of life; `has_session`: the server still talks to it.

    `stall_seconds`: for how long it may be silent.
    """

    id: int
    name: str
    host: str
    pid: int
    version: str
    format: int
    processes: int
    jobs: int
    room: int
    resident_bytes: int
    state: str
    wanted: str
    detail: str
    started_at: datetime
    seen_at: datetime
    silent_seconds: float
    has_session: bool
    stall_seconds: float

    @property
    def is_alive(self) -> bool:
        """Whether it gave a sign of life lately and was not declared lost."""
        return self.state != "lost" and self.silent_seconds <= self.stall_seconds

    @property
    def condition(self) -> Condition:
        """How it is in a word. Frozen: it says nothing, but its sessions keep its hosts closed to others."""
        if not self.is_alive:
            return "frozen" if self.has_session else "lost"
        if self.wanted == "drain" or self.state == "draining":
            return "draining"
        return "backlogged" if self.state == "backlogged" else "working"


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """A cluster at the moment `at` of the server's clock. `owner`: None while no coordinator has been here.

    `of_lost`: jobs of workers that are gone; they come again when their time has run out. `damaged_batches`: events
    that could not be read, set aside.
    """

    at: datetime
    schema: str
    server_version: str
    schema_version: int
    owner: str | None
    paused: bool
    formats: list[int]
    max_backlog_bytes: int
    heartbeat_seconds: float
    stall_seconds: float
    coordinator_host: str | None
    coordinator_version: str | None
    coordinator_seen_at: datetime | None
    workers: tuple[Worker, ...]
    queued: int
    doing: int
    waiting_for_host: int
    of_lost: int
    backlog_batches: int
    backlog_events: int
    backlog_bytes: int
    oldest_event_seconds: float | None
    damaged_batches: int

    @property
    def alive(self) -> tuple[Worker, ...]:
        """The workers that are at work, draining ones too."""
        return tuple(worker for worker in self.workers if worker.is_alive)

    @property
    def coordinator_silent_seconds(self) -> float | None:
        """Seconds since the coordinator's last sign of life; None where there was none."""
        if self.coordinator_seen_at is None:
            return None
        return max(0.0, (self.at - self.coordinator_seen_at).total_seconds())

    @property
    def has_coordinator(self) -> bool:
        """Whether a coordinator is at work."""
        silent = self.coordinator_silent_seconds
        return silent is not None and silent <= max(COORDINATOR_SILENT.total_seconds(), 3 * self.heartbeat_seconds)

    @property
    def is_over_limit(self) -> bool:
        """Whether so much waits for the coordinator that workers begin nothing."""
        return self.backlog_bytes > self.max_backlog_bytes

    def named(self, condition: Condition) -> tuple[str, ...]:
        """The names of the workers that are so."""
        return tuple(worker.name for worker in self.workers if worker.condition == condition)


def session_name(schema: str, worker: str) -> str:
    """What all sessions of a worker are called in pg_stat_activity: by it they are found and ended.

    With the schema: one machine may work for two coordinators whose schemas are in one database. No two workers have
    one: `dibao cluster evict` would end the sessions of both.
    """
    name = SESSION.format(schema, worker)
    if len(name) <= LONGEST_SESSION:
        return name
    digest = hashlib.blake2b(name.encode(), digest_size=DIGEST_BYTES).hexdigest()
    return f"{name[: LONGEST_SESSION - len(digest) - 1]}~{digest}"


def overview(connection: psycopg.Connection[Any]) -> Overview:
    """How the cluster is whose schema the session sees first.

    Raises NotInstalled, and psycopg.Error where the server is lost. Measured on two busy cores, with
    100,000 queued jobs and 20,000 batches of 30 kB: .1 to .2 s.
    """
    with connection.cursor(row_factory=dict_row) as cursor:
        try:
            settings = cursor.execute(_SETTINGS).fetchone()
        except (psycopg.errors.UndefinedTable, psycopg.errors.InsufficientPrivilege) as error:
            raise NotInstalled(_missing(error)) from error
        if settings is None:
            raise NotInstalled("the schema is not complete; run `dibao cluster init` again")
        stall = settings["stall_seconds"]
        workers = cursor.execute(_WORKERS).fetchall()
        sessions = {row["name"] for row in cursor.execute(_SESSIONS)}
        jobs = cursor.execute(_JOBS, {"stall": stall}).fetchone() or {}
        events = cursor.execute(_EVENTS).fetchone() or {}
    rows = tuple(
        Worker(**row, stall_seconds=stall, has_session=session_name(settings["schema"], row["name"]) in sessions)
        for row in workers
    )
    return Overview(**settings, workers=rows, **jobs, **events)


def seen_of(found: Overview, server: str, at: datetime) -> EngineSeen:
    """The same in short, as the coordinator notes it in its file. `at`: by the coordinator's clock."""
    return EngineSeen(
        at=at,
        server=server,
        paused=found.paused,
        workers=len(found.alive),
        draining=len(found.named("draining")),
        lost=tuple(sorted((*found.named("lost"), *found.named("frozen")))),
        frozen=found.named("frozen"),
        queued=found.queued,
        doing=found.doing,
        waiting_for_host=found.waiting_for_host,
        backlog_batches=found.backlog_batches,
        backlog_events=found.backlog_events,
        backlog_bytes=found.backlog_bytes,
        backlog_limit_bytes=found.max_backlog_bytes,
        oldest_event_seconds=found.oldest_event_seconds,
    )


def _missing(error: psycopg.Error) -> str:
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        return "this role may not see it; use the address of the coordinator's role, not of the workers'"
    return "Dibao's schema is not there; run `dibao cluster init` with an administrator's address"
