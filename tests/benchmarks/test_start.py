"""CPU seconds that commands and the processes of a crawl take before they do anything.

Absolute figures are this machine's, and tell little where others use it: each is also told as a multiple of
`python -c pass`, measured in turn with it, and the floors are kept in these. On the machine where they were set,
`pass` takes .026 s. Where the median of the turns is above a floor, twice as many turns follow, and the median of all
is what is judged.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

import pytest
from click.testing import CliRunner

from scheduler.cli.main import main
from scheduler.demo.server import WorldServer
from scheduler.demo.static import StaticSite
from scheduler.demo.world import World
from tests.benchmarks.rounds import FURTHER, until_well

pytestmark = pytest.mark.benchmark

HERE = Path(__file__).parent
TURNS = int(os.environ.get("START_TURNS", "5"))
PASS_SECONDS = 0.026
NOTHING = ["-c", "pass"]
# Seconds on that machine. The goals are .1 s for a command and 1.5 s for the processes, which take 2.1 to 2.4.
FLOORS = {"--help": 0.3, "status": 0.3, "crawl": 0.6}
PROCESSES_FLOOR = 3.0
OTHERS = (
    "validate", "config show", "schedule", "sources export", "errors", "incidents", "alerts list", "webhooks list",
    "chrome list", "search x", "story list", "export jsonl", "metrics", "quarantine list", "doctor", "db check",
    "doctor --health", "prune --help", "completion bash", "ops list",
)  # fmt: skip
_ARTICLE = "<html><head><title>供暖</title></head><body><h1>供暖</h1>{}</body></html>".format(
    "".join(f"<p>第{n}天，市政府昨天召开会议，部署冬季供暖工作，要求各区县做好准备。</p>" for n in range(9))
)


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory, empty_file: Path) -> Path:
    """A folder with a configuration of a hundred sources and its database; all rest, and today's check is done."""
    folder = tmp_path_factory.mktemp("room")
    sources = [f"[[source]]\nname = 's{n}'\nhome = 'https://news{n}.example.cn/'\n" for n in range(100)]
    (folder / "dibao.toml").write_text("[dibao]\ncontact = 'a@b.org'\n" + "".join(sources), encoding="utf-8")
    shutil.copyfile(empty_file, folder / "news.db")
    for command in (["pause", *(f"s{n}" for n in range(100))], ["crawl"]):
        done = CliRunner().invoke(main, [*command, "--config", str(folder / "dibao.toml")])
        assert done.exit_code == 0, done.output
    return folder


def test_help_status_and_a_crawl_with_nothing_due_start_within_their_floors(room: Path) -> None:
    turns: list[list[float]] = []
    most = [floor / PASS_SECONDS for floor in FLOORS.values()]

    def take(_: int) -> None:
        turns.append([cpu_seconds(program, room) for program in (NOTHING, *map(dibao, FLOORS))])

    def is_quick() -> bool:
        nothing, *seconds = medians(turns)
        return all(own / nothing < floor for own, floor in zip(seconds, most, strict=True))

    until_well(take, is_quick, TURNS, FURTHER * TURNS)
    nothing, *seconds = medians(turns)
    print(f"\n\nstart-up, CPU, medians of {len(turns)} in turns; python -c pass: {nothing:.3f} s")
    for command, own in zip(FLOORS, seconds, strict=True):
        there = own / nothing * PASS_SECONDS
        print(f"  dibao {command:10} {own:.3f} s  {own / nothing:5.1f}x  {there:.3f} s where pass takes {PASS_SECONDS}")
    for command, floor, own in zip(FLOORS, most, seconds, strict=True):
        assert own / nothing < floor, command


@pytest.mark.skipif(not os.environ.get("START_ALL"), reason="a minute, for a table: START_ALL=1")
def test_all_commands_start(room: Path) -> None:
    programs = (NOTHING, *map(dibao, OTHERS))
    nothing, *seconds = medians([[cpu_seconds(program, room) for program in programs] for _ in range(TURNS)])
    for command, own in sorted(zip(OTHERS, seconds, strict=True), key=lambda pair: pair[1]):
        print(f"  dibao {command:16} {own:.3f} s  {own / nothing:5.1f}x")


@pytest.mark.skipif(sys.platform != "linux", reason="whole process trees are measured by Linux's means")
def test_the_processes_of_a_crawl_start_within_their_floor(tmp_path: Path, one_page: str) -> None:
    (tmp_path / "dibao.toml").write_text(one_page, encoding="utf-8")
    whole, nothing, roles = list[float](), list[float](), list[dict[str, float]]()

    def take(_: int) -> None:
        nothing.append(cpu_seconds(NOTHING, tmp_path))
        report = crawled(tmp_path)
        whole.append(report["cpu_seconds"])
        roles.append(report["roles"])

    most = PROCESSES_FLOOR / PASS_SECONDS
    until_well(take, lambda: median(whole) / median(nothing) < most, TURNS, FURTHER * TURNS)
    ratio = median(whole) / median(nothing)
    print(f"\n\na crawl of one page, CPU: {median(whole):.2f} s, {ratio:.0f}x python -c pass; by role:")
    for role in sorted({role for one in roles for role in one}):
        print(f"  {role:12} {median(one.get(role, 0.0) for one in roles):.2f} s")
    assert ratio < most


@pytest.fixture
def one_page() -> Iterator[str]:
    """The configuration of a source with one article, while its site answers."""
    site = StaticSite("one", {"/a/10001.html": (_ARTICLE.encode(), "text/html; charset=utf-8")})
    with WorldServer(World(sites=0), static=[site]) as server:
        yield server.config_toml("news.db")


def crawled(folder: Path) -> dict:
    """What a crawl into a new file cost, by role."""
    shutil.rmtree(folder / "news.db.archive", ignore_errors=True)
    for file in folder.glob("news.db*"):
        file.unlink()
    command = [sys.executable, str(HERE / "measured.py"), "report.json", *dibao("crawl --all --json", sys.executable)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=True)
    report: dict = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert json.loads(done.stdout)["totals"]["stored"] == 1, done.stderr
    return report


def dibao(command: str, *before: str) -> list[str]:
    """The arguments of Python that run `dibao COMMAND`."""
    return [*before, "-c", "from scheduler.cli.main import main; main(prog_name='dibao')", *command.split()]


def medians(turns: list[list[float]]) -> list[float]:
    """The middle of what each program took in all turns."""
    return [median(seconds) for seconds in zip(*turns, strict=True)]


def cpu_seconds(arguments: list[str], folder: Path) -> float:
    """What Python with these arguments used, and all that it started and waited for."""
    return _cost(lambda: subprocess.run([sys.executable, *arguments], cwd=folder, capture_output=True, check=False))


def _cost(do: Callable[[], object]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    do()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
