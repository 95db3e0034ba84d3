"""201 real pages of 80 hosts, replayed from loopback with the bytes they came with: one outcome each, none garbled."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from scheduler.demo.server import WorldServer
from scheduler.demo.static import StaticSite
from scheduler.demo.world import World
from storage.database import open_reader
from tests import digest
from tests.conftest import SHARED

PAGES = 201
# Of the Han characters in a stored text, how many must occur in the human-cleaned references (3,590 different ones):
# the worst page has 0.979; texts decoded as another legacy encoding were measured at 0.13 to 0.31.
COMMON_SHARE = 0.95
# A page of this language has at least so many Han characters.
# Pages that the first crawl read before it knew what their host repeats.
RELEARNED = 4
MIN_HAN = 20
# Some pages were saved with U+FFFD in their bytes; none may be added.
SAVED_DAMAGE = "\ufffd".encode()


@pytest.fixture(scope="module")
def pages() -> dict[str, Path]:
    """The saved pages by the path under which they are served: /DATE/HOST_HASH.html."""
    folder = SHARED / "corpus" / "zh-dev" / "html"
    if not folder.is_dir():
        pytest.skip(f"the corpus is not at {SHARED}; set DIBAO_SHARED to the folder that has it")
    return {"/{}/{}.html".format(*file.name.split("_", 1)): file for file in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def portals(pages: dict[str, Path]) -> Iterator[WorldServer]:
    """Each host of the corpus on an address of its own, with a listing page; no charset in any header."""
    hosts: dict[str, dict[str, tuple[bytes, str | None]]] = {}
    for path, file in pages.items():
        hosts.setdefault(file.name.split("_")[1], {})[path] = (file.read_bytes(), "text/html")
    static = [StaticSite(re.sub(r"[^a-z0-9]+", "-", host), found) for host, found in hosts.items()]
    with WorldServer(World(sites=0), static=static) as server:
        yield server


@pytest.fixture(scope="module")
def crawled(portals: WorldServer, dibao_command: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database after one `dibao crawl`, whose summary is asserted."""
    folder = tmp_path_factory.mktemp("replay")
    config = portals.config_toml("news.db", delay_seconds=0.0)
    (folder / "dibao.toml").write_text(config, encoding="utf-8")
    done = subprocess.run(
        [dibao_command, "crawl", "--json"], cwd=folder, capture_output=True, text=True, timeout=280, check=False
    )
    assert done.returncode == 0, done.stderr
    totals = json.loads(done.stdout)["totals"]
    assert totals["discovered"] == PAGES
    assert totals["failed"] == totals["pending"] == 0
    print(totals)
    return folder / "news.db"


def test_every_page_ends_in_exactly_one_outcome(crawled: Path) -> None:
    with open_reader(crawled) as database:
        states = dict(map(tuple, database.rows("SELECT state, count(*) FROM urls GROUP BY state")))
        stored = database.value("SELECT count(*) FROM articles")
    assert sum(states.values()) == PAGES
    assert states["stored"] == stored
    assert set(states) <= {"stored", "rejected"}
    assert states.get("rejected", 0) <= 4
    assert digest.is_sound(crawled)


def test_no_stored_page_is_garbled(crawled: Path, pages: dict[str, Path]) -> None:
    references = next(iter(pages.values())).parent.parent / "reference"
    used = set("".join(file.read_text("utf-8", "replace") for file in references.iterdir()))
    with open_reader(crawled) as database:
        rows = database.rows("SELECT url, title, text, encoding FROM articles")
    garbled = []
    for row in rows:
        text = f"{row['title']}{row['text']}"
        bytes_of_page = pages["/" + row["url"].split("/", 3)[3]].read_bytes()
        han = re.findall("[一-鿿]", text)
        common = sum(char in used for char in han)
        damaged = text.count("\ufffd") > bytes_of_page.count(SAVED_DAMAGE)
        if damaged or len(han) < MIN_HAN or common < COMMON_SHARE * len(han):
            garbled.append((row["url"], row["encoding"], len(han), common, text[:60]))
    assert garbled == []


def test_the_same_crawl_again_fetches_only_what_was_learned_to_be_wrong_and_then_no_page_again(
    crawled: Path, portals: WorldServer, dibao_command: str
) -> None:
    totals = {}
    for _ in range(2):
        portals.reset_counts()
        again = subprocess.run(
            [dibao_command, "crawl", "--all", "--json"],
            cwd=crawled.parent,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert again.returncode == 0, again.stderr
        totals = json.loads(again.stdout)["totals"]
        assert totals["discovered"] <= RELEARNED
    assert totals["discovered"] == 0
    asked = {request.path for request in portals.requests()}
    assert asked <= {"/robots.txt", "/list.html"}
    with open_reader(crawled) as database:
        causes = {cause for (cause,) in database.rows("SELECT cause FROM article_revisions WHERE revision > 1")}
    assert causes <= {"chrome"}
