"""`dibao quarantine`: what is kept away, its bodies, and asking for it again."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crawler.in_hand import kept_body
from storage.database import open_reader, open_writer
from storage.lock import WriterLock
from tests.storage.conftest import Desk, url

Run = Callable[..., "subprocess.CompletedProcess[str]"]

BODY = "<title>\x1b]0;owned\x07</title>京".encode("gbk")


@pytest.fixture
def broken(config_file: Path) -> Path:
    """The database beside a dibao.toml, in which two pages of the source `a` are quarantined, one with its body."""
    path = config_file.parent / "news.db"
    with open_writer(path) as database:
        desk = Desk(database)
        for _ in range(2):
            desk.begin(limit=10)
            body = kept_body(BODY, url("1?\x1b[2J"), "text/html")
            desk.take(
                desk.discovered("1", "2"),
                desk.failed("1", "extraction_timeout", detail="took \x1b[31mlong", poison=True, body=body),
                desk.failed("2", "worker_crashed", poison=True),
            )
            desk.end()
            desk.now = desk.now.replace(hour=desk.now.hour + 1)
    return path


def shown(run: Run, *arguments: str) -> Any:
    done = run("quarantine", *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout) if "--json" in arguments else done.stdout


def test_the_list_has_each_page_and_nothing_of_it_steers_the_terminal(broken: Path, dibao_here: Run) -> None:
    text = shown(dibao_here, "list")
    assert all(word in text for word in (url("1"), url("2"), "extraction_timeout", "worker_crashed", str(len(BODY))))
    assert "\x1b" not in text + shown(dibao_here, "show", url("1"))
    found = shown(dibao_here, "list", "--json", "--database", str(broken))["quarantined"]
    assert {(page["url"], page["strikes"], page["body_kept"]) for page in found} == {
        (url("1"), 2, True),
        (url("2"), 2, False),
    }
    assert shown(dibao_here, "list", "--source", "b", "--json") == {"quarantined": []}
    assert dibao_here("quarantine", "list", "--source", "b").stderr == "no page is quarantined\n"


def test_a_page_is_shown_by_its_address_however_that_is_written(broken: Path, dibao_here: Run) -> None:
    page = shown(dibao_here, "show", "HTTPS://A.CN:443/1", "--json")
    assert (page["url"], page["source"], page["body_bytes"]) == (url("1"), "a", len(BODY))
    assert "extraction_timeout" in shown(dibao_here, "show", url("1"))
    done = dibao_here("quarantine", "show", url("3\x1b[2J"))
    assert (done.returncode, "is quarantined" in done.stderr, "\x1b" in done.stderr) == (2, True, False)


def test_its_body_is_written_as_it_came(broken: Path, dibao_here: Run, tmp_path: Path) -> None:
    shown(dibao_here, "show", url("1"), "--body", "page.html")
    assert (tmp_path / "page.html").read_bytes() == BODY
    done = dibao_here("quarantine", "show", url("2"), "--body", "none.html")
    assert (done.returncode, (tmp_path / "none.html").exists()) == (1, False)
    assert dibao_here("quarantine", "show", url("1"), "--body", "no/such/folder.html").returncode == 2
    with open_writer(broken) as database:
        database.execute("UPDATE quarantine SET body = x'00' WHERE body IS NOT NULL")
    done = dibao_here("quarantine", "show", url("1"))
    assert (done.returncode, "its body is not the" in done.stderr) == (1, True)


def test_pages_are_asked_for_again_by_address_or_all(broken: Path, dibao_here: Run) -> None:
    assert dibao_here("quarantine", "retry").returncode == 2
    assert dibao_here("quarantine", "retry", url("1"), "--all").returncode == 2
    done = dibao_here("quarantine", "retry", url("1"), url("9"))
    assert (done.returncode, "Nothing was changed" in done.stderr) == (2, True)
    assert len(shown(dibao_here, "list", "--json")["quarantined"]) == 2
    assert shown(dibao_here, "retry", url("1")) == "1 page asked for again: at the next crawl\n"
    assert shown(dibao_here, "retry", "--source", "a") == "1 page asked for again: at the next crawl\n"
    assert shown(dibao_here, "retry", "--all") == "0 pages asked for again: nothing is quarantined there\n"
    with open_reader(broken) as database:
        rows = database.rows("SELECT state, strikes, attempts FROM urls")
    assert [tuple(row) for row in rows] == [("pending", 1, 0)] * 2


def test_nothing_is_changed_while_another_writes(broken: Path, dibao_here: Run) -> None:
    with WriterLock(broken):
        assert dibao_here("quarantine", "retry", "--all").returncode == 3
    assert len(shown(dibao_here, "list", "--json")["quarantined"]) == 2
