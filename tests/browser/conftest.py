"""A real browser, and real `dibao serve` processes over three files: of a crawl, of a season's work, of attacks."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from storage.database import open_reader
from tests.browser import hostile_file, shelf
from tests.storage.web import operated

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
ENDED_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A file that is served. `pages`: the paths of all its pages, and the status that each has."""

    name: str
    address: str
    path: Path
    pages: tuple[tuple[str, int], ...]

    def of_each_kind(self, most: int = 1) -> tuple[tuple[str, int], ...]:
        """The first pages of each kind: those of all sources are one."""
        kinds: dict[tuple[str | int, ...], list[tuple[str, int]]] = {}
        for path, status in self.pages:
            parts = path.partition("?")[0].split("/")
            kinds.setdefault((*parts[3:4], len(parts), status), []).append((path, status))
        return tuple(page for pages in kinds.values() for page in pages[:most])


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The browser of this machine; the driver brings none along."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("there is no chromium; `apt-get install chromium` brings it")
        pytest.skip("there is no chromium on this machine")
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - a tenth of a second, for those who have it

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def shots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of pictures; its name is told."""
    named = os.environ.get("DIBAO_SCREENSHOTS")
    folder = Path(named) if named else tmp_path_factory.mktemp("screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    print(f"\nscreenshots are in {folder}")
    return folder


@pytest.fixture(scope="session")
def demo(dibao_command: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """A file that three crawls of the demo world have left."""
    folder = tmp_path_factory.mktemp("demo")
    command = [dibao_command, "demo", "--database", "demo.db", "--seed", "3"]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, timeout=120)
    with served(dibao_command, folder / "demo.db") as address:
        yield Room(name="demo", address=address, path=folder / "demo.db", pages=_pages_of(folder / "demo.db"))


@pytest.fixture(scope="session")
def season(dibao_command: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """A file with sources in every state, and incidents of many kinds."""
    path = tmp_path_factory.mktemp("season") / "season.db"
    operated.make(path, datetime.now(UTC).replace(second=0, microsecond=0))
    with served(dibao_command, path) as address:
        yield Room(name="season", address=address, path=path, pages=_pages_of(path))


@pytest.fixture(scope="session")
def library(dibao_command: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """A file with all that a reader's page can show."""
    path = tmp_path_factory.mktemp("library") / "library.db"
    made = shelf.make(path)
    pages = (
        *_pages_of(path),
        (f"/-/dibao/article/{made['pruned']}", 410), (f"/-/dibao/article/{made['rich']}?revision=1", 200),
        (f"/-/dibao/article/{made['chengbei']}/diff?with={made['rich']}", 200),
        ("/-/dibao/rejected?reason=listing", 200), ("/-/dibao/rejected?source=nobody", 200),
    )  # fmt: skip
    with served(dibao_command, path) as address:
        yield Room(name="library", address=address, path=path, pages=pages)


@pytest.fixture(scope="session")
def attacked(dibao_command: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """A file in which every text is an attack."""
    path = tmp_path_factory.mktemp("attacked") / "attacked.db"
    hostile_file.make(path)
    with served(dibao_command, path) as address:
        yield Room(name="attacked", address=address, path=path, pages=_pages_of(path, every=True))


@contextmanager
def served(command: str, path: Path) -> Iterator[str]:
    """The address at which a process shows a file."""
    started = [command, "serve", "--database", str(path), "--port", "0"]
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    with subprocess.Popen(started, cwd=path.parent, **pipes) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            found = re.match(r"(http://127\.0\.0\.1:\d+)/ shows", line)
            assert found, line
            yield found[1]
        finally:
            process.terminate()
            try:
                process.wait(ENDED_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()  # Popen would wait for it for ever
                raise


def _pages_of(path: Path, *, every: bool = False) -> tuple[tuple[str, int], ...]:
    """The pages of a file: each kind, and of each kind with a number the most telling one, or `every` one."""
    most = 1_000 if every else 1
    with open_reader(path) as database:

        def numbers(sql: str, at_most: int = most) -> list[Any]:
            return [row[0] for row in database.rows(f"{sql} LIMIT {at_most}")]

        paths = [
            "", "/runs", "/incidents", "/search", "/search?q=%E7%9A%84", "/search?q=%22", "/rejected", "/quarantine",
            *(f"/source/{one}" for one in numbers("SELECT name FROM sources ORDER BY id", 20)),
            *(f"/runs/{one}" for one in numbers("SELECT id FROM run_log ORDER BY id DESC")),
            *(f"/incidents/{one}" for one in numbers("SELECT id FROM incident_log ORDER BY id", 20)),
            *(f"/article/{one}" for one in numbers("SELECT id FROM articles ORDER BY revision DESC, id")),
            *(f"/article/{one}" for one in numbers("SELECT id FROM articles WHERE status = 'gone' ORDER BY id")),
            *(f"/article/{one}" for one in numbers("SELECT id FROM articles WHERE script = 'Hant' ORDER BY id")),
            *(f"/article/{one}" for one in numbers("SELECT id FROM articles WHERE lang = 'en' ORDER BY id")),
            *(f"/article/{one}/diff" for one in numbers("SELECT id FROM articles ORDER BY revision DESC, id")),
            *(f"/story/{one}" for one in numbers("SELECT id FROM story_heads ORDER BY articles DESC, id")),
        ]  # fmt: skip
    missing = [("/-/dibao/article/987654321", 404), ("/-/dibao/source/nobody-knows", 404)]
    return (*((f"/-/dibao{one}", 200) for one in dict.fromkeys(paths)), *missing)
