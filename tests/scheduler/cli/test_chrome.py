"""`dibao chrome`: what was learned of a source, and corrections of it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.extraction.chrome import block_key
from storage import chrome, schema
from storage.database import open_reader, open_writer
from storage.lock import WriterLock
from tests.storage.conftest import Desk
from tests.storage.test_chrome import FOOTER, Site
from tests.storage.test_schema import of_version

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def learned(config_file: Path) -> Path:
    """The database beside a dibao.toml, in which a footer of the source `a` was learned from two articles."""
    path = config_file.parent / "news.db"
    with open_writer(path) as database:
        site = Site(Desk(database))
        for name in "12":
            site.crawl(site.page(name, f"{FOOTER} [b]", observed=True))
            site.desk.recheck()
        site.crawl(site.page("3"), site.page("4", "共 128 条评论", observed=False))
        database.execute("UPDATE urls SET etag = 'e', next_at = NULL")
        database.execute("UPDATE article_revisions SET learned = 1 WHERE article_id <= 2")
    return path


def asked_again(path: Path) -> list[str]:
    with open_reader(path) as database:
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        rows = database.rows("SELECT key FROM urls WHERE etag IS NULL AND next_at <= ? ORDER BY key", (now,))
    return [row[0].rsplit("/", 1)[1] for row in rows]


def in_jobs(path: Path) -> bytes:
    with open_reader(path) as database:
        return b"".join(host.blocks for host in chrome.for_job(database, 1))


def test_people_see_key_pages_since_verdict_and_text_of_each_block(learned: Path, dibao_here: Run) -> None:
    done = dibao_here("chrome", "a")
    assert (done.returncode, done.stderr) == (0, "")
    assert "a.cn: 1 blocks, from 3 pages; 0 error pages" in done.stdout
    (line,) = (line for line in done.stdout.splitlines() if "[b]" in line)
    key = block_key(f"{FOOTER} [b]").hex()
    assert line.split() == [key[:8], "2", "2026-11-22", "learned", *f"{FOOTER} [b]".split()]


def test_machines_see_whole_keys_and_times(learned: Path, dibao_here: Run) -> None:
    document = json.loads(dibao_here("chrome", "a", "--json").stdout)
    (host,) = document["hosts"]
    assert (document["source"], document["asked_again"]) == ("a", None)
    assert (host["host"], host["pages"], host["error_pages"]) == ("a.cn", 3, 0)
    assert host["blocks"][0] == {
        "key": block_key(f"{FOOTER} [b]").hex(),
        "text": f"{FOOTER} [b]",
        "pages": 2,
        "first_seen_at": "2026-11-22T09:30:00Z",
        "last_seen_at": "2026-11-22T09:30:00Z",
        "verdict": "learned",
        "since": "2026-11-22T09:30:00Z",
    }


def test_a_block_is_kept_by_the_start_of_its_key_and_given_back_to_what_is_learned(
    learned: Path, dibao_here: Run
) -> None:
    key = block_key(f"{FOOTER} [b]").hex()
    done = dibao_here("chrome", "a", "--keep", key[:6], "--json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert (document["asked_again"], document["hosts"][0]["blocks"][0]["verdict"]) == (2, "keep")
    assert (asked_again(learned), in_jobs(learned)) == (["1", "2"], b"")
    document = json.loads(dibao_here("chrome", "a", "--unpin", key, "--json").stdout)
    assert document["hosts"][0]["blocks"][0]["verdict"] == "learned"
    assert in_jobs(learned) == bytes.fromhex(key)


def test_a_text_is_dropped_with_any_number_and_articles_that_say_it_are_read_again(
    learned: Path, dibao_here: Run
) -> None:
    done = dibao_here("chrome", "a", "--drop", "共 5 条评论")
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 addresses are read again at the next crawl" in done.stdout
    assert asked_again(learned) == ["4"]
    assert block_key("共 7 条评论") in in_jobs(learned)


def test_what_was_learned_can_be_forgotten(learned: Path, dibao_here: Run) -> None:
    assert dibao_here("chrome", "a", "--forget").returncode == 0
    assert (asked_again(learned), in_jobs(learned)) == (["1", "2"], b"")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("nowhere",), "knows no source 'nowhere'; it knows: a"),
        (("a", "--keep", "ffffffffffff"), "there is no such block"),
        (("a", "--unpin", "ab"), "there is no such block"),
        (("a", "--drop", "——"), "too short"),
    ],
)
def test_what_does_not_exist_is_said_and_nothing_is_done(
    learned: Path, dibao_here: Run, arguments: tuple[str, ...], told: str
) -> None:
    before = in_jobs(learned)
    done = dibao_here("chrome", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert (in_jobs(learned), asked_again(learned)) == (before, [])


def test_nothing_is_changed_while_another_process_writes_but_it_can_be_shown(learned: Path, dibao_here: Run) -> None:
    with WriterLock(learned):
        assert dibao_here("chrome", "a", "--forget").returncode == 3
        assert dibao_here("chrome", "a").returncode == 0
    assert in_jobs(learned) != b""


def test_without_a_database_there_is_nothing_to_show_and_none_is_made(config_file: Path, dibao_here: Run) -> None:
    for more in ((), ("--forget",)):
        done = dibao_here("chrome", "a", *more)
        assert done.returncode == 4
        assert "does not exist yet" in done.stderr
    assert not (config_file.parent / "news.db").exists()


def test_in_the_file_of_an_earlier_version_nothing_was_learned(config_file: Path, dibao_here: Run) -> None:
    of_version(config_file.parent / "news.db", 5)
    done = dibao_here("chrome", "old")
    assert (done.returncode, done.stdout) == (0, "nothing was learned of old yet\n")
    done = dibao_here("chrome", "old", "--drop", "广告")
    assert done.returncode == 2
    assert "crawl it first" in done.stderr
    with open_reader(config_file.parent / "news.db") as database:
        assert database.value("PRAGMA user_version") == schema.VERSION
