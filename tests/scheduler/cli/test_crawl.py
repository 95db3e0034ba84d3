"""`dibao crawl` as cron and people meet it: exit codes, what is printed where, being stopped."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from scheduler.demo.server import WorldServer
from scheduler.demo.world import World
from storage.database import open_reader
from storage.lock import WriterLock

Run = Callable[..., "subprocess.CompletedProcess[str]"]
COUNTS = ("stored", "unchanged", "duplicate", "rejected", "failed", "pending")


@pytest.fixture(scope="module")
def two() -> Iterator[WorldServer]:
    """Two sites of two articles, the second of them dead."""
    world = World(sites=2, articles=2, kinds=["daily", "city"])
    world.fail(world.sites[1], status=500)
    with WorldServer(world) as server:
        yield server


@pytest.fixture
def place(two: WorldServer, tmp_path: Path) -> Path:
    """A folder with a dibao.toml for them."""
    (tmp_path / "dibao.toml").write_text(two.config_toml("news.db"), encoding="utf-8")
    return tmp_path


def test_json_is_one_document_whose_counts_agree_and_the_exit_code_tells_of_the_dead_source(
    two: WorldServer, place: Path, dibao: Run
) -> None:
    done = dibao("crawl", "--json", "--log-level", "INFO", "--log-format", "json")
    assert done.returncode == 1
    document = json.loads(done.stdout)
    assert document["failed_sources"] == [two.world.sites[1].name]
    for counts in (document["totals"], *document["sources"]):
        assert counts["discovered"] == sum(counts[name] for name in COUNTS)
    assert document["totals"]["stored"] == 2
    assert all(json.loads(line) for line in done.stderr.splitlines())


def test_a_healthy_source_alone_is_a_success_in_one_line_and_then_nothing_is_due(
    two: WorldServer, place: Path, dibao: Run
) -> None:
    config = place / "dibao.toml"
    config.write_text(two.config_toml("news.db", every="30d").replace("[[source]]", "[[source]]\nenabled = false", 2)
                      .replace("enabled = false\n", "", 1))  # fmt: skip
    done = dibao("crawl")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n") == 1
    assert done.stdout.startswith("1 source in ")
    assert "2 discovered, 2 stored" in done.stdout
    again = dibao("crawl")
    assert (again.returncode, again.stdout, again.stderr) == (0, "nothing was due\n", "")


def test_a_paused_source_that_is_named_is_asked_once_and_told_to_be_paused(
    two: WorldServer, place: Path, dibao_here: Run
) -> None:
    name = two.world.sites[0].name
    assert dibao_here("crawl", name).stderr == ""
    assert dibao_here("pause", name, "--why", "redesign").returncode == 0
    done = dibao_here("crawl", name, "--json")
    assert json.loads(done.stdout)["sources"][0]["requests"] > 0
    assert (done.returncode, done.stderr.count("\n")) == (0, 1)
    assert done.stderr.startswith(f"dibao: {name} is paused (redesign): it was asked this once")
    assert dibao_here("resume", name).returncode == 0
    assert dibao_here("crawl", name).stderr == ""


@pytest.mark.parametrize("command", [("errors",), ("pause",), ("resume",)])
def test_a_command_without_its_source_lists_those_that_there_are(
    two: WorldServer, place: Path, dibao_here: Run, command: tuple[str, ...]
) -> None:
    names = [site.name for site in two.world.sites]
    done = dibao_here(*command)
    assert (done.returncode, f"there are: {', '.join(names)}" in done.stderr) == (2, True)
    near = dibao_here(*command, f"{names[0]}x")
    assert (near.returncode, f'did you mean "{names[0]}"?' in near.stderr) == (2, True)


@pytest.mark.parametrize(
    ("text", "arguments", "said"),
    [
        ("[dibao]\ncontact = 'a@b.org'\nspeed = 9\n", [], "dibao.toml:3"),
        ("[dibao]\ncontact = 'a@b.org'\n", ["nowhere"], "no source 'nowhere'"),
        (None, [], "no such file"),
    ],
)
def test_a_wrong_configuration_or_name_is_exit_code_2(
    text: str | None, arguments: list[str], said: str, tmp_path: Path, dibao: Run
) -> None:
    if text is not None:
        (tmp_path / "dibao.toml").write_text(text)
    done = dibao("crawl", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert not (tmp_path / "news.db").exists()


def test_another_writer_is_exit_code_3_with_its_process_id(place: Path, dibao: Run) -> None:
    with WriterLock(place / "news.db"):
        for more in ([], ["--wait", "0.3"]):
            done = dibao("crawl", *more)
            assert (done.returncode, done.stdout) == (3, "")
            assert f"process {os.getpid()} is writing" in done.stderr


def test_a_foreign_file_is_exit_code_4_and_left_as_it_is(place: Path, dibao: Run) -> None:
    (place / "news.db").write_text("my diary")
    done = dibao("crawl")
    assert (done.returncode, done.stdout) == (4, "")
    assert (place / "news.db").read_text() == "my diary"


def test_a_database_under_a_file_is_exit_code_4(two: WorldServer, tmp_path: Path, dibao: Run) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "dibao.toml").write_text(two.config_toml("file/news.db"), encoding="utf-8")
    done = dibao("crawl")
    assert (done.returncode, done.stdout) == (4, "")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.faults)])
def test_a_signal_stops_a_crawl_cleanly_while_a_site_stalls(
    number: signal.Signals, tmp_path: Path, dibao_command: str
) -> None:
    world = World(sites=1, articles=3, kinds=["daily"])
    for article in world.articles():
        world.stall(article, seconds=600)
    with WorldServer(world) as server:
        text = server.config_toml("news.db").replace("[dibao]", "[dibao]\nshutdown_seconds = 1", 1)
        (tmp_path / "dibao.toml").write_text(text, encoding="utf-8")
        # A process group of its own: Ctrl-C in a terminal reaches all of it.
        with subprocess.Popen([dibao_command, "crawl"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True, start_new_session=True) as crawl:  # fmt: skip
            _wait_for(lambda: _leased(tmp_path / "news.db") == 3)
            os.killpg(crawl.pid, number)
            out, err = crawl.communicate(timeout=60)
    assert crawl.returncode == 130, err
    assert out.endswith("; interrupted\n")
    with open_reader(tmp_path / "news.db") as database:
        assert database.value("SELECT count(*) FROM urls WHERE state = 'pending' AND lease_job IS NULL") == 3
        assert database.value("SELECT status FROM runs") == "interrupted"


def test_a_terminal_gets_a_progress_bar_and_the_summary(two: WorldServer, place: Path, dibao_command: str) -> None:
    ours, theirs = pty.openpty()
    name = two.world.sites[0].name
    with subprocess.Popen([dibao_command, "crawl", name], cwd=place, stdout=theirs, stderr=theirs,
                          env={**os.environ, "TERM": "xterm-256color"}) as crawl:  # fmt: skip
        os.close(theirs)
        shown = _all_of(ours)
    assert crawl.returncode == 0, shown
    assert "2 stored" in shown
    assert "2/2" in shown
    assert "Traceback" not in shown


@pytest.mark.parametrize(
    "redirections",
    [
        ">&- 2>&-",
        pytest.param(">/dev/full", marks=pytest.mark.faults),
        pytest.param("| true; exit ${PIPESTATUS[0]}", marks=pytest.mark.faults),
    ],
)
def test_an_output_that_nobody_takes_does_not_change_the_exit_code(
    redirections: str, two: WorldServer, place: Path, dibao_command: str
) -> None:
    name = two.world.sites[0].name
    done = subprocess.run(["bash", "-c", f"{dibao_command} crawl {name} {redirections}"], cwd=place, check=False,
                          capture_output=True, text=True, timeout=120)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    with open_reader(place / "news.db") as database:
        assert database.value("SELECT count(*) FROM articles") == 2


def test_it_works_under_cron_without_home_terminal_and_environment(
    two: WorldServer, place: Path, dibao_command: str
) -> None:
    command = [dibao_command, "crawl", "--config", str(place / "dibao.toml"), two.world.sites[0].name]
    done = subprocess.run(command, cwd="/", env={"PATH": "/usr/bin:/bin"}, stdin=subprocess.DEVNULL, check=False,
                          capture_output=True, text=True, timeout=120, start_new_session=True)  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "2 stored" in done.stdout


def _wait_for(happened: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _leased(path: Path) -> int:
    """How many URLs are on loan to a job."""
    if not path.exists():
        return 0
    with open_reader(path) as database:
        return int(database.value("SELECT count(*) FROM urls WHERE lease_job IS NOT NULL"))


def _all_of(terminal: int) -> str:
    """What was written to a terminal until its last writer had left."""
    shown = b""
    try:
        while part := os.read(terminal, 65536):
            shown += part
    except OSError:  # Linux's way to say that nobody is left
        pass
    os.close(terminal)
    return shown.decode("utf-8", "replace")
