"""The page "From nothing to ten watched portals" of scheduler/README.md, typed in as it stands, against ten portals."""

from __future__ import annotations

import re
import shlex
import signal
import subprocess
import sys
import tomllib
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from scheduler.demo.server import WorldServer
from scheduler.demo.ways import PORTALS
from scheduler.demo.world import World
from storage.database import open_reader
from tests.readmes import text_of
from tests.scheduler.alerting.chats import Chat, chat
from tests.scheduler.cli.conftest import Run, dibao_here

__all__ = ["dibao_here"]  # a fixture

HEADING = "## From nothing to ten watched portals\n"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# .ci/run installs in a clean environment, by the same command; the folder is the test's own.
NOT_TYPED = ("python3 -m venv ", ". .venv/bin/activate", "mkdir -p news ")
PROGRAM = (sys.executable, "-W", "ignore", "-c", "from scheduler.cli.main import main; main()")
OF_THE_WEB = {"add", "preview"}
STAYS = ("dibao run", "dibao serve")
# Whose address stands on the page for which of the made-up portals.
PLACES = {
    "news.example.cn": "yunze-feed",
    "www.example.org": "liuti-hidden-feed",
    "paper.example.net": "tongpo-json-api",
    "https://shipu.example.cn": "shipu-news-sitemap",
    "https://www.saltwick.example": "saltwick-gz-index",
    "https://qinglan.example.cn": "qinglan-sections",
    "https://wangchuan.example.cn": "wangchuan-gbk",
    "https://moxi.example.hk": "moxi-big5",
    "https://lumen.example.org": "lumen-refresh",
    "https://nanting.example.cn": "nanting-multi-page",
}


@pytest.fixture(scope="module")
def places() -> Iterator[dict[str, str]]:
    """The addresses of the page, and where ten portals of ten kinds stand in their place."""
    with WorldServer(World(10, 4, seed=3, kinds=list(PORTALS)[:10])) as server:
        urls = {site.name: server.url(site).rstrip("/") for site in server.world.sites}
        assert set(urls) == set(PLACES.values())
        yield {place: urls[name] if "://" in place else urls[name][7:] for place, name in PLACES.items()}


@pytest.fixture
def robot() -> Iterator[Chat]:
    with chat("wecom") as running:
        yield running


def blocks() -> list[tuple[str, str]]:
    """The language and the text of each code block of the page."""
    text = text_of("scheduler/README.md")
    page = text[text.index(HEADING) + len(HEADING) :]
    return BLOCK.findall(page[: page.index("\n## ")])


# Twenty processes: too slow for the default suite.
@pytest.mark.faults
def test_the_page_leads_from_nothing_to_ten_watched_portals(
    tmp_path: Path, dibao_here: Run, places: dict[str, str], robot: Chat
) -> None:
    for language, block in blocks():
        typed = placed(block, places | {"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=...": robot.url})
        if language == "csv":
            (tmp_path / "portals.csv").write_text(typed, encoding="utf-8")
        elif language == "toml":
            with (tmp_path / "dibao.toml").open("a", encoding="utf-8") as file:
                file.write(typed)
        else:
            for line in typed.splitlines():
                type_in(line.partition("  #")[0].strip(), tmp_path, dibao_here)
    assert len(tomllib.loads((tmp_path / "dibao.toml").read_text(encoding="utf-8"))["source"]) == 10
    with open_reader(tmp_path / "news.db") as database:
        assert dict(database.rows("SELECT state, count(*) FROM source_states GROUP BY state")) == {"ok": 10}
        assert dict(database.rows("SELECT source, count(*) FROM articles GROUP BY source")).keys() == names()
    assert len(robot.taken) == 1
    assert len(list((tmp_path / "backup").glob("news-*.db"))) == 1


def names() -> set[str]:
    return {name.partition("-")[0] for name in PLACES.values()}


def placed(block: str, places: dict[str, str]) -> str:
    for place, url in places.items():
        block = block.replace(place, url)
    return block


def type_in(line: str, folder: Path, dibao_here: Run) -> None:
    """None; the line was typed, and ended as the page lets expect."""
    if line.startswith(NOT_TYPED):
        return
    if line.startswith(STAYS):
        stays(line, folder)
    elif line.startswith("dibao "):
        command, _, or_else = line.partition(" || ")
        words = shlex.split(command)[1:]
        done = in_a_process(words, folder) if words[0] in OF_THE_WEB else dibao_here(*words)
        assert done.returncode in {0, 1 if or_else else 0}, (line, done.stdout, done.stderr)
        if words[0] == "init":
            let_loopback_be_asked(folder / "dibao.toml")
    else:
        subprocess.run(line, shell=True, cwd=folder, check=True, timeout=20)  # noqa: S602 - what a reader types


def in_a_process(words: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """What came of a command that asks the web by itself: Twisted's loop turns once in a process. `y` is pressed."""
    words = [*words, "--yes"] if words[0] == "add" else words
    return subprocess.run([*PROGRAM, *words], cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def let_loopback_be_asked(path: Path) -> None:
    """None; the made-up portals may be asked, and fast."""
    text = path.read_text(encoding="utf-8")
    text = text.replace("#allow_networks = []", 'allow_networks = ["127.0.0.0/8"]', 1)
    path.write_text(text.replace("#delay_seconds = 1.0", "delay_seconds = 0", 1), encoding="utf-8")


def stays(line: str, folder: Path) -> None:
    """None; what goes on until Ctrl-C began, was at work, and ended well."""
    words = [*shlex.split(line)[1:], *(["--port", "0"] if line == "dibao serve" else [])]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with subprocess.Popen([*PROGRAM, *words], cwd=folder, text=True, **streams) as running:
        assert running.stdout is not None
        try:
            said = running.stdout.readline()
            if line == "dibao serve":
                with urllib.request.urlopen(f"{said.split()[0]}-/dibao", timeout=20) as page:
                    assert "yunze" in page.read().decode()
        finally:
            running.send_signal(signal.SIGINT)
        assert running.wait(timeout=30) == 0, said
