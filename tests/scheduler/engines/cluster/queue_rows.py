"""What a coordinator and a worker say to PostgreSQL, in the fewest words: for tests of the functions themselves."""

from __future__ import annotations

from typing import Any, NamedTuple

import psycopg

from scheduler.engines.cluster.formats import FORMAT, QUEUE

FILE = "archive-1"


class Taken(NamedTuple):
    """A row of `take`."""

    queue_job: int
    job_id: str
    source: str
    sites: list[str]
    payload: bytes
    waited_seconds: float


def open_doors(coordinator: psycopg.Connection, **settings: object) -> None:
    """None; a coordinator has been here."""
    values = {"owner": FILE, "formats": [FORMAT], "coordinator_version": "0.1.0", **settings}
    assigned = ", ".join(f"{name} = %({name})s" for name in values)
    coordinator.execute(f"UPDATE settings SET {assigned}", values)


def place(coordinator: psycopg.Connection, job_id: str, *, site: str = "", source: str = "", priority: int = 0) -> int:
    """The queue's number of a job that waits now."""
    site, source = site or f"{job_id}.example", source or f"of-{job_id}"
    with coordinator.transaction():
        row = coordinator.execute(
            "SELECT (procrastinate_defer_jobs_v1(ARRAY[ROW(%s, 'dibao.crawl', %s, %s, %s, '{}', NULL)]"
            "::procrastinate_job_to_defer_v1[]))[1]",
            (QUEUE, priority, f"host:{site}", f"source:{source}"),
        ).fetchone()
        assert row is not None
        coordinator.execute(
            "INSERT INTO jobs (id, queue_job, source, lock, sites, format, payload)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s)",
            (job_id, row[0], source, f"host:{site}", [site], FORMAT, job_id.encode()),
        )
    return int(row[0])


def hello(worker: psycopg.Connection, name: str = "one", version: str = "0.1.0", speaks: int = FORMAT) -> int:
    """The number of a worker that has come."""
    row = worker.execute(
        "SELECT worker FROM hello(%s, 'host-a', 77, %s, %s, 2)", (name, version, speaks)
    ).fetchone()
    assert row is not None
    return int(row[0])


def take(worker: psycopg.Connection, number: int, speaks: int = FORMAT) -> Taken | None:
    """What the worker is given, None for nothing."""
    row = worker.execute("SELECT * FROM take(%s, %s)", (number, speaks)).fetchone()
    return None if row is None else Taken(*row)


def tell(worker: psycopg.Connection, number: int, job: Taken, first: int = 1, *, ends: bool = False) -> bool:
    """Whether a batch of one event is safe now."""
    row = worker.execute(
        "SELECT tell(%s, %s, %s, %s, %s, 1, %s, %s, %s)",
        (number, job.queue_job, job.job_id, first, first, FORMAT, b"an event", ends),
    ).fetchone()
    assert row is not None
    return bool(row[0])


def give_back(worker: psycopg.Connection, number: int, job: Taken, seconds: float = 0) -> bool:
    """Whether the job waits again."""
    row = worker.execute("SELECT give_back(%s, %s, %s, %s)", (number, job.queue_job, job.job_id, seconds)).fetchone()
    assert row is not None
    return bool(row[0])


def beat(worker: psycopg.Connection, number: int, state: str = "working") -> dict[str, Any]:
    """What the worker must know."""
    cursor = worker.execute("SELECT * FROM beat(%s, 1, 3, 4096, %s, '')", (number, state))
    row, columns = cursor.fetchone(), cursor.description
    assert row is not None
    assert columns is not None
    return dict(zip([column.name for column in columns], row, strict=True))


def declare_lost(coordinator: psycopg.Connection, number: int) -> None:
    """None; as the reaper does it: the worker is lost, and each job of it has ended."""
    with coordinator.transaction():
        coordinator.execute("UPDATE workers SET state = 'lost' WHERE id = %s", (number,))
        coordinator.execute(
            "SELECT procrastinate_finish_job_v1(id, 'failed', true) FROM procrastinate_jobs"
            " WHERE status = 'doing' AND worker_id = %s",
            (number,),
        )


def count(connection: psycopg.Connection, table: str, where: str = "true") -> int:
    """Rows of a table."""
    row = connection.execute(f"SELECT count(*) FROM {table} WHERE {where}").fetchone()
    assert row is not None
    return int(row[0])
