"""What a change by re-extraction writes and what it leaves alone: an article whose kept page is read otherwise."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from storage import read_columns, reextraction
from storage.archive.folder import archive_folder
from storage.archive.keeping import Archive
from storage.archive.reading import newest, read_page
from storage.database import Database
from storage.identity import content_digest
from storage.records import Credit, Evidence, PublicationTime, RawPage
from storage.reextraction import Reread
from storage.revisions import reading
from storage.search import index
from storage.selection import Selection
from storage.warc import response_record
from tests.storage.conftest import START, Desk, article

LATER = START + timedelta(days=40)
BADLY = article("首页 新闻 登录\n\n消防队员昨夜救出三名被困工人。\n\n救援仍在进行。", "仓库起火")
WELL = replace(BADLY, text="消防队员昨夜救出三名被困工人。\n\n救援仍在进行。", extractor="better")


def keep(desk: Desk, article_id: int, revision: int = 1) -> None:
    """The article's page is in the archive."""
    number = article_id
    page = RawPage(
        record=response_record(f"https://a.cn/{number}", desk.now, "200 OK", [], b"<p>raw</p>"),
        url=f"https://a.cn/{number}",
        fetched_at=desk.now,
        http_status=200,
    )
    archive = Archive(desk.database, archive_folder(desk.database.path), 10**9)
    with desk.database.transaction(), archive.batch(desk.now):
        archive.keep(article_id, revision, [page])


def kept(desk: Desk, name: str, of: Any = BADLY) -> int:
    article_id = desk.stored(name, of)
    keep(desk, article_id)
    return article_id


def reread(article_id: int, of: Any = WELL, revision: int = 1) -> Reread:
    return Reread(article_id=article_id, revision=revision, fetched_at=START, article=of)


def newest_revision(database: Database, article_id: int) -> dict[str, Any]:
    row = database.row(
        "SELECT r.* FROM article_revisions r WHERE article_id = ? ORDER BY revision DESC LIMIT 1", (article_id,)
    )
    assert row is not None
    return dict(row)


def test_a_change_is_a_revision_as_old_as_its_page_and_no_edit_of_the_publisher(desk) -> None:
    found = kept(desk, "1")
    before = desk.article(found)
    rates = desk.database.rows("SELECT checks, edits FROM sources")
    assert reextraction.write(desk.database, [reread(found)], LATER) == [True]
    row, now = newest_revision(desk.database, found), desk.article(found)
    told = {name: row[name] for name in ("revision", "cause", "changed", "reverts_to", "stealth", "extractor")}
    assert told == {
        "revision": 2, "cause": "reextract", "changed": "[]", "reverts_to": None, "stealth": 0, "extractor": "better",
    }  # fmt: skip
    assert (row["fetched_at"], row["content_digest"]) == ("2026-11-22T09:30:00Z", content_digest(WELL))
    assert (now["text"], now["characters"]) == (WELL.text, len(WELL.text))
    assert (now["checked_at"], now["first_seen_at"]) == (before["checked_at"], before["first_seen_at"])
    assert desk.database.rows("SELECT checks, edits FROM sources") == rates
    assert reading.stealth_edits(desk.database) == []
    assert reading.compared(desk.database, found, 1, 2).only_reread == "reextract"
    changes = desk.database.rows("SELECT op, revision, at FROM changes ORDER BY seq")
    assert [tuple(change) for change in changes] == [
        ("insert", 1, "2026-11-22T09:30:00Z"),
        ("revise", 2, "2027-01-01T09:30:00Z"),
    ]


def test_the_new_revision_has_the_same_raw_pages_and_can_be_read_again(desk) -> None:
    found = kept(desk, "1")
    reextraction.write(desk.database, [reread(found)], LATER)
    assert read_page(desk.database, found, 2) == read_page(desk.database, found, 1)
    (again,) = newest(desk.database, Selection())
    assert (again.article_id, again.revision, again.pages[0].body) == (found, 2, b"<p>raw</p>")


def test_the_next_look_at_the_unchanged_page_makes_no_revision(desk) -> None:
    found = kept(desk, "1")
    reextraction.write(desk.database, [reread(found)], LATER)
    desk.now = LATER
    desk.database.execute("UPDATE urls SET next_at = '2026-11-22T00:00:00Z'")
    (page,) = desk.begin(limit=1, rechecks=True)
    assert page.digest == content_digest(WELL)  # so the worker answers with Unchanged
    desk.take(desk.extracted("1", WELL))  # and if it did not
    assert desk.end().revised == 0
    assert desk.article(found)["revision"] == 2


def test_an_edit_of_the_publisher_after_it_is_seen_as_one(desk) -> None:
    found = kept(desk, "1")
    reextraction.write(desk.database, [reread(found)], LATER)
    desk.now = LATER
    desk.database.execute("UPDATE urls SET next_at = '2026-11-22T00:00:00Z'")
    edited = replace(WELL, text="消防队员昨夜救出五名被困工人。\n\n救援已经结束。")
    assert desk.recheck(desk.extracted("1", edited)).revised == 1
    row = newest_revision(desk.database, found)
    assert (row["cause"], json.loads(row["changed"]), row["stealth"]) == ("crawl", ["body"], 1)


def test_what_is_stored_and_what_was_read_are_the_same_columns(desk) -> None:
    full = replace(
        BADLY,
        confidence=1,
        published=PublicationTime(at=START, precision="minute", raw="2026-11-22 17:30", where="head"),
        credits=(Credit(role="reporter", name="王小明", raw="记者 王小明", where="tail"),),
        evidence=(Evidence(fact="title", value="仓库起火", raw="仓库起火", where="h1", chosen=True),),
        sections=("新闻", "社会"),
        missing_parts=(2,),
        parts=2,
    )
    found = kept(desk, "1", full)
    before = reextraction.stored(desk.database, found, 1)
    columns = read_columns.read_columns(full)
    assert read_columns.differing(before.columns, columns) == {}
    assert read_columns.digest(before.columns) == read_columns.digest(columns)
    other = read_columns.read_columns(replace(full, confidence=0.5, published=None, extractor="newer"))
    assert read_columns.digest(before.columns) != read_columns.digest(other)
    assert read_columns.differing(before.columns, other) == {
        "published_at": ("2026-11-22T09:30:00Z", None),
        "published_local": ("2026-11-22T09:30+00:00", None),
        "published_precision": ("minute", None),
        "published_raw": ("2026-11-22 17:30", None),
        "published_found_in": ("head", None),
        "published_offset_assumed": (0, None),
        "confidence": (1.0, 0.5),
    }


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ({"extractor": "newer"}, True),
        ({"confidence": 0.5, "learned": 3, "found_by": "steered", "encoding_evidence": "header"}, True),
        ({"confidence": 0.5, "keywords": ("火灾",)}, False),
        ({"markdown": "消防队员"}, False),
        ({"evidence": (Evidence(fact="title", value="x", raw="x", where="h1", chosen=False),)}, False),
    ],
)
def test_how_well_a_page_was_read_is_no_difference_by_itself(desk, other: dict[str, Any], *, same: bool) -> None:
    found = kept(desk, "1")
    before = reextraction.stored(desk.database, found, 1)
    now = read_columns.read_columns(replace(BADLY, **other))
    assert (read_columns.digest(now) == read_columns.digest(before.columns)) == same


def test_copies_and_the_time_by_which_it_is_listed_follow_what_it_says_now(desk) -> None:
    one, other = kept(desk, "1", WELL), kept(desk, "2", BADLY)
    published = PublicationTime(at=START - timedelta(days=2), precision="minute", raw="", where="meta")
    said = replace(WELL, published=published)
    assert desk.article(other)["duplicate_of"] is None
    reextraction.write(desk.database, [reread(other, said)], LATER)
    now = desk.article(other)
    assert (now["duplicate_of"], now["shown_at"]) == (one, "2026-11-20T09:30:00Z")
    assert desk.changes(other) == ["insert", "revise", "link"]
    reextraction.write(desk.database, [reread(one, replace(WELL, title="另一个标题"))], LATER)
    assert desk.article(other)["duplicate_of"] is None


def test_it_is_in_the_story_that_it_tells_now(desk) -> None:
    told = "段说的是城东仓库在夜里起火以后消防队员怎样把被困的工人一个一个救出来。"
    text = "\n\n".join(f"第{number}{told}" for number in "一二三四五六七八")
    one, other = kept(desk, "1", article(text, "仓库起火")), kept(desk, "2", article("登录后查看全文。", "仓库起火"))
    assert desk.article(one)["story_id"] != desk.article(other)["story_id"]
    reextraction.write(desk.database, [reread(other, article(text, "仓库起火了"))], LATER)
    assert desk.article(one)["story_id"] == desk.article(other)["story_id"]


def test_a_search_finds_what_it_says_now_and_not_what_it_said(desk) -> None:
    found = kept(desk, "1")
    with desk.database.transaction():
        index.remove(desk.database, found)
        index.fill(desk.database, [(found, BADLY.title, BADLY.text)])
    reextraction.write(desk.database, [reread(found, replace(WELL, text="水库开始放水。"))], LATER)
    match = "SELECT count(*) FROM article_fts WHERE article_fts MATCH ?"
    assert [desk.database.value(match, (word,)) for word in ("水库", "消防")] == [1, 0]


def test_one_that_is_gone_stays_gone(desk) -> None:
    found = kept(desk, "1")
    desk.lose("1")
    reextraction.write(desk.database, [reread(found)], LATER)
    assert (desk.article(found)["status"], desk.article(found)["revision"]) == ("gone", 2)
    assert desk.changes(found) == ["insert", "gone", "revise"]


def test_one_that_has_a_newer_revision_by_now_is_left_alone(desk) -> None:
    found = kept(desk, "1")
    assert reextraction.write(desk.database, [reread(found)], LATER) == [True]
    before = desk.digest()
    assert reextraction.write(desk.database, [reread(found, replace(WELL, title="别的"))], LATER) == [False]
    assert desk.digest() == before
    assert reextraction.stored(desk.database, found, 1) is None


def test_a_value_that_does_not_fit_costs_only_its_own_article(desk) -> None:
    one, bad, other = kept(desk, "1"), kept(desk, "2"), kept(desk, "3")
    broken = replace(WELL, confidence="high")
    done = reextraction.write(desk.database, [reread(one), reread(bad, broken), reread(other)], LATER)
    assert done == [True, False, True]
    assert [desk.article(found)["revision"] for found in (one, bad, other)] == [2, 1, 2]


def test_an_article_that_says_again_what_it_said_points_back_to_it(desk) -> None:
    found = desk.stored("1", WELL)
    desk.now += timedelta(days=1)
    desk.database.execute("UPDATE urls SET next_at = '2026-11-22T00:00:00Z'")
    desk.recheck(desk.extracted("1", BADLY))
    keep(desk, found, 2)
    reextraction.write(desk.database, [reread(found, revision=2)], LATER)
    assert newest_revision(desk.database, found)["reverts_to"] == 1


def test_a_selection_counts_what_is_kept_and_what_is_not(desk) -> None:
    kept(desk, "1")
    desk.stored("2")
    found = reextraction.selected(desk.database, Selection())
    assert (found.articles, found.kept, found.not_archived) == (2, 1, 1)
    none = reextraction.selected(desk.database, Selection(until="2020-01-01T00:00:00Z"))
    assert (none.articles, none.kept) == (0, 0)


@pytest.fixture
def desk(path: Path) -> Iterator[Desk]:
    from storage.database import open_writer  # noqa: PLC0415

    with open_writer(path) as database:
        database.execute("PRAGMA synchronous = OFF")
        yield Desk(database)


