"""Completion: the script of each shell, commands, options, and source names from dibao.toml, without loading much."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

from scheduler.cli.completing import source_names
from scheduler.cli.main import Commands, main

Run = Callable[..., Any]
CONFIG = '[dibao]\n[[source]]\nname = "enshi-daily"\n[[source]]\nname = "enshi-city"\n[[source]]\nname = "bay"\n'


def completed(folder: Path, line: str) -> list[str]:
    """What a shell is given for a line, in a process that tells what it has loaded."""
    last = line.rpartition(" ")[2]
    program = (
        "import os, sys\n"
        f"os.environ.update(_DIBAO_COMPLETE='fish_complete', COMP_WORDS={line!r}, COMP_CWORD={last!r})\n"
        "from scheduler.cli.main import main\n"
        "try:\n    main(prog_name='dibao')\n"
        "finally:\n    heavy = {'scrapy', 'twisted', 'trafilatura', 'numpy', 'aiohttp', 'rich'} & set(sys.modules)\n"
        "    assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return [entry.split(",")[1].split("\t")[0] for entry in done.stdout.splitlines()]


def test_commands_and_the_names_of_sources_are_completed(tmp_path: Path) -> None:
    (tmp_path / "dibao.toml").write_text(CONFIG)
    assert completed(tmp_path, "dibao pa") == ["pause"]
    assert completed(tmp_path, "dibao crawl enshi") == ["enshi-daily", "enshi-city"]
    assert completed(tmp_path, "dibao crawl --a") == ["--all"]


def test_names_that_stand_there_already_are_not_offered_again(tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text(CONFIG)
    context = click.Context(main)
    context.params = {"config_path": tmp_path / "other.toml", "names": ("bay",)}
    argument = click.Argument(["names"], nargs=-1)
    assert source_names(context, argument, "") == ["enshi-daily", "enshi-city"]


@pytest.mark.parametrize("text", [None, "source = 7", "[[source]]\nname = 7\n", "not toml"])
def test_where_the_configuration_cannot_be_read_there_are_no_names(text: str | None, tmp_path: Path) -> None:
    if text is not None:
        (tmp_path / "dibao.toml").write_text(text)
    context = click.Context(main)
    context.params = {"config_path": tmp_path / "dibao.toml"}
    assert source_names(context, click.Argument(["source"]), "") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_a_shell_is_one_that_it_can_read(shell: str, dibao_here: Run, tmp_path: Path) -> None:
    done = dibao_here("completion", shell)
    assert done.returncode == 0
    assert "_DIBAO_COMPLETE" in done.stdout
    if (program := shutil.which(shell)) is not None:
        (tmp_path / "script").write_text(done.stdout)
        subprocess.run([program, "-n", "script"], cwd=tmp_path, check=True)


@pytest.mark.parametrize("name", ["crawl", "pause", "resume", "schedule", "preview", "chrome"])
def test_whoever_names_sources_has_their_names_completed(name: str) -> None:
    command = Commands().get_command(click.Context(main), name)
    assert command is not None
    assert any(one._custom_shell_complete is source_names for one in command.params)
