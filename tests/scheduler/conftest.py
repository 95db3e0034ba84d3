"""One engine for all crawls that run inside the test process, and newsrooms that use it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from scheduler.engines.local import LocalEngine
from tests.scheduler.newsroom import Newsroom


@pytest.fixture(scope="module", autouse=True)
def _quick_files(quick_files: None) -> None:
    """None; see `quick_files`."""


@pytest.fixture(scope="session")
def engine() -> Iterator[LocalEngine]:
    """The worker outlives the tests that use it, as it outlives the crawls of a daemon."""
    running = LocalEngine(processes=1, log_level="CRITICAL")
    yield running
    running.close()


@pytest.fixture
def newsroom(tmp_path: Path, engine: LocalEngine) -> Iterator[Callable[..., Newsroom]]:
    """Makes newsrooms: `newsroom(World(...), timeout_seconds=1)`."""
    with ExitStack() as stack:
        yield lambda world, *static, **fetch: stack.enter_context(Newsroom(tmp_path, world, engine, static, **fetch))
