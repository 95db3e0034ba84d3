"""What a round of the watch costs: the daemon does one each minute in the thread that crawls."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from zoneinfo import ZoneInfo

import pytest

from scheduler.config.file import load_config
from scheduler.rhythm import Rhythm, observed
from scheduler.watching.watch import Watch
from scheduler.watching.watching import look_around
from storage import sources
from storage.database import Database, open_writer
from storage.records import utc_text
from tests.benchmarks.yardstick import slowness
from tests.scheduler.simulated import write_config

pytestmark = pytest.mark.benchmark

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
MOST_MS = {100: 15.0, 1_000: 90.0}
"""CPU milliseconds of a round, as of a quiet machine; 5 and 37 when this was written. While all sources were judged in
each round, and not only those of which something is new, it was 13 and 120."""
ASKED_A_MINUTE = 1 / 30
ROUNDS = 20


def fill(database: Database, path: Path, now: datetime = NOW) -> None:
    """None; each source has a rhythm, three entry points, half a day of hours, and was asked lately."""
    rng, zone = random.Random(8), ZoneInfo("Asia/Shanghai")
    for source in load_config(path).source:
        source_id = sources.ensure(database, source.name, source.home, now - timedelta(days=90))
        times = [now - timedelta(hours=24 * 60 * rng.random()) for _ in range(300)]
        rhythm = observed(Rhythm(), since=now - timedelta(days=60), until=now, times=times, zone=zone).text()
        at = utc_text(now - timedelta(minutes=40 * rng.random()))
        database.execute(
            "UPDATE sources SET last_attempt_at = ?1, last_success_at = ?1, last_new_at = ?1, rhythm = ?2"
            " WHERE id = ?3",
            (at, rhythm, source_id),
        )
        database.executemany(
            "INSERT INTO entry_points (source_id, kind, url, last_status, last_links)"
            " VALUES (?, 'listing', ?, 'ok', 30)",
            [(source_id, f"{source.home}{number}") for number in range(3)],
        )
        hours = [(now - timedelta(hours=hour)).replace(minute=0) for hour in range(12)]
        database.executemany(
            "INSERT INTO hour_log (source_id, hour, polls, new) VALUES (?, ?, 3, ?)",
            [(source_id, utc_text(hour), rng.choice((0, 0, 1, 2))) for hour in hours],
        )


@pytest.mark.parametrize("count", [100, 1_000])
def test_a_round_is_short(tmp_path: Path, count: int) -> None:
    names = [f"s{number}" for number in range(count)]
    path = write_config(tmp_path, names)
    config, rng, now, watch, spent = load_config(path), random.Random(9), NOW, Watch(), []
    with open_writer(tmp_path / "news.db") as database:
        with database.transaction():
            fill(database, path)
        judged = 0
        while len(spent) < ROUNDS:
            now += timedelta(minutes=1)
            with database.transaction():
                for name in rng.sample(names, round(count * ASKED_A_MINUTE)):
                    database.execute(
                        "UPDATE sources SET last_attempt_at = ?1, last_success_at = ?1 WHERE name = ?2",
                        (utc_text(now), name),
                    )
            began = time.process_time()
            result = look_around(watch, config, database, now, (), may_delete=True)
            if judged == count:  # until then those that were never judged are read, with all their hours
                spent.append(1_000 * (time.process_time() - began))
            judged = sum(result.states.values())
            assert result.opened == 0
    usual = median(spent) / slowness()
    print(f"{count} sources: {usual:.0f} ms of CPU a round; {median(spent):.0f} as measured, {max(spent):.0f} at most")
    assert usual <= MOST_MS[count]
