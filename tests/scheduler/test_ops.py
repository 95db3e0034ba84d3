"""The files for running it that come with the program: right by the programs that read them, and of one mind."""

from __future__ import annotations

import os
import platform
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from scheduler.cli import exit_codes
from scheduler.cli.main import main
from scheduler.cli.ops import FILES, shipped
from scheduler.cli.serve import serve
from scheduler.config.file import DibaoSection
from scheduler.engines import local
from scheduler.engines.cluster.worker import heart, joining, relay
from scheduler.notify import SHARE
from storage.web import serving

UNITS = ("dibao.service", "dibao-crawl.service", "dibao-worker.service", "dibao-web.service")
MOST_EXPOSED = 2.5
OF_PORT = re.compile(r"^(?:# Datasette's port.*|SocketBindAllow=.*)\n", re.MULTILINE)
PORT = next(option.default for option in serve.params if option.name == "port")
OF_HARDENING = re.compile(r"^# What it may not do\..*?(?=^\[|\Z)", re.MULTILINE | re.DOTALL)


def text(name: str) -> str:
    return shipped(name).read_text(encoding="utf-8")


def settings(name: str) -> dict[str, str]:
    return dict(re.findall(r"^(\w+)=(.*)$", text(name), re.MULTILINE))


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """A folder with the units, whose program is there and whose user is."""
    program = tmp_path / "dibao"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for name in (*UNITS, "dibao-crawl.timer"):
        told = text(name).replace("/srv/dibao/venv/bin/dibao", str(program))
        (tmp_path / name).write_text(told.replace("User=dibao\nGroup=dibao\n", ""))
    return tmp_path


def systemd_analyze(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    program = shutil.which("systemd-analyze")
    if program is None:
        assert not os.environ.get("CI"), "CI must have systemd-analyze (Debian's package systemd)"
        pytest.skip("there is no systemd-analyze here (Debian's package systemd)")
    return subprocess.run([program, *words], cwd=cwd, capture_output=True, text=True, check=False)


def test_every_shipped_file_is_listed_and_printed() -> None:
    there = {one.name for one in shipped("").iterdir() if one.name not in {"__init__.py", "__pycache__"}}
    assert there == set(FILES)
    listed = CliRunner().invoke(main, ["ops", "list"])
    assert [line.split()[0] for line in listed.stdout.splitlines()] == list(FILES)
    for name in FILES:
        assert CliRunner().invoke(main, ["ops", "print", name]).stdout == text(name)
    assert CliRunner().invoke(main, ["ops", "print", "nonsense"]).exit_code == 2


def test_units_are_right_by_systemd_itself(units) -> None:
    done = systemd_analyze("verify", *(f"./{name}" for name in (*UNITS, "dibao-crawl.timer")), cwd=units)
    ours = [line for line in done.stderr.splitlines() if "dibao" in line]
    assert (done.returncode, ours) == (0, [])


@pytest.mark.parametrize("name", UNITS)
def test_units_are_little_exposed(units, name) -> None:
    done = systemd_analyze("security", "--offline=true", f"./{name}", cwd=units)
    (level,) = re.findall(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    assert float(level) <= MOST_EXPOSED


def test_all_units_are_hardened_in_the_same_way_but_for_the_port_of_the_page() -> None:
    (one,), (other,), (third,), (page,) = (OF_HARDENING.findall(text(name)) for name in UNITS)
    assert one.strip() == other.strip() == third.strip() == OF_PORT.sub("", page).strip()
    assert one.count("\n") > 20
    allowed = [f"SocketBindAllow={ip}:tcp:{PORT}\n" for ip in ("ipv4", "ipv6")]
    assert OF_PORT.findall(page)[1:] == allowed


def test_the_unit_of_the_page_keeps_its_token_from_others_and_has_time_to_end() -> None:
    found = settings("dibao-web.service")
    credential, _, file = found["LoadCredential"].partition(":")
    assert f"--token-file ${{CREDENTIALS_DIRECTORY}}/{credential}" in found["ExecStart"]
    assert Path(file).is_absolute()
    assert float(found["TimeoutStopSec"]) > serving.ENDED_SECONDS
    assert found["RestartPreventExitStatus"] == str(exit_codes.CONFIGURATION)


def test_the_daemon_has_time_to_stop_and_a_loop_that_turns_is_never_taken_for_one_that_hangs() -> None:
    found = settings("dibao.service")
    shutdown = DibaoSection.model_fields["shutdown_seconds"].default
    assert float(found["TimeoutStopSec"]) > shutdown + local.EXIT_SECONDS
    assert found["Type"] == "notify"
    # SQLite waits for 30 s at most, and nothing of a turn for longer.
    assert float(found["WatchdogSec"]) >= 3 * 30
    assert found["RestartPreventExitStatus"].split() == [str(exit_codes.CONFIGURATION), str(exit_codes.REFUSED)]


def test_a_worker_that_lost_its_server_is_started_again_and_one_that_was_refused_is_not() -> None:
    found = settings("dibao-worker.service")
    assert found["Restart"] == "on-failure"
    assert found["RestartPreventExitStatus"].split() == [str(exit_codes.CONFIGURATION), str(exit_codes.REFUSED)]
    assert float(found["TimeoutStopSec"]) > relay.SHUTDOWN_SECONDS + local.EXIT_SECONDS
    assert found["Type"] == "notify"
    assert float(found["WatchdogSec"]) >= heart.HANG_SECONDS
    assert float(found["WatchdogSec"]) / SHARE > joining.LONGEST_PAUSE_SECONDS  # while it waits for a server


def test_the_timer_stops_no_daemon_and_a_crawl_beside_one_is_no_failure() -> None:
    found = settings("dibao-crawl.service")
    assert "Conflicts" not in found
    assert str(exit_codes.LOCKED) in found["SuccessExitStatus"].split()


def test_every_command_in_the_files_exists() -> None:
    commands = set(main.list_commands(None))  # type: ignore[attr-defined]
    for name in FILES:
        for word in re.findall(r"(?:bin/dibao|\bdibao dibao|\[\"dibao\",) \"?([a-z]+)\b", text(name)):
            assert word in commands, (name, word)


def test_the_dockerfile_is_well_by_hadolint() -> None:
    program = Path(sys.executable).with_name("hadolint")
    if not program.exists():
        has_wheel = (sys.platform, platform.machine()) == ("linux", "x86_64")
        assert not (has_wheel and os.environ.get("CI")), "CI must have hadolint, which the extra `test` brings"
        pytest.skip("hadolint has no wheel for this machine")
    done = subprocess.run(
        [program, "-"], input=text("Dockerfile"), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_the_container_runs_without_root_on_its_volume_alone() -> None:
    dockerfile = text("Dockerfile")
    assert dockerfile.index("USER 10001") < dockerfile.index("\nCMD")
    compose = yaml.safe_load(text("compose.yaml"))["services"]["dibao"]
    assert compose["read_only"]
    assert compose["cap_drop"] == ["ALL"]
    assert compose["volumes"] == ["./data:/data"]
    seconds = float(compose["stop_grace_period"].removesuffix("s"))
    assert seconds > DibaoSection.model_fields["shutdown_seconds"].default + local.EXIT_SECONDS


@pytest.mark.parametrize(
    ("code", "said"), [(0, ""), (1, ""), (3, ""), (4, "dibao ended with 4: a full disk\n")]
)
def test_cron_mails_what_is_the_machines_trouble_alone(tmp_path, code, said) -> None:
    program = tmp_path / "dibao"
    program.write_text(f"#!/bin/sh\necho a full disk >&2\nexit {code}\n")
    program.chmod(0o755)
    (line,) = [line for line in text("dibao.cron").splitlines() if line.startswith("*/15 ")]
    command = line.split(maxsplit=6)[6]
    assert "%" not in command  # cron would end the line there
    command = command.replace("/srv/dibao/venv/bin/dibao", shlex.quote(str(program)))
    command = command.replace("/var/lib/dibao", shlex.quote(str(tmp_path)))
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == (said, "")


def test_every_line_for_cron_names_a_user_and_a_folder() -> None:
    lines = [line.removeprefix("# ") for line in text("dibao.cron").splitlines() if re.match(r"(# )?[*\d][^ ]* ", line)]
    assert len(lines) == 3
    for line in lines:
        assert line.split()[5:8] == ["dibao", "cd", "/var/lib/dibao"]


def test_secrets_stand_in_no_file() -> None:
    for name in FILES:
        assert "whsec_" not in text(name)
    assert Path(settings("dibao.service")["EnvironmentFile"].removeprefix("-")).is_absolute()
