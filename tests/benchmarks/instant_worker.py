"""A worker that asks nobody: it takes jobs from PostgreSQL and tells at once what the world has published."""

from __future__ import annotations

import psycopg

from crawler import wire
from scheduler.demo.server import WorldServer
from scheduler.engines.cluster.batches import pack, unpack_job
from scheduler.engines.cluster.formats import FORMAT
from tests.benchmarks.instant import InstantEngine
from tests.benchmarks.queued_jobs import hello

BATCH = 25


def answer_all(connection: psycopg.Connection, server: WorldServer) -> int:
    """How many events wait of all jobs that waited, each of which has ended."""
    worker, told = hello(connection, "instant"), 0
    while True:
        row = connection.execute("SELECT queue_job, job_id, payload FROM take(%s, %s)", (worker, FORMAT)).fetchone()
        if row is None:
            connection.execute("SELECT goodbye(%s)", (worker,))
            return told
        engine = InstantEngine(server)
        engine.submit(unpack_job(row[2]))
        events = [wire.encode(event) for event in engine.poll(0, limit=1_000_000)]
        for first in range(0, len(events), BATCH):
            batch = events[first : first + BATCH]
            last = first + len(batch)
            told += len(batch)
            connection.execute(
                "SELECT tell(%s, %s, %s, %s, %s, %s, %s, %s, %s)",
                (worker, row[0], row[1], first + 1, last, len(batch), FORMAT, pack(batch), last == len(events)),
            )
