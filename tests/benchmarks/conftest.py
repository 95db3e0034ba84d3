"""A PostgreSQL for the benchmarks of the cluster: one that waits for its disk, as a real one does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.scheduler.engines.cluster import postgres as servers

if TYPE_CHECKING:
    from tests.benchmarks.cluster_programs import Machine


@pytest.fixture(scope="session")
def durable_postgres() -> Iterator[servers.Postgres]:
    """A server that runs, and writes to the disk before it says that it has."""
    absent = servers.absence()
    if absent is not None:
        pytest.skip(absent)
    server = servers.Postgres(fsync="on", shared_buffers="256MB", max_wal_size="4GB")
    yield server
    server.remove()


@pytest.fixture
def new_machine(durable_postgres: servers.Postgres) -> Callable[[], AbstractContextManager[Machine]]:
    """Makes contexts of the server with a fresh schema, for what is measured more than once."""
    from tests.benchmarks.cluster_programs import Machine  # noqa: PLC0415 - needs psycopg
    from tests.scheduler.engines.cluster.stage import fresh_cluster  # noqa: PLC0415

    @contextmanager
    def made() -> Iterator[Machine]:
        with fresh_cluster(durable_postgres) as cluster:
            yield Machine(
                schema=cluster.schema,
                admin_url=cluster.admin_url,
                coordinator_url=cluster.coordinator_url,
                worker_url=cluster.worker_url,
                postmaster=durable_postgres.process,
            )

    return made


@pytest.fixture
def machine(new_machine: Callable[[], AbstractContextManager[Machine]]) -> Iterator[Machine]:
    """The server with a fresh schema."""
    with new_machine() as made:
        yield made
