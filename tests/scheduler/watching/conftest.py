"""Desks: see `desk`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from storage.database import open_writer
from tests.scheduler.watching.desk import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    """Makes a desk: `desk("a", "b")`."""
    with ExitStack() as stack:
        yield lambda *names: Desk(tmp_path, stack.enter_context(open_writer(tmp_path / "news.db")), list(names))
