import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import sqlite_utils

from storage import schema
from storage.database import Database, open_writer
from storage.records import Credit, Dateline, Evidence, Image, PublicationTime
from tests.storage.conftest import Desk
from tests.storage.test_schema import of_version

BEIJING = timezone(timedelta(hours=8))
LISTS = ("sections", "keywords", "images", "evidence")
UNKNOWN = (
    "kicker", "subheadline", "markdown", "modified_at", "modified_precision", "modified_local", "published_found_in",
    "published_offset_assumed", "origin_raw", "origin_url", "origin_kind", "dateline_place", "dateline_agency",
    "dateline_date", "dateline_raw", "print_page", "licence", "correction", "damage", "canonical_url", "confidence",
    "found_by",
)  # fmt: skip


@pytest.fixture
def full(make_article) -> Any:
    """An article that says all that one can say."""
    return make_article(
        "新华社北京4月11日电 正文。",
        markdown="新华社北京4月11日电 正文。\n\n![图](https://a.cn/1.jpg)",
        kicker="肩题",
        subheadline="副题",
        published=PublicationTime(
            at=datetime(2026, 4, 11, 8, 5, tzinfo=BEIJING), precision="minute", raw="4月11日 08:05", where="head"
        ),
        modified=PublicationTime(
            at=datetime(2026, 4, 12, tzinfo=BEIJING), precision="day", raw="4月12日", where="json-ld"
        ),
        origin="新华社",
        origin_raw="来源：新华社",
        origin_url="https://b.cn/",
        origin_kind="wire",
        dateline=Dateline(raw="新华社北京4月11日电", place="北京", agency="新华社", date="4月11日"),
        credits=(
            Credit(role="reporter", name="张三", raw="记者张三", where="tail"),
            Credit(role="author", name="本报编辑部", organisation=True),
        ),
        sections=("首页", "国内"),
        keywords=("桥", "路"),
        print_page="04",
        images=(Image(url="https://a.cn/1.jpg", caption="图", photographer="李四"),),
        licence="未经授权不得转载",
        correction="此前稿件有误",
        damage="encoding",
        confidence=0.75,
        found_by="steered",
        learned=2,
        canonical_url="https://a.cn/1",
        evidence=(
            Evidence(fact="published", value="2026-04-11T08:05+08:00", raw="4月11日 08:05", where="head", chosen=True),
            Evidence(fact="published", value="2026-04-10", raw="2026/0410", where="url", chosen=False),
        ),
    )


def test_all_that_a_page_says_is_in_the_view_of_articles_and_of_revisions(desk, full) -> None:
    row = dict(desk.article(desk.stored("1", full)))
    texts = {
        "markdown": full.markdown, "kicker": "肩题", "subheadline": "副题", "published_found_in": "head",
        "published_offset_assumed": 0, "modified_at": "2026-04-11T16:00:00Z", "modified_local": "2026-04-12",
        "modified_precision": "day", "origin_raw": "来源：新华社", "origin_url": "https://b.cn/",
        "origin_kind": "wire", "dateline_place": "北京", "dateline_agency": "新华社", "dateline_date": "4月11日",
        "dateline_raw": "新华社北京4月11日电", "print_page": "04", "licence": "未经授权不得转载",
        "correction": "此前稿件有误", "damage": "encoding", "canonical_url": "https://a.cn/1", "confidence": 0.75,
        "found_by": "steered", "learned": 2,
    }  # fmt: skip
    assert {name: row[name] for name in texts} == texts
    assert json.loads(row["sections"]) == ["首页", "国内"]
    assert json.loads(row["keywords"]) == ["桥", "路"]
    assert json.loads(row["images"]) == [{"url": "https://a.cn/1.jpg", "caption": "图", "photographer": "李四"}]
    revision = dict(desk.database.row("SELECT * FROM revisions"))
    assert {name: revision[name] for name in (*texts, *LISTS)} == {name: row[name] for name in (*texts, *LISTS)}


def test_what_a_page_does_not_say_of_itself_is_null_or_an_empty_list(desk) -> None:
    row = desk.article(desk.stored("1"))
    assert {name: row[name] for name in UNKNOWN} == dict.fromkeys(UNKNOWN)
    assert [row[name] for name in LISTS] == ["[]"] * 4
    assert row["learned"] == 0


def test_what_a_page_offers_for_a_fact_is_a_row_each_with_where_it_was_found(desk, full) -> None:
    found = desk.stored("1", full)
    rows = [tuple(row) for row in desk.database.rows("SELECT * FROM facts")]
    assert rows == [
        (found, "a", "published", "2026-04-11T08:05+08:00", "4月11日 08:05", "head", 1),
        (found, "a", "published", "2026-04-10", "2026/0410", "url", 0),
    ]


def test_credits_are_a_row_each_of_the_newest_revision(desk, full, make_article) -> None:
    found = desk.stored("1", full)
    sql = "SELECT article_id, source, role, name, organisation, raw, found_in FROM credits"
    assert [tuple(row) for row in desk.database.rows(sql)] == [
        (found, "a", "reporter", "张三", 0, "记者张三", "tail"),
        (found, "a", "author", "本报编辑部", 1, None, None),
    ]
    desk.now += timedelta(hours=1)
    desk.recheck(desk.extracted("1", make_article()))
    assert desk.database.rows(sql) == []


OLD = "2026-11-22T09:30:00Z"
V5_ROWS = (
    f"""INSERT INTO article_heads (key, url, source_id, revision, first_seen_at, checked_at, text_digest)
        VALUES ('//a.cn/1', 'https://a.cn/1', 1, 2, '{OLD}', '{OLD}', 'd')""",
    *(
        "INSERT INTO article_revisions (article_id, revision, fetched_at, title, published_at, published_local,"
        " published_precision, published_raw, published_where, published_offset_assumed, authors, editors, credits,"
        f" encoding, encoding_evidence, extractor, content_digest) VALUES (1, {number}, '{OLD}', '标题{number}',"
        f" '{OLD}', '2026-11-22T17:30+08:00', 'minute', '17:30', 'head', 1, '[\"张三\"]', '[]',"
        " '[{\"role\":\"reporter\",\"name\":\"张三\",\"raw\":\"记者张三\"}]', 'utf-8', 'meta', 'old', 'd')"
        for number in (1, 2)
    ),
    "INSERT INTO article_texts (revision_id, text) VALUES (1, '一。'), (2, '二。')",
    f"""INSERT INTO urls (key, key_hash, site, url, source_id, state, discovered_at, next_at, article_id)
        VALUES ('//a.cn/1', x'00', 'a.cn', 'https://a.cn/1', 1, 'stored', '{OLD}', '{OLD}', 1)""",
)


@pytest.fixture
def migrated(tmp_path: Path) -> Any:
    """A file of version 5 with an article of two revisions, opened today."""
    of_version(tmp_path / "old.db", 5)
    connection = sqlite_utils.Database(str(tmp_path / "old.db")).conn
    for statement in V5_ROWS:
        connection.execute(statement)
    connection.commit()
    before = [tuple(row) for row in connection.execute("SELECT * FROM articles")]
    names = [row[0] for row in connection.execute("SELECT name FROM pragma_table_info('articles')")]
    connection.close()
    with open_writer(tmp_path / "old.db", any_key_rules=True) as database:
        yield database, names, before


def test_articles_of_a_version_5_file_keep_their_columns_in_their_order_and_have_the_new_ones(migrated) -> None:
    database, names, before = migrated
    assert database.value("PRAGMA user_version") == schema.VERSION
    row = dict(database.row("SELECT * FROM articles"))
    assert list(row)[: len(names)] == names
    assert [tuple(row.values())[: len(names)]] == before
    new = {name: row[name] for name in UNKNOWN if not name.startswith("published")}
    assert new == dict.fromkeys(new)
    assert (row["published_found_in"], row["published_offset_assumed"], row["learned"]) == ("head", 1, 0)
    assert [row[name] for name in LISTS] == ["[]"] * 4


def test_credits_of_a_version_5_file_are_rows_too(migrated) -> None:
    database: Database = migrated[0]
    rows = [tuple(row) for row in database.rows("SELECT role, name, organisation, raw, found_in FROM credits")]
    assert rows == [("reporter", "张三", 0, "记者张三", None)]
    assert [row["text"] for row in database.rows("SELECT text FROM revisions ORDER BY revision")] == ["一。", "二。"]
    assert database.rows("SELECT * FROM facts") == []


def test_an_article_of_a_version_5_file_is_revised_by_the_extractor_of_today(migrated, make_article) -> None:
    desk = Desk(migrated[0])
    desk.now = datetime(2026, 11, 22, 10, tzinfo=UTC)
    with desk.database.transaction():
        desk.database.execute("UPDATE sources SET name = 'a'")
    assert desk.recheck(desk.extracted("1", make_article("二。", "标题2"))).revised == 1
    causes = desk.database.rows("SELECT cause, learned FROM revisions ORDER BY revision")
    assert [tuple(row) for row in causes] == [("crawl", 0), ("crawl", 0), ("extractor", 0)]


# Why a revision


@pytest.mark.parametrize(
    ("before", "after", "cause"),
    [
        ({"text": "一。\n\n广告\n\n二。"}, {"text": "一。\n\n二。", "learned": 1}, "chrome"),
        ({"text": "一。\n\n二。", "learned": 1}, {"text": "一。\n\n广告\n\n二。"}, "chrome"),
        ({"text": "一。\n\n广告\n\n二。"}, {"text": "一。\n\n二。"}, "crawl"),
        ({"text": "一。\n\n广告\n\n二。"}, {"text": "一。\n\n三。", "learned": 1}, "crawl"),
        ({"text": "一。\n\n二。"}, {"text": "二。\n\n一。", "learned": 1}, "crawl"),
        ({"text": "一。"}, {"text": "二。", "extractor": "newer"}, "extractor"),
        ({"text": "一。"}, {"text": "一。", "origin": "新华社"}, "crawl"),
    ],
)
def test_a_revision_says_why_it_was_written(desk, make_article, before, after, cause: str) -> None:
    desk.stored("1", replace(make_article(), **before))
    desk.now += timedelta(hours=1)
    assert desk.recheck(desk.extracted("1", replace(make_article(), **after))).revised == 1
    assert desk.database.value("SELECT cause FROM revisions WHERE revision = 2") == cause
