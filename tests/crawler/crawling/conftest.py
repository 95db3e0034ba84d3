"""One worker for all tests of a job."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from scheduler.engines.local import LocalEngine
from tests.crawler.crawling.portal import Portal


@pytest.fixture(scope="package")
def engine() -> Iterator[LocalEngine]:
    """An engine with one worker."""
    running = LocalEngine(processes=1, log_level="CRITICAL")
    yield running
    running.close()


@pytest.fixture
def portal() -> Iterator[Portal]:
    """A portal that answers 404."""
    with Portal() as running:
        yield running
