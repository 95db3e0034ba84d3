import random
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from storage import articles
from storage.dedup import anchors, placing
from storage.dedup.placing import place
from storage.similarity.fingerprint import fingerprint
from storage.similarity.rule import compare

TITLE = "全市重点项目建设现场会召开"


# What belongs together


def test_a_copy_is_in_the_story_of_its_original(newsroom, make_item) -> None:
    text = newsroom.text(1)
    one, other = newsroom.store(
        make_item(name="1", title=TITLE, text=text),
        make_item(name="2", title=TITLE, text=newsroom.copy(text, 2)),
    )
    assert newsroom.stories() == {frozenset({"1", "2"})}
    (pair,) = newsroom.pairs()
    assert pair[:3] == ("1", "2", "same")
    row = newsroom.database.row("SELECT * FROM article_pairs")
    assert (row["a"], row["b"]) == (one, other)
    assert 0.5 < row["jaccard"] < 1


def test_another_text_is_a_story_of_its_own(newsroom, make_item) -> None:
    newsroom.store(*(make_item(name=f"{at}", title=f"第{at}条", text=newsroom.text(at)) for at in range(5)))
    assert len(newsroom.stories()) == 5
    assert newsroom.pairs() == set()


def test_two_thin_texts_are_two_stories_though_they_are_equal(newsroom, make_item) -> None:
    newsroom.store(
        make_item(name="1", title="视频", text="点击观看视频，完整内容请看节目。"),
        make_item(name="2", title="视频", text="点击观看视频，完整内容请看节目。"),
    )
    assert newsroom.stories() == {frozenset({"1"}), frozenset({"2"})}
    assert newsroom.anchors() == {}
    second = newsroom.desk.article(newsroom.id("2"))
    assert second["duplicate_of"] == newsroom.id("1")


def test_an_event_that_comes_twice_changes_nothing(newsroom, make_item) -> None:
    text = newsroom.text(1)
    newsroom.store(make_item(name="1", title=TITLE, text=text), make_item(name="2", title=TITLE, text=text))
    before = newsroom.stories(), newsroom.pairs(), newsroom.anchors(), newsroom.desk.changes()
    newsroom.again(make_item(name="2", title=TITLE, text=text))
    assert (newsroom.stories(), newsroom.pairs(), newsroom.anchors(), newsroom.desk.changes()) == before


def test_the_fingerprint_that_the_worker_took_is_the_one_that_is_taken_here(newsroom, make_item) -> None:
    text = newsroom.text(1)
    desk = newsroom.desk
    with_one = desk.extracted
    newsroom.store(make_item(name="1", title=TITLE, text=text))
    desk.extracted = lambda *given: with_one(*given, signature=fingerprint(text))
    newsroom.store(make_item(name="2", title=TITLE, text=text))
    found = newsroom.anchors()
    assert found["1"] == found["2"]
    assert len(found["1"]) == 16


def test_a_fingerprint_of_other_rules_is_not_believed(newsroom, make_item) -> None:
    text = newsroom.text(1)
    (one,) = newsroom.store(make_item(name="1", title=TITLE, text=text))
    expected = newsroom.database.rows("SELECT * FROM fingerprints"), newsroom.anchors()
    other = newsroom.text(2)
    with newsroom.database.transaction():
        newsroom.database.execute("DELETE FROM fingerprints")
        newsroom.database.execute("DELETE FROM anchors")
        old = fingerprint(other)
        false = type(old)(version=0, digest=1, shingles=500, thin=False, anchors=old.anchors)
        place(newsroom.database, one, false, newsroom.desk.now, "rededup")
    assert (newsroom.database.rows("SELECT * FROM fingerprints"), newsroom.anchors()) == expected


def test_an_article_that_is_not_there_is_a_fault(newsroom) -> None:
    with newsroom.database.transaction(), pytest.raises(KeyError):
        place(newsroom.database, 7, None, newsroom.desk.now, "text")


# What a revision changes


def test_a_revision_with_another_text_leaves_the_story(newsroom, make_item) -> None:
    text = newsroom.text(1)
    newsroom.store(make_item(name="1", title=TITLE, text=text), make_item(name="2", title=TITLE, text=text))
    newsroom.again(make_item(name="2", title="另一件事", text=newsroom.text(2)))
    assert newsroom.stories() == {frozenset({"1"}), frozenset({"2"})}
    assert newsroom.pairs() == set()
    found = newsroom.anchors()
    assert found["1"].isdisjoint(found["2"])
    assert len(found["2"]) == 16


def test_a_revision_that_becomes_a_copy_comes_into_the_story(newsroom, make_item) -> None:
    text = newsroom.text(1)
    newsroom.store(
        make_item(name="1", title=TITLE, text=text), make_item(name="2", title="预告", text=newsroom.text(2))
    )
    newsroom.again(make_item(name="2", title=TITLE, text=text))
    assert newsroom.stories() == {frozenset({"1", "2"})}


def test_the_copies_of_a_text_that_was_revised_stay_one_story(newsroom, make_item) -> None:
    text = newsroom.text(1)
    newsroom.store(*(make_item(name=f"{at}", title=TITLE, text=text) for at in range(3)))
    newsroom.again(make_item(name="0", title="另一件事", text=newsroom.text(2)))
    assert newsroom.stories() == {frozenset({"0"}), frozenset({"1", "2"})}


def test_a_revision_that_is_thin_stands_under_nothing(newsroom, make_item) -> None:
    newsroom.store(make_item(name="1", title=TITLE, text=newsroom.text(1)))
    newsroom.again(make_item(name="1", title=TITLE, text="本文已经撤下。"))
    assert newsroom.anchors() == {}


def test_a_revision_of_the_date_is_compared_again_and_one_of_the_origin_is_not(
    newsroom, make_item, monkeypatch
) -> None:
    compared = []
    monkeypatch.setattr(placing, "compare", lambda *both: compared.append(both) or compare(*both))
    item = make_item(name="1", title=TITLE, text=newsroom.text(1))
    newsroom.store(item, replace(item, name="2"))
    assert len(compared) == 1
    newsroom.again(replace(item, name="2", origin="恩施日报"))
    assert newsroom.desk.article(newsroom.id("2"))["revision"] == 2
    assert len(compared) == 1
    newsroom.again(replace(item, name="2", origin="恩施日报", published=item.published + timedelta(days=2)))
    assert newsroom.desk.article(newsroom.id("2"))["revision"] == 3
    assert len(compared) == 2


def test_an_article_that_is_gone_stays_in_its_story(newsroom, make_item) -> None:
    text = newsroom.text(1)
    newsroom.store(make_item(name="1", title=TITLE, text=text), make_item(name="2", title=TITLE, text=text))
    newsroom.desk.lose("1")
    assert newsroom.stories() == {frozenset({"1", "2"})}
    assert [row[0] for row in newsroom.database.rows("SELECT is_canonical FROM articles ORDER BY id")] == [0, 1]
    newsroom.store(make_item(name="3", title=TITLE, text=text))
    assert newsroom.stories() == {frozenset({"1", "2", "3"})}


def test_one_stored_before_there_were_stories_gets_its_own_with_its_next_revision(newsroom, make_item) -> None:
    text = newsroom.text(1)
    newsroom.store(make_item(name="1", title=TITLE, text=text))
    for table in ("story_log", "story_heads", "fingerprints", "anchors"):
        newsroom.database.execute(f"DELETE FROM {table}")
    newsroom.store(make_item(name="2", title=TITLE, text=text))
    assert newsroom.stories() == {frozenset({"2"})}
    newsroom.again(make_item(name="1", title=TITLE, text=newsroom.copy(text, 3)))
    assert newsroom.stories() == {frozenset({"1", "2"})}


# In whatever order it comes


def _world(newsroom, make_item) -> list:
    """60 articles: stories of 1 to 9 copies, some cut or edited, and two forms of 8 instances each."""
    items = []
    for story in range(14):
        text = newsroom.text(story, 20)
        for at in range(story % 5 * 2 or 1):
            said = newsroom.copy(text, f"{story} {at}", at) if at % 3 else text[: len(text) * (10 - at) // 10]
            items.append(make_item(name=f"{story}-{at}", title=f"第{story}号新闻", text=said))
    for form in range(2):
        words = newsroom.form(form)
        items += [
            make_item(name=f"f{form}-{at}", title="每日行情播报", text=newsroom.filled(words, f"{form} {at}"))
            for at in range(8)
        ]
    assert len(items) >= 60
    return items


def test_the_order_in_which_articles_come_makes_no_difference(make_newsroom, make_item, in_batches) -> None:
    seen = []
    for seed in range(3):
        newsroom = make_newsroom()
        items = _world(newsroom, make_item)
        random.Random(seed).shuffle(items)
        for batch in in_batches(items, (1, 60, 13)[seed]):
            newsroom.store(*batch)
        seen.append((newsroom.stories(), newsroom.pairs(), newsroom.anchors()))
    assert all(one == seen[0] for one in seen[1:])
    assert {frozenset({f"4-{at}" for at in range(8)}), frozenset({"0-0"})} <= seen[0][0]
    assert all(frozenset({f"f{form}-{at}"}) in seen[0][0] for form in range(2) for at in range(8))


def test_what_articles_were_before_their_last_revision_makes_no_difference(make_newsroom, make_item) -> None:
    straight, winding = make_newsroom(), make_newsroom()
    items = _world(straight, make_item)[:30]
    straight.store(*items)
    chance = random.Random(1)
    winding.store(
        *(
            make_item(name=one.name, title=one.title, text=chance.choice((one.text, winding.text(one.name))))
            for one in items
        )
    )
    for one in items:
        winding.again(one)
    assert winding.anchors() == straight.anchors()
    assert winding.pairs() == straight.pairs()
    assert winding.stories() == straight.stories()


# What can go wrong


def test_a_transaction_that_is_rolled_back_leaves_nothing_for_the_next_with_its_ids(newsroom, make_article) -> None:
    desk, database = newsroom.desk, newsroom.database
    desk.begin()
    desk.take(desk.discovered("1", "2"))
    first = desk.extracted("1", make_article(newsroom.text(1), TITLE))
    database.execute("BEGIN")
    stored = articles.store(database, first, desk.leases[desk.job].source_id, None)
    place(database, stored.article_id, None, desk.now, "text")
    database.execute("ROLLBACK")
    desk.take(*(desk.extracted(name, make_article(newsroom.text(2), TITLE)) for name in ("1", "2")))
    assert newsroom.id("1") == stored.article_id
    assert newsroom.stories() == {frozenset({"1", "2"})}


def test_an_article_is_compared_with_few_however_many_are_like_it(newsroom, make_item) -> None:
    text = newsroom.text(1)
    for batch in range(4):
        newsroom.store(*(make_item(name=f"{batch}-{at}", title=TITLE, text=text) for at in range(10)))
    (last,) = newsroom.store(make_item(name="last", title=TITLE, text=text))
    pairs = newsroom.database.value("SELECT count(*) FROM pairs WHERE b = ?", (last,))
    assert pairs == anchors.CANDIDATES
    assert len(newsroom.stories()) == 1


def test_a_hostile_text_is_placed_in_bounded_time_and_memory(newsroom, make_item) -> None:
    for at, text in enumerate(("新" * 100_000, "\ud7ff\u0301" * 50_000, "1 " * 50_000, "。\n" * 50_000)):
        newsroom.store(make_item(name=f"{at}", title="新" * 300, text=text))
        newsroom.store(make_item(name=f"{at}b", title="新" * 300, text=text))
    assert newsroom.database.value("SELECT count(*) FROM fingerprints") == 8


def test_the_file_is_read_without_what_compares_texts(newsroom, make_item, path: Path) -> None:
    newsroom.store(make_item(name="1", title=TITLE, text=newsroom.text(1)))
    code = (
        "import sys\nfrom pathlib import Path\nimport storage.ingest\nfrom storage.database import open_reader\n"
        "print(len(open_reader(Path(sys.argv[1])).rows('SELECT * FROM article_story')),"
        " 'storage.similarity.rule' in sys.modules)"
    )
    command = [sys.executable, "-c", code, str(path)]
    said = subprocess.run(command, check=True, capture_output=True, text=True, cwd=Path(__file__).parents[3])
    assert said.stdout.split() == ["1", "False"]
