"""Jobs as a coordinator queues them, by the hundred thousand: of the size that real ones have, packed."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import psycopg
from psycopg import sql
from psycopg.types.composite import CompositeInfo, register_composite
from psycopg.types.json import Json

from scheduler.engines.cluster.batches import pack, pack_job
from scheduler.engines.cluster.formats import FORMAT, QUEUE
from storage.records import CrawlJob, EntryPoint

LEAST_BYTES, MOST_BYTES = 3_000, 30_000
"""Of a job as it is sent: most of it is the source's known addresses, 8 bytes each that nothing packs."""
BATCH = 500
_NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
_TABLE = "procrastinate_job_to_defer_v1"


def job(number: int, jobs_of_host: int) -> CrawlJob:
    """One job of a source of its own; so many have one host."""
    luck = random.Random(f"job {number}")
    weight = LEAST_BYTES * (MOST_BYTES / LEAST_BYTES) ** luck.random()
    host = f"h{number // jobs_of_host}.example.cn"
    return CrawlJob(
        id=f"job-{number:07}",
        run_id=1,
        source=f"source-{number}",
        home=f"https://{host}/",
        hosts=(host,),
        timezone="Asia/Shanghai",
        user_agent="Dibao/1 (+mailto:demo@example.org)",
        now=_NOW,
        entry_points=tuple(EntryPoint(kind="feed", url=f"https://{host}/feed/{n}.xml", seen=True) for n in range(3)),
        known=luck.randbytes(8 * int((weight - 600) / 8)),
    )


def fill(connection: psycopg.Connection, numbers: Sequence[int], jobs_of_host: int, batch: int = BATCH) -> int:
    """How many these jobs are; they are queued, so many in a transaction, as the engine does it."""
    info = CompositeInfo.fetch(connection, _TABLE)
    assert info is not None
    register_composite(info, connection)
    assert info.python_type is not None
    for start in range(0, len(numbers), batch):
        jobs = [job(number, jobs_of_host) for number in numbers[start : start + batch]]
        rows = [
            info.python_type(
                QUEUE, "dibao.crawl", 0, f"host:{one.hosts[0]}", f"source:{one.source}", Json({"job": one.id}), None
            )
            for one in jobs
        ]
        with connection.transaction(), connection.cursor() as cursor:
            cursor.execute("SELECT unnest(procrastinate_defer_jobs_v1(%s::procrastinate_job_to_defer_v1[]))", (rows,))
            queued = [number for (number,) in cursor.fetchall()]
            cursor.executemany(
                "INSERT INTO jobs (id, queue_job, source, lock, sites, format, payload)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s)",
                [
                    (one.id, row, one.source, f"host:{one.hosts[0]}", [one.hosts[0]], FORMAT, pack_job(one))
                    for one, row in zip(jobs, queued, strict=True)
                ],
            )
    return len(numbers)


def hello(connection: psycopg.Connection, name: str) -> int:
    """A worker's number, by its session."""
    row = connection.execute("SELECT worker FROM hello(%s, 'here', 1, '1', %s, 1)", (name, FORMAT)).fetchone()
    assert row is not None
    return int(row[0])


def cycles(connection: psycopg.Connection, worker: int, most: int) -> Iterator[tuple[str, int]]:
    """The id and size of job after job that is taken and ends at once, until there is none or it is enough."""
    nothing = pack([])
    for _ in range(most):
        row = connection.execute("SELECT queue_job, job_id, payload FROM take(%s, %s)", (worker, FORMAT), binary=True)
        taken = row.fetchone()
        if taken is None:
            return
        connection.execute(
            "SELECT tell(%s, %s, %s, 1, 1, 1, %s, %s, true)", (worker, taken[0], taken[1], FORMAT, nothing)
        )
        yield taken[1], len(taken[2])


def session(url: str, schema: str) -> psycopg.Connection:
    """A session that sees the schema."""
    connection = psycopg.connect(url, autocommit=True)
    connection.execute(sql.SQL("SET search_path TO {}, pg_temp").format(sql.Identifier(schema)))
    return connection
