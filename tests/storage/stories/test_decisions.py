"""What people decide: it wins over the texts, the newest counts, it is kept, and it can be taken back."""

from datetime import timedelta
from itertools import combinations

from storage.database import Database
from storage.stories import deciding, decisions
from storage.stories.deciding import Done
from storage.stories.resolving import Refused, story_named
from tests.storage.stories.world import Told, World, copies, stored

COPIES = "abcde"


def world_of(database: Database, *groups: str, **other) -> World:
    """Articles that are named by a letter; those of one group are copies."""
    like = {pair: likeness for group in groups for pair, likeness in copies(group).items()} | other.get("like", {})
    return stored(database, (Told(name=name, site=f"{name}.cn") for name in sorted("".join(groups))), like)


def run(world: World, command: str, *names: str):
    """What came of `split STORY ARTICLE...` or `merge STORY...`, by names of articles."""
    ids = [str(world.ids[name]) for name in names]
    world.now += timedelta(minutes=1)
    with world.database.transaction():
        if command == "merge":
            return deciding.merge(world.database, ids, world.now)
        return deciding.split(world.database, ids[0], ids[1:], world.now)


def undo(world: World, number: int):
    world.now += timedelta(minutes=1)
    with world.database.transaction():
        return deciding.undo(world.database, number, world.now)


def groups(*names: str) -> set[frozenset[str]]:
    return set(map(frozenset, names))


def test_copies_that_are_split_are_two_stories_and_each_side_holds_together(database):
    world = world_of(database, COPIES)
    done = run(world, "split", "a", "d", "e")
    assert isinstance(done, Done)
    assert world.stories() == groups("abc", "de")
    assert done.decision.command == f"split {world.ids['a']} {world.ids['d']} {world.ids['e']}"
    assert done.stories == ((1, (1, 2, 3)), (4, (4, 5)))
    assert world.sound()


def test_the_first_article_of_a_story_can_be_split_off_and_its_others_have_a_new_id(database):
    world = world_of(database, COPIES)
    run(world, "split", "c", "a")
    assert world.stories() == groups("a", "bcde")
    assert world.story("e")["id"] == world.ids["b"]
    assert world.sound()


def test_stories_that_are_merged_are_one_whatever_their_texts_say(database):
    world = world_of(database, "ab", "cd", "e", like={("a", "c"): ("template", 0.9, 0.9)})
    done = run(world, "merge", "d", "a", "e")
    assert isinstance(done, Done)
    assert world.stories() == groups("abcde")
    assert done.decision.command == "merge 1 3 5"
    assert database.value("SELECT count(*) FROM story_aliases WHERE story_id = 1") == 2
    assert world.sound()


def test_the_newest_decision_counts(database):
    world = world_of(database, COPIES)
    run(world, "split", "a", "d", "e")
    run(world, "merge", "a", "d")
    assert world.stories() == groups("abcde")
    run(world, "split", "a", "a", "e")
    assert world.stories() == groups("bcd", "ae")
    run(world, "merge", "b", "a")
    assert world.stories() == groups("abcde")


def test_a_merge_holds_though_one_side_has_got_another_copy_since_it_was_split_off(database):
    world = world_of(database, "abc", like=copies("af"))
    run(world, "split", "b", "a")
    world.store(Told(name="f", site="f.cn", published=world.now))
    assert world.stories() == groups("af", "bc")
    run(world, "merge", "f", "b")
    assert world.stories() == groups("abcf")


def test_a_copy_that_comes_later_goes_to_the_side_that_it_is_more_like(database):
    like = {("a", "x"): ("same", 0.7, 0.9), ("b", "x"): ("same", 0.95, 0.99), ("a", "y"): ("same", 0.9, 0.9)}
    world = world_of(database, "ab", like={**like, ("b", "y"): ("same", 0.8, 0.9)})
    run(world, "split", "a", "b")
    for name in "xy":
        world.store(Told(name=name, site=f"{name}.cn"))
    assert world.stories() == groups("ay", "bx")


def test_an_undone_decision_counts_no_more_and_cannot_be_undone_twice(database):
    world = world_of(database, "abc", "d")
    before = world.digest()
    split = run(world, "split", "a", "c")
    merged = run(world, "merge", "c", "d")
    assert world.stories() == groups("ab", "cd")
    assert isinstance(undo(world, merged.decision.id), Done)
    assert world.stories() == groups("ab", "c", "d")
    # Any number of its rows names a decision.
    assert isinstance(undo(world, split.decision.id + 1), Done)
    assert world.digest() == before
    for number in (split.decision.id, 999, 10**30):
        assert isinstance(undo(world, number), Refused)
    assert world.sound()


def test_who_decides_by_script_takes_back_one_of_two_that_say_the_same_within_a_second(database):
    world = world_of(database, "a", "b")
    commands = (("merge", "1", "2"), ("split", "1", "2"), ("merge", "1", "2"))
    with database.transaction():
        done = [getattr(deciding, name)(database, *told(name, words), world.now) for name, *words in commands]
        assert isinstance(deciding.undo(database, done[0].decision.id, world.now), Done)
        assert world.stories() == groups("ab")
        made = decisions.made(database, [1])
        assert [(one.id, one.command, one.undone_at is None) for one in made] == [
            (1, "merge 1 2", False),
            (2, "split 1 2", True),
            (3, "merge 1 2", True),
        ]
        assert isinstance(deciding.undo(database, done[2].decision.id, world.now), Done)
    assert world.stories() == groups("a", "b")
    assert [one.undone_at is None for one in decisions.made(database, [1])] == [False, True, False]


def told(command: str, words: list[str]) -> tuple:
    """The arguments of a command, as a person types them."""
    return (words,) if command == "merge" else (words[0], words[1:])


def test_decisions_are_told_newest_first_and_only_those_that_count(database):
    world = world_of(database, "abc")
    first = run(world, "split", "a", "b")
    run(world, "split", "a", "c")
    told = decisions.of(database, [world.ids["c"]])
    assert [(one.a, one.b, one.verdict) for one in told] == [(1, 3, "apart"), (1, 3, "same"), (2, 3, "apart")]
    undo(world, first.decision.id)
    assert [(one.a, one.b, one.verdict) for one in decisions.of(database, [3])] == [(1, 3, "apart")]
    assert [one.undone_at is None for one in decisions.made(database, [2, 3])] == [False, True]
    assert decisions.of(database, []) == []


def test_what_is_refused_changes_nothing(database):
    world = world_of(database, "abc", "d", "e")
    before = world.digest()
    assert "nothing to merge" in run(world, "merge", "a", "b").why
    assert "not in story 1, but in story 4" in run(world, "split", "a", "d").why
    assert "no other articles" in run(world, "split", "a", "a", "b", "c").why
    with database.transaction():
        for word in ("77", "https://nobody.cn/1", "-1", "９", "1" * 5000, ""):
            assert isinstance(deciding.merge(database, ["1", word], world.now), Refused)
        assert "no such article" in deciding.split(database, "1", ["77"], world.now).why
    assert world.digest() == before
    assert world.rows("story_decisions") == []


def test_an_article_that_was_never_placed_is_told_to_be_so(database):
    world = world_of(database, "ab")
    world.write(Told(name="z", site="z.cn"))
    database.execute("DELETE FROM fingerprints WHERE article_id = 3")
    refused = story_named(database, "3")
    assert isinstance(refused, Refused)
    assert "rededup" in refused.why


def test_a_split_of_a_large_story_writes_few_rows_and_still_parts_it(database, monkeypatch):
    monkeypatch.setattr(decisions, "MOST_BETWEEN", 3)
    world = world_of(database, "abcdef")
    run(world, "split", "a", "d", "e", "f")
    assert world.stories() == groups("abc", "def")
    assert database.value("SELECT count(*) FROM story_decisions") == 5 + 4


def test_every_split_of_a_story_is_what_was_said_and_every_merge_takes_it_back(make_desk):
    names = "abcd"
    for size in (1, 2, 3):
        for out in combinations(names, size):
            world = world_of(make_desk().database, names)
            rest = "".join(sorted(set(names) - set(out)))
            run(world, "split", rest[0], *out)
            assert world.stories() == groups("".join(out), rest)
            run(world, "merge", rest[0], out[0])
            assert world.stories() == groups(names)
