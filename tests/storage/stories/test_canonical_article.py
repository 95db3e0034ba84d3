from datetime import UTC, datetime, timedelta
from itertools import permutations

from storage.stories.canonical_article import Member, canonical, first_published, published
from storage.stories.publishers import imprint

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 21, 16, tzinfo=UTC)
HOUR = timedelta(hours=1)


def member(number, **other):
    said = {name: other.pop(name) for name in ("origin", "source", "origin_url") if name in other}
    values = {
        "id": number, "key": f"//{number}.example/a", "gone": False, "sound": True, "shingles": 400,
        "published_at": NOON, "day_only": False, "first_seen_at": NOON + 6 * HOUR,
        "imprint": imprint(url=f"https://{number}.example/a", home=f"https://{number}.example", **said),
    }  # fmt: skip
    return Member(**{**values, **other})


def chosen(*members):
    """Who stands for these, in whatever order they are."""
    found = {canonical(order) for order in permutations(members)}
    assert len(found) == 1
    return found.pop()


def test_whom_the_others_name_stands_for_the_story_whatever_the_clocks_say():
    paper = member(3, source="恩施日报", published_at=NOON + 2 * HOUR)
    assert chosen(member(1, origin="恩施日報"), member(2, origin="恩施日报社"), paper) == 3


def test_whom_more_name_goes_before_whom_fewer_name():
    one, other = member(1, source="甲日报"), member(2, source="乙日报")
    assert chosen(one, other, member(3, origin="乙日报"), member(4, origin="乙日报社"), member(5, origin="甲日报")) == 2


def test_else_the_earliest_stands_for_it_then_who_was_seen_first_then_the_first_key():
    assert chosen(member(1), member(2, published_at=NOON - HOUR)) == 2
    assert chosen(member(1), member(2, first_seen_at=NOON + HOUR)) == 2
    assert chosen(member(2), member(1, id=9)) == 9
    assert chosen(member(1, published_at=None), member(2, published_at=NOON + HOUR)) == 2


def test_a_day_without_a_time_beats_no_time_of_that_day_but_those_of_the_next():
    day = member(1, published_at=MIDNIGHT, day_only=True, first_seen_at=NOON + 72 * HOUR)
    assert chosen(day, member(2, published_at=MIDNIGHT + 23 * HOUR, first_seen_at=NOON + 72 * HOUR)) == 2
    assert chosen(day, member(2, published_at=MIDNIGHT + 25 * HOUR, first_seen_at=NOON + 72 * HOUR)) == 1


def test_a_time_after_the_article_was_seen_or_at_the_zero_of_a_clock_is_none():
    assert published(member(1, published_at=NOON + 7 * HOUR)) is None
    assert published(member(1, published_at=datetime(1970, 1, 1, tzinfo=UTC))) is None
    assert chosen(member(1, published_at=datetime(1970, 1, 1, 8, tzinfo=UTC)), member(2)) == 2


def test_a_cut_thin_or_damaged_copy_never_stands_for_a_story_that_has_a_whole_one():
    early = NOON - 5 * HOUR
    assert chosen(member(1, shingles=319, published_at=early), member(2), member(3)) == 2
    assert chosen(member(1, shingles=320, published_at=early), member(2), member(3)) == 1
    assert chosen(member(1, sound=False, published_at=early), member(2)) == 2
    assert chosen(member(1, sound=False), member(2, sound=False, published_at=early)) == 2


def test_an_article_that_is_gone_stands_for_no_story_that_a_live_one_tells_as_well():
    paper = member(1, gone=True, source="甲日报", published_at=NOON - HOUR)
    assert chosen(paper, member(2, origin="甲日报"), member(3, origin="甲日报", published_at=NOON + HOUR)) == 2
    assert chosen(paper, member(2, shingles=100), member(3, gone=True)) == 1


def test_the_first_publication_is_told_as_its_page_has_it():
    day = member(1, published_at=MIDNIGHT, day_only=True)
    assert first_published([day, member(2, published_at=NOON + 48 * HOUR)]) == MIDNIGHT
    assert first_published([day, member(2)]) == NOON
    assert first_published([member(1, published_at=None)]) is None
