"""`dibao status` of a cluster: one line of what the daemon saw last; nobody asks the server for it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storage import engine_seen
from storage.database import open_writer
from storage.engine_seen import EngineSeen

Run = Callable[..., "subprocess.CompletedProcess[str]"]
NOW = datetime.now(UTC).replace(microsecond=0)
WELL = EngineSeen(at=NOW, server="postgresql://db/d", workers=3, doing=12, queued=40)


@pytest.fixture
def noted(tmp_path: Path) -> Callable[[EngineSeen], None]:
    """Notes what was seen, in the file of a configuration whose server is nowhere."""
    url = "postgresql://127.0.0.1:1/d"
    (tmp_path / "dibao.toml").write_text(f'[dibao]\ncontact = "a@b.org"\n[engine]\nurl = "{url}"\n', encoding="utf-8")

    def note(seen: EngineSeen) -> None:
        with open_writer(tmp_path / "news.db") as database, database.transaction():
            engine_seen.note(database, seen)

    return note


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        (WELL, "cluster: 3 workers, 12 jobs at work, 40 queued; seen "),
        (replace(WELL, workers=1, doing=1, paused=True), "cluster: paused, 1 worker, 1 job at work, 40 queued; seen "),
        (replace(WELL, draining=1), "cluster: 3 workers (1 draining), 12 jobs at work, 40 queued; seen "),
        (
            replace(WELL, lost=("a", "b"), backlog_bytes=3 * 1024**2),
            "cluster: 3 workers, 12 jobs at work, 40 queued, 2 lost (a, b), 3.0 MiB of events wait; seen ",
        ),
        (
            replace(WELL, unreachable_since=NOW - timedelta(hours=2), error="it is gone"),
            "cluster: PostgreSQL cannot be used, noticed 2 h ago: it is gone",
        ),
    ],
)
def test_it_is_one_line_by_the_file_alone(
    dibao_here: Run, noted: Callable[[EngineSeen], None], seen: EngineSeen, told: str
) -> None:
    noted(seen)
    done = dibao_here("status")
    assert (done.returncode, done.stderr) == (0, "")
    (line,) = (line for line in done.stdout.splitlines() if line.startswith("cluster"))
    assert line.startswith(told)
    assert json.loads(dibao_here("status", "--json").stdout)["cluster"]["workers"] == seen.workers


def test_without_a_cluster_or_a_look_at_it_there_is_none(dibao_here: Run, noted: object, tmp_path: Path) -> None:
    open_writer(tmp_path / "news.db").close()
    assert json.loads(dibao_here("status", "--json").stdout)["cluster"] is None
    assert "\ncluster:" not in dibao_here("status").stdout
