"""A process that is killed anywhere in a round has opened an incident and queued its alert, or neither."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from storage.database import open_reader, open_writer
from storage.watch import alerts, incidents, states
from tests.scheduler.watching.desk import Desk

pytestmark = pytest.mark.faults

# Each statement of the round but the n-th is done; before that one the process kills itself.
KILLED = """
import os, signal, sys
from datetime import timedelta
from pathlib import Path
from storage.database import Database, open_writer
from tests.scheduler.watching.desk import Desk
folder, number = Path(sys.argv[1]), int(sys.argv[2])
with open_writer(folder / "news.db") as database:
    desk = Desk(folder, database, ["a", "b", "c"])
    desk.wrong = {"a": ["source_failing"], "b": ["source_drift"]}
    left = number
    for name in ("execute", "executemany"):
        def run(self, *values, inner=getattr(Database, name)):
            global left
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return inner(self, *values)
        setattr(Database, name, run)
    desk.round()
print("done")
"""


def test_no_kill_loses_or_doubles_an_alert(tmp_path: Path) -> None:
    ended = False
    for number in range(60):
        folder = tmp_path / str(number)
        folder.mkdir()
        done = subprocess.run(
            [sys.executable, "-c", KILLED, str(folder), str(number)], capture_output=True, text=True, check=False,
            cwd=Path(__file__).parents[3], env={**os.environ, "PYTHONPATH": "."},
        )  # fmt: skip
        ended = done.returncode == 0
        assert ended or done.returncode == -signal.SIGKILL, done.stderr
        with open_reader(folder / "news.db") as database:
            found = len(incidents.open_incidents(database)), len(alerts.history(database)), len(states.read(database))
            assert found in {(0, 0, 0), (2, 2, 3)}
        (folder / "dibao.toml").unlink()
        with open_writer(folder / "news.db") as database:
            desk = Desk(folder, database, ["a", "b", "c"])
            desk.wrong = {"a": ["source_failing"], "b": ["source_drift"]}
            desk.round(2)
            assert (len(desk.all), len(desk.alerts)) == (2, 2)
        if ended:
            break
    assert ended
    assert number >= 8
