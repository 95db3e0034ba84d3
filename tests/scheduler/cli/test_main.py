"""The command as a whole: help everywhere, and nothing heavy where it is not needed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pytest
from click.testing import CliRunner

from scheduler.cli.main import Commands, main

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.mark.parametrize("command", [[], *[[name] for name in Commands.MODULES], ["db", "migrate"]])
def test_every_command_has_help(command: list[str]) -> None:
    done = CliRunner().invoke(main, [*command, "--help"])
    assert (done.exit_code, done.exception) == (0, None)
    assert done.output.startswith("Usage: ")


def test_the_list_of_commands_says_what_each_does() -> None:
    shown = CliRunner().invoke(main, ["--help"]).output
    assert all(name in shown for name in Commands.MODULES)


def test_an_unknown_command_is_exit_code_2() -> None:
    assert CliRunner().invoke(main, ["crwal"]).exit_code == 2


def test_the_version_is_that_of_the_package(dibao: Run) -> None:
    done = dibao("--version")
    assert (done.returncode, done.stdout) == (0, f"dibao, version {version('dibao')}\n")


@pytest.mark.parametrize("arguments", [["--help"], ["crawl", "--help"], ["status"], ["validate"]])
def test_light_commands_import_nothing_heavy(arguments: list[str], tmp_path: Path) -> None:
    (tmp_path / "dibao.toml").write_text(
        "[dibao]\ncontact = 'a@b.org'\n[[source]]\nname = 'a'\nhome = 'https://news.example.cn/'\n"
    )
    program = (
        "import sys\n"
        "from scheduler.cli.main import main\n"
        f"main({arguments!r}, standalone_mode=False)\n"
        "heavy = {'scrapy', 'twisted', 'trafilatura', 'apscheduler', 'aiohttp', 'msgspec'} & set(sys.modules)\n"
        "sys.exit(f'imported: {heavy}' if heavy else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
