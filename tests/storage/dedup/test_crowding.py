import random

import pytest

from storage.dedup import anchors

TITLE = "全市重点项目建设现场会召开"


@pytest.fixture(autouse=True)
def few_under_one_key(monkeypatch) -> None:
    """Less room under a key than there is: a crowd of 20 shows what one of 60 does, and is compared in a fifth."""
    monkeypatch.setattr(anchors, "KEPT", 12)


def _copies(newsroom, make_item, count: int, edits: int = 2) -> list:
    text = newsroom.text("big", 12)
    return [make_item(name=f"c{at}", title=TITLE, text=newsroom.copy(text, at, edits)) for at in range(count)]


def _instances(newsroom, make_item, count: int) -> list:
    form = newsroom.form("daily", 6)
    return [make_item(name=f"t{at}", title="每日行情播报", text=newsroom.filled(form, at)) for at in range(count)]


def _most_under_one_key(newsroom) -> int:
    return newsroom.database.value("SELECT max(n) FROM (SELECT count(*) AS n FROM anchors GROUP BY hash)")


def test_forty_copies_are_one_story_and_make_no_key_too_common(newsroom, make_item, in_batches) -> None:
    for batch in in_batches(_copies(newsroom, make_item, 40), 20):
        newsroom.store(*batch)
    assert len(newsroom.stories()) == 1
    assert _most_under_one_key(newsroom) == anchors.KEPT
    assert newsroom.database.value("SELECT count(*) FROM hot_anchors") == 0


def test_the_words_of_a_form_are_too_common_and_its_instances_stand_under_their_own(
    newsroom, make_item, in_batches
) -> None:
    items = _instances(newsroom, make_item, 20)
    for batch in in_batches(items, 6):
        newsroom.store(*batch)
    assert newsroom.database.value("SELECT count(*) FROM hot_anchors") > 16
    assert newsroom.database.value("SELECT count(*) FROM anchors NATURAL JOIN hot_anchors") == 0
    assert _most_under_one_key(newsroom) <= anchors.KEPT
    assert {len(keys) for keys in newsroom.anchors().values()} == {16}
    assert len(newsroom.stories()) == 20


def test_a_copy_of_an_instance_is_found_whether_it_came_before_or_after_the_form_was_too_common(
    newsroom, make_item, in_batches
) -> None:
    items = _instances(newsroom, make_item, 20)
    for batch in in_batches(items, 6):
        newsroom.store(*batch)
    for at in (0, 6, 11, 12, 13, 19):
        newsroom.store(make_item(name=f"copy{at}", title=items[at].title, text=items[at].text + "（责编：某某）"))
        assert frozenset({f"t{at}", f"copy{at}"}) in newsroom.stories()


def test_which_keys_are_too_common_does_not_depend_on_the_order(make_newsroom, make_item, in_batches) -> None:
    seen = []
    for seed in range(2):
        newsroom = make_newsroom()
        items = _instances(newsroom, make_item, 20)
        random.Random(seed).shuffle(items)
        for batch in in_batches(items, 3 + 10 * seed):
            newsroom.store(*batch)
        hot = {row[0] for row in newsroom.database.rows("SELECT hash FROM hot_anchors")}
        seen.append((hot, newsroom.anchors(), newsroom.stories()))
    assert seen[0] == seen[1]


def test_a_key_full_of_copies_makes_room_for_another_story(newsroom, make_item, in_batches) -> None:
    for batch in in_batches(_copies(newsroom, make_item, 20, edits=0), 20):
        newsroom.store(*batch)
    shared = newsroom.text("big", 12).split("\n")[0]
    newsroom.store(make_item(name="quote", title="另一件事", text=shared + newsroom.text("other", 3)))
    under = newsroom.anchors()
    assert len(under["quote"]) == 16
    assert _most_under_one_key(newsroom) == anchors.KEPT
    assert len(newsroom.stories()) == 2


def test_a_revision_leaves_the_keys_that_took_the_place_of_hot_ones(newsroom, make_item, in_batches) -> None:
    items = _instances(newsroom, make_item, 20)
    for batch in in_batches(items, 6):
        newsroom.store(*batch)
    newsroom.again(make_item(name="t3", title="休刊", text="今天没有行情。"))
    assert "t3" not in newsroom.anchors()


def test_copies_that_stand_under_nothing_stay_one_story_when_those_that_do_are_revised(
    newsroom, make_item, monkeypatch
) -> None:
    monkeypatch.setattr(anchors, "KEPT", 2)
    newsroom.store(*_copies(newsroom, make_item, 6, edits=0))
    assert sorted(newsroom.anchors()) == ["c0", "c1"]
    for name in ("c0", "c1"):
        newsroom.again(make_item(name=name, title="另一件事", text=newsroom.text(name)))
    assert newsroom.stories() == {frozenset({"c0"}), frozenset({"c1"}), frozenset({"c2", "c3", "c4", "c5"})}
