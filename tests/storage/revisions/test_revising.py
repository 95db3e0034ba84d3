"""Revisions in the file: when there is one, what it is, and what an upgrade does to those that are there."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from storage.database import open_writer
from storage.identity import content_digest
from storage.records import Credit, PublicationTime
from storage.revisions import reading
from storage.revisions.revising import LOOKED_BACK
from tests.storage.conftest import START, Desk, article
from tests.storage.test_schema import of_version

DAY = timedelta(days=1)
AFTER_ALL_AGES = timedelta(days=30)
FIRST = article("事故造成3人死亡。\n\n救援仍在进行。", "仓库起火", origin="城东日报")
SECOND = replace(FIRST, text="事故造成5人死亡。\n\n救援已经结束。")


def look(desk: Desk, *articles: Any) -> list[int]:
    """How many revisions each look at the page made."""
    found = []
    for one in articles:
        desk.now += DAY
        desk.database.execute("UPDATE urls SET next_at = '2026-11-22T00:00:00Z'")
        found.append(desk.recheck(desk.extracted("1", one)).revised)
    return found


def revisions(desk: Desk) -> list[tuple[Any, ...]]:
    rows = desk.database.rows("SELECT cause, changed, reverts_to, stealth FROM revisions ORDER BY revision")
    return [(row[0], json.loads(row[1]), *tuple(row)[2:]) for row in rows]


def test_the_first_revision_has_changed_nothing(desk) -> None:
    desk.stored("1", FIRST)
    assert revisions(desk) == [("crawl", [], None, 0)]


def test_a_revision_says_what_it_changed_and_whether_anybody_was_told(desk) -> None:
    desk.stored("1", FIRST)
    told = replace(FIRST, text=f"{SECOND.text}\n\n更正：死亡人数应为五人。", correction="更正：死亡人数应为五人。")
    assert look(desk, told, replace(told, title="仓库大火", origin="新华社")) == [1, 1]
    assert revisions(desk)[1:] == [
        ("crawl", ["body", "correction"], None, 0),
        ("crawl", ["title", "facts"], None, 1),
    ]


def test_a_note_of_correction_alone_is_a_revision(desk) -> None:
    desk.stored("1", FIRST)
    assert look(desk, replace(FIRST, correction="更正：此前版本有误。")) == [1]
    assert revisions(desk)[1] == ("crawl", ["correction"], None, 0)


def test_what_passes_makes_no_revision_and_is_not_sent_again(desk) -> None:
    found = desk.stored("1", replace(FIRST, text=f"{FIRST.text}\n\n阅读 12"))
    passed = replace(FIRST, text=f"{FIRST.text}\n\n阅读 4096")
    assert look(desk, passed, replace(FIRST, text=f"3小时前\n\n{FIRST.text}"), passed) == [0, 0, 0]
    assert desk.changes(found) == ["insert"]
    assert desk.article(found)["text"].endswith("阅读 12")
    desk.database.execute("UPDATE urls SET next_at = '2026-11-22T00:00:00Z'")
    (page,) = desk.begin(limit=1, rechecks=True)
    assert page.digest == content_digest(passed)


def test_a_page_that_reverts_is_seen_as_such(desk) -> None:
    desk.stored("1", FIRST)
    assert look(desk, SECOND, FIRST, SECOND, replace(FIRST, text=f"{FIRST.text}\n\n阅读 7")) == [1, 1, 1, 1]
    assert [row[2] for row in revisions(desk)] == [None, None, 1, 2, 1]


def test_a_revert_is_found_however_old_where_it_is_to_the_letter(desk) -> None:
    desk.stored("1", FIRST)
    others = [replace(FIRST, text=f"第{number}稿。") for number in range(LOOKED_BACK + 2)]
    look(desk, *others, FIRST)
    assert revisions(desk)[-1][2] == 1
    assert all(row[2] is None for row in revisions(desk)[:-1])


def test_what_only_we_read_otherwise_has_changed_nothing(desk) -> None:
    desk.stored("1", FIRST)
    newer = replace(FIRST, extractor="newer", text=f"{FIRST.text}\n\n还有一段。")
    cleaner = replace(newer, text=FIRST.text, learned=1)
    assert look(desk, newer, cleaner) == [1, 1]
    assert revisions(desk)[1:] == [("extractor", [], None, 0), ("chrome", [], 1, 0)]


def test_chrome_that_looks_like_what_passes_is_still_taken_out_of_the_text(desk) -> None:
    found = desk.stored("1", replace(FIRST, text=f"{FIRST.text}\n\n上一篇：别的新闻"))
    assert look(desk, replace(FIRST, learned=1)) == [1]
    assert desk.article(found)["text"] == FIRST.text


def test_credits_in_another_order_and_a_changed_picture_make_no_revision(desk) -> None:
    one, other = Credit(role="editor", name="张三"), Credit(role="reporter", name="李四")
    desk.stored("1", replace(FIRST, credits=(one, other)))
    assert look(desk, replace(FIRST, credits=(other, one))) == [0]


def test_a_time_told_from_now_makes_no_revision(desk) -> None:
    desk.stored("1", replace(FIRST, published=_ago("3小时前", 3)))
    assert look(desk, replace(FIRST, published=_ago("4小时前", 5))) == [0]


def _ago(raw: str, hours: int) -> PublicationTime:
    return PublicationTime(at=START - timedelta(hours=hours), precision="minute", raw=raw, where="head")


@pytest.fixture
def upgraded(tmp_path: Path) -> Any:
    """A file of the version before revisions had kinds, with three articles, opened today."""
    path, stamp = tmp_path / "old.db", "2026-11-22T09:30:00Z"
    of_version(path, 9)
    noted = replace(SECOND, correction="更正：死亡人数应为五人。")
    stored = {"1": FIRST, "2": noted, "3": replace(FIRST, text=f"{FIRST.text}\n\n阅读 3")}
    from storage.database import sqlite3  # noqa: PLC0415 - the copy of SQLite that the file was made with

    connection = sqlite3.connect(str(path))
    for number, (name, one) in enumerate(stored.items(), 1):
        connection.execute(
            "INSERT INTO article_heads (id, key, url, source_id, revision, first_seen_at, checked_at, text_digest)"
            " VALUES (?, ?, ?, 1, 1, ?, ?, ?)",
            (number, f"//a.cn/{name}", f"https://a.cn/{name}", stamp, stamp, f"d{number}"),
        )
        connection.execute(
            "INSERT INTO article_revisions (id, article_id, revision, fetched_at, title, origin, correction, authors,"
            " editors, credits, encoding, encoding_evidence, extractor, content_digest)"
            " VALUES (?1, ?1, 1, ?2, ?3, ?4, ?5, '[]', '[]', '[]', 'utf-8', 'meta', 'test', ?6)",
            # The digest of that version: the note of correction was no part of it.
            (number, stamp, one.title, one.origin, one.correction, content_digest(replace(one, correction=None))),
        )
        connection.execute("INSERT INTO article_texts (revision_id, text) VALUES (?, ?)", (number, one.text))
        connection.execute(
            "INSERT INTO urls (key, key_hash, site, url, source_id, state, discovered_at, next_at, article_id)"
            " VALUES (?1, x'00', 'a.cn', ?2, 1, 'stored', ?3, ?3, ?4)",
            (f"//a.cn/{name}", f"https://a.cn/{name}", stamp, number),
        )
    connection.execute("UPDATE sources SET name = 'a'")
    connection.commit()
    connection.close()
    with open_writer(path, any_key_rules=True) as database:
        yield Desk(database), stored


def test_an_upgrade_makes_no_revision_of_what_was_stored_before(upgraded) -> None:
    desk, stored = upgraded
    leased = {page.key: page.digest for page in desk.begin(limit=10, rechecks=True)}
    assert leased["//a.cn/1"] == content_digest(stored["1"])  # so that its worker says that nothing changed
    desk.end()
    desk.now += AFTER_ALL_AGES
    desk.database.execute("UPDATE urls SET next_at = '2026-11-22T00:00:00Z'")
    result = desk.recheck(*(desk.extracted(name, one) for name, one in stored.items()))
    assert (result.revised, result.unchanged) == (0, 3)
    assert revisions(desk) == [("crawl", [], None, 0)] * 3


def test_stealth_edits_are_told_newest_first(desk) -> None:
    found = desk.stored("1", FIRST)
    look(desk, SECOND, replace(SECOND, title="仓库大火"))
    assert reading.newest(desk.database, found) == 3
    edits = reading.stealth_edits(desk.database, "a")
    assert [(edit.revision, edit.changed) for edit in edits] == [(3, ("title",)), (2, ("body",))]
    assert reading.stealth_edits(desk.database, "b") == []
    assert len(reading.stealth_edits(desk.database, None, 1)) == 1
    both = reading.compared(desk.database, found, 1, 3)
    assert both is not None
    assert (both.changed, both.is_stealth) == (("title", "body"), False)
    assert reading.compared(desk.database, found, 1, 4) is None
