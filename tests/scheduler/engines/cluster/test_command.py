"""`dibao cluster` against a real server: what it shows, what it changes, what it refuses."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner

from scheduler.cli import exit_codes
from scheduler.cli.main import main
from scheduler.engines.cluster import roles, schema
from tests.scheduler.engines.cluster.peopled import Peopled
from tests.scheduler.engines.cluster.stage import Cluster

pytestmark = pytest.mark.cluster
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def dibao(tmp_path: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `dibao cluster ARGUMENTS` beside a dibao.toml that names the cluster, in this process."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DIBAO_ENGINE_URL", raising=False)
    (tmp_path / "engine.url").write_text(cluster.coordinator_url)
    (tmp_path / "dibao.toml").write_text(
        '[dibao]\ncontact = "tests@example.org"\n[engine]\nurl_file = "engine.url"\n'
        f'schema = "{cluster.schema}"\n'
    )

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        done = CliRunner().invoke(main, ["cluster", *arguments])
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return subprocess.CompletedProcess(arguments, done.exit_code, done.stdout, done.stderr)

    return run


def wanted(peopled: Peopled) -> dict[str, str]:
    return dict(peopled.admin.execute("SELECT name, wanted FROM workers ORDER BY name").fetchall())


def test_status_says_first_whether_it_works_and_shows_no_password(dibao: Run, peopled: Peopled) -> None:
    peopled.coordinator()
    well = peopled.worker("w1")
    peopled.job(1, "a.cn", worker=well)
    peopled.job(2, "a.cn")
    peopled.events(7, 3 * 1024**2, ago_seconds=5)
    done = dibao("status")
    lines = done.stdout.splitlines()
    assert done.returncode == exit_codes.OK
    assert lines[0] == "it works: 1 worker, 1 job at work, 1 queued"
    assert "jobs         1 at work, 1 queued (1 wait for a busy host)" in lines
    assert "events       7 events wait, 3.0 MiB of 1.0 GiB, the oldest for 5 s" in lines
    assert any(line.startswith("coordinator  news1, dibao 0.1.0, seen") for line in lines)
    assert lines[-2].split() == ["worker", "state", "jobs", "room", "procs", "memory", "seen", "dibao", "host"]
    assert lines[-1].split()[:7] == ["w1", "working", "3", "29", "2", "286.1", "MiB"]
    assert all(len(line) <= 80 for line in lines if "postgresql://" not in line)
    assert "the%20coordinator" not in done.stdout


def test_status_of_what_is_not_well_says_the_next_step_and_ends_with_code_1(dibao: Run, peopled: Peopled) -> None:
    assert dibao("status").stdout.startswith("no coordinator has used this schema yet: start `dibao run`")
    peopled.coordinator(ago_seconds=400)
    done = dibao("status")
    assert done.returncode == exit_codes.SOURCES_FAILED
    assert done.stdout.startswith("the coordinator gave no sign of life for 7 min: start `dibao run` on news1 again")
    peopled.coordinator()
    assert dibao("status").stdout.startswith("no worker is alive (all have left, or none has come yet): start `dibao")
    peopled.worker("w1")
    peopled.worker("gone", silent_seconds=40, has_session=False)
    peopled.worker("stiff", silent_seconds=40)
    done = dibao("status")
    assert done.returncode == exit_codes.SOURCES_FAILED
    assert done.stdout.startswith("it works: 1 worker (2 more gave no sign of life lately), 0 jobs at work, 0 queued\n")
    assert "gone is lost (process 4321 on host-of-gone): its jobs come again by themselves" in done.stdout
    assert "where its processes are surely dead: dibao cluster evict stiff" in done.stdout
    peopled.events(1, 100)
    peopled.admin.execute("UPDATE settings SET max_backlog_bytes = 10")
    assert dibao("status").stdout.startswith("100 B of events wait, more than 10 B: workers begin nothing until")


def test_status_for_programs_is_one_document(dibao: Run, peopled: Peopled) -> None:
    peopled.coordinator()
    peopled.worker("w1")
    peopled.events(7, 100, ago_seconds=5)
    found: dict[str, Any] = json.loads(dibao("status", "--json").stdout)
    assert (found["ok"], found["paused"], found["schema"]) == (True, False, peopled.cluster.schema)
    assert found["server"].startswith("postgresql://")
    assert "the coordinator" not in json.dumps(found)
    assert found["backlog"]["events"] == 7
    assert found["backlog"]["oldest_seconds"] == pytest.approx(5, abs=4)
    (worker,) = found["workers"]
    assert (worker["name"], worker["state"], worker["pid"], worker["step"]) == ("w1", "working", 4321, None)
    assert worker["seen_at"].endswith("Z")


def test_pause_and_resume_hold_for_all_and_say_what_was_so(dibao: Run, peopled: Peopled) -> None:
    peopled.coordinator()
    peopled.worker("w1")
    assert dibao("pause").stdout == "paused: what runs comes to an end\n"
    assert dibao("pause").stdout == "it is paused already\n"
    done = dibao("status")
    assert done.returncode == exit_codes.OK
    assert "until `dibao cluster resume`" in done.stdout
    assert dibao("resume").stdout == "resumed\n"
    assert dibao("resume").stdout == "it was not paused\n"


def test_drain_names_workers_or_all_and_knows_who_is_there(dibao: Run, peopled: Peopled) -> None:
    peopled.coordinator()
    for name in ("w1", "w2"):
        peopled.worker(name)
    peopled.worker("gone", silent_seconds=40, has_session=False)
    assert dibao("drain", "w1", "gone").stdout == (
        "draining: w1\nnot alive, so there is nothing to drain: gone\n"
    )
    assert wanted(peopled) == {"gone": "work", "w1": "drain", "w2": "work"}
    assert "w1" in dibao("status").stdout
    done = dibao("drain", "w3")
    assert done.returncode == exit_codes.CONFIGURATION
    assert "no worker is called w3; allowed: gone, w1, w2" in done.stderr
    for arguments in ((), ("w1", "--all")):
        assert "name workers, or say --all" in dibao("drain", *arguments).stderr
    assert dibao("drain", "--all").stdout == "draining: w1, w2\n"
    assert wanted(peopled) == {"gone": "work", "w1": "drain", "w2": "drain"}


def test_status_tells_workers_that_leave_from_those_that_have_left_and_those_that_are_lost(
    dibao: Run, peopled: Peopled
) -> None:
    def verdict() -> tuple[str, int]:
        done = dibao("status")
        return done.stdout.splitlines()[0], done.returncode

    peopled.coordinator()
    ids = {name: peopled.worker(name) for name in ("w1", "w2")}
    peopled.job(1, "a.cn", worker=ids["w1"])
    dibao("drain", "w1")
    assert verdict() == ("it works: 2 workers, 1 of them draining, 1 job at work, 0 queued", exit_codes.OK)
    dibao("drain", "w2")
    leaving = "all workers are to leave, so nothing begins until `dibao worker` is started again"
    assert verdict() == (f"{leaving}: 2 workers, 1 job at work, 0 queued", exit_codes.OK)
    dibao("pause")
    paused = ", and it is paused (`dibao cluster resume`)"
    assert verdict() == (f"{leaving}{paused}: 2 workers, 1 job at work, 0 queued", exit_codes.OK)
    start = "start `dibao worker` on a machine that knows this address"
    peopled.admin.execute("UPDATE workers SET seen_at = seen_at - interval '40 s' WHERE name = 'w2'")
    peopled.sessions["w1"].execute("SELECT goodbye(%s)", (ids["w1"],))
    lost = "(1 worker gave no sign of life lately)"
    assert verdict() == (f"no worker is alive {lost}{paused}: {start}", exit_codes.SOURCES_FAILED)
    dibao("resume")
    peopled.sessions["w2"].execute("SELECT goodbye(%s)", (ids["w2"],))
    gone = "all have left, or none has come yet"
    assert verdict() == (f"no worker is alive ({gone}): {start}", exit_codes.SOURCES_FAILED)


def test_evict_ends_the_sessions_of_a_frozen_worker_and_of_no_other(dibao: Run, peopled: Peopled) -> None:
    peopled.coordinator()
    peopled.worker("well")
    peopled.worker("stiff", silent_seconds=40)
    done = dibao("evict", "well", "--yes")
    assert done.returncode == exit_codes.CONFIGURATION
    assert "`dibao cluster drain well` lets it go" in done.stderr
    done = dibao("evict", "stiff")
    assert done.returncode == exit_codes.CONFIGURATION
    assert "see that process 4321 on host-of-stiff, and its children, are dead, and run it again with" in done.stderr
    assert peopled.sessions["stiff"].execute("SELECT 1").fetchone() == (1,)
    done = dibao("evict", "stiff", "--yes")
    assert done.stdout == "stiff: 1 session ended; its jobs begin again elsewhere by themselves\n"
    with pytest.raises(psycopg.OperationalError):
        peopled.sessions["stiff"].execute("SELECT 1")
    assert peopled.sessions["well"].execute("SELECT 1").fetchone() == (1,)
    assert json.loads(dibao("status", "--json").stdout)["workers"][0]["state"] == "lost"


def test_init_makes_all_once_and_shows_passwords_only_where_they_are_made(
    dibao: Run, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ("init", "--engine", cluster.admin_url, "--schema", "made_here")
    try:
        monkeypatch.setenv("DIBAO_WORKER_PASSWORD", "hunter2")
        first = dibao(*arguments, "--print-passwords")
        assert first.returncode == exit_codes.OK
        assert "schema made_here of version" in first.stdout
        assert "role made_here_coordinator is made; its password, which is shown only now: " in first.stdout
        assert "role made_here_worker is made; its password is that of DIBAO_WORKER_PASSWORD" in first.stdout
        assert 'url = "postgresql://made_here_coordinator@127.0.0.1' in first.stdout
        assert "DIBAO_ENGINE_URL=postgresql://made_here_worker@127.0.0.1" in first.stdout
        assert "hunter2" not in first.stdout
        assert "administrator" not in first.stdout
        again = dibao(*arguments)
        assert "was up to date" in again.stdout
        assert "role made_here_coordinator is there; its password is as it was" in again.stdout
    finally:
        with cluster.admin() as connection:
            schema.drop(connection, "made_here")
            roles.drop(connection, roles.Roles.of("made_here"))


def test_a_password_that_nobody_reads_is_not_printed_into_a_log(dibao: Run, cluster: Cluster) -> None:
    try:
        done = dibao("init", "--engine", cluster.admin_url, "--schema", "made_there")
        assert "with a password that is not shown here; run it again with DIBAO_WORKER_PASSWORD set" in done.stdout
    finally:
        with cluster.admin() as connection:
            schema.drop(connection, "made_there")
            roles.drop(connection, roles.Roles.of("made_there"))


def test_who_may_not_is_told_which_role_may(dibao: Run, cluster: Cluster) -> None:
    done = dibao("init")
    assert done.returncode == exit_codes.CONFIGURATION
    assert "needs one that may make roles and schemas" in done.stderr
    for command in ("status", "pause"):
        done = dibao(command, "--engine", cluster.worker_url)
        assert done.returncode == exit_codes.CONFIGURATION, command
        assert "coordinator's role" in done.stderr


def test_a_schema_that_is_not_there_and_a_server_that_is_not_are_told_apart(dibao: Run, cluster: Cluster) -> None:
    done = dibao("status", "--schema", "nobodys")
    assert done.returncode == exit_codes.CONFIGURATION
    assert "run `dibao cluster init`" in done.stderr
    done = dibao("status", "--engine", "postgresql://u:hunter2@127.0.0.1:1/d")
    assert done.returncode == exit_codes.ENGINE_LOST
    assert "hunter2" not in done.stderr
    assert "cannot be reached" in done.stderr
    done = dibao("status", "--engine", cluster.coordinator_url.replace("coordinator%27s", "wrong"))
    assert done.returncode == exit_codes.CONFIGURATION
