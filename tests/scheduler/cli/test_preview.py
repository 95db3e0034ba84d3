"""`dibao preview`: what would be stored and why, and that it leaves no trace."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from scheduler.cli import exit_codes
from scheduler.cli.preview import preview
from scheduler.config.file import load_config
from scheduler.demo.sourcefile import head
from scheduler.demo.world import World
from scheduler.engines import local
from scheduler.engines.local import LocalEngine
from scheduler.previewing import preview_url
from storage.database import open_reader
from storage.records import Extracted
from tests.scheduler.cli.fingerprints import fingerprints
from tests.scheduler.newsroom import Newsroom

Run = Callable[..., "subprocess.CompletedProcess[str]"]
Rooms = Callable[..., Newsroom]
NOW = datetime(2026, 11, 22, tzinfo=UTC)


class Lent:
    """The engine of all tests, which a command takes for its own and closes at its end."""

    def __init__(self, engine: LocalEngine) -> None:
        self.submit, self.poll, self.committed = engine.submit, engine.poll, engine.committed

    def close(self) -> None:
        """None: it is still needed."""


def test_a_source_is_shown_as_if_nothing_were_known_and_nothing_is_touched(
    newsroom: Rooms, tmp_path: Path, dibao: Run
) -> None:
    room = newsroom(World(sites=1, articles=8, kinds=["mirror"]))
    room.crawl()
    name = room.server.names[0]
    newest = room.world.articles(name)[-1]
    room.world.take_down(newest, status=404)
    room.server.reset_counts()
    with open_reader(room.database) as database:
        assert database.value("SELECT count(*) FROM articles") == 8
        before = fingerprints(tmp_path)
        done = dibao("preview", name, "-n", "3", "--json")
        assert fingerprints(tmp_path) == before
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["would_be_stored"] >= 2
    assert len(document["pages"]) == 3
    stored = next(page for page in document["pages"] if page["outcome"] == "stored")
    article = room.world.find(name, stored["url"].removeprefix(room.server.url(name)))
    assert stored["title"] == article.title
    assert len(stored["text"]) > 100
    assert stored["link_title"] == article.title
    assert {entry["kind"] for entry in document["entry_points"]} == {"feed", "sitemap"}
    assert sum(path.endswith(".html") for path in room.paths()) == 3


@pytest.mark.parametrize(
    ("path", "kind"), [("/", "listing"), ("/list.html", "listing"), ("/sitemap.xml", "sitemap"), ("/feed.xml", "feed")]
)
def test_any_list_of_articles_may_be_named(path: str, kind: str, newsroom: Rooms, engine: LocalEngine) -> None:
    room = newsroom(World(sites=1, articles=8, kinds=["mirror"]))
    room.path.write_text(head("news.db", 0.0))
    shown = preview_url(room.server.url(room.server.names[0]) + path, room.config, engine, NOW, 2)
    assert kind in {entry.kind for entry in shown.entries if entry.status == "ok"}
    assert shown.stored == 2
    assert not room.database.exists()


def test_an_article_is_shown_alone_and_what_is_missing_has_its_reason(newsroom: Rooms, engine: LocalEngine) -> None:
    room = newsroom(World(sites=1, articles=3, kinds=["city"]))
    room.path.write_text(head("news.db", 0.0))
    article, gone = room.world.articles()[:2]
    room.world.take_down(gone, status=404)
    shown = preview_url(room.server.url_of(article), room.config, engine, NOW, 5)
    assert [type(page.event) for page in shown.pages] == [Extracted]
    assert shown.pages[0].event.article.title == article.title
    missing = preview_url(room.server.url_of(gone), room.config, engine, NOW, 5)
    assert [page.event.reason for page in missing.pages] == ["http_404"]
    assert missing.stored == 0
    assert not missing.entries


def test_a_wrong_name_or_address_is_exit_code_2_and_a_dead_one_is_1(
    tmp_path: Path, engine: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "LocalEngine", lambda **_: Lent(engine))
    path = tmp_path / "dibao.toml"
    path.write_text(head("news.db", 0.0) + '[[source]]\nname = "paper"\nhome = "https://www.paper.test/"\n')
    wrong, no_web, dead = (
        CliRunner().invoke(preview, [what, "--config", str(path)])
        for what in ("papre", "ftp://paper.test/", "http://127.0.0.1:9/news/1.html")
    )
    assert (wrong.exit_code, wrong.stdout) == (exit_codes.CONFIGURATION, "")
    assert 'did you mean "paper"?' in wrong.stderr
    assert no_web.exit_code == exit_codes.CONFIGURATION
    assert dead.exit_code == exit_codes.SOURCES_FAILED
    assert "refused" in dead.stdout
    assert "0 of 1 pages would be stored" in dead.stdout
    assert load_config(path)
    assert list(tmp_path.iterdir()) == [path]
