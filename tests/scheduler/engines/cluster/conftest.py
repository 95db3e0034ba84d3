"""A PostgreSQL for the tests of the cluster, and a fresh schema in it with its roles for each of them."""

from __future__ import annotations

import os
from collections.abc import Iterator

import psycopg
import pytest

from tests.scheduler.engines.cluster import queue_rows as rows
from tests.scheduler.engines.cluster.peopled import Peopled
from tests.scheduler.engines.cluster.postgres import Postgres, absence
from tests.scheduler.engines.cluster.stage import Cluster, fresh_cluster


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A server that runs; a test that stops it starts it again."""
    absent = absence()
    if absent is not None:
        # Where all is demanded (.ci/run), nothing is left out.
        (pytest.fail if os.environ.get("CI") else pytest.skip)(absent)
    server = Postgres()
    yield server
    server.remove()


@pytest.fixture
def cluster(postgres: Postgres) -> Iterator[Cluster]:
    """A fresh schema with its roles."""
    with fresh_cluster(postgres) as made:
        yield made


@pytest.fixture
def coordinator(cluster: Cluster) -> Iterator[psycopg.Connection]:
    """A session of the coordinator's role, in a schema that workers may join."""
    with cluster.coordinator() as connection:
        rows.open_doors(connection)
        yield connection


@pytest.fixture
def peopled(cluster: Cluster) -> Iterator[Peopled]:
    """The schema as a coordinator and workers have left it, as the test says."""
    made = Peopled(cluster)
    yield made
    made.close()
