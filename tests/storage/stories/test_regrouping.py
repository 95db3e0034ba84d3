from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from random import Random
from shutil import copyfile
from time import process_time

import pytest

from storage import sources
from storage.database import open_writer
from storage.stories import regrouping
from storage.stories.components import pairs_of
from tests.nightly import long_form
from tests.storage.stories.world import START, Told, World, copies, random_world, stored

TABLES = ("fingerprints", "story_heads", "story_aliases", "story_log", "changes")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NAMES = ("a", "b", "c", "d")


@pytest.fixture
def opened(tmp_path):
    """A context in which there is a new file, made in a hundredth of the time that migrations take."""
    made = tmp_path / "made.db"
    open_writer(made).close()

    @contextmanager
    def new():
        path = tmp_path / "world.db"
        path.unlink(missing_ok=True)
        copyfile(made, path)
        with open_writer(path) as database:
            database.execute("PRAGMA synchronous = OFF")
            yield database

    return new


@pytest.fixture
def world(opened):
    with opened() as database:
        yield World(database)


def told(name, **other):
    return Told(name=name, **{"site": f"{name}.cn", **other})


def links(world):
    return [row[0] for row in world.database.rows("SELECT article_id FROM changes WHERE op = 'link' ORDER BY seq")]


def test_an_article_that_is_like_nothing_is_a_story_of_its_own_and_no_news(world):
    number = world.store(told("a"))
    assert world.stories() == {frozenset("a")}
    assert tuple(world.story("a"))[:4] == (number, number, 1, 1)
    assert not world.rows("story_log")
    assert not links(world)


def test_a_copy_comes_into_the_story_and_followers_are_told_of_it_alone(world):
    world.like = copies(NAMES)
    for name in NAMES[:3]:
        world.store(told(name))
    assert world.stories() == {frozenset("abc")}
    assert world.story("c")["n_articles"] == world.story("c")["n_sites"] == 3
    assert [row[1:5] for row in world.rows("story_log")] == [(2, None, 1, "text"), (3, None, 1, "text")]
    assert links(world) == [2, 3]
    assert world.sound()


def test_hosts_of_one_domain_are_one_site(world):
    world.like = copies(NAMES)
    for name, site in zip(NAMES, ("news.a.com.cn", "m.a.com.cn", "b.com.cn", "c.b.com.cn"), strict=True):
        world.store(told(name, site=site))
    assert world.story("a")["n_sites"] == 2


def test_an_article_that_links_two_stories_makes_them_one_and_the_lost_id_leads_there(world):
    world.like = {("a", "c"): ("same", 0.9, 0.9), ("b", "d"): ("same", 0.9, 0.9), ("c", "d"): ("same", 0.8, 0.9)}
    for name in ("a", "b", "c"):
        world.store(told(name))
    assert world.stories() == {frozenset("ac"), frozenset("b")}
    world.store(told("d"))
    assert world.stories() == {frozenset("abcd")}
    assert world.rows("story_aliases") == [(2, 1, None)]
    assert [row[1:4] for row in world.rows("story_log")][-2:] == [(2, 2, 1), (4, None, 1)]
    assert world.sound()


def test_an_id_that_is_a_story_again_leads_nowhere_else(world):
    world.like = copies("ab")
    world.store(told("a"))
    world.like = {}
    world.store(told("b"))
    world.like = copies("ab")
    world.revise(told("b"))
    assert world.rows("story_aliases") == [(2, 1, None)]
    world.like = {}
    world.revise(told("b"))
    assert world.stories() == {frozenset("a"), frozenset("b")}
    assert not world.rows("story_aliases")
    assert [row[1:5] for row in world.rows("story_log")] == [(2, 2, 1, "revision"), (2, 1, 2, "revision")]
    assert world.sound()


def test_where_the_first_article_leaves_a_story_the_others_get_an_id_and_it_keeps_its_own(world):
    world.like = copies(NAMES[:3])
    for name in NAMES[:3]:
        world.store(told(name))
    world.like = copies("bc")
    world.revise(told("a"))
    assert world.stories() == {frozenset("a"), frozenset("bc")}
    assert world.story("b")["id"] == 2
    assert [row[1:4] for row in world.rows("story_log")][-2:] == [(2, 1, 2), (3, 1, 2)]
    assert world.sound()


def test_followers_are_told_who_stands_for_a_story_now_and_who_did(world):
    world.like = copies(NAMES)
    world.store(told("a", published=START - timedelta(hours=1)))
    world.store(told("b", published=START - timedelta(hours=2)))
    assert world.canonicals() == {"b"}
    assert links(world) == [1, 2]
    world.store(told("c", facts={"origin": "a.cn"}))
    assert world.canonicals() == {"a"}
    assert links(world) == [1, 2, 1, 2, 3]


def test_facts_alone_can_make_another_article_stand_for_the_story(world):
    world.like = copies(NAMES)
    for name in NAMES:
        world.store(told(name, published=START - timedelta(hours=1)))
    world.revise(told("d", published=START - timedelta(hours=2)))
    assert world.canonicals() == {"d"}
    assert world.story("a")["first_published_at"] == "2026-11-22T07:30:00Z"
    world.database.execute("UPDATE article_heads SET status = 'gone' WHERE id = ?", (world.ids["d"],))
    with world.database.transaction():
        regrouping.regroup(world.database, [world.ids["d"]], START, "revision")
    assert world.canonicals() == {"a"}


def test_a_decision_parts_copies_and_the_next_one_joins_them_again(world):
    world.like = copies("ab")
    for name in NAMES[:2]:
        world.store(told(name))
    world.decide("apart", "a", "b")
    assert world.stories() == {frozenset("a"), frozenset("b")}
    world.like |= {("a", "c"): ("same", 0.8, 0.9), ("b", "c"): ("same", 0.9, 0.9)}
    world.store(told("c"))
    assert world.stories() == {frozenset("a"), frozenset("bc")}
    world.decide("same", "a", "c")
    assert world.stories() == {frozenset("ac"), frozenset("b")}
    assert world.sound()


def test_text_full_of_question_marks_or_lost_characters_stands_for_no_story(world):
    world.like = copies(NAMES)
    texts = ("以“学?区”合?作?" * 5, "以\ufffd合作。" * 5, "谁来？为什么?" + "因为他们说好了要来的。" * 9)
    for name, text in zip(NAMES, texts, strict=False):
        world.store(told(name, text=text))
    assert world.canonicals() == {"c"}


def test_what_a_transaction_remembered_goes_with_it(world):
    world.like = copies("abcdefgh")
    for name in NAMES[:3]:
        world.store(told(name))
    with pytest.raises(ZeroDivisionError):
        world.store(told("d"), broken=True)
    del world.ids["d"]
    world.store(told("e", site="a.cn"))
    assert world.story("e")["n_articles"] == 4
    assert world.story("e")["n_sites"] == 3
    assert world.sound()


def test_what_another_process_wrote_meanwhile_counts(world):
    world.like = copies("abcdefgh")
    for name in NAMES[:3]:
        world.store(told(name))
    with open_writer(world.database.path) as other:
        elsewhere = World(other, world.like)
        elsewhere.ids = dict(world.ids)
        elsewhere.store(told("d"))
        elsewhere.decide("apart", "a", "d")
    world.ids = elsewhere.ids
    world.like = {("d", "e"): ("same", 0.9, 0.9), ("a", "e"): ("same", 0.8, 0.8)}
    world.store(told("e"))
    assert frozenset("de") in world.stories()
    assert world.sound()


def test_what_an_outlet_is_called_counts_from_the_next_copy_on(world):
    paper = Told(name="paper", site="paper.cn", published=START)
    world.like = copies(("one", "two", "paper", "more"))
    for told in (
        Told(name="one", site="one.cn", published=START - timedelta(hours=2), facts={"origin": "恩施日报"}),
        Told(name="two", site="two.cn", published=START - timedelta(hours=1), facts={"origin": "恩施日报"}),
        paper,
    ):
        world.store(told)
    canonical = "SELECT canonical_id FROM story_heads"
    assert world.database.value(canonical) == world.ids["one"]
    sources.ensure(world.database, "paper.cn", "https://paper.cn/", START, ("恩施日报",))
    assert world.database.value(canonical) == world.ids["one"]
    world.store(Told(name="more", site="more.cn", published=START))
    assert world.database.value(canonical) == world.ids["paper"]


def test_doing_it_again_changes_nothing(world):
    world.like = copies(NAMES)
    for name in NAMES:
        world.store(told(name))
    before = {table: world.rows(table) for table in TABLES}
    world.now += timedelta(hours=1)
    with world.database.transaction():
        regrouping.regroup(world.database, world.ids.values(), world.now, "rededup")
    assert before == {table: world.rows(table) for table in TABLES}


def test_an_article_that_has_no_fingerprint_yet_is_in_no_story(world):
    world.store(told("a"))
    world.database.execute("DELETE FROM fingerprints")
    world.database.execute("DELETE FROM story_heads")
    world.store(told("b"))
    world.decide("same", "a", "b")
    assert world.stories() == {frozenset("b")}


def test_the_stories_of_a_world_are_the_same_in_whatever_order_its_articles_come(opened):
    assert_the_same_in_five_orders(opened, range(8))


@pytest.mark.faults
@pytest.mark.parametrize("worlds", long_form(50, 100))
def test_the_stories_of_many_worlds_are_the_same_in_whatever_order_their_articles_come(opened, worlds):
    assert_the_same_in_five_orders(opened, range(worlds))


def assert_the_same_in_five_orders(opened, seeds):
    for seed in seeds:
        chance = Random(seed)
        articles, like = random_world(chance)
        digests, decisions = set(), set()
        decided = [(verdict, *chance.sample(sorted(one.name for one in articles), 2)) for verdict in ("same", "apart")]
        for _ in range(5):
            chance.shuffle(articles)
            with opened() as database:
                world = stored(database, articles, like)
                digests.add(str(world.digest()))
                for decision in decided:
                    world.decide(*decision)
                assert world.sound()
                decisions.add(str(world.digest()))
        assert len(digests) == len(decisions) == 1, seed


def test_an_article_that_begins_a_story_makes_the_very_rows_that_making_it_anew_makes(opened):
    for seed in range(3):
        articles, _ = random_world(Random(seed), 30)
        published = [told(f"p{at}", published=at) for at in (None, START, START - timedelta(days=9), EPOCH)]
        found = []
        for begun in (False, True):
            with opened() as database:
                world = World(database)
                for one in (*articles, *published):
                    with database.transaction():
                        article = world.write(one)
                        if begun:
                            regrouping.begin(database, article, world.now, "text")
                        else:
                            regrouping.regroup(database, [article], world.now, "text")
                found.append({table: world.rows(table) for table in TABLES})
        assert found[0] == found[1]


def test_an_article_of_which_people_decided_before_it_was_placed_is_where_they_said(world):
    world.store(told("a"))
    article = world.write(told("b"))
    world.database.execute(
        "INSERT INTO story_decisions (a, b, verdict, command, at) VALUES (1, 2, 'same', 'merge 1 2', ?)",
        ("2026-11-22T09:30:00Z",),
    )
    regrouping.begin(world.database, article, START, "rededup")
    assert world.stories() == {frozenset("ab")}


@pytest.mark.parametrize("joins", [False, True])
def test_a_copy_that_people_kept_apart_before_it_was_placed_is_not_in_that_story(world, joins):
    world.like[("a", "b")] = ("same", 0.95, 0.98)
    first, article = world.store(told("a")), world.write(told("b"))
    world.database.execute(
        "INSERT INTO story_decisions (a, b, verdict, command, at) VALUES (1, 2, 'apart', 'split 1 2', ?)",
        ("2026-11-22T09:30:00Z",),
    )
    world.pair("b")
    if joins:
        edges = pairs_of(world.database, [article])
        regrouping.join(world.database, article, edges, {first: first}, at=START, why="rededup")
    else:
        regrouping.regroup(world.database, [first, article], START, "rededup")
    assert world.stories() == {frozenset("a"), frozenset("b")}


@pytest.mark.parametrize(
    ("density", "strays", "verdicts"),
    [(0, 0, ""), (0.03, 0.003, ""), (0.03, 0.003, "same same same"), (0.3, 0.03, "same apart"), (0.2, 0.1, "apart")],
)
def test_one_more_copy_makes_the_very_rows_that_making_its_story_anew_makes(
    opened, monkeypatch, density, strays, verdicts
):
    short, grown = regrouping._one_more, []
    monkeypatch.setattr(regrouping, "_one_more", lambda *values: grown.append(short(*values)) or grown[-1])
    for seed in range(3):
        chance = Random(seed)
        articles, like = random_world(chance, 30, templates=density, strays=strays)
        decided = [(verdict, *chance.sample([one.name for one in articles[:9]], 2)) for verdict in verdicts.split()]
        with opened() as database:
            world = stored(database, articles, like, decided)
            rows = {table: world.rows(table) for table in TABLES}
        with opened() as database, monkeypatch.context() as patch:
            patch.setattr(regrouping, "_one_more", lambda *_: None)
            world = stored(database, articles, like, decided)
            assert rows == {table: world.rows(table) for table in TABLES}, seed
    joined = [change for change in grown if change is not None and change.before]
    assert len(joined) > (20 if density < 0.1 else 2)


@pytest.mark.parametrize("verdicts", ["", "same apart same"])
def test_a_copy_that_comes_with_its_pairs_makes_the_very_rows_that_reading_them_makes(opened, verdicts):
    for seed in range(4):
        chance, made = Random(seed), []
        articles, like = random_world(chance, 20)
        decided = [(verdict, *chance.sample([one.name for one in articles[:9]], 2)) for verdict in verdicts.split()]
        for joins in (False, True):
            with opened() as database:
                world = stored(database, articles, like, decided, joins=joins)
                made.append({table: world.rows(table) for table in TABLES})
        assert made[0] == made[1], seed


def test_the_copies_of_a_large_story_cost_no_more_than_those_of_a_small_one(opened):
    with opened() as database:
        world, spent, chance = World(database), [], Random(3)
        with database.transaction():
            for number in range(300):
                name = f"n{number:03d}"
                facts = {"origin": "n000.cn"} if chance.random() < 0.5 else {}
                article = world.write(told(name, shingles=chance.randrange(380, 420), facts=facts))
                partners = chance.sample(range(1, article), min(20, article - 1))
                database.executemany(
                    "INSERT INTO pairs (a, b, verdict, jaccard, containment, numbers_same, numbers_differ)"
                    " VALUES (?, ?, 'same', 0.9, 0.9, 0, 0)",
                    [(partner, article) for partner in partners],
                )
                begun = process_time()
                regrouping.regroup(database, [article, *partners], START, "text")
                spent.append(process_time() - begun)
        assert world.story("n000")["n_articles"] == 300
        assert world.canonicals() == {"n000"}
    small, large = sorted(spent[50:150])[50], sorted(spent[-100:])[50]
    assert large < 3 * small
