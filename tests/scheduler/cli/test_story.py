"""`dibao story`: who had it first and who has it from whom, and what a person decides of it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rich.cells import cell_len

from scheduler.cli import terminal
from storage import schema
from storage.database import open_reader, open_writer
from storage.lock import WriterLock
from tests.storage.stories.world import START, Told, World, copies, stored
from tests.storage.test_schema import of_version

Run = Callable[..., "subprocess.CompletedProcess[str]"]

TITLE = "恩施州今年新修通村公路一千二百公里 惠及十三个乡镇（图）"
NAMED = {"origin": "恩施日报社", "origin_raw": "稿源：恩施日报社 "}
SAID = "Pages that say whose text it is: 2 of 4; inferred: 2."


@pytest.fixture
def filled(config_file: Path) -> World:
    """Four articles of one story, the first of them in own words, and a look-alike, beside a dibao.toml."""
    at = datetime(2026, 11, 22, 6, 15, tzinfo=UTC)
    like = copies(("own", "named", "silent", "bare")) | {("own", "other"): ("template", 0.71, 0.8)}
    told = (
        Told(name="own", site="enshi.cn", source="恩施日报", published=at, facts={"origin_kind": "own"}),
        Told(name="named", site="b.cn", published=at + timedelta(hours=1), facts=NAMED),
        Told(name="silent", site="c.cn", published=at.replace(hour=0, minute=0), precision="day"),
        Told(name="bare", site="d.cn"),
        Told(name="other", site="e.cn"),
    )
    with open_writer(config_file.parent / "news.db") as database:
        made = stored(database, told, like)
        titles = (TITLE, TITLE, "通村公路修到家门口\x1b[31m\u202e[red]", None, "另一天的通村公路")
        for article, title in enumerate(titles, start=1):
            database.execute("UPDATE article_revisions SET title = ? WHERE article_id = ?", (title, article))
        database.execute("UPDATE pairs SET veto = 'numbers', numbers_same = 2, numbers_differ = 3 WHERE b = 5")
        database.execute("UPDATE article_heads SET status = 'gone' WHERE id = 3")
    return made


def stories(config_file: Path) -> dict[int, str]:
    with open_reader(config_file.parent / "news.db") as database:
        return {
            row[0]: row[1]
            for row in database.rows("SELECT story_id, group_concat(article_id) FROM article_story GROUP BY 1")
        }


def test_a_story_is_shown_with_who_had_it_first_and_where_each_has_it_from(filled: World, dibao_here: Run) -> None:
    done = dibao_here("story", "show", "3")
    assert (done.returncode, done.stderr) == (0, "")
    lines = [line.rstrip() for line in done.stdout.splitlines()]
    assert lines[:2] == [
        f"Story 1  {TITLE}",
        f"4 articles on 4 sites. First here: article 1, 恩施日报. {SAID}",
    ]
    assert lines[3:] == [
        "* 1 2026-11-22 06:15+00:00  恩施日报 (enshi.cn)",
        "    https://enshi.cn/own",
        "    stands for the story; 1 other names it",
        "    its page says: its own text",
        "  2 2026-11-22 07:15+00:00  b.cn",
        "    https://b.cn/named",
        "    same as 1 (J 0.90, C 0.90)",
        "    its page says: from 恩施日报社 (稿源：恩施日报社), article 1",
        "  4 no time, seen 2026-11-22 09:30 UTC  d.cn",
        "    (no title)",
        "    https://d.cn/bare",
        "    same as 1 (J 0.90, C 0.90)",
        "    its page names no source; inferred: from 1, the earliest of those most like it",
        "  3 2026-11-22  c.cn, gone since",
        "    通村公路修到家门口 [31m [red]",
        "    https://c.cn/silent",
        "    same as 1 (J 0.90, C 0.90)",
        "    its page names no source; inferred: from 1, the earliest of those most like it",
        "",
        "Like it, but another story:",
        "5 另一天的通村公路  e.cn, story 5",
        "  https://e.cn/other",
        "  template: 3 of 5 numbers differ (J 0.71, C 0.80 with 1)",
    ]


def test_machines_get_all_of_it_with_what_is_said_apart_from_what_is_inferred(filled: World, dibao_here: Run) -> None:
    told = json.loads(dibao_here("story", "show", "https://enshi.cn/own", "--json").stdout)
    assert {name: told[name] for name in ("story_id", "canonical_article_id", "n_articles", "n_sites")} == {
        "story_id": 1,
        "canonical_article_id": 1,
        "n_articles": 4,
        "n_sites": 4,
    }
    assert [(one["article_id"], one["is_canonical"], one["by"]) for one in told["articles"]] == [
        (1, True, "published"),
        (2, False, "published"),
        (4, False, "first_seen"),
        (3, False, "published"),
    ]
    named, bare = told["articles"][1:3]
    assert named["taken"] == {"said": True, "where": "origin", "outlet": "恩施日报社", "article_id": 1}
    assert bare["taken"] == {"said": False, "where": "alike", "outlet": None, "article_id": 1}
    assert (bare["title"], bare["published_local"], bare["at"]) == (None, None, "2026-11-22T09:30:00Z")
    assert told["look_alikes"][0]["why"] == "template: 3 of 5 numbers differ"


def test_no_line_is_wider_than_the_terminal(
    filled: World, dibao_here: Run, config_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_writer(config_file.parent / "news.db") as database:
        database.execute("UPDATE article_revisions SET title = ? WHERE article_id < 4", (TITLE * 9,))
        database.execute("UPDATE article_heads SET url = ? WHERE id = 2", (f"https://b.cn/{'长' * 300}",))
        database.execute("UPDATE article_revisions SET origin = ? WHERE article_id = 2", ("某报" * 60,))
    monkeypatch.setattr(terminal, "WIDE", 80)
    shown = dibao_here("story", "show", "1").stdout.splitlines()
    assert max(map(cell_len, shown)) <= 80
    assert sum(line.count("长") for line in shown) == 300


def test_no_title_however_long_or_hostile_fills_or_steers_the_terminal(
    filled: World, dibao_here: Run, config_file: Path
) -> None:
    title = "长\x9b31m\u202e\x07" * 250_000
    with open_writer(config_file.parent / "news.db") as database:
        database.execute("UPDATE article_revisions SET title = ?", (title,))
    shown = dibao_here("story", "show", "1").stdout
    assert len(shown) < 3_000
    assert not set(shown) & set("\x1b\x9b\u202e\x07")
    document = dibao_here("story", "show", "1", "--json").stdout
    assert not set(document) & set("\x1b\x9b\u202e\x07")
    assert json.loads(document)["articles"][0]["title"] == title


def test_articles_are_split_off_merged_and_given_back_and_history_tells(
    filled: World, dibao_here: Run, config_file: Path
) -> None:
    split = dibao_here("story", "split", "1", "https://c.cn/silent", "4")
    assert (split.returncode, split.stderr) == (0, "")
    assert split.stdout == (
        "decision 1: split 1 3 4\nstory 1: articles 1, 2\nstory 3: articles 3, 4\n`dibao story undo 1` takes it back\n"
    )
    merged = dibao_here("story", "merge", "3", "5")
    assert merged.stdout.splitlines()[:2] == ["decision 7: merge 3 5", "story 3: articles 3, 4, 5"]
    undone = dibao_here("story", "undo", "1")
    assert undone.stdout.splitlines()[0] == "decision 1 undone: split 1 3 4"
    assert stories(config_file) == {1: "1,2,3,4,5"}
    shown = dibao_here("story", "history", "4").stdout
    for line in (
        "Story 1, which has taken in 3, 5",
        "articles 2, 3, 4 came (text)",
        "decision 1: split 1 3 4",
        "articles 3, 4 left for story 3 (decision)",
        "decision 7: merge 3 5",
        "decision 1 undone: split 1 3 4",
    ):
        assert line in shown
    told = json.loads(dibao_here("story", "history", "1", "--json").stdout)
    assert (told["story_id"], told["former_ids"]) == (1, [3, 5])
    assert told["history"][0] == {
        "at": "2026-11-22T09:30:00Z",
        "kind": "came",
        "article_id": 2,
        "other": None,
        "why": "text",
        "decision": None,
        "command": None,
    }


def test_a_look_alike_that_was_split_off_by_hand_says_so(filled: World, dibao_here: Run) -> None:
    dibao_here("story", "split", "1", "2")
    assert "somebody decided that they are two" in dibao_here("story", "show", "2").stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("show", "99"), "'99': there is no such story or article"),
        (("show", "https://nobody.cn/"), "there is no such address in the file"),
        (("history", "nonsense"), "there is no such address in the file"),
        (("split", "1", "5"), "article 5 is not in story 1, but in story 5. Nothing was changed"),
        (("split", "1", "1", "2", "3", "4"), "nothing would be left of it"),
        (("merge", "1", "2"), "all of it is story 1"),
        (("undo", "7"), "no decision 7 counts now"),
        (("undo", "0"), "0 is not in the range"),
    ],
)
def test_what_cannot_be_done_is_told_and_nothing_is_changed(
    filled: World, dibao_here: Run, config_file: Path, arguments: tuple[str, ...], told: str
) -> None:
    done = dibao_here("story", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in " ".join(done.stderr.split())
    assert stories(config_file) == {1: "1,2,3,4", 5: "5"}


def test_nothing_is_decided_while_another_writes_but_all_can_be_read(
    filled: World, dibao_here: Run, config_file: Path
) -> None:
    with WriterLock(config_file.parent / "news.db"):
        for arguments in (("split", "1", "2"), ("merge", "1", "5"), ("undo", "1")):
            done = dibao_here("story", *arguments)
            assert (done.returncode, "is writing" in done.stderr) == (3, True)
        assert dibao_here("story", "show", "1").returncode == 0
        assert dibao_here("story", "history", "1").returncode == 0


def test_a_file_that_is_not_there_is_not_made(dibao_here: Run, config_file: Path) -> None:
    for arguments in (("show", "1"), ("merge", "1", "2"), ("undo", "1")):
        done = dibao_here("story", *arguments)
        assert (done.returncode, "does not exist yet" in done.stderr) == (4, True)
    assert not (config_file.parent / "news.db").exists()


def test_a_file_of_an_older_version_is_told_how_it_gets_stories(dibao_here: Run, config_file: Path) -> None:
    of_version(config_file.parent / "news.db", schema.NAMES.index("m010_stories"))
    done = dibao_here("story", "show", "1")
    assert (done.returncode, "dibao db rededup" in done.stderr) == (4, True)


def test_an_article_that_an_older_version_stored_is_told_how_it_gets_a_story(
    filled: World, dibao_here: Run, config_file: Path
) -> None:
    with open_writer(config_file.parent / "news.db") as database:
        database.execute("DELETE FROM fingerprints WHERE article_id = 5")
    done = dibao_here("story", "show", "5")
    assert (done.returncode, "dibao db rededup" in done.stderr) == (2, True)


def test_a_very_large_story_is_shown_in_part_with_the_article_that_stands_for_it(
    dibao_here: Run, config_file: Path
) -> None:
    with open_writer(config_file.parent / "news.db") as database:
        database.execute("PRAGMA synchronous = OFF")
        world = stored(database, [], {})
        for number in range(80):
            world.write(Told(name=f"n{number}", site=f"s{number}.cn", seen=START + timedelta(minutes=number)))
        database.execute("UPDATE fingerprints SET story_id = 1")
        database.execute("INSERT INTO story_heads VALUES (1, 80, 80, 80, NULL, '2026-11-22T09:30:00Z')")
    shown = dibao_here("story", "show", "1").stdout
    assert shown.count("https://") == 51
    assert "* 80 " in shown
    assert "29 more articles" in shown
    assert len(json.loads(dibao_here("story", "show", "1", "--json").stdout)["articles"]) == 80


def test_who_has_only_the_file_reads_it_without_a_configuration(
    filled: World, dibao_here: Run, config_file: Path, tmp_path: Path
) -> None:
    file = str((config_file.parent / "news.db").rename(tmp_path / "given.db"))
    config_file.unlink()
    for arguments in (("story", "show", "1"), ("story", "history", "1"), ("diff", "1")):
        done = dibao_here(*arguments, "--database", file)
        assert (done.returncode, done.stderr, "1" in done.stdout) == (0, "", True)
        missing = dibao_here(*arguments, "--database", "none.db")
        assert (missing.returncode, "File 'none.db' does not exist" in missing.stderr) == (2, True)
        without = dibao_here(*arguments)
        assert (without.returncode, "no such file" in without.stderr) == (2, True)
    assert not (tmp_path / "none.db").exists()


def test_a_file_that_is_no_database_is_refused(dibao_here: Run, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<html>" * 1_000)
    done = dibao_here("story", "show", "1", "--database", "page.html")
    assert (done.returncode, done.stdout) == (4, "")


def test_who_reads_only_the_beginning_meets_no_fault(filled: World, config_file: Path) -> None:
    with open_writer(config_file.parent / "news.db") as database:
        database.execute("UPDATE article_heads SET url = url || ? WHERE id < 5", ("/" + "x" * 100_000,))
    code = "from scheduler.cli.main import main; main(['story', 'show', '1'])"
    command = [sys.executable, "-c", code]
    with subprocess.Popen(
        command, cwd=config_file.parent, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.read(7) == b"Story 1"
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


def test_no_line_in_a_pipe_ends_in_blanks_and_an_outlet_is_not_named_twice(
    filled: World, dibao_here: Run, config_file: Path
) -> None:
    with open_writer(config_file.parent / "news.db") as database:
        database.execute("UPDATE article_revisions SET origin_raw = origin")
        database.execute("UPDATE article_revisions SET origin_raw = ? WHERE article_id = 1", ("稿" * 99,))
    for arguments in (("show", "1"), ("show", "5"), ("history", "1")):
        lines = dibao_here("story", *arguments).stdout.splitlines()
        assert lines == [line.rstrip() for line in lines]
    shown = dibao_here("story", "show", "1").stdout
    assert "its page says: from 恩施日报社, article 1\n" in shown
    assert f"its page says: its own text ({'稿' * 40}…)\n" in shown
    assert dibao_here("story", "history", "1").stdout.startswith(f"Story 1  {TITLE}\n")


def test_that_somebody_decided_that_articles_are_one_is_told_with_the_number(filled: World, dibao_here: Run) -> None:
    dibao_here("story", "merge", "1", "5")
    shown = dibao_here("story", "show", "1").stdout
    assert "template as 1 (J 0.71, C 0.80)\n" in shown
    assert "somebody decided that it and 1 are one (decision 1)\n" in shown


def test_an_article_that_was_not_compared_is_told_with_the_copy_that_it_came_by(
    filled: World, dibao_here: Run, config_file: Path
) -> None:
    with open_writer(config_file.parent / "news.db") as database:
        database.execute("DELETE FROM pairs WHERE a = 1 AND b = 3")
    assert "not compared with 1; here as the same as 2 (J 0.90, C 0.90)" in dibao_here("story", "show", "1").stdout
