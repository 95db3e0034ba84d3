"""`dibao reload` where no daemon hears it; beside one that does it is tested in `tests/scheduler/control`."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

from storage.lock import WriterLock

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def test_without_a_daemon_there_is_nothing_to_do(dibao_here: Run, config_file: Path) -> None:
    done = dibao_here("reload")
    assert (done.returncode, "no daemon runs" in done.stderr) == (0, True)
    assert not (config_file.parent / "news.db").exists()


def test_a_writer_that_cannot_be_reached_is_not_called_nobody(dibao_here: Run, config_file: Path) -> None:
    """As a daemon whose socket was deleted, or could not be made."""
    with WriterLock(config_file.parent / "news.db"):
        done = dibao_here("reload")
    assert (done.returncode, f"kill -HUP {os.getpid()}" in done.stderr) == (3, True)
