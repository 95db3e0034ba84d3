"""A PostgreSQL for the tests of the cluster, and a fresh schema in it with its roles for each of them."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

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
