"""A consumer that applies what changed has what a full export says, whatever happened and however often it asks."""

import random
from dataclasses import replace
from typing import Any

import pytest

from storage.database import Database, open_reader
from storage.export.filters import condition
from storage.export.lines import FeedShorter, Lines, Wanted
from storage.selection import Selection
from tests.storage.conftest import HOUR, Desk, article
from tests.storage.export.conftest import chunked, jsonl, pruned

SENTENCES = [f"第{n}句说的是{word}，谁也不曾料到。" for n, word in enumerate("甲乙丙丁戊己庚辛壬癸")]
SILENT = {"checked_at"}
"""That an article was seen again as it is makes no change."""


def text(luck: random.Random) -> str:
    return "\n\n".join("".join(luck.choices(SENTENCES, k=9)) for _ in range(luck.randint(1, 6)))


class Copy:
    """What a consumer has: by id, and which number it has come to."""

    def __init__(self, export: Any, **wanted: Any) -> None:
        self.export, self.wanted = export, wanted
        self.rows: dict[Any, dict[str, Any]] = {}
        self.since = 0

    def follow(self, database: Database, *, forgets: bool) -> None:
        found, reached = self.export(database, self.since, **self.wanted)
        for row in found:
            if not row.get("deleted"):
                self.rows[row["id"]] = row
            elif isinstance(row["id"], str) and ":" not in row["id"]:
                self.rows = {at: one for at, one in self.rows.items() if one["article"] != row["article"]}
            else:
                self.rows.pop(row["id"], None)
        assert [row["seq"] for row in found] == sorted(row["seq"] for row in found)
        if not forgets:
            self.since = reached

    def check(self, database: Database) -> None:
        full, _ = self.export(database, **{name: it for name, it in self.wanted.items() if name != "limit"})
        wanted = {row["id"]: row for row in full}
        assert {at: bare(row) for at, row in self.rows.items()} == {at: bare(row) for at, row in wanted.items()}


def bare(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in SILENT}


@pytest.mark.parametrize("seed", range(2))
def test_a_consumer_that_follows_has_what_a_full_export_says(desk: Desk, seed: int) -> None:
    desk.database.execute("PRAGMA synchronous = OFF")
    luck = random.Random(seed)
    copies = [
        Copy(jsonl),
        Copy(jsonl, conditions=(condition("title ~ 甲"), condition("status = live"))),
        Copy(jsonl, canonical=True, section="国内"),
        Copy(jsonl, selection=Selection(sources=("a",), until="2026-11-22T20:30:00Z"), limit=3),
        Copy(chunked, target=120),
        Copy(chunked, target=120, conditions=(condition("text !~ 癸"), condition("status = live"))),
    ]
    alive: dict[str, int] = {}
    for step in range(40):
        desk.now += HOUR
        said = article(
            text(luck), luck.choice("甲乙"), sections=tuple(luck.sample(["国内", "国际"], luck.randint(0, 2)))
        )
        what = luck.random()
        if what < 0.4 or not alive:
            alive[f"n{step}"] = desk.stored(f"n{step}", said)
        elif what < 0.75:
            desk.begin()
            desk.take(desk.extracted(luck.choice(list(alive)), said))
            desk.end()
        elif what < 0.9:
            desk.lose(luck.choice(list(alive)))
        else:
            pruned(desk, alive.pop(luck.choice(list(alive))))
        for copy in copies:
            if luck.random() < 0.3:
                copy.follow(desk.database, forgets=luck.random() < 0.3)
    for copy in copies:
        for _ in range(60):  # one of them takes three at a time
            copy.follow(desk.database, forgets=False)
        copy.check(desk.database)
        assert copy.since == desk.database.value("SELECT max(seq) FROM changes")
        assert copy.export(desk.database, copy.since, **copy.wanted)[0] == []


def test_each_article_that_changed_comes_once_in_the_order_of_its_last_change(desk: Desk) -> None:
    first, second = desk.stored("1", "甲的正文。"), desk.stored("2", "乙的正文。")
    seen = desk.database.value("SELECT max(seq) FROM changes")
    desk.now += HOUR
    desk.recheck(desk.extracted("1", "甲的新正文。"))
    found, reached = jsonl(desk.database, 0)
    assert [(row["id"], row["op"]) for row in found] == [(second, "insert"), (first, "revise")]
    assert found[-1]["seq"] == reached
    found, reached = jsonl(desk.database, seen)
    assert [(row["id"], row["text"]) for row in found] == [(first, "甲的新正文。")]
    assert jsonl(desk.database, reached) == ([], reached)


def test_a_pruned_article_is_a_tombstone_and_no_more(desk: Desk) -> None:
    gone = desk.stored("1")
    pruned(desk, gone)
    assert jsonl(desk.database) == ([], 2)
    assert jsonl(desk.database, 0)[0] == [{"id": gone, "seq": 2, "op": "prune", "deleted": True}]
    (row,) = chunked(desk.database, 1)[0]
    assert row == {"id": str(gone), "article": gone, "seq": 2, "op": "prune", "deleted": True}
    assert jsonl(desk.database, 0, selection=Selection(sources=("a",)))[0] != []


def test_an_article_that_a_filter_lets_out_is_dropped_but_not_one_that_was_never_in(desk: Desk) -> None:
    wanted = {"conditions": (condition("title = 甲"),)}
    leaves = desk.stored("1", article("甲的正文。", "甲"))
    desk.stored("2", article("乙的正文。", "乙"))
    found, reached = jsonl(desk.database, 0, **wanted)
    assert [row["id"] for row in found] == [leaves]
    assert reached == 2  # also where the last changes were not let through
    desk.now += HOUR
    desk.recheck(desk.extracted("1", article("甲的正文。", "丙")))
    assert jsonl(desk.database, reached, **wanted)[0] == [{"id": leaves, "seq": 3, "op": "revise", "deleted": True}]


def test_a_limit_ends_where_the_next_export_goes_on(desk: Desk) -> None:
    for name in "123":
        desk.stored(name, f"{name}的正文。")
    found, reached = jsonl(desk.database, 0, limit=2)
    assert ([row["id"] for row in found], reached) == ([1, 2], 2)
    found, reached = jsonl(desk.database, reached, limit=2)
    assert ([row["id"] for row in found], reached) == ([3], 3)
    assert jsonl(desk.database, limit=2)[1] is None  # a part of all articles is no point of the feed


def test_the_chunks_of_earlier_revisions_are_dropped_before_those_of_today_come(desk: Desk) -> None:
    long = "\n\n".join(SENTENCES * 8)
    first = desk.stored("1", long)
    seen = desk.database.value("SELECT max(seq) FROM changes")
    desk.now += HOUR
    desk.recheck(desk.extracted("1", "短了。"))
    found, _ = chunked(desk.database, seen)
    dropped = [row["id"] for row in found if row.get("deleted")]
    assert dropped == [f"{first}:1:{n}" for n in range(1, len(dropped) + 1)]
    assert len(dropped) > 2
    assert [row["id"] for row in found[len(dropped) :]] == [f"{first}:2:1"]


def test_a_number_that_the_feed_has_not_reached_is_refused(desk: Desk) -> None:
    desk.stored("1")
    with pytest.raises(FeedShorter, match=r"changes end at 1, before 2.*--since-seq 0"):
        jsonl(desk.database, 2)


def test_an_article_may_be_chosen_by_words_that_it_loses(desk: Desk) -> None:
    leaves = desk.stored("1", article("党建工作。", "甲"))
    stays = desk.stored("2", replace(article("无关。", "乙"), title="党建"))
    assert [row["id"] for row in jsonl(desk.database, words="党建")[0]] == [leaves, stays]
    seen = desk.database.value("SELECT max(seq) FROM changes")
    desk.now += HOUR
    desk.recheck(desk.extracted("1", article("别的工作。", "甲")))
    assert jsonl(desk.database, words="党建")[0][0]["id"] == stays
    assert [(row["id"], row.get("deleted")) for row in jsonl(desk.database, seen, words="党建")[0]] == [(leaves, True)]


def test_an_export_is_a_picture_of_one_moment_and_the_next_has_what_came_meanwhile(desk: Desk) -> None:
    for name in "123":
        desk.stored(name, f"{name}的正文。")
    with open_reader(desk.database.path) as reader:
        reader.execute("BEGIN")
        lines = Lines(reader, Wanted(), ["id", "text"], since=0)
        seen = iter(lines)
        assert next(seen).article_id == 1
        desk.stored("4", "4的正文。")
        desk.now += HOUR
        desk.recheck(desk.extracted("3", "3的新正文。"))
        assert [(line.article_id, line.row["text"]) for line in seen] == [(2, "2的正文。"), (3, "3的正文。")]
        assert lines.next_since == 3
    assert [row["id"] for row in jsonl(desk.database, lines.next_since)[0]] == [4, 3]
