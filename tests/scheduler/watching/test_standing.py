"""A watch that judges only those of which something is new says what one says that judges all of them in each round."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from scheduler.agenda import Agenda
from scheduler.config.file import Config, load_config
from scheduler.watching import remembering
from scheduler.watching.machine import MachineFacts
from scheduler.watching.verdicts import SourceFacts, SourceVerdict, judge_source
from scheduler.watching.watch import Watch
from storage import sources
from storage.database import Database, open_writer
from storage.records import utc_text
from storage.watch import incidents, pauses
from tests.benchmarks.test_watch_rounds import fill
from tests.scheduler.simulated import write_config

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
NAMES = [f"s{number}" for number in range(9)]
ROUNDS = 80
STEPS = [timedelta(minutes=minutes) for minutes in (1, 1, 1, 1, 10, 45)]
WRITTEN = "SELECT * FROM source_watch w JOIN source_memory m ON m.source_id = w.source_id ORDER BY w.source_id"


def polled(database: Database, chance: random.Random, name: str, now: datetime) -> None:
    source = sources.ids(database, [name])[0]
    sources.attempted(database, source, now)
    answered, new = chance.random() < 0.7, chance.choice((0, 0, 1, 3))
    if answered:
        sources.succeeded(database, source, now, chance.choice((None, None, "1 of 3 failed")))
        if new:
            database.execute("UPDATE sources SET last_new_at = ? WHERE id = ?", (utc_text(now), source))
    else:
        sources.failed(database, source, now + timedelta(minutes=9), "timeout")
    database.execute(
        "UPDATE entry_points SET failures = ?, last_reason = 'timeout' WHERE source_id = ?", (int(not answered), source)
    )
    database.execute(
        "INSERT INTO hour_log (source_id, hour, polls, new) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE"
        " SET polls = polls + excluded.polls, new = new + excluded.new",
        (source, utc_text(now.replace(minute=0)), int(answered), new if answered else 0),
    )


def stopped_or_resumed(database: Database, _chance: random.Random, name: str, now: datetime) -> None:
    if not pauses.resume(database, name):
        pauses.pause(database, name, now)


def sampled(database: Database, chance: random.Random, name: str, now: datetime) -> None:
    outcome = chance.choice(("rejected", "stored"))
    database.execute(
        "INSERT INTO sample_log (source_id, url_id, at, outcome, reason, has_title, has_time, has_origin, has_credits,"
        " characters) VALUES (?, 1, ?, ?, 'too_short', 1, 1, 1, 1, 100)",
        (sources.ids(database, [name])[0], utc_text(now), outcome),
    )


class Judges:
    """Counts the judgments."""

    def __init__(self) -> None:
        self.times = 0
        self.watch = Watch(self._judge, lambda: 0.0)

    def _judge(self, facts: SourceFacts, now: datetime) -> SourceVerdict:
        self.times += 1
        return judge_source(facts, now)

    def forget(self) -> None:
        """None; all sources are judged in the next round."""
        self.watch._judged.clear()
        self.watch._reader._standing.clear()
        self.watch._reader._agenda = Agenda()


@contextmanager
def files(folder: Path) -> Iterator[tuple[Config, tuple[Database, Database]]]:
    path = write_config(folder, NAMES, every="2h")
    with ExitStack() as stack:
        pair = tuple(stack.enter_context(open_writer(folder / name)) for name in ("one.db", "two.db"))
        for database in pair:
            with database.transaction():
                fill(database, path, NOW)
        yield load_config(path), pair  # type: ignore[misc]


def told(database: Database) -> Any:
    rows = [tuple(row) for row in database.rows(WRITTEN)]
    return rows, [(one.key, one.facts, one.resolved_at) for one in incidents.history(database)]


@pytest.mark.parametrize("seed", range(2))
def test_it_says_the_same_and_judges_fewer(tmp_path: Path, seed: int) -> None:
    kept, whole, now = Judges(), Judges(), NOW
    chance = random.Random(seed)
    with files(tmp_path) as (config, (one, two)):
        for number in range(ROUNDS):
            now += chance.choice(STEPS)
            if chance.random() < 0.4:
                happens, name = chance.choice((polled, polled, stopped_or_resumed, sampled)), chance.choice(NAMES)
                for database in (one, two):
                    with database.transaction():
                        happens(database, random.Random(number), name, now)
            running = {chance.choice(NAMES)} if chance.random() < 0.1 else set()
            whole.forget()
            said = [
                judges.watch.round(config, database, now, machine=MachineFacts(), running=running)
                for judges, database in ((kept, one), (whole, two))
            ]
            assert said[0] == said[1]
            assert told(one) == told(two)
    assert len(NAMES) * ROUNDS == whole.times > 1.4 * kept.times  # of most of them something is wrong by the end


def test_a_source_of_which_nothing_is_new_is_late_when_its_time_has_come(tmp_path: Path) -> None:
    judges = Judges()
    with files(tmp_path) as (config, (database, _)):
        for minutes in range(1, 6):
            result = judges.watch.round(config, database, NOW + timedelta(minutes=minutes), machine=MachineFacts())
        assert result.states == {"ok": len(NAMES)}
        settled = judges.times
        judges.watch.round(config, database, NOW + timedelta(minutes=50), machine=MachineFacts())
        assert judges.times == settled
        result = judges.watch.round(config, database, NOW + timedelta(hours=6), machine=MachineFacts())
        assert result.states == {"late": len(NAMES)}


def test_of_each_source_one_memory_is_kept_however_often_it_changes(tmp_path: Path) -> None:
    remembering._kept.clear()
    judges, now, chance = Judges(), NOW, random.Random(3)
    with files(tmp_path) as (config, (database, _)):
        for _round in range(20):
            now += timedelta(minutes=45)
            with database.transaction():
                for name in NAMES:
                    polled(database, chance, name, now)
            judges.watch.round(config, database, now, machine=MachineFacts())
    assert 0 < len(remembering._kept) <= 2 * len(NAMES)
