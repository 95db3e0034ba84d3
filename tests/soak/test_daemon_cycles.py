"""Two hundred cycles of the daemon in a few minutes: nothing grows, nothing is left behind, no slot is lost or doubled.

The daemon, its worker and its pool are the real ones; only the daemon's clock runs faster (accelerated_daemon.py). What
is late or left out while the whole machine stands still is not the daemon's fault: who looks at it stands still as
well, and slots of such a time are left out of account.
"""

from __future__ import annotations

import contextlib
import itertools
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from crawler.config import Source
from scheduler import plan
from scheduler.config.file import Schedule, load_config
from scheduler.demo.server import WorldServer
from scheduler.demo.world import World
from storage.database import open_reader

pytestmark = pytest.mark.soak

SOURCES, ARTICLES = 20, 3
CYCLES = 200
PERIOD = timedelta(minutes=1)
MOST_LATE = 1 / 500
"""Of all times that a source is asked: how many may come later than a period after their slot."""
# A period of a minute passes in 1.2 s. 17 jobs a second need half a core; where others need the rest, jobs overrun.
FACTOR = 50
DEADLINE_SECONDS = 720
"""Three times as long as 200 periods take where the machine keeps up."""
STANDSTILL_SECONDS = 3.0
"""Between two looks, which come each second."""
# One entry point each, with validators: what is soaked is the daemon, not the extractor.
KINDS = ("daily", "city", "party")
WARM_UP = 0.2
# 0.55 MB was measured over 4,000 jobs without the watch: about half goes where the page cache is held at 64 kB (it may
# take 2 MB), about half where Python collects its garbage every 10 s. With a round of the watch each 5 s: 0.99 MB;
# what it knows of each source grows in its first hours, and levels off (2,000 rounds over 400 hours: 3 MB in all). That
# no job is kept is held more closely by coordinator_cycles.py, over 24,000 jobs.
MAX_BYTES_PER_THOUSAND_RUNS = 2_000_000
# Until the worker has been imported, slots pass in which nothing can be asked yet.
START_UP = timedelta(seconds=20 * FACTOR)
ROLES = ("daemon", "worker", "pool")


@dataclass
class Watch:
    """What was seen of the processes, once a second: bytes of each role, and who was dead but not buried."""

    memory: list[tuple[float, dict[str, int]]] = field(default_factory=list)
    zombies: set[int] = field(default_factory=set)
    lasting_zombies: set[int] = field(default_factory=set)

    def look(self, daemon: psutil.Process) -> None:
        seen = dict.fromkeys(ROLES, 0)
        zombies = set()
        for process in [daemon, *daemon.children(recursive=True)]:
            with contextlib.suppress(psutil.NoSuchProcess):
                if process.status() == psutil.STATUS_ZOMBIE:
                    zombies.add(process.pid)
                    continue
                command = " ".join(process.cmdline())
                role = "daemon" if process == daemon else "worker" if "crawler.worker" in command else "pool"
                seen[role] += process.memory_info().rss
        # A child is a zombie for the moment between its end and its parent's wait; twice in a row is a leak.
        self.lasting_zombies |= zombies & self.zombies
        self.zombies = zombies
        self.memory.append((time.time(), seen))

    def standstills(self) -> list[tuple[float, float]]:
        """The times in which nobody looked, because the machine did nothing."""
        times = itertools.pairwise(at for at, _ in self.memory)
        return [(before, after) for before, after in times if after - before > STANDSTILL_SECONDS]


@dataclass(frozen=True)
class Asked:
    """The times, on the daemon's clock, at which one source's entry points were asked, and when that was done."""

    source: Source
    times: list[tuple[datetime, datetime]]
    standstills: list[tuple[datetime, datetime]]

    def slots_between(self, after: datetime, until: datetime) -> list[datetime]:
        found: list[datetime] = []
        while True:
            state = plan.SourceState(name=self.source.name, last_attempt_at=found[-1] if found else after)
            slot = plan.next_due(self.source, state, until, Schedule()).at
            if slot > until:
                return found
            found.append(slot)

    def stood_still(self, slot: datetime) -> bool:
        """Whether the machine did nothing when it was time, or a moment before or after."""
        return any(begin - PERIOD / 4 <= slot <= end + PERIOD for begin, end in self.standstills)


@pytest.fixture(scope="module")
def soaked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Watch]]:
    """The folder of a daemon that has been through all cycles and was stopped, and what was seen meanwhile."""
    folder = tmp_path_factory.mktemp("soak")
    with WorldServer(World(sites=SOURCES, articles=ARTICLES, seed=11, kinds=KINDS)) as server:
        text = server.config_toml("news.db", every="1m")
        rhythm = "[watch]\nseconds = 5\n[dibao]\ntick_seconds = 0.1\nheartbeat_seconds = 1\nmaintenance_seconds = 20"
        (folder / "dibao.toml").write_text(text.replace("[dibao]", rhythm, 1), encoding="utf-8")
        watch = Watch()
        with _daemon(folder) as daemon:
            _soak(daemon, server.world, folder, watch)
            daemon.send_signal(signal.SIGTERM)
            assert daemon.wait(60) == 0
        _report(folder, watch)
        yield folder, watch


def test_two_hundred_cycles_are_reached(soaked: tuple[Path, Watch]) -> None:
    assert _cycles(soaked[0]) >= CYCLES


def test_the_daemon_does_not_grow(soaked: tuple[Path, Watch]) -> None:
    slope = _bytes_per_thousand_runs(*soaked, "daemon")
    assert slope < MAX_BYTES_PER_THOUSAND_RUNS


def test_no_dead_process_is_left_unburied(soaked: tuple[Path, Watch]) -> None:
    assert soaked[1].lasting_zombies == set()


def test_no_slot_is_asked_twice(soaked: tuple[Path, Watch]) -> None:
    for asked in _asked(*soaked):
        for (first, _), (second, _) in itertools.pairwise(asked.times):
            assert asked.slots_between(first, second), f"{asked.source.name}: {first} and {second} are in one slot"


def test_every_source_is_asked_once_a_period_unless_its_last_job_still_runs(soaked: tuple[Path, Watch]) -> None:
    slots, runs, overrun = _slots_and_runs(*soaked)
    assert runs == slots - overrun


def test_every_source_is_asked_within_a_period_of_its_slot(soaked: tuple[Path, Watch]) -> None:
    """A period is a second and a bit of this machine's, which may stop for as long: few may be late, and by little."""
    late, times = [], 0
    for asked in _settled(*soaked):
        for (first, done), (second, _) in itertools.pairwise(asked.times):
            times += 1
            slot = asked.slots_between(first, second)[0]
            if second - max(slot, done) >= PERIOD and not asked.stood_still(slot):
                late.append((second - max(slot, done), f"{asked.source.name}: due at {slot}, asked at {second}"))
    assert len(late) <= times * MOST_LATE, late
    assert max(late, default=(PERIOD, ""))[0] < 3 * PERIOD, late


def test_the_log_tells_of_no_error(soaked: tuple[Path, Watch]) -> None:
    log = (soaked[0] / "log").read_text(encoding="utf-8")
    assert "database is locked" not in log
    assert [line for line in log.splitlines() if " ERROR " in line or "Traceback" in line] == []


# Running


@contextlib.contextmanager
def _daemon(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    program = str(Path(__file__).with_name("accelerated_daemon.py"))
    with (folder / "log").open("wb") as log:
        daemon = subprocess.Popen(
            [sys.executable, program, "dibao.toml", str(FACTOR)], cwd=folder, stdout=log, stderr=log
        )
    family: list[psutil.Process] = []
    try:
        yield daemon
    finally:
        if daemon.poll() is None:
            family = psutil.Process(daemon.pid).children(recursive=True)
            daemon.kill()
            daemon.wait()
        for process in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()


def _soak(daemon: subprocess.Popen[bytes], world: World, folder: Path, watch: Watch) -> None:
    """None, after all cycles or the deadline; an article appears now and then."""
    process, deadline = psutil.Process(daemon.pid), time.monotonic() + DEADLINE_SECONDS
    for second in itertools.count():
        assert daemon.poll() is None, (folder / "log").read_text(encoding="utf-8")[-2000:]
        watch.look(process)
        if second % 5 == 0:
            world.publish(world.sites[second // 5 % SOURCES])
            if time.monotonic() > deadline or _cycles(folder) > CYCLES:
                return
        time.sleep(1)


# What came of it


def _cycles(folder: Path) -> int:
    """How many times the source that was asked least was asked."""
    if not (folder / "news.db").exists():
        return 0
    with open_reader(folder / "news.db") as database:
        counts = database.rows("SELECT count(*) FROM run_sources WHERE with_entries = 1 GROUP BY source_id")
    return min((count for (count,) in counts), default=0) if len(counts) == SOURCES else 0


def _asked(folder: Path, watch: Watch) -> list[Asked]:
    began = datetime.fromisoformat((folder / "began").read_text(encoding="ascii"))
    standstills = [(_simulated(began, begin), _simulated(began, end)) for begin, end in watch.standstills()]
    with open_reader(folder / "news.db") as database:
        rows = database.rows(
            "SELECT s.name, r.started_at, r.finished_at FROM run_sources r JOIN sources s ON s.id = r.source_id"
            " WHERE r.with_entries = 1 AND r.finished_at IS NOT NULL ORDER BY r.started_at"
        )
    return [
        Asked(source, [(_time(start), _time(end)) for name, start, end in rows if name == source.name], standstills)
        for source in load_config(folder / "dibao.toml").enabled_sources
    ]


def _simulated(began: datetime, at: float) -> datetime:
    """The daemon's time at a moment of the real one."""
    return began + FACTOR * (datetime.fromtimestamp(at, UTC) - began)


def _settled(folder: Path, watch: Watch) -> list[Asked]:
    """The same without the time in which the worker is started."""
    everything = _asked(folder, watch)
    begin = min(asked.times[0][0] for asked in everything) + START_UP
    return [replace(asked, times=[pair for pair in asked.times if pair[0] >= begin]) for asked in everything]


def _slots_and_runs(folder: Path, watch: Watch) -> tuple[int, int, int]:
    """Slots of all sources after the start, how often they were asked, slots that passed during a job or standstill."""
    slots = runs = overrun = 0
    for asked in _settled(folder, watch):
        runs += len(asked.times) - 1
        for (first, done), (second, _) in itertools.pairwise(asked.times):
            between = asked.slots_between(first, second)
            slots += len(between)
            # All but the last of them passed; those until the job's end were not free to be taken.
            overrun += sum(slot <= done + PERIOD / 4 or asked.stood_still(slot) for slot in between[:-1])
    return slots, runs, overrun


def _bytes_per_thousand_runs(folder: Path, watch: Watch, role: str) -> float:
    """Slope of a role's memory over the number of jobs, by least squares, after the warm-up."""
    with open_reader(folder / "news.db") as database:
        runs = database.value("SELECT count(*) FROM run_sources")
    samples = watch.memory[int(len(watch.memory) * WARM_UP) :]
    times = [at for at, _ in watch.memory]
    runs_per_second = runs / (times[-1] - times[0])
    done = [(at - times[0]) * runs_per_second for at, _ in samples]
    sizes = [seen[role] for _, seen in samples]
    mean_done, mean_size = sum(done) / len(done), sum(sizes) / len(sizes)
    covariance = sum((x - mean_done) * (y - mean_size) for x, y in zip(done, sizes, strict=True))
    return 1000 * covariance / sum((x - mean_done) ** 2 for x in done)


def _report(folder: Path, watch: Watch) -> None:
    slots, runs, overrun = _slots_and_runs(folder, watch)
    seconds = watch.memory[-1][0] - watch.memory[0][0]
    with open_reader(folder / "news.db") as database:
        jobs = database.value("SELECT count(*) FROM run_sources")
        articles = database.value("SELECT count(*) FROM articles")
    print(f"\n\n{_cycles(folder)} cycles of {SOURCES} sources in {seconds:.0f} s: {jobs} jobs, {articles} articles")
    print(f"after the start: {slots} slots, {runs} times asked, {overrun} slots passed during a job", end="")
    print(f" or one of {len(watch.standstills())} standstills")
    print(f"{'role':8}{'MB after warm-up':>18}{'MB at end':>11}{'kB per 1,000 jobs':>19}")
    warm = watch.memory[int(len(watch.memory) * WARM_UP)][1]
    last = watch.memory[-1][1]
    for role in ROLES:
        slope = _bytes_per_thousand_runs(folder, watch, role)
        print(f"{role:8}{warm[role] / 1e6:18.1f}{last[role] / 1e6:11.1f}{slope / 1e3:19.1f}")


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
