"""The command as a whole: help everywhere, and nothing heavy where it is not needed."""

from __future__ import annotations

import shutil
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


# Of the distributions that we use, those that take .01 s of CPU or more to load.
FOR_CRAWLS = {"scrapy", "twisted", "trafilatura", "lxml", "feedparser", "tldextract", "requests", "rjieba", "warcio"}
FOR_SOME = {"numpy", "sqlite_utils", "rich", "psutil", "aiohttp", "apscheduler", "holidays", "markdown_it"}
FOR_ENGINES = {"msgspec", "asyncio", "multiprocessing", "importlib.metadata"}
FOR_SETTINGS = {"pydantic", "ada_url", "pysqlite3", "dataclasses", "tomllib"}
FOR_CLUSTERS = {"psycopg", "procrastinate"}
HEAVY = FOR_CRAWLS | FOR_SOME | FOR_CLUSTERS


@pytest.mark.parametrize(
    ("arguments", "heavy"),
    [
        (["--help"], HEAVY | FOR_ENGINES | FOR_SETTINGS),
        (["crawl", "--help"], HEAVY | FOR_ENGINES),
        (["cluster", "status", "--help"], HEAVY | FOR_ENGINES | FOR_SETTINGS - {"dataclasses"}),
        (["status"], HEAVY | FOR_ENGINES - {"importlib.metadata"}),  # which pydantic loads
        (["validate"], HEAVY | FOR_ENGINES - {"importlib.metadata"}),
        (["schedule"], HEAVY - {"rich"} | FOR_ENGINES - {"importlib.metadata"}),
        (["crawl"], HEAVY | {"asyncio"}),
    ],
)
def test_light_commands_and_a_crawl_with_nothing_due_load_nothing_heavy(
    room: Path, arguments: list[str], heavy: set[str]
) -> None:
    program = (
        "import sys\n"
        "from scheduler.cli.main import main\n"
        "try:\n"
        f"    main({arguments!r}, standalone_mode=False)\n"
        "except SystemExit as end:\n"
        "    assert not end.code, end.code\n"
        f"loaded = {heavy!r} & set(sys.modules)\n"
        "sys.exit(f'loaded: {loaded}' if loaded else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=room, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory, empty_file: Path) -> Path:
    """A folder with a configuration and its database, in which the only source rests and today's check is done."""
    folder = tmp_path_factory.mktemp("room")
    (folder / "dibao.toml").write_text(
        "[dibao]\ncontact = 'a@b.org'\n[[source]]\nname = 'a'\nhome = 'https://news.example.cn/'\n"
    )
    shutil.copyfile(empty_file, folder / "news.db")
    for command in (["pause", "a"], ["crawl"]):
        done = CliRunner().invoke(main, [*command, "--config", str(folder / "dibao.toml")])
        assert done.exit_code == 0, done.output
    return folder
