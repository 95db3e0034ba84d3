"""A cluster with somebody in it, as its tables would have it: for what only looks, and what tells workers to rest."""

from __future__ import annotations

from typing import Any

import psycopg

from scheduler.engines.cluster.overview import session_name
from tests.scheduler.engines.cluster.stage import Cluster

HELLO = "SELECT worker FROM hello(%s, %s, %s, '0.1.0', 1, 2)"


class Peopled:
    """The schema of a test, in which a coordinator, workers, jobs and events can be put."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.admin = cluster.admin()
        self.sessions: dict[str, psycopg.Connection[Any]] = {}

    def close(self) -> None:
        for connection in (self.admin, *self.sessions.values()):
            connection.close()

    def coordinator(self, *, ago_seconds: float = 0) -> None:
        self.admin.execute(
            "UPDATE settings SET owner = 'news', formats = '{1}', coordinator_host = 'news1',"
            " coordinator_version = '0.1.0', coordinator_seen_at = clock_timestamp() - make_interval(secs => %s)",
            (ago_seconds,),
        )

    def worker(self, name: str, *, silent_seconds: float = 0, has_session: bool = True) -> int:
        """The id of a worker that has said hello, and was silent since."""
        self.sessions[name] = session = self.cluster.worker(session_name(self.cluster.schema, name))
        row = session.execute(HELLO, (name, f"host-of-{name}", 4321)).fetchone()
        assert row is not None
        self.admin.execute(
            "UPDATE workers SET seen_at = clock_timestamp() - make_interval(secs => %s), jobs = 3, room = 29,"
            " resident_bytes = 300000000 WHERE id = %s",
            (silent_seconds, row[0]),
        )
        if not has_session:
            self._end(self.sessions.pop(name))
        return int(row[0])

    def _end(self, session: psycopg.Connection[Any]) -> None:
        # By the server, which waits until the session is gone from pg_stat_activity: `close` alone does not.
        self.admin.execute("SELECT pg_terminate_backend(%s, 10000)", (session.info.backend_pid,))
        session.close()

    def job(self, number: int, host: str, *, worker: int | None = None) -> None:
        """A job that waits, or that a worker has."""
        made = self.admin.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args, status, worker_id)"
            " VALUES ('crawl.v1', 'dibao.crawl', %s, %s, '{}', %s::procrastinate_job_status, %s) RETURNING id",
            (f"host:{host}", f"source:{number}", "todo" if worker is None else "doing", worker),
        ).fetchone()
        assert made is not None
        self.admin.execute(
            "INSERT INTO jobs (id, queue_job, source, lock, sites, format, payload)"
            " VALUES (%s, %s, %s, %s, %s, 1, 'x')",
            (f"job{number}", made[0], f"s{number}", f"host:{host}", [host]),
        )

    def events(self, count: int, size: int, *, ago_seconds: float = 0) -> None:
        """A batch that waits."""
        self.admin.execute(
            "INSERT INTO events (job_id, first, last, events, format, payload, worker, written_at)"
            " VALUES (gen_random_uuid()::text, 1, %s, %s, 1, %s, 'w', clock_timestamp() - make_interval(secs => %s))",
            (count, count, b"x" * size, ago_seconds),
        )
