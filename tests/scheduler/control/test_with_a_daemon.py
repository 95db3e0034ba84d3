"""Commands beside a daemon: it does what they wish, they show how it goes, and say what it came to."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from typing import Any

import psutil
import pytest
from click.testing import CliRunner

from scheduler.cli.main import main
from scheduler.demo.server import WorldServer
from scheduler.demo.world import World
from tests.scheduler.test_daemon import PATIENCE_SECONDS, Running, running

SQL_JOBS = "SELECT count(*) FROM run_sources"


class Office:
    """A world of three sites, and a daemon that has crawled them once and will not by itself for a month."""

    def __init__(self, command: str, world: World, daemon: Running) -> None:
        self.world, self.daemon, self._command = world, daemon, command
        self.names = [site.name for site in world.sites]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The command in this process, which takes a tenth of the time."""
        before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            with chdir(self.daemon.folder):
                done = CliRunner().invoke(main, arguments)
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return subprocess.CompletedProcess(arguments, done.exit_code, done.stdout, done.stderr)

    def begin(self, *arguments: str, **more: Any) -> subprocess.Popen[str]:
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True} | more
        return subprocess.Popen([self._command, *arguments], cwd=self.daemon.folder, **pipes)

    def jobs(self) -> int:
        return int(self.daemon.value(SQL_JOBS))

    def heard(self, wish: str) -> int:
        return [line["event"] for line in self.daemon.log()].count(f"a command asks: {wish}")

    def at_work(self) -> int:
        return int(self.daemon.value("SELECT count(*) FROM run_sources WHERE finished_at IS NULL"))


@pytest.fixture(scope="module")
def open_office(dibao_command: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    world = World(sites=3, articles=2, kinds=["daily", "city", "bay"])
    folder = tmp_path_factory.mktemp("office")
    with WorldServer(world) as server, running(dibao_command, folder, server) as daemon:
        daemon.until(lambda: daemon.value(f"{SQL_JOBS} WHERE finished_at IS NOT NULL") == 3)
        office = Office(dibao_command, world, daemon)
        text = daemon.config.read_text()
        daemon.config.write_text(text.replace("[fetch]\n", "[fetch]\ntimeout_seconds = 3\n", 1))
        assert office.run("reload").returncode == 0
        yield office


@pytest.fixture
def office(open_office: Office) -> Iterator[Office]:
    yield open_office
    open_office.world.heal()


def test_a_named_source_is_crawled_by_the_daemon_and_told_as_ever(office: Office) -> None:
    before = office.jobs()
    office.world.publish(office.names[0], 2)
    done = office.run("crawl", office.names[0], "--json")
    document = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert document["totals"]["stored"] == 2
    assert office.jobs() == before + 1
    assert office.daemon.value(f"SELECT trigger FROM runs WHERE id = {document['run']}") == "crawl"
    everything = office.run("crawl", "--all")
    assert (everything.returncode, everything.stderr) == (0, "")
    assert everything.stdout.startswith("3 sources in ")
    assert office.jobs() == before + 4


def test_a_source_that_fails_is_exit_code_1_with_its_reason(office: Office) -> None:
    office.world.fail("/robots.txt", status=404)
    for path in ("/feed.xml", "/sitemap.xml", "/list.html", "/"):
        office.world.fail(f"{office.names[0]}{path}", status=404)
    done = office.run("crawl", office.names[0])
    assert done.returncode == 1
    assert f"failed: {office.names[0]}" in done.stdout
    assert "http_404" in done.stderr


@pytest.mark.faults
def test_a_terminal_sees_how_far_the_daemon_is(office: Office) -> None:
    office.world.publish(office.names[0], 3)
    ours, theirs = pty.openpty()
    with office.begin("crawl", office.names[0], stdout=theirs, stderr=theirs, text=False,
                      env={**os.environ, "TERM": "xterm-256color"}) as crawl:  # fmt: skip
        os.close(theirs)
        shown = _all_of(ours)
    assert crawl.returncode == 0
    assert "3 stored" in shown
    assert "3/3" in shown


def test_unknown_names_and_due_ones_are_for_the_exit_codes_2_and_3(office: Office) -> None:
    wrong = office.run("crawl", office.names[0][:-1] + "x")
    assert (wrong.returncode, f'did you mean "{office.names[0]}"?' in wrong.stderr) == (2, True)
    due = office.run("crawl")
    assert (due.returncode, "is writing" in due.stderr) == (3, True)
    assert "`dibao crawl NAME` is handed to it" in due.stderr


def test_pause_and_resume_reach_the_daemon_and_status_and_schedule_tell(office: Office) -> None:
    name, other = office.names[1], office.names[2]
    assert office.run("pause", name, other, "--why", "redesign").stdout == f"paused: {name}, {other}\n"
    assert office.run("pause", name).stdout == f"paused already: {name}\n"
    row = next(row for row in json.loads(office.run("status", "--json").stdout)["sources"] if row["source"] == name)
    assert (row["next_run_at"], row["next_run_kind"], row["next_run_why"]) == (None, "paused", "paused: redesign")
    polls = json.loads(office.run("schedule", "--json", "--within", "90d").stdout)["polls"]
    assert name not in {poll["source"] for poll in polls}
    before = office.jobs()
    assert office.run("crawl", "--all").stdout.startswith("1 source in ")
    asked = office.run("crawl", name)
    assert (asked.returncode, f"{name} is paused (redesign): it was asked this once" in asked.stderr) == (0, True)
    assert office.jobs() == before + 2
    assert office.run("resume", name, other).stdout == f"resumed: {name}, {other}\n"
    assert office.run("resume", name).stdout == f"not paused: {name}\n"
    assert office.daemon.value("SELECT count(*) FROM sources WHERE paused_at IS NOT NULL") == 0


@pytest.mark.faults
def test_a_source_at_work_is_joined_and_not_asked_twice_and_a_pause_ends_its_job(office: Office) -> None:
    name = office.names[1]
    office.world.stall(f"{name}/list.html", seconds=600)
    before, heard = office.jobs(), office.heard(f"crawl {name}")
    with office.begin("crawl", name) as first, office.begin("crawl", name, "--json") as second:
        office.daemon.until(lambda: office.at_work() == 1)
        with office.begin("crawl", name) as leaving:
            office.daemon.until(lambda: office.heard(f"crawl {name}") == heard + 3)
            leaving.send_signal(signal.SIGINT)
            assert leaving.wait(PATIENCE_SECONDS) == 130
            assert "the daemon goes on with it" in leaving.stderr.read()  # type: ignore[union-attr]
        assert office.jobs() == before + 1
        office.world.heal()
        paused = office.run("pause", name)
        assert paused.returncode == 0
        assert (first.wait(PATIENCE_SECONDS), second.wait(PATIENCE_SECONDS)) == (1, 1)
        assert json.loads(second.stdout.read())["sources"][0]["status"] == "interrupted"  # type: ignore[union-attr]
    assert office.jobs() == before + 1
    office.run("resume", name)
    office.daemon.until(lambda: office.at_work() == 0)


def test_reload_tells_what_came_of_it(office: Office) -> None:
    config = office.daemon.config
    good = config.read_text()
    try:
        config.write_text(good + "speed = 9\n")
        bad = office.run("reload")
        assert (bad.returncode, f"dibao.toml:{good.count(chr(10)) + 1}:" in bad.stderr) == (2, True)
        # One that only the daemon finds bad: a secret that it does not have.
        config.write_text(f'{good}[[webhook]]\nname = "w"\nurl = "https://example.org/"\nsecret_env = "NOWHERE"\n')
        done = office.run("reload")
        assert done.returncode == 2
        assert "NOWHERE" in done.stderr
        assert "the daemon keeps the configuration that it has" in done.stderr
        config.write_text(good.replace("[dibao]\n", "[dibao]\nworkers = 2\n", 1))
        done = office.run("reload")
        assert (done.returncode, "3 sources are switched on" in done.stdout) == (0, True)
        assert "workers takes effect at the next start" in done.stderr
        config.write_text(good + '[[source]]\nname = "newcomer"\nhome = "http://127.0.0.99:9/"\n')
        done = office.run("crawl", "newcomer")
        assert (done.returncode, "dibao reload" in done.stderr) == (2, True)
    finally:
        config.write_text(good)
        office.run("reload")


def test_while_the_disk_is_low_the_wish_is_refused_with_the_reason(office: Office) -> None:
    config = office.daemon.config
    good = config.read_text()
    try:
        config.write_text(good.replace("min_free_bytes = 0", "min_free_bytes = 1000000000000000"))
        assert office.run("reload").returncode == 0
        done = office.run("crawl", office.names[0])
        assert (done.returncode, "min_free_bytes" in done.stderr) == (4, True)
        assert office.run("pause", office.names[0]).returncode == 0
        assert office.run("resume", office.names[0]).returncode == 0
    finally:
        config.write_text(good)
        office.run("reload")


@pytest.mark.faults
def test_when_the_daemon_stops_a_client_gets_what_there_is_and_130_and_the_next_command_acts_itself(
    dibao_command: str, tmp_path: Path
) -> None:
    world = World(sites=1, articles=2, kinds=["daily"])
    with WorldServer(world) as server, running(dibao_command, tmp_path, server) as daemon:
        office = Office(dibao_command, world, daemon)
        daemon.until(lambda: daemon.value(f"{SQL_JOBS} WHERE finished_at IS NOT NULL") == 1)
        world.stall("/feed.xml", seconds=600)
        world.stall("/sitemap.xml", seconds=600)
        with office.begin("crawl", office.names[0]) as crawl:
            daemon.until(lambda: office.at_work() == 1)
            assert daemon.stop()[0] == 0
            out, _ = crawl.communicate(timeout=PATIENCE_SECONDS)
        assert (crawl.returncode, out.endswith("; interrupted\n")) == (130, True)
        assert not (tmp_path / "news.db.sock").exists()
        world.heal()
        assert office.run("pause", office.names[0], "--why", "itself").stdout == f"paused: {office.names[0]}\n"
        assert office.run("reload").returncode == 0
        assert office.run("crawl", office.names[0]).returncode == 0
        # What was paused stays so under the next daemon.
        daemon.start()
        daemon.until((tmp_path / "news.db.sock").exists)
        assert office.run("pause", office.names[0]).stdout == f"paused already: {office.names[0]}\n"


@pytest.mark.faults
def test_a_killed_daemon_ends_its_clients_and_its_socket_is_in_nobody_s_way(
    dibao_command: str, tmp_path: Path
) -> None:
    world = World(sites=1, articles=2, kinds=["daily"])
    with WorldServer(world) as server, running(dibao_command, tmp_path, server) as daemon:
        office = Office(dibao_command, world, daemon)
        daemon.until(lambda: daemon.value(f"{SQL_JOBS} WHERE finished_at IS NOT NULL") == 1)
        world.stall("/feed.xml", seconds=600)
        world.stall("/sitemap.xml", seconds=600)
        with office.begin("crawl", office.names[0]) as crawl:
            daemon.until(lambda: office.at_work() == 1)
            daemon.process.kill()
            _, err = crawl.communicate(timeout=PATIENCE_SECONDS)
        assert (crawl.returncode, "the daemon is gone" in err) == (1, True)
        daemon.process.wait()
        world.heal()
        assert (tmp_path / "news.db.sock").is_socket()
        assert office.run("crawl", office.names[0]).returncode == 0
        daemon.start()
        daemon.until(lambda: daemon.value("SELECT pid FROM heartbeats") == daemon.process.pid)
        assert office.run("resume", office.names[0]).stdout == f"not paused: {office.names[0]}\n"
        with office.begin("run") as second:
            assert second.wait(PATIENCE_SECONDS) == 3
        assert office.run("resume", office.names[0]).returncode == 0


@pytest.mark.faults
def test_a_daemon_that_is_held_up_answers_late_and_a_command_may_give_up(dibao_command: str, tmp_path: Path) -> None:
    world = World(sites=1, articles=2, kinds=["daily"])
    with WorldServer(world) as server, running(dibao_command, tmp_path, server) as daemon:
        office = Office(dibao_command, world, daemon)
        daemon.until(lambda: daemon.value(f"{SQL_JOBS} WHERE finished_at IS NOT NULL") == 1)
        daemon.process.send_signal(signal.SIGSTOP)
        with office.begin("crawl", office.names[0]) as leaving, office.begin("pause", office.names[0]) as late:
            for process in (leaving, late):
                daemon.until(lambda: psutil.Process(process.pid).net_connections("unix"))  # noqa: B023
            leaving.send_signal(signal.SIGINT)
            assert leaving.wait(PATIENCE_SECONDS) == 130
            assert "had not begun" in leaving.stderr.read()  # type: ignore[union-attr]
            daemon.process.send_signal(signal.SIGCONT)
            assert late.wait(PATIENCE_SECONDS) == 0
        assert office.jobs() == 1


@pytest.mark.faults
def test_a_thing_in_the_place_of_the_socket_is_a_warning_and_the_daemon_works(
    dibao_command: str, tmp_path: Path
) -> None:
    (tmp_path / "news.db.sock").mkdir()
    world = World(sites=1, articles=2, kinds=["daily"])
    with WorldServer(world) as server, running(dibao_command, tmp_path, server) as daemon:
        office = Office(dibao_command, world, daemon)
        daemon.until(lambda: daemon.value("SELECT count(*) FROM articles") == 2)
        assert daemon.said("there is no control socket")
        done = office.run("pause", office.names[0])
        assert (done.returncode, "is writing" in done.stderr) == (3, True)
        assert daemon.stop()[0] == 0
    assert (tmp_path / "news.db.sock").is_dir()


def _all_of(terminal: int) -> str:
    shown = b""
    try:
        while part := os.read(terminal, 65_536):
            shown += part
    except OSError:
        pass
    os.close(terminal)
    return shown.decode("utf-8", "replace")


