"""`dibao diff`: what changed in an article, for people and for programs, and the edits that nobody was told of."""

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from scheduler.cli import diff_showing, terminal
from storage.database import open_reader, open_writer
from storage.lock import WriterLock
from storage.revisions import reading
from tests.storage.conftest import HOUR, Desk, article
from tests.storage.test_schema import of_version

Run = Callable[..., "subprocess.CompletedProcess[str]"]

TEXT = "截至昨晚十时，事故造成3人死亡、12人受伤。\n\n周边居民已被安全疏散。\n\n善后工作正在进行。"
FIRST = article(TEXT, "仓库\x1b起火", origin="城东日报")
LATER = TEXT.replace("3人", "5人").replace("12人", "10人")
SECOND = replace(FIRST, title="仓库大火", text=LATER, origin="新华社")


@pytest.fixture
def edited(config_file: Path) -> Path:
    """The database beside a dibao.toml: article 1 with three revisions, the last as the first; article 2 with one."""
    path = config_file.parent / "news.db"
    with open_writer(path) as database:
        desk = Desk(database)
        desk.stored("1", FIRST)
        desk.stored("2", article("别的新闻。", "别题"))
        for one in (SECOND, FIRST):
            desk.now += 48 * HOUR
            desk.recheck(desk.extracted("1", one))
    return path


def test_people_see_what_changed_with_marks_where_there_is_no_colour(edited: Path, dibao_here: Run) -> None:
    done = dibao_here("diff", "1", "2")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "a  article 1  https://a.cn/1",
        "revision 1, 2026-11-22T09:30:00Z  ->  revision 2, 2026-11-24T09:30:00Z",
        "changed: title, body, facts; a stealth edit: the page has no note of it and no new time of change",
        "",
        "仓库[-起-]{+大+}火",
        "",
        "origin: [-城东日报-]{+新华社+}",
        "",
        "截至昨晚十时，事故造成[-3-]{+5+}人死亡、[-12-]{+10+}人受伤。",
        "",
        "... 2 paragraphs unchanged, 20 characters ...",
    ]


def test_without_revisions_the_newest_is_compared_with_the_one_before(edited: Path, dibao_here: Run) -> None:
    done = dibao_here("diff", "https://a.cn/1?utm_source=weibo")
    assert "revision 2, 2026-11-24T09:30:00Z  ->  revision 3, 2026-11-26T09:30:00Z" in done.stdout
    assert "; as revision 1" in done.stdout


def test_any_two_revisions_can_be_compared(edited: Path, dibao_here: Run) -> None:
    done = dibao_here("diff", "1", "1", "3")
    assert "changed: nothing; as revision 1" in done.stdout
    assert "[-" not in done.stdout
    assert "{+大+}" not in dibao_here("diff", "1", "2", "1").stdout


def test_an_article_that_never_changed_says_so(edited: Path, dibao_here: Run) -> None:
    done = dibao_here("diff", "2")
    assert done.returncode == 0
    assert "revision 1, 2026-11-22T09:30:00Z: nothing has changed since" in done.stdout


def test_a_revision_beside_itself_is_not_taken_for_an_article_that_never_changed(edited: Path, dibao_here: Run) -> None:
    for arguments in (("1", "1"), ("1", "1", "1")):
        shown = dibao_here("diff", *arguments).stdout
        assert "revision 1, 2026-11-22T09:30:00Z: compared with itself; the newest is revision 3" in shown


def test_programs_see_spans_with_offsets(edited: Path, dibao_here: Run) -> None:
    found = json.loads(dibao_here("diff", "1", "2", "--json").stdout)
    assert (found["article_id"], found["old"]["revision"], found["new"]["revision"]) == (1, 1, 2)
    assert (found["changed"], found["stealth"], found["reverts_to"]) == (["title", "body", "facts"], True, None)
    with open_reader(edited) as database:
        rows = database.rows("SELECT text FROM revisions WHERE article_id = 1 ORDER BY revision")
    texts = [row[0] for row in rows[:2]]
    for span in found["text"]["spans"]:
        for side, text in zip(("old", "new"), texts, strict=True):
            quoted = text[slice(*span[side])]
            assert span["op"] == "same" or span.get(f"{side}_text", "") == quoted


def test_the_html_is_a_page_of_its_own(edited: Path, dibao_here: Run) -> None:
    page = dibao_here("diff", "1", "2", "--html").stdout
    assert page.startswith("<!doctype html>")
    assert "事故造成<del>3</del><ins>5</ins>人死亡" in page
    assert "\x1b" not in page


def test_stealth_edits_are_listed_newest_first(edited: Path, dibao_here: Run) -> None:
    lines = dibao_here("diff", "--stealth").stdout.splitlines()
    assert [line.split()[:2] for line in lines] == [["article", "revision"], ["1", "3"], ["1", "2"]]
    assert "title, body, facts (as revision 1)" in lines[1]
    assert "\x1b" not in "".join(lines)
    edits = json.loads(dibao_here("diff", "--stealth", "a", "--json", "--limit", "1").stdout)["edits"]
    assert [(edit["revision"], edit["reverts_to"]) for edit in edits] == [(3, 1)]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "name an ARTICLE"),
        (("1", "2", "3", "4"), "name an ARTICLE"),
        (("7",), "no article '7'"),
        (("9" * 30,), "no article '999"),
        (("\udcff",), "no article"),
        (("a\0b",), "no article"),
        (("--stealth", "--limit", "9" * 30), "is not in the range"),
        (("https://a.cn/none",), "no article"),
        (("1", "x"), "a revision is a number"),
        (("1", "0"), "a revision is a number"),
        (("1", "4"), "has the revisions 1 to 3, not 3 and 4"),
        (("1", "--json", "--html"), "give one of them"),
        (("--stealth", "a", "b"), "--stealth lists edits"),
        (("--stealth", "nobody"), "the database knows no source 'nobody'; it knows: a"),
    ],
)
def test_what_does_not_exist_is_said(edited: Path, dibao_here: Run, arguments: tuple[str, ...], said: str) -> None:
    done = dibao_here("diff", *arguments)
    assert done.returncode == 2
    assert said in done.stderr


def test_it_can_be_read_while_another_process_writes(edited: Path, dibao_here: Run) -> None:
    with WriterLock(edited):
        assert dibao_here("diff", "1").returncode == 0


def test_a_file_of_an_earlier_version_is_to_be_brought_up_to_date(config_file: Path, dibao_here: Run) -> None:
    of_version(config_file.parent / "news.db", 9)
    done = dibao_here("diff", "1")
    assert done.returncode == 4
    assert "dibao db migrate" in done.stderr


def test_without_a_database_none_is_made(config_file: Path, dibao_here: Run) -> None:
    assert dibao_here("diff", "1").returncode == 4
    assert not (config_file.parent / "news.db").exists()


def test_on_a_terminal_edits_are_coloured_and_have_no_marks(edited: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    console = Console(force_terminal=True, color_system="standard", width=200, record=True)
    monkeypatch.setattr(terminal, "console", lambda: console)
    with open_reader(edited) as database:
        found = reading.compared(database, 1, 1, 2)
    assert found is not None
    with console.capture() as captured:
        diff_showing.show(found)
    assert "[-" not in captured.get()
    assert "\x1b[9;31m3\x1b[0m\x1b[4;32m5\x1b[0m" in captured.get()


def test_a_title_however_long_does_not_fill_the_terminal(edited: Path, dibao_here: Run) -> None:
    title = "长\x9b[31m" * 200_000
    with open_writer(edited) as database:
        database.execute("UPDATE article_revisions SET title = ?", (title,))
        database.execute("UPDATE article_revisions SET title = '短' WHERE revision = 2")
    for arguments in (("1",), ("1", "1", "3"), ("--stealth",)):
        shown = dibao_here("diff", *arguments).stdout
        assert len(shown) < 3_000
        assert "\x9b" not in shown


def test_what_is_far_from_an_edit_is_left_out_within_a_paragraph_too(edited: Path, dibao_here: Run) -> None:
    sentence = "这里是一段没有变化的很长的文字，"
    with open_writer(edited) as database:
        desk = Desk(database)
        desk.stored("3", article(f"{sentence * 20}死亡3人，{sentence * 20}完。", "长文"))
        desk.now += 48 * HOUR
        desk.recheck(desk.extracted("3", article(f"{sentence * 20}死亡5人，{sentence * 20}完。", "长文")))
    line = dibao_here("diff", "3").stdout.splitlines()[-1]
    assert line.startswith(" ... ")
    assert "死亡[-3-]{+5+}人，" in line
    assert line.endswith(" ...")
    assert len(line) < 120
