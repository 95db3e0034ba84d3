"""A worker that does by hand, call by call, what `dibao worker` does: for what happens between two of its calls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import psycopg

from crawler import wire
from scheduler.engines.cluster.batches import pack
from scheduler.engines.cluster.formats import FORMAT
from storage.records import Event
from tests.scheduler.engines.cluster.stage import Cluster

HELLO = "SELECT worker FROM hello(%s, 'by hand', 1, '0', %s, 1)"
TELL = "SELECT tell(%s, %s, %s, %s, %s, %s, %s, %s, %s)"


class HandWorker:
    """A context manager: a session of the workers' role, and the one job that it has taken."""

    def __init__(self, cluster: Cluster, name: str) -> None:
        self.session: psycopg.Connection = cluster.worker(name)
        self.worker = self._value(HELLO, name, FORMAT)
        self.queue_job = 0
        self.job_id = ""
        self._told = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.session.close()

    def take(self) -> str:
        """The id of the job that it has from now on; empty where there is none."""
        row = self.session.execute("SELECT queue_job, job_id FROM take(%s, %s)", (self.worker, FORMAT)).fetchone()
        self.queue_job, self.job_id = row or (0, "")
        self._told = 0
        return self.job_id

    def tell(self, events: Sequence[Event], *, ends: bool = False) -> bool:
        """Whether PostgreSQL has taken the batch, in the transaction that is open, or in one of its own."""
        first, self._told = self._told + 1, self._told + len(events)
        payload = pack([wire.encode(event) for event in events])
        values = (self.worker, self.queue_job, self.job_id, first, self._told, len(events), FORMAT, payload, ends)
        return bool(self._value(TELL, *values))

    def _value(self, sql: str, *values: object) -> int:
        row = self.session.execute(sql, values).fetchone()
        assert row is not None
        return int(row[0])
