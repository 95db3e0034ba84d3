"""What a person types leads to a story: any id that was ever given out, any address of an article in it."""

from storage.stories.resolving import Refused, articles_of, story_named, story_of
from tests.storage.stories.world import Told, copies, stored


def test_every_id_that_was_given_out_leads_to_the_story_of_today(database):
    like = copies("bc") | {("a", "b"): ("same", 0.9, 0.9)}
    world = stored(database, [Told(name=name) for name in "bcz"], like)
    assert [story_of(database, number) for number in (1, 2, 3)] == [1, 1, 3]
    world.decide("same", "b", "z")
    assert [story_of(database, number) for number in (1, 2, 3)] == [1, 1, 1]


def test_no_number_leads_anywhere_that_nothing_has(database):
    stored(database, [Told(name="a")], {})
    assert [story_of(database, number) for number in (0, -1, 2, 2**63, 10**40)] == [None] * 5


def test_a_story_is_named_by_what_leads_to_any_of_its_articles(database):
    stored(database, [Told(name="1.html"), Told(name="2.html")], copies(("1.html", "2.html")))
    for word in ("1", "2", "https://a.cn/2.html", " a.cn/2.html "):
        assert story_named(database, word) == 1, word
    assert articles_of(database, 1) == [1, 2]
    assert articles_of(database, 2) == []


def test_a_word_that_leads_nowhere_is_refused_by_what_it_is(database):
    stored(database, [Told(name="a")], {})
    for word in ("0", "2", "9" * 400):
        assert story_named(database, word) == Refused(why=f"{word!r}: there is no such story or article")
    for word in ("", "a b", "１", "a\0b", "\udcff", "https://["):
        assert story_named(database, word) == Refused(why=f"{word!r}: there is no such address in the file")
