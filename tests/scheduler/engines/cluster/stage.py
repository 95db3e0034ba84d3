"""A schema of its own for one test, with the roles that `dibao cluster init` makes."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg

from scheduler.engines.cluster import roles, schema
from scheduler.engines.cluster.address import Address
from scheduler.engines.cluster.connecting import connect
from scheduler.engines.cluster.initialising import initialise
from tests.scheduler.engines.cluster.postgres import Postgres

COORDINATORS, WORKERS = "the coordinator's", "a worker's"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """Where it is, for each of the three who sign in there."""

    postgres: Postgres
    schema: str
    admin_url: str
    coordinator_url: str
    worker_url: str

    def admin(self) -> psycopg.Connection:
        """A session of the administrator, commits by itself."""
        return self._session(self.admin_url, "test admin")

    def coordinator(self) -> psycopg.Connection:
        """A session of the coordinator's role, commits by itself."""
        return self._session(self.coordinator_url, "test coordinator")

    def worker(self, name: str = "test worker") -> psycopg.Connection:
        """A session of the workers' role, commits by itself."""
        return self._session(self.worker_url, name)

    def _session(self, url: str, name: str) -> psycopg.Connection:
        return connect(Address.of(url), schema=self.schema, name=name)


@contextmanager
def fresh_cluster(postgres: Postgres) -> Iterator[Cluster]:
    """A schema that is gone afterwards, with its roles and all sessions that a test has left."""
    name = f"t{secrets.token_hex(5)}"
    words = {"coordinator_password": COORDINATORS, "worker_password": WORKERS}
    made = initialise(Address.of(postgres.url()), schema=name, **words)
    try:
        yield Cluster(
            postgres=postgres,
            schema=name,
            admin_url=postgres.url(),
            coordinator_url=postgres.url(made.coordinator.role, COORDINATORS),
            worker_url=postgres.url(made.worker.role, WORKERS),
        )
    finally:
        _remove(postgres, name)


def _remove(postgres: Postgres, name: str) -> None:
    known = roles.Roles.of(name)
    postgres.restore()
    with postgres.connect() as connection:
        ended = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE usename = ANY (%s)"
        connection.execute(ended, ([known.coordinator, known.worker],))
        schema.drop(connection, name)
        roles.drop(connection, known)
