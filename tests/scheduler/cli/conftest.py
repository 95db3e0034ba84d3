"""`dibao` in the tests' own process, for what needs no process of its own: to start one takes most of a second."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from scheduler.cli.main import main

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def dibao_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `dibao ARGUMENTS` in tmp_path, in this process, and gives back what it printed and its exit code."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        done = CliRunner().invoke(main, arguments)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return subprocess.CompletedProcess(arguments, done.exit_code, done.stdout, done.stderr)

    return run
