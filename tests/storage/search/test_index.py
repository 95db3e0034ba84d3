"""The index is in step with what is stored: nothing is found by what is no longer said."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path

import pytest

from storage.database import Database, open_reader
from storage.records import SearchTerms
from storage.search import index, reindexing
from storage.search.finding import find
from storage.search.terms import VERSION, search_terms
from storage.selection import Selection
from tests.storage.conftest import HOUR, Desk, article
from tests.storage.search.conftest import OWN, Shelf, news_texts


def postings(database: Database) -> set[tuple[str, int]]:
    """Every term of the index with every article that has it, ghosts among them."""
    database.execute("CREATE VIRTUAL TABLE temp.terms USING fts5vocab(main, article_fts, instance)")
    found = {(row["term"], row["doc"]) for row in database.rows("SELECT term, doc FROM temp.terms")}
    database.execute("DROP TABLE temp.terms")
    return found


def made_anew(shelf: Shelf) -> set[tuple[str, int]]:
    """What the index would be if it was made of what the articles say now."""
    shelf.database.execute("CREATE VIRTUAL TABLE temp.article_fts USING fts5(title, text, content='', detail=none)")
    said = ((id_, title, text) for id_, (title, text) in shelf.texts.items())
    index.fill(shelf.database, said, "temp.article_fts")
    shelf.database.execute("CREATE VIRTUAL TABLE temp.anew USING fts5vocab(temp, article_fts, instance)")
    found = {(row["term"], row["doc"]) for row in shelf.database.rows("SELECT term, doc FROM temp.anew")}
    shelf.database.execute("DROP TABLE temp.anew")
    shelf.database.execute("DROP TABLE temp.article_fts")
    return found


def test_after_many_revisions_and_prunings_the_index_is_as_one_made_anew(shelf: Shelf) -> None:
    luck = random.Random(11)
    said = [*((text[:9], text) for text in OWN), *news_texts()[:20]]
    for _ in range(7):
        with shelf.database.transaction():
            for _ in range(6):
                title, text = luck.choice(said)
                cut = text[luck.randrange(len(text)) :]
                done = luck.random()
                if done < 0.5 or not shelf.texts:
                    shelf.put(luck.choice((title, None)), cut)
                elif done < 0.85:
                    shelf.revise(luck.choice(list(shelf.texts)), title, cut)
                else:
                    shelf.prune(luck.choice(list(shelf.texts)))
        assert postings(shelf.database) == made_anew(shelf)
    shelf.database.execute("INSERT INTO article_fts (article_fts) VALUES ('integrity-check')")


def test_articles_that_are_entered_together_are_found_by_what_each_said_last(shelf: Shelf) -> None:
    luck = random.Random(12)
    for _ in range(4):
        with shelf.database.transaction():
            shelf.entries = index.Entries(shelf.database)
            ids = [*shelf.texts, *(shelf.put(text[:5], text) for text in luck.choices(OWN, k=3))]
            for id_ in luck.choices(ids, k=9):
                shelf.revise(id_, luck.choice(("一", None)), luck.choice(OWN))
            shelf.entries.write()
        assert postings(shelf.database) == made_anew(shelf)


def test_a_batch_of_articles_is_one_part_of_the_index(desk: Desk) -> None:
    names = [f"{number}.html" for number in range(12)]
    desk.begin()
    desk.take(desk.discovered(*names), *(desk.extracted(name, article(f"第{name}篇说的是防汛。")) for name in names))
    assert desk.database.value("SELECT count(DISTINCT segid) FROM article_fts_idx") == 1
    assert len(find(desk.database, "防汛", Selection()).hits) == 12


def test_what_is_crawled_is_found_and_what_was_edited_away_is_not(desk: Desk) -> None:
    id_ = desk.stored("1", article("国务院召开会议，讨论防汛。", title="防汛"))
    assert [hit.article_id for hit in find(desk.database, "国务院", Selection()).hits] == [id_]
    desk.now += 6 * HOUR
    desk.recheck(desk.extracted("1", article("教育部召开会议，讨论招生。", title="招生")))
    assert [hit.article_id for hit in find(desk.database, "教育部 招生", Selection()).hits] == [id_]
    assert {doc for term, doc in postings(desk.database) if term == "教育"} == {id_}
    assert not {term for term, _ in postings(desk.database)} & {"国务", "防汛", "国务院"}


def test_terms_of_the_worker_are_taken_and_those_of_other_rules_are_not(shelf: Shelf) -> None:
    made = SearchTerms(version=VERSION, title="", text="甲乙")
    other = SearchTerms(version="0-other", title="", text="丙丁")
    with shelf.database.transaction():
        shelf.put(None, "一二")
        entries = index.Entries(shelf.database)
        entries.put(2, 1, None, "戊己", terms=made)
        entries.put(3, 1, None, "庚辛", terms=other)
        entries.write()
    assert {doc for term, doc in postings(shelf.database) if term == "甲乙"} == {2}
    assert {term for term, doc in postings(shelf.database) if doc == 3} == {"庚辛", "辛"}


def test_an_index_of_other_rules_is_left_alone_and_said_so_once_a_version(shelf: Shelf) -> None:
    database = shelf.database
    with database.transaction():
        shelf.put(None, "一二")
        database.execute("UPDATE meta SET value = '0-other' WHERE name = 'search_index'")
        before = postings(database)
        shelf.put(None, "三四")
        shelf.revise(1, None, "五六")
        index.remove(database, 1)
        assert postings(database) == before
        told = [index.advice_once(database) for _ in range(3)]
    assert told[0] is not None
    assert "dibao db reindex" in told[0]
    assert told[1:] == [None, None]
    assert index.advice(database) == told[0]


def test_terms_are_the_same_before_and_after_what_cannot_be_stored_is_left_out() -> None:
    assert search_terms("党\x00建", "工\ud800作 a\x00b") == search_terms("党建", "工作 ab")


@pytest.mark.parametrize("text", ["", " ", "。", "a" * 40_000, "党" * 50_000, "\u0301", "\U0010ffff", "\U000323b0x"])
def test_no_text_is_too_odd_to_be_indexed_and_taken_back(shelf: Shelf, text: str) -> None:
    with shelf.database.transaction():
        entries = index.Entries(shelf.database)
        entries.put(1, 1, text, text, terms=None)
        entries.write()
        shelf.database.execute(
            "INSERT INTO article_fts (article_fts, rowid, title, text) VALUES ('delete', 1, ?, ?)",
            (search_terms(text, text).title, search_terms(text, text).text),
        )
    assert postings(shelf.database) == set()


@pytest.mark.parametrize(
    ("typed", "ids"),
    [("党建", {1, 2}), ("国务院", {1}), ("著名", {1}), ("乾隆", {1}), ("南极 考察", {1}), ("党*", {1, 2})],
)
def test_a_plain_sqlite_finds_what_is_typed_in_simplified_script(shelf: Shelf, typed: str, ids: set[int]) -> None:
    with shelf.database.transaction():
        shelf.put("国务院的党建", "著名的南极之后，考察乾隆")
        shelf.put("國務院黨建", "黨")
        shelf.prune(2)
        shelf.put("他的黨建", "說")
    shelf.database.close()
    with sqlite3.connect(shelf.database.path) as plain:
        rows = plain.execute("SELECT rowid FROM article_fts WHERE article_fts MATCH ?", (typed,))
        assert {1 if row[0] == 1 else 2 for row in rows} == ids


def test_reindexing_makes_the_same_index_and_follows_the_articles_on(shelf: Shelf, path: Path) -> None:
    with shelf.database.transaction():
        for text in OWN:
            shelf.put(text[:5], text)
        shelf.prune(3)
        shelf.revise(1, "新的", "说法")
        wanted = postings(shelf.database)
        shelf.database.execute("INSERT INTO article_fts (article_fts) VALUES ('delete-all')")
        shelf.database.execute("DELETE FROM meta WHERE name = 'search_index'")
    steps: list[tuple[int, int]] = []
    dry = reindexing.reindex_file(path, dry_run=True)
    assert (dry.articles, dry.before, dry.wanted) == (len(OWN) - 1, None, True)
    done = reindexing.reindex_file(path, lambda *step: steps.append(step))
    assert done == dry
    assert steps[-1] == (len(OWN) - 1, len(OWN) - 1)
    assert postings(shelf.database) == wanted
    assert index.advice(shelf.database) is None
    with shelf.database.transaction():
        shelf.revise(2, "又一次", "改了")
    assert postings(shelf.database) == made_anew(shelf)
    assert not reindexing.reindex_file(path, dry_run=True).wanted


def test_reindexing_that_was_stopped_goes_on_unless_something_was_written(
    shelf: Shelf, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reindexing, "BATCH", 2)
    with shelf.database.transaction():
        for text in OWN:
            shelf.put(None, text)
    wanted = postings(shelf.database)
    stop_at(path, 4)
    assert postings(shelf.database) == wanted
    steps: list[int] = []
    reindexing.reindex_file(path, lambda done, _: steps.append(done))
    assert steps[0] == 4
    stop_at(path, 4)
    shelf.database.execute(
        "INSERT INTO change_log (article_id, op, revision, at) VALUES (1, 'revise', 1, '2026-11-01T00:00:00Z')"
    )
    steps.clear()
    reindexing.reindex_file(path, lambda done, _: steps.append(done))
    assert steps[0] == 0
    assert postings(shelf.database) == wanted
    with open_reader(path) as reader:
        assert reader.value("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'article_fts_new%'") == 0


def stop_at(path: Path, articles: int) -> None:
    """None; a reindexing was stopped after so many articles."""

    def stop(done: int, _: int) -> None:
        if done >= articles:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        reindexing.reindex_file(path, stop)
