"""What became of a story, told in the order in which it happened."""

from datetime import timedelta

from storage.stories import deciding
from storage.stories.history import MOVES, history
from tests.storage.stories.world import START, Told, copies, stored


def told(database, story):
    return [
        (one.kind, one.article_id, one.other, one.why, one.decision, one.command)
        for one in history(database, story).happenings
    ]


def test_an_article_that_is_alone_has_no_history(database):
    stored(database, [Told(name="a")], {})
    found = history(database, 1)
    assert (found.story_id, found.former, found.happenings) == (1, (), ())


def test_comings_decisions_and_leavings_are_told_in_their_order(database):
    world = stored(database, [Told(name=name) for name in "abc"], copies("abc"))
    for minutes, decide in enumerate(
        (
            lambda now: deciding.split(database, "1", ["3"], now),
            lambda now: deciding.undo(database, 1, now),
        ),
        start=1,
    ):
        with database.transaction():
            decide(world.now + timedelta(minutes=minutes))
    assert told(database, 1) == [
        ("came", 2, None, "text", None, None),
        ("came", 3, None, "text", None, None),
        ("decided", None, None, None, 1, "split 1 3"),
        ("left", 3, 3, "decision", None, None),
        ("undone", None, None, None, 1, "split 1 3"),
        ("came", 3, 3, "decision", None, None),
    ]
    assert history(database, 1).former == (3,)
    assert [one.at for one in history(database, 1).happenings][-1] == START + timedelta(minutes=2)


def test_an_id_that_lives_no_more_has_the_history_of_what_went_through_it(database):
    world = stored(database, [Told(name=name) for name in "abc"], copies("bc"))
    world.decide("same", "a", "b")
    assert ("left", 2, 1, "decision", None, None) in told(database, 2)


def test_the_moves_of_other_stories_are_not_read(database):
    stored(database, [Told(name=name) for name in "ab"], copies("ab"))
    plan = [row["detail"] for row in database.rows(f"EXPLAIN QUERY PLAN {MOVES}", (1,))]
    assert [line for line in plan if "story_log_by_" in line] == [
        "SEARCH story_log USING INDEX story_log_by_story (story_id=?)",
        "SEARCH story_log USING INDEX story_log_by_origin (from_id=?)",
    ]
    assert not [line for line in plan if line.startswith("SCAN story_log")]
