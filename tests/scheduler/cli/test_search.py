"""`dibao search` and `dibao db reindex`, as they are typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from scheduler.cli.main import main
from storage.database import open_writer
from tests.storage.search.conftest import Shelf

CONFIG = """
[dibao]
database = "news.db"
contact = "tests@example.org"
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a configuration and a file with three articles, the working directory."""
    (tmp_path / "dibao.toml").write_text(CONFIG, encoding="utf-8")
    with open_writer(tmp_path / "news.db") as database, database.transaction():
        shelf = Shelf(database)
        shelf.put("党建工作会议", "南极考察之后召开了会议。", "2026-10-01T00:00:00Z")
        shelf.put("黨建工作會議", "南極考察之後召開了會議。\x1b[31m", "2026-10-03T00:00:00Z", source=2)
        shelf.put(None, "The election of 2024.", "2026-10-02T00:00:00Z")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TZ", "UTC")
    return tmp_path


def run(*words: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(main, list(words))
    return done.exit_code, done.stdout, done.stderr


@pytest.mark.usefixtures("folder")
def test_hits_stand_in_the_articles_own_script_newest_first() -> None:
    code, out, err = run("search", "南极考察")
    assert code == 0
    assert out.splitlines()[0] == "黨建工作會議"
    assert "【南極考察】之後召開了會議" in out
    assert "【南极考察】之后召开了会议" in out
    assert out.index("【南極") < out.index("【南极")
    assert "#2" in out
    assert "\x1b" not in out
    assert err == "2 articles\n"


@pytest.mark.usefixtures("folder")
def test_a_page_says_how_many_there_are_and_how_to_get_the_next() -> None:
    assert run("search", "党", "--limit", "1")[2].startswith("1-1 of ")
    assert "--offset 1 shows the next" in run("search", "党建", "-n", "1")[2]
    _, out, err = run("search", "党建", "--offset", "1")
    assert "#1 " in out
    assert err == "2-2 of 2 articles\n"
    assert run("search", "党建", "--offset", "5")[2] == "no more articles\n"


@pytest.mark.usefixtures("folder")
def test_words_filters_and_counts() -> None:
    assert run("search", "党建", "--source", "b", "--count")[1] == "1\n"
    assert run("search", "党建", "--since", "2026-10-02", "--count")[1] == "1\n"
    assert run("search", "党建", "--until", "2026-10-02", "--count", "--json")[1].count('"total": 1') == 1
    assert run("search", "党建", "会议", "--count")[1] == "2\n"
    assert run("search", "会议 -之后 elect")[1:] == ("", "no article says that\n")
    assert "(no title)" in run("search", "ELECT", "--sort", "relevance", "--stories")[1]


@pytest.mark.usefixtures("folder")
def test_json_has_places_of_the_hits() -> None:
    code, out, err = run("search", "会议", "--json", "--sort", "relevance")
    told = json.loads(out)
    assert (code, err, told["total"], told["is_exact"], told["more"]) == (0, "", 2, True, False)
    first = told["articles"][0]
    assert [first["title"][start:end] for start, end in first["title_marks"]] == ["會議"]
    assert first["score"] > 3
    assert set(first) == {
        "id", "title", "title_marks", "excerpt", "excerpt_marks", "source", "url", "status", "shown_at",
        "published_local", "story_id", "score",
    }  # fmt: skip


@pytest.mark.usefixtures("folder")
def test_what_cannot_be_asked_ends_with_exit_code_2() -> None:
    for words in (['"'], ["*"], ["党", "--source", "nobody"], ["党" * 5000], ["党", "--since", "soon"]):
        code, out, err = run("search", *words)
        assert (code, out) == (2, "")
        assert "Error: " in err


def test_a_file_without_an_index_says_so_and_reindex_mends_it(folder: Path) -> None:
    assert run("db", "reindex", "--dry-run")[1].endswith("it can be used as it is; 3 articles\n")
    with open_writer(folder / "news.db") as database:
        database.execute("DELETE FROM meta WHERE name = 'search_index'")
    code, out, err = run("search", "党建")
    assert (code, out) == (4, "")
    assert "run `dibao db reindex` once" in err
    assert "it has to be made anew" in run("db", "reindex", "--dry-run")[1]
    assert run("search", "党建")[0] == 4
    code, out, _ = run("db", "reindex")
    assert code == 0
    assert "3 articles can be searched; index none -> " in out
    assert run("search", "党建")[2] == "2 articles\n"
    told = json.loads(run("db", "reindex", "--json")[1])
    assert (told["articles"], told["wanted"], told["dry_run"]) == (3, False, False)


def test_reindex_of_no_file_says_what_makes_one(folder: Path) -> None:
    (folder / "news.db").unlink()
    for options in ([], ["--dry-run"]):
        code, _, err = run("db", "reindex", *options)
        assert code == 4
        assert "does not exist yet" in err
