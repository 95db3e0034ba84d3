import numpy as np

from storage.dedup import anchors
from storage.similarity.fingerprint import ANCHORS, SPARE, fingerprint
from storage.similarity.shingles import shingles


def _articles(newsroom, make_item, count: int) -> list[int]:
    return newsroom.store(*(make_item(name=f"{at:03}", title="短讯", text="一句话。") for at in range(count)))


def _sharing(newsroom, under, *, but: int) -> list[tuple[int, int]]:
    return anchors.sharing(newsroom.database, anchors.standing(newsroom.database, under), but=but)


def test_the_first_keys_of_a_text_are_those_of_its_fingerprint(newsroom) -> None:
    text = newsroom.text(1)
    of = anchors.keys(shingles(text))
    assert tuple(of[: ANCHORS + SPARE]) == fingerprint(text).anchors
    assert len(of) == anchors.DEPTH
    assert max(of) < 1 << 47
    assert anchors.keys(np.empty(0, dtype=np.uint64)) == []


def test_candidates_share_two_keys_and_those_that_share_most_come_first(newsroom, make_item) -> None:
    one, none, two, three, ours = _articles(newsroom, make_item, 5)
    for article, under in ((one, [1]), (none, []), (two, [1, 2, 9]), (three, [1, 2, 3]), (ours, [1, 2, 3, 4])):
        anchors.add(newsroom.database, article, under)
    assert _sharing(newsroom, [1, 2, 3, 4], but=ours) == [(three, 3), (two, 2)]
    anchors.remove(newsroom.database, three, [1, 3, 7])
    assert _sharing(newsroom, [1, 2, 3, 4], but=ours) == [(two, 2)]
    assert _sharing(newsroom, [], but=ours) == []


def test_of_too_many_equal_candidates_both_ends_draw_the_same_lot(newsroom, make_item) -> None:
    ids = _articles(newsroom, make_item, 31)
    for article in ids:
        anchors.add(newsroom.database, article, [1, 2])
    anchors.add(newsroom.database, ids[7], [3])
    found = _sharing(newsroom, [1, 2, 3], but=ids[30])
    assert len(found) == anchors.CANDIDATES
    lots = {one: anchors._lots(newsroom.database, one, [other for other in ids if other != one]) for one in ids}
    assert all(lots[one][other][0] == lots[other][one][0] for one in ids for other in ids if one != other)
    taken = {one: {other for other, _ in _sharing(newsroom, [1, 2], but=one)} for one in ids}
    times = [sum(one in others for others in taken.values()) for one in ids]
    assert min(times) > 5
    assert max(times) < 31


def test_hot_keys_are_passed_over(newsroom) -> None:
    newsroom.database.executemany("INSERT INTO hot_anchors (hash) VALUES (?)", [(2,), (5,), (99,)])
    assert anchors.cold(newsroom.database, [1, 2, 3, 4, 5, 6]) == [1, 3, 4, 6]
    assert anchors.assigned(newsroom.database, range(40)) == [0, 1, 3, 4, *range(6, 18)]
    assert anchors.cold(newsroom.database, []) == []
