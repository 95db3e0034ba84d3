"""A day, a busy morning and three weeks without an answer, by a clock that is set: what is asked, and when.

The coordinator, its plan and its file are the real ones; the clock is moved on by hand and the engine answers at once.
"""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from scheduler import plan
from scheduler.cli.status import report
from scheduler.config.file import load_config
from storage import clock as stored_times
from storage import health
from storage.database import open_writer
from storage.records import utc_text
from tests.scheduler.simulated import Answer, Daemon, Simulation, write_config

pytestmark = pytest.mark.faults

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)
TICK_SECONDS = 60.0
# A slot, a tick, and what the issue allows.
MOST_LATE_SECONDS = 120.0


def good(_name: str) -> Answer:
    return Answer()


def run(
    daemon: Daemon, seconds: float, sets: dict[float, timedelta] | None = None, tick: float = TICK_SECONDS
) -> None:
    """None; the daemon ran for so long, while the clock was set at these moments: so many seconds on, by so much."""
    waiting, until = sorted((sets or {}).items()), daemon.world.real + seconds
    began = daemon.world.real
    while daemon.world.real < until:
        if waiting and daemon.world.real - began >= waiting[0][0]:
            daemon.world.ahead += waiting.pop(0)[1]
        daemon.tick(tick)


@pytest.mark.parametrize(
    "day",
    [
        datetime(2026, 6, 1, tzinfo=BERLIN),
        pytest.param(datetime(2026, 10, 25, tzinfo=BERLIN), marks=pytest.mark.nightly),
        pytest.param(datetime(2027, 3, 28, tzinfo=BERLIN), marks=pytest.mark.nightly),
    ],
    ids=["usual", "autumn", "spring"],
)
@pytest.mark.parametrize(
    "step",
    [
        -HOUR,
        pytest.param(HOUR, marks=pytest.mark.nightly),
        pytest.param(timedelta(seconds=-20), marks=pytest.mark.nightly),
        pytest.param(timedelta(minutes=-4), marks=pytest.mark.nightly),
        pytest.param(timedelta(days=-400), marks=pytest.mark.nightly),
    ],
    ids=str,
)
def test_through_a_day_with_steps_every_source_is_asked_when_it_should_be(
    tmp_path: Path, quick_files: None, day: datetime, step: timedelta
) -> None:
    """Back and forth again, four times a day; `step` first, so that what is noted is later than now each time."""
    names = [f"s{number}" for number in range(4)]
    path = write_config(tmp_path, names, every="15m", timezone="Europe/Berlin")
    world = Simulation(day.astimezone(UTC), good)
    if step < -24 * HOUR:
        world.start -= step  # so that it is never before the first release
    sets = {3_600.0 * hour + 1_000: step * (1 if place % 2 == 0 else -1) for place, hour in enumerate(range(2, 18, 2))}
    with open_writer(tmp_path / "news.db") as database:
        daemon = Daemon(path, database, world)
        run(daemon, 86_400, sets)
        gaps = [
            second - first for times in world.asked.values() for (first, _), (second, _) in pairwise(sorted(times))
        ]
        assert max(gaps) <= 900 + MOST_LATE_SECONDS
        # A step either way may take a slot of each source's forward; none is asked without end.
        assert all(len(times) <= 96 + 2 * len(sets) for times in world.asked.values())
        assert stored_times.newest(database) <= world.clock() + stored_times.STEP


@pytest.mark.parametrize("rounds", [4, pytest.param(60, marks=pytest.mark.nightly)])
def test_a_daily_source_is_asked_once_a_local_day_however_the_clock_is_set(
    tmp_path: Path, quick_files: None, rounds: int
) -> None:
    """Steps of up to an hour either way at any time of the day, over both changes of the year."""
    chance = random.Random(7)
    for number in range(rounds):
        folder = tmp_path / str(number)
        folder.mkdir()
        start = datetime(2026, 10, 23, tzinfo=BERLIN) if number % 2 else datetime(2027, 3, 26, tzinfo=BERLIN)
        cron = f"{chance.randrange(60)} {chance.randrange(2, 22)} * * *"
        path = write_config(folder, ["daily"], cron=cron, timezone="Europe/Berlin")
        world = Simulation(start.astimezone(UTC), good)
        with open_writer(folder / "news.db") as database:
            daemon = Daemon(path, database, world)
            daemon.tick(0)  # it is new, and so asked at once
            world.asked.clear()
            back = [chance.uniform(0, 3.9) * 86_400 for _ in range(4)]
            sets = {at: timedelta(minutes=-chance.uniform(2, 60)) for at in back}
            sets |= {at + chance.uniform(60, 7_000): -by for at, by in list(sets.items())}
            run(daemon, 4 * 86_400, sets, tick=300)
        days = Counter(at.astimezone(BERLIN).date() for _, at in world.asked["daily"])
        wanted = {start.date() + timedelta(days=day) for day in range(4)}
        assert set(days.values()) == {1}, (cron, sets, world.asked)
        assert set(days) >= wanted - {max(wanted)}, (cron, sets, world.asked)


def test_a_daemon_that_starts_in_1970_waits_for_its_clock_and_then_loses_nothing(
    tmp_path: Path, quick_files: None, caplog: pytest.LogCaptureFixture
) -> None:
    path = write_config(tmp_path, ["a", "b"], every="15m")
    world = Simulation(datetime(1970, 1, 1, tzinfo=UTC), good)
    with open_writer(tmp_path / "news.db") as database:
        daemon = Daemon(path, database, world)
        run(daemon, 3_600)
        assert world.asked == {}
        assert caplog.text.count("nothing is crawled before it is set") == 1
        world.ahead = datetime(2026, 11, 22, tzinfo=UTC) - world.start
        run(daemon, 3_600)
        assert {name: len(times) for name, times in world.asked.items()} == {"a": 5, "b": 5}
        assert database.value("SELECT min(created_at) FROM sources") > "2026"


def test_a_start_after_the_clock_was_ahead_waits_for_nothing(tmp_path: Path, quick_files: None) -> None:
    """The daemon ran for an hour in the next year, was stopped, and starts by a clock that is right again."""
    path = write_config(tmp_path, ["a", "b"], every="15m")
    year = timedelta(days=365)
    world = Simulation(datetime(2026, 11, 22, tzinfo=UTC), good, ahead=year)
    with open_writer(tmp_path / "news.db") as database:
        daemon = Daemon(path, database, world)
        run(daemon, 3_600)
        with database.transaction():
            database.execute("UPDATE sources SET failures = 3, not_before = ?", (utc_text(world.clock() + HOUR),))
            health.beat(database, "daemon", world.clock(), 1)
        world.asked.clear()
        world.ahead = timedelta(0)
        run(Daemon(path, database, world), 3_600 + MOST_LATE_SECONDS)
        assert all(times for times in world.asked.values())
        assert len(world.asked) == 2
        assert stored_times.newest(database) <= world.clock()


@pytest.mark.parametrize("count", [300, pytest.param(1_000, marks=pytest.mark.nightly)])
def test_of_all_sources_that_are_due_on_a_busy_machine_none_is_dropped(
    tmp_path: Path, quick_files: None, count: int
) -> None:
    """Every source is due in the same minute, each job takes a while, and ticks come meanwhile and find them due."""
    path = write_config(tmp_path, [f"s{number}" for number in range(count)], cron="30 6 * * *")
    world = Simulation(datetime(2026, 11, 21, 22, 31, tzinfo=UTC), lambda _name: Answer(seconds=20.0))
    with open_writer(tmp_path / "news.db") as database:
        daemon = Daemon(path, database, world)
        while not (daemon.coordinator.is_idle and world.ended):
            daemon.tick(10)
        world.asked.clear()
        world.ended.clear()
        world.real += 86_400 - world.real % 86_400
        while len(world.ended) < count or not daemon.coordinator.is_idle:
            daemon.tick(10)
            assert world.real < 2 * 86_400
        assert Counter(len(times) for times in world.asked.values()) == {1: count}
        assert database.value("SELECT count(*) FROM runs WHERE status <> 'ok'") == 0


@pytest.mark.parametrize("back_at", [0.0, pytest.param(3.3, marks=pytest.mark.nightly)])
def test_a_source_that_was_down_for_twenty_days_is_shown_as_dead_and_noticed_within_six_hours(
    tmp_path: Path, quick_files: None, back_at: float
) -> None:
    is_up = True
    path = write_config(tmp_path, ["lost", "well"], every="2h")
    world = Simulation(
        datetime(2026, 11, 1, tzinfo=UTC), lambda name: Answer(hangs=name == "lost" and not is_up)
    )
    with open_writer(tmp_path / "news.db") as database:
        daemon = Daemon(path, database, world)

        def days(number: float) -> None:
            until = world.real + number * 86_400
            while world.real < until:
                daemon.tick(1_800)

        def is_dead() -> dict[str, bool]:
            rows = report(load_config(path), world.clock())["sources"]
            return {row["source"]: row["dead"] for row in rows}

        days(1)
        is_up = False
        days(13)
        assert is_dead() == {"lost": False, "well": False}
        days(2)
        assert is_dead() == {"lost": True, "well": False}
        days(5 + back_at / 24)
        attempts = len(world.asked["lost"])
        is_up = True
        returned = world.real
        while database.value("SELECT failures FROM sources WHERE name = 'lost'"):
            daemon.tick(600)
        assert len(world.asked["lost"]) == attempts + 1
        assert world.real - returned <= plan.LONGEST_BACK_OFF.total_seconds() + 600
        assert is_dead() == {"lost": False, "well": False}
        # The other one has not noticed: one poll each two hours, no more and no less.
        assert abs(len(world.asked["well"]) - world.real / 7_200) <= 2
        # And the one that is back is asked as ever.
        before = len(world.asked["lost"])
        days(0.5)
        assert abs(len(world.asked["lost"]) - before - 6) <= 1
