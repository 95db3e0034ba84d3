"""The container cannot be built in a test; each command that it is made of, and runs, is run here beside a root."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scheduler.cli.ops import shipped
from scheduler.demo.server import WorldServer
from scheduler.demo.world import World

pytestmark = pytest.mark.faults

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 60.0
DOCKERFILE = re.sub(r"^#.*\n", "", shipped("Dockerfile").read_text(encoding="utf-8"), flags=re.MULTILINE)


def steps(word: str) -> list[str]:
    """What stands behind each instruction of that word, on one line."""
    return re.findall(rf"^{word} (.*)$", DOCKERFILE.replace("\\\n", " "), re.MULTILINE)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The root of a container in which the wheel is installed by the Dockerfile's own command."""
    place = tmp_path_factory.mktemp("container")
    source = place / "source"
    for part in ("crawler", "scheduler", "storage"):
        shutil.copytree(ROOT / part, source / part, ignore=shutil.ignore_patterns("__pycache__"))
    for part in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / part, source)
    (place / "wheels").mkdir()
    wheel = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(place / "wheels"), "."]
    built = subprocess.run(wheel, cwd=source, capture_output=True, text=True, check=False)
    if built.returncode:
        assert not os.environ.get("CI"), built.stderr
        pytest.skip(f"no wheel can be built here: {built.stderr[-300:]}")
    (command,) = (step for step in steps("RUN") if "pip install" in step)
    command = command.replace("/srv/dibao", str(place / "venv")).replace("/wheels", str(place / "wheels"))
    # What it needs is on this machine already, and is not fetched anew.
    command = command.replace("python -m venv", f"{sys.executable} -m venv").replace("--no-cache-dir", "--no-deps")
    libraries = Path(pytest.__file__).resolve().parents[1]
    name = f"lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages/here.pth"
    first, rest = command.split("&&", 1)
    assert "venv" in first
    ready = f"{first} && printf '%s\\n' {libraries} > {place / 'venv' / name} && {rest}"
    done = subprocess.run(["/bin/sh", "-c", ready], cwd=place, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().splitlines()[-1].startswith("dibao, version ")
    assert not (place / "wheels").exists()
    return place / "venv"


def environment(installed: Path, folder: Path) -> dict[str, str]:
    """The variables of the Dockerfile, in that root."""
    (line,) = steps("ENV")
    found = {**os.environ}
    found.pop("PYTHONPATH", None)
    for word in line.split():
        name, _, value = word.partition("=")
        value = value.replace("/srv/dibao", str(installed)).replace("/data", str(folder))
        found[name] = value.replace("$PATH", os.environ["PATH"])
    return found


def test_the_user_is_made_by_a_command_that_there_is() -> None:
    (command,) = (step for step in steps("RUN") if "useradd" in step)
    if shutil.which("useradd") is None:
        assert not os.environ.get("CI"), "CI must have useradd (Debian's package passwd)"
        pytest.skip("there is no useradd here")
    options = re.findall(r"--[a-z-]+", command)
    told = subprocess.run(["useradd", "--help"], capture_output=True, text=True, check=False).stdout
    assert all(option in told for option in options)
    assert steps("USER") == ["10001"]


def test_the_wheel_has_all_that_the_program_reads(installed: Path, tmp_path: Path) -> None:
    asked = environment(installed, tmp_path)
    for words in (["ops", "print", "dibao.service"], ["init", "dibao.toml"], ["config", "schema"], ["ops", "list"]):
        done = subprocess.run(["dibao", *words], cwd=tmp_path, env=asked, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    where = "import scheduler; print(scheduler.__file__)"
    told = subprocess.run(
        [str(installed / "bin/python"), "-P", "-c", where], cwd=tmp_path, env=asked, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert told.stdout.startswith(str(installed))


def test_it_runs_is_healthy_stops_and_is_healthy_no_more(installed: Path, tmp_path: Path) -> None:
    (command,) = (json.loads(step) for step in steps("CMD"))
    (probe,) = (json.loads(step[step.index("CMD") + 4 :]) for step in steps("HEALTHCHECK"))
    (stop,) = steps("STOPSIGNAL")
    asked = environment(installed, tmp_path)
    with WorldServer(World(sites=1, articles=2, kinds=["daily"])) as server:
        toml = server.config_toml("news.db").replace("[dibao]\n", "[dibao]\nmin_free_bytes = 0\n")
        (tmp_path / "dibao.toml").write_text(toml, encoding="utf-8")
        with (tmp_path / "log").open("wb") as log:
            process = subprocess.Popen(command, cwd=tmp_path, env=asked, stdout=log, stderr=log)
        try:
            deadline = time.monotonic() + PATIENCE_SECONDS
            while subprocess.run(probe, cwd=tmp_path, env=asked, capture_output=True, check=False).returncode:
                assert process.poll() is None, (tmp_path / "log").read_text()
                assert time.monotonic() < deadline, (tmp_path / "log").read_text()
                time.sleep(0.2)
            process.send_signal(signal.Signals[stop])
            assert process.wait(PATIENCE_SECONDS) == 0
        finally:
            process.kill()
            process.wait()
    told = subprocess.run(probe, cwd=tmp_path, env=asked, capture_output=True, text=True, check=False)
    assert (told.returncode, told.stdout.startswith("stopped: ")) == (1, True)
