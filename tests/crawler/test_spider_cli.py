"""The spider under Scrapy's own command, without scheduler and database."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scheduler.demo.server import WorldServer
from scheduler.demo.world import World

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[WorldServer, Path]]:
    """A world of one site, and a folder with its dibao.toml."""
    folder = tmp_path_factory.mktemp("spider")
    with WorldServer(World(sites=1, articles=2, kinds=["daily"])) as server:
        (folder / "dibao.toml").write_text(server.config_toml("news.db"))
        yield server, folder


def scrapy(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("scrapy")), *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def test_scrapy_lists_the_spider() -> None:
    assert scrapy("list").stdout == "news\n"


def test_a_source_is_crawled_to_items_without_a_database(place: tuple[WorldServer, Path]) -> None:
    server, folder = place
    name, items = server.world.sites[0].name, folder / "items.jsonl"
    done = scrapy("crawl", "news", "-a", f"source={name}", "-a", f"config={folder / 'dibao.toml'}", "-O", str(items))
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in items.read_text(encoding="utf-8").splitlines()]
    assert {row["url"] for row in rows} == {server.url_of(article) for article in server.world.articles()}
    assert {row["title"] for row in rows} == {article.title for article in server.world.articles()}
    assert {path.name for path in folder.iterdir()} == {"dibao.toml", "items.jsonl"}


@pytest.mark.parametrize("source", [[], ["-a", "source=nowhere"]])
def test_a_source_that_is_not_named_or_not_known_is_a_clear_error(
    place: tuple[WorldServer, Path], source: list[str]
) -> None:
    server, folder = place
    done = scrapy("crawl", "news", *source, "-a", f"config={folder / 'dibao.toml'}")
    assert done.returncode != 0
    assert server.world.sites[0].name in done.stderr
    assert "name a source" in done.stderr or "no source 'nowhere'" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_configuration_that_is_not_there_is_a_clear_error(tmp_path: Path) -> None:
    done = scrapy("crawl", "news", "-a", "source=a", "-a", f"config={tmp_path / 'none.toml'}")
    assert done.returncode != 0
    assert done.stderr.splitlines()[-1] == f"{tmp_path / 'none.toml'}: no such file"
    assert "Traceback" not in done.stderr
