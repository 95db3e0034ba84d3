"""Who had it first and who has it from whom: what pages say stands apart from what is inferred."""

from datetime import UTC, datetime, timedelta

from storage import sources
from storage.stories import deciding
from storage.stories.timeline import Taken, timeline
from tests.storage.stories.world import START, Told, copies, stored


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, 22, hour, minute, tzinfo=UTC)


def taken(database, story=1):
    found = timeline(database, story)
    return {member.article_id: member.taken for member in found.members}


def test_articles_stand_in_the_order_in_which_they_came_out(database):
    articles = [
        Told(name="c", published=at(8)),
        Told(name="b", published=at(7, 30)),
        Told(name="none"),
        # Of a day without a time it is not known that it was earlier than any time of that day.
        Told(name="day", published=at(0), precision="day"),
        Told(name="future", published=START + timedelta(days=3)),
        Told(name="a", published=at(6), seen=START + timedelta(hours=4)),
    ]
    stored(database, articles, copies([told.name for told in articles]))
    found = timeline(database, 1)
    assert [(member.title, member.by) for member in found.members] == [
        ("a", "published"),
        ("b", "published"),
        ("c", "published"),
        ("none", "first_seen"),
        ("future", "first_seen"),
        ("day", "published"),
    ]
    assert found.canonical == 6


def test_what_a_page_says_of_its_source_is_told_as_said(database):
    articles = [
        Told(name="own", site="enshi.cn", source="恩施日报", published=at(6), facts={"origin_kind": "own"}),
        Told(name="named", site="b.cn", published=at(7), facts={"origin": "恩施日報社"}),
        Told(name="linked", site="c.cn", published=at(8), facts={"origin_url": "https://www.enshi.cn/x"}),
        Told(name="claims", site="d.cn", published=at(8), facts={"canonical_url": "https://b.cn/named"}),
        Told(name="elsewhere", site="e.cn", published=at(9), facts={"origin": "某某晚报"}),
    ]
    stored(database, articles, copies([told.name for told in articles]))
    assert taken(database) == {
        1: None,
        2: Taken(said=True, where="origin", outlet="恩施日報社", article_id=1),
        3: Taken(said=True, where="address", outlet="enshi.cn", article_id=1),
        4: Taken(said=True, where="canonical", outlet="b.cn", article_id=2),
        5: Taken(said=True, where="origin", outlet="某某晚报", article_id=None),
    }
    assert [member.own for member in timeline(database, 1).members] == [True, False, False, False, False]


def test_a_page_that_says_nothing_has_it_from_the_earliest_of_those_that_are_most_alike(database):
    like = {
        ("a", "b"): ("same", 0.6, 0.9),
        ("a", "d"): ("same", 0.6, 0.9),
        ("b", "d"): ("same", 0.97, 1.0),
        ("c", "d"): ("same", 0.98, 1.0),
        ("a", "c"): ("template", 0.9, 1.0),
        ("d", "late"): ("same", 1.0, 1.0),
    }
    names = ("a", "b", "c", "d", "late")
    stored(database, [Told(name=name, published=at(hour)) for hour, name in enumerate(names, start=3)], like)
    assert taken(database) == {
        1: None,
        2: Taken(said=False, where="alike", article_id=1),
        3: None,
        4: Taken(said=False, where="alike", article_id=2),
        5: Taken(said=False, where="alike", article_id=4),
    }


def test_what_is_alike_but_another_story_is_told_with_the_reason(database):
    like = copies("ab") | {
        ("a", "t"): ("template", 0.9, 0.95),
        ("b", "t"): ("template", 0.7, 0.8),
        ("b", "r"): ("related", 0.4, 0.5),
        ("a", "s"): ("same", 0.8, 0.9),
    }
    world = stored(database, [Told(name=name) for name in "trabs"], like)
    with database.transaction():
        deciding.split(database, str(world.ids["a"]), [str(world.ids["s"])], world.now)
    found = timeline(database, world.ids["a"])
    assert [(one.title, one.member, one.likeness.verdict, one.decided) for one in found.look_alikes] == [
        ("s", world.ids["a"], "same", True),
        ("t", world.ids["a"], "template", False),
        ("r", world.ids["b"], "related", False),
    ]
    assert timeline(database, world.ids["t"]).look_alikes[0].member == world.ids["t"]


def test_likeness_is_that_to_the_article_that_stands_for_the_story_where_they_were_compared(database):
    like = {("a", "b"): ("same", 0.9, 0.95), ("b", "c"): ("same", 0.8, 0.9)}
    stored(database, [Told(name=name, published=at(hour)) for hour, name in enumerate("abc", start=5)], like)
    found = timeline(database, 1)
    assert [member.likeness and member.likeness.jaccard for member in found.members] == [None, 0.9, None]


def test_a_story_of_many_copies_that_name_one_agency_is_told(database):
    database.execute("PRAGMA synchronous = OFF")
    names = [f"n{number:04d}" for number in range(600)]
    world = stored(database, [], {})
    with database.transaction():
        for number, name in enumerate(names):
            world.write(Told(name=name, site=f"s{number}.cn", facts={"origin": "新华社" if number % 2 else None}))
        database.execute("UPDATE fingerprints SET story_id = 1")
        database.execute("INSERT INTO story_heads VALUES (1, 1, 600, 600, NULL, '2026-11-22T09:30:00Z')")
        database.executemany(
            "INSERT INTO pairs (a, b, verdict, jaccard, containment, numbers_same, numbers_differ)"
            " VALUES (?, ?, 'same', 1.0, 1.0, 0, 0)",
            [(max(1, number - back), number) for number in range(21, 601) for back in range(1, 21)],
        )
    found = timeline(database, 1)
    assert len(found.members) == 600
    assert sum(1 for member in found.members if member.taken and member.taken.said) == 300


def test_an_id_that_no_story_has_today_has_no_timeline(database):
    stored(database, [Told(name="a")], {})
    assert timeline(database, 2) is None


def ordered(database, story=1):
    return [member.title for member in timeline(database, story).members]


def test_what_a_page_names_was_before_it_whatever_the_clocks_say(database):
    articles = [
        Told(name="cut", site="b.cn", published=at(6), facts={"origin": "恩施日报"}),
        Told(name="silent", site="c.cn", published=at(6, 30)),
        Told(name="day", site="enshi.cn", source="恩施日报", published=at(0), precision="day"),
        Told(name="again", site="d.cn", published=at(5), facts={"canonical_url": "https://b.cn/cut"}),
    ]
    stored(database, articles, copies([told.name for told in articles]))
    assert ordered(database) == ["day", "cut", "again", "silent"]
    assert taken(database)[2] == Taken(said=False, where="alike", article_id=3)


def test_pages_that_name_each_other_stand_as_the_clocks_say_and_a_page_behind_them_after_both(database):
    articles = [
        Told(name="one", site="a.cn", published=at(7), facts={"canonical_url": "https://b.cn/x"}),
        Told(name="other", site="b.cn", published=at(6), facts={"canonical_url": "https://a.cn/x"}),
        Told(name="behind", site="c.cn", published=at(5), facts={"canonical_url": "https://a.cn/x"}),
    ]
    stored(database, articles, copies([told.name for told in articles]))
    assert ordered(database) == ["other", "one", "behind"]


def test_a_decision_that_joins_articles_is_told_by_its_number_until_it_is_undone(database):
    world = stored(database, [Told(name=name) for name in "abc"], {("a", "b"): ("template", 0.34, 0.5)})
    with database.transaction():
        deciding.merge(database, ["1", "2", "3"], world.now)
    assert [(one.decision, one.link) for one in timeline(database, 1).members] == [(None, None), (1, None), (1, None)]
    with database.transaction():
        deciding.undo(database, 1, world.now)
    assert [one.decision for one in timeline(database, 1).members] == [None]


def test_what_holds_an_article_that_was_not_compared_is_the_copy_that_leads_on_to_the_canonical(database):
    like = {("a", "b"): ("same", 0.9, 0.95), ("b", "c"): ("same", 0.7, 0.9), ("c", "d"): ("same", 0.8, 0.9)}
    stored(database, [Told(name=name, published=at(hour)) for hour, name in enumerate("abcd", start=5)], like)
    links = [one.link for one in timeline(database, 1).members]
    assert links[:2] == [None, None]
    assert [(one.article_id, one.likeness.jaccard) for one in links[2:]] == [(2, 0.7), (3, 0.8)]


def test_what_a_decision_joins_to_another_than_the_canonical_is_told_with_that(database):
    like = {("a", "b"): ("same", 0.9, 0.95)}
    world = stored(database, [Told(name="a", published=at(5)), Told(name="b"), Told(name="c")], like)
    world.decide("same", "b", "c")
    held = timeline(database, 1).members[2]
    assert (held.decision, held.link.article_id, held.link.decision, held.link.likeness) == (None, 2, 1, None)


def test_of_a_copy_in_another_story_it_is_told_whether_a_decision_keeps_the_stories_apart(database):
    like = copies("abs") | {("a", "t"): ("same", 0.9, 0.9), ("b", "t"): ("template", 0.9, 0.9)}
    world = stored(database, [Told(name=name) for name in "abs"], like)
    with database.transaction():
        deciding.split(database, "1", ["3"], world.now)
    found = timeline(database, 1).look_alikes
    assert [(one.title, one.stories_decided) for one in found] == [("s", True)]


def test_an_article_has_the_name_of_its_outlet_where_the_configuration_says_it(database):
    stored(database, [Told(name="own", site="enshi.cn"), Told(name="b", site="b.cn")], copies(["own", "b"]))
    sources.ensure(database, "enshi.cn", "https://enshi.cn/", START, ("恩施日报", "Enshi Daily"))
    found = [(member.source, member.outlet) for member in timeline(database, 1).members]
    assert found == [("enshi.cn", "恩施日报"), ("b.cn", None)]
