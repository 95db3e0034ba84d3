"""The sites that the jobs of engines ask."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from scheduler.demo.server import WorldServer
from tests.crawler.crawling.portal import Portal
from tests.scheduler.engines.jobs import small_world


@pytest.fixture(scope="module")
def sites() -> Iterator[WorldServer]:
    """Four small sites, of which the first never answers with its sitemap."""
    with small_world() as server:
        yield server


@pytest.fixture
def portals() -> Iterator[tuple[Portal, Portal]]:
    """Two portals that answer 404."""
    with Portal("127.0.0.1") as one, Portal("127.0.0.2") as other:
        yield one, other
