"""`dibao add` as people and scripts meet it: what it shows, when it writes, how it ends."""

from __future__ import annotations

import importlib
import json
import signal
import subprocess
import time
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from click import unstyle
from click.testing import CliRunner, Result

from crawler.config import Source
from scheduler.cli import exit_codes
from scheduler.cli.showing import report
from scheduler.config.file import Schedule, load_config
from scheduler.demo.server import WorldServer
from scheduler.demo.sourcefile import head
from scheduler.demo.world import World
from scheduler.sources.proposal import propose
from storage.database import open_reader, open_writer
from tests.crawler.onboarding.portals import NOW, Portal, articles, feed, listing, page, surveyed, title_of
from tests.scheduler.cli.fingerprints import fingerprints
from tests.scheduler.newsroom import Newsroom

Run = Callable[..., "subprocess.CompletedProcess[str]"]
Rooms = Callable[..., Newsroom]
command = importlib.import_module("scheduler.cli.add")


def add(*arguments: str) -> Result:
    return CliRunner().invoke(command.add, arguments)


def test_a_site_is_added_with_yes_and_the_database_is_not_touched(newsroom: Rooms, tmp_path: Path, dibao: Run) -> None:
    room = newsroom(World(sites=2, articles=8, kinds=["mirror", "city"]))
    first, second = room.server.names
    room.path.write_text(head("news.db", 0.0) + room.server.source_toml(first) + "# the end\n")
    open_writer(room.database).close()
    url = room.server.url(second)
    with open_reader(room.database) as database:
        assert database.value("SELECT count(*) FROM articles") == 0
        before, text = fingerprints(tmp_path, but="dibao.toml"), room.path.read_text()
        done = dibao("add", url, "--name", "city", "--every", "20m", "--yes", "--json")
        assert fingerprints(tmp_path, but="dibao.toml") == before
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["source"]["listings"] == [{"url": f"{url}/", "links": "/news/show-{id}.aspx"}]
    assert document["charset"] == "gb18030"
    assert sum(sample["status"] == "article" for sample in document["samples"]) == 3
    assert document["requests"] <= 25
    assert room.path.read_text().startswith(text + "\n")
    added = load_config(room.path).source[-1]
    assert (added.name, added.every, added.timezone) == ("city", 1200, "Asia/Shanghai")
    assert sum(room.server.hits(second).values()) == document["requests"]
    assert room.server.max_concurrent(second) == 1


def test_the_report_shows_what_was_found_samples_facts_and_the_lines_to_add() -> None:
    front = listing(
        range(20), "<link rel='alternate' type='application/rss+xml' href='/rss.xml'><title>\x1b[31m首页</title>"
    )
    found = surveyed(Portal({"/": front, "/rss.xml": feed(range(20)), **articles(20)}))
    proposal = propose(found, Schedule(), ["127-0-0-1", "127-0-0-2"], now=NOW, name=None, every=None)
    text = unstyle(report(found, proposal))
    assert text.endswith(proposal.block.rstrip("\n"))
    assert "\x1b" not in text
    for said in ("+ feed", "- listing", "the feed is enough", title_of(0), "utf-8", "Asia/Shanghai", "articles a day",
                 "adaptive, between 5m and 6h: ", "robots.txt  there is none", "[[source]]", "feeds = ["):  # fmt: skip
        assert said in text
    assert Source.model_validate(tomllib.loads(proposal.block)["source"][0]) == proposal.source
    assert propose(found, Schedule(), [], now=NOW, name="x", every=900).interval == "every 15m, as you say"


@pytest.mark.faults
def test_an_interrupted_survey_of_a_stalling_site_writes_nothing(tmp_path: Path, dibao_command: str) -> None:
    world = World(sites=1, articles=2)
    world.stall(world.sites[0], 90.0)
    with WorldServer(world) as server:
        path = tmp_path / "dibao.toml"
        path.write_text(head("news.db", 0.0))
        with subprocess.Popen([dibao_command, "add", server.url(server.names[0]), "--yes"], cwd=tmp_path,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as add:  # fmt: skip
            deadline = time.monotonic() + 30
            while not server.max_concurrent(server.names[0]):
                assert time.monotonic() < deadline
                time.sleep(0.05)
            add.send_signal(signal.SIGINT)
            _, said = add.communicate(timeout=60)
    assert add.returncode == 130
    assert said == "dibao: interrupted; nothing was written\n"
    assert path.read_text() == head("news.db", 0.0)


def test_a_site_on_which_nothing_is_found_is_exit_code_1_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "dibao.toml"
    path.write_text(head("news.db", 0.0))
    # The survey of a real server, without Scrapy: its loop starts only once in a process.
    monkeypatch.setattr(command, "_surveyed", lambda *_: surveyed(Portal({"/": page("<p>404</p>")})))
    done = add("http://portal.test/", "--yes", "--config", str(path))
    assert done.exit_code == exit_codes.SOURCES_FAILED == 1
    assert "Nothing to add. http://127.0.0." in done.stdout
    assert path.read_text() == head("news.db", 0.0)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["https://www.paper.test/gn/"], 'is there already, as source "paper"'),
        (["paper.test"], 'is there already, as source "paper"'),
        (["https://other.test/", "--name", "paper"], 'there is a source "paper" already'),
        (["https://other.test/", "--name", "No Name"], "expected 1 to 64 characters"),
        (["https://other.test/", "--every", "15"], "expected a duration"),
        (["htp://other.test/"], "expected a http:// or https:// address; got 'htp://other.test/'"),
        (["javascript:alert(1)"], "expected the address of a site, such as news.example.cn; got 'javascript:alert(1)'"),
        (["http://other.test:99999/"], "expected the address of a site"),
        (["http://[::1"], "expected the address of a site"),
        (["other.test:8080x"], "expected the address of a site"),
        ([""], "expected the address of a site"),
        (["https://other.test/", "--config", "none.toml"], 'run "dibao init none.toml"'),
    ],
)
def test_what_is_there_already_or_wrongly_said_is_exit_code_2_at_once(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DIBAO_CONFIG", raising=False)
    path = tmp_path / "dibao.toml"
    path.write_text(head("news.db", 0.0) + '[[source]]\nname = "paper"\nhome = "https://www.paper.test/"\n')
    done = add(*arguments)
    assert (done.exit_code, done.stdout) == (exit_codes.CONFIGURATION, "")
    assert said in done.stderr
