"""`dibao backup`, `snapshot`, `restore` and `db check`: the drill, and what they answer to the shell."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from storage.care.drafts import drafted
from storage.database import open_reader, open_writer
from storage.lock import WriterLock
from tests.storage.conftest import Desk

DATABASE = ("--database", "news.db")


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("three") / "news.db"
    with open_writer(path) as database:
        database.execute("PRAGMA synchronous = OFF")
        for number in range(3):
            Desk(database).stored(f"{number}.html", f"第{number}篇的正文。")
    return path.read_bytes()


@pytest.fixture
def news(tmp_path: Path, three: bytes) -> Path:
    path = tmp_path / "news.db"
    path.write_bytes(three)
    return path


def _cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def _torn(content: bytes) -> bytes:
    """Without any page but the first."""
    return content[:4096] + b"\xff" * (len(content) - 4096)


def _headless(content: bytes) -> bytes:
    return bytes(4096) + content[4096:]


def test_a_copy_is_made_and_told(dibao_here, news: Path, tmp_path: Path) -> None:
    said = dibao_here("backup", "copy.db", *DATABASE)
    assert (said.returncode, said.stderr) == (0, "")
    assert said.stdout.startswith("copy.db: 3 articles, up to change 3, 0.")
    assert said.stdout.endswith(" MiB; verified\n")
    assert dibao_here("snapshot", "public.db", *DATABASE).returncode == 0
    document = json.loads(dibao_here("snapshot", "public.db", *DATABASE, "--json").stdout)
    assert (document["path"], document["articles"], document["last_seq"]) == ("public.db", 3, 3)
    assert dibao_here("db", "check", "--database", "public.db").returncode == 0


def test_copies_in_a_folder_are_rotated(dibao_here, news: Path, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    assert dibao_here("backup", "backups", "--keep", "2", *DATABASE).returncode == 2
    folder.mkdir()
    old = folder / "news-20200101T000000Z.db"
    dibao_here("backup", str(old), *DATABASE)
    document = json.loads(dibao_here("backup", "backups", "--keep", "1", "--archive", "--json", *DATABASE).stdout)
    assert document["removed"] == ["backups/news-20200101T000000Z.db"]
    assert document["archive"] == {"files": 0, "bytes": 0, "missing_files": 0}
    assert [one.name for one in folder.iterdir()] == [Path(document["path"]).name]


def test_a_place_that_is_no_copy_is_code_2_and_a_copy_under_way_code_3(dibao_here, news: Path) -> None:
    for command in ("backup", "snapshot"):
        said = dibao_here(command, "news.db", *DATABASE)
        assert (said.returncode, said.stderr) == (
            2, "dibao: news.db is the database itself, or part of it; name another file for the copy\n",
        )  # fmt: skip
        with drafted(news.with_name("copy.db")):
            assert dibao_here(command, "copy.db", *DATABASE).returncode == 3


def test_a_file_in_use_is_not_restored(dibao_here, news: Path) -> None:
    dibao_here("backup", "copy.db", *DATABASE)
    before = news.read_bytes()
    with WriterLock(news):
        said = dibao_here("restore", "copy.db", *DATABASE)
    assert said.returncode == 3
    assert news.read_bytes() == before


@pytest.mark.parametrize("damage", [_cut, _torn, _headless, lambda _content: b""])
def test_the_drill(dibao_here, news: Path, config_file: Path, damage: Callable[[bytes], bytes]) -> None:
    """Back up; lose the file; be refused, with the file as it is; restore; check; go on."""
    assert dibao_here("backup", "copy.db").returncode == 0
    damaged = damage(news.read_bytes())
    news.write_bytes(damaged)
    for command in (["status"], ["crawl", "--all"], ["db", "check"], ["db", "migrate"], ["backup", "copy.db"]):
        said = dibao_here(*command)
        assert said.returncode == 4, (command, said.stdout, said.stderr)
        assert "dibao restore BACKUP" in said.stdout + said.stderr
        assert news.read_bytes() == damaged
    restored = dibao_here("restore", "copy.db", "--json")
    assert restored.returncode == 0
    document = json.loads(restored.stdout)
    assert (document["articles"], document["last_seq"]) == (3, 3)
    assert Path(document["replaced"]).read_bytes() == damaged
    assert dibao_here("db", "check").stdout.startswith(f"{news}: all is well; 3 articles")
    assert dibao_here("status").returncode == 0
    with open_writer(news) as database:
        Desk(database).stored("9.html", "又一篇。")


def test_what_to_do_next_is_told_after_a_restore(dibao_here, news: Path) -> None:
    dibao_here("backup", "copy.db", *DATABASE)
    said = dibao_here("restore", "copy.db", *DATABASE)
    assert "news.db: 3 articles, up to change 3\nwhat was there is " in said.stdout
    assert "Next: start again" in said.stderr
    news.unlink()
    assert dibao_here("restore", "copy.db", *DATABASE).returncode == 0


def test_what_does_not_fit_together_is_code_1_with_the_way_out(dibao_here, news: Path) -> None:
    with open_writer(news) as database:
        database.execute("DELETE FROM change_log WHERE article_id = 2")
    said = dibao_here("db", "check", *DATABASE)
    assert said.returncode == 1
    assert said.stdout.startswith("feed_insert: articles that the change feed never told of, such as 2\n  way out: ")
    document = json.loads(dibao_here("db", "check", "--quick", "--json", *DATABASE).stdout)
    assert (document["ok"], document["damaged"], document["findings"][0]["count"]) == (False, False, 1)


def test_what_is_damaged_cannot_steer_the_terminal(dibao_here, news: Path) -> None:
    with open_writer(news) as database:
        database.execute("PRAGMA foreign_keys = OFF")
        database.execute("INSERT INTO archive_files (name, bytes, opened_at) VALUES (?, 1, '2026-11-22T09:30:00Z')",
                         ("\x1b[2J.warc.gz",))  # fmt: skip
    said = dibao_here("db", "check", *DATABASE)
    assert said.returncode == 1
    assert "\x1b" not in said.stdout


def test_a_copy_of_a_file_of_an_older_schema_is_made_before_it_is_migrated(dibao_here, news: Path) -> None:
    with open_writer(news) as database:
        database.execute("PRAGMA user_version = 10")
    assert dibao_here("backup", "copy.db", *DATABASE).returncode == 0
    assert dibao_here("db", "check", *DATABASE).returncode == 4
    with open_reader(news.with_name("copy.db")) as copy:
        assert copy.value("PRAGMA user_version") == 10
