"""What is left of articles that were pruned: a tombstone, and a file as if they had never been compared."""

from datetime import timedelta
from random import Random

import pytest

from storage.care.invariants import INDEX, INVARIANTS
from storage.faults import StorageFault
from storage.records import utc_text
from storage.rededup import rededup_file
from storage.retention import pruning
from storage.retention.choosing import Lot
from storage.retention.policy import Keep, Policy
from storage.retention.pruning import prune, prune_articles
from storage.selection import UnknownSource
from storage.stories import deciding, history, holding
from storage.stories.resolving import Refused, story_named, story_of
from tests.faults import story_digest
from tests.storage.archive.conftest import Keeper, records
from tests.storage.conftest import START, article, url
from tests.storage.stories.texts import cut, report, reposted

DAY = timedelta(days=1)
LATER = START + 100 * DAY
GONE_FROM = ("article_revisions", "article_counts", "chrome_pages", "fingerprints", "anchors")


def crawl(desk, *pages):
    """Store pages, each a name with the number of its report and what a portal makes of it."""
    desk.begin()
    desk.take(desk.discovered(*(name for name, _, _ in pages)))
    for name, number, made in pages:
        title, text = report(number)
        desk.take(desk.extracted(name, article(made(text), title)))
    return desk.end()


def same(text):
    return text


def ids(desk, table="article_heads", column="id"):
    return {row[0] for row in desk.database.rows(f"SELECT {column} FROM {table}")}


def sound(desk):
    """Whether the file contradicts itself nowhere, and its stories are those that would be made anew."""
    assert story_digest.faults(desk.database.path) == []
    made = rededup_file(desk.database.path, desk.now, dry_run=True)
    assert (made.new, made.moved, made.canonicals) == (0, 0, 0)
    assert made.stories_before == made.stories_after
    for invariant in (*INVARIANTS, *INDEX):
        assert not desk.database.rows(invariant.broken), invariant.what
    heads = desk.database.rows("SELECT id, text_bytes FROM article_heads")
    texts = dict(
        desk.database.rows(
            "SELECT r.article_id, sum(length(CAST(t.text AS BLOB))) FROM article_revisions r"
            " JOIN article_texts t ON t.revision_id = r.id GROUP BY 1"
        )
    )
    assert {row["id"]: row["text_bytes"] for row in heads} == {row["id"]: texts.get(row["id"], 0) for row in heads}


def test_of_a_pruned_article_only_its_tombstone_is_left(desk):
    crawl(desk, ("1.html", 1, same), ("2.html", 2, same))
    assert prune_articles(desk.database, [1], LATER).articles == 1
    database = desk.database
    for table in GONE_FROM:
        assert 1 not in ids(desk, table, "article_id")
    for view in ("articles", "article_list"):
        assert ids(desk, view) == {2}
    for view in ("revisions", "facts", "credits", "counts", "article_story", "raw_pages"):
        assert 1 not in ids(desk, view, "article_id")
    assert len(ids(desk, "article_texts", "revision_id")) == 1
    assert [tuple(row) for row in database.rows("SELECT * FROM tombstones")] == [
        (1, "a", url("1.html"), utc_text(START), 1, utc_text(LATER), "asked")
    ]
    assert desk.changes(1) == ["insert", "prune"]
    row = desk.url("1.html")
    assert (row["state"], row["next_at"], row["reason"], row["link_title"]) == ("stored", None, "pruned", None)
    sound(desk)


def test_articles_are_pruned_by_when_they_were_first_seen_and_the_oldest_first_for_room(desk):
    for number in range(6):
        desk.now = START + number * DAY
        crawl(desk, (f"{number}.html", number, same))
    size = len(report(5)[1].encode())
    policy = Policy(default=Keep(seconds=4 * 86_400), sources={"other": Keep(text_bytes=1)})
    now = START + 5 * DAY + timedelta(hours=1)
    lot = Lot(source="a", why="age", articles=2, text_bytes=desk.database.value(
        "SELECT sum(text_bytes) FROM article_heads WHERE id < 3"), oldest=utc_text(START),
        newest=utc_text(START + DAY))  # fmt: skip
    assert prune(desk.database, policy, now, dry_run=True).lots == (lot,)
    assert ids(desk, "articles") == {1, 2, 3, 4, 5, 6}
    assert prune(desk.database, policy, now).lots == (lot,)
    assert prune(desk.database, policy, now).lots == ()
    assert ids(desk, "articles") == {3, 4, 5, 6}
    (by_size,) = prune(desk.database, Policy(default=Keep(text_bytes=size)), now).lots
    assert (by_size.why, by_size.articles) == ("size", 3)
    assert ids(desk, "articles") == {6}
    assert ids(desk, "tombstones", "why") == {"age", "size"}


def test_the_bytes_of_all_revisions_count(desk):
    crawl(desk, ("1.html", 1, same))
    desk.begin(limit=10, rechecks=True)
    desk.now += DAY
    desk.recheck(desk.extracted("1.html", article(report(1)[1] + "补充一段新的内容，记者又走访了村里。", report(1)[0])))
    texts = sum(len(row[0].encode()) for row in desk.database.rows("SELECT text FROM revisions"))
    assert desk.database.value("SELECT count(*) FROM revisions") == 2
    assert not prune(desk.database, Policy(default=Keep(text_bytes=texts)), desk.now, dry_run=True).lots
    assert prune(desk.database, Policy(default=Keep(text_bytes=texts - 1)), desk.now).lots[0].text_bytes == texts
    sound(desk)


def test_only_sources_that_are_named_are_pruned_and_a_misspelled_one_is_told(desk):
    crawl(desk, ("1.html", 1, same))
    policy = Policy(default=Keep(seconds=1), sources={"a": Keep()})
    assert not prune(desk.database, policy, LATER).lots
    with pytest.raises(UnknownSource, match="no source 'b'; there are: a"):
        prune(desk.database, Policy(default=Keep(seconds=1), only=("b",)), LATER, dry_run=True)
    assert Policy().is_idle
    assert not policy.is_idle


def test_a_story_goes_on_without_its_first_article_and_its_id_leads_to_the_others(desk):
    crawl(desk, ("1.html", 1, same), ("2.html", 1, reposted), ("3.html", 1, cut), ("4.html", 2, same))
    prune_articles(desk.database, [1], LATER)
    assert {row[0]: row[1] for row in desk.database.rows("SELECT article_id, story_id FROM article_story")} == {
        2: 2, 3: 2, 4: 4
    }  # fmt: skip
    assert story_of(desk.database, 1) == 2
    assert desk.changes(2)[-1] == desk.changes(3)[-1] == "link"
    assert desk.changes(4) == ["insert"]
    assert {one.why for one in history.history(desk.database, 2).happenings} == {"prune"}
    sound(desk)
    prune_articles(desk.database, [2], LATER)
    assert story_of(desk.database, 1) == story_of(desk.database, 2) == 3
    sound(desk)
    prune_articles(desk.database, [3], LATER)
    assert story_of(desk.database, 1) is None
    assert story_named(desk.database, "1") == Refused(
        why=f"article 1 was pruned at {utc_text(LATER)} because somebody asked for it: its text was given up"
    )
    assert ids(desk, "story_ids") == {4}
    sound(desk)


def test_an_id_follows_its_heir_into_another_story_and_back(desk):
    crawl(desk, ("1.html", 1, same), ("2.html", 2, same), ("3.html", 2, reposted))
    prune_articles(desk.database, [2], LATER)
    with desk.database.transaction():
        done = deciding.merge(desk.database, ["1", "3"], LATER)
    assert story_of(desk.database, 2) == 1
    sound(desk)
    with desk.database.transaction():
        deciding.undo(desk.database, done.decision.id, LATER)
    assert story_of(desk.database, 2) == 3
    sound(desk)
    desk.database.execute("UPDATE story_aliases SET story_id = 1 WHERE old_id = 2")
    rededup_file(desk.database.path, LATER)
    assert story_of(desk.database, 2) == 3


def test_what_a_person_decided_outlives_the_articles_in_its_middle(desk):
    crawl(desk, *((f"{number}.html", number, same) for number in range(1, 6)))
    with desk.database.transaction():
        deciding.merge(desk.database, ["1", "2", "3", "4"], LATER)
    prune_articles(desk.database, [2, 3], LATER)
    assert {row[0] for row in desk.database.rows("SELECT article_id FROM article_story WHERE story_id = 1")} == {1, 4}
    assert holding.joined(desk.database, 1) == [(1, frozenset({1, 4}))]
    sound(desk)
    with desk.database.transaction():
        deciding.split(desk.database, "1", ["4"], LATER)
    prune_articles(desk.database, [1], LATER)
    assert ids(desk, "story_heads") == {4, 5}
    sound(desk)


def test_copies_of_a_pruned_original_are_copies_of_the_next_one(desk):
    crawl(desk, *((f"{number}.html", 1, same) for number in range(1, 5)))
    prune_articles(desk.database, [1, 2], LATER)
    rows = desk.database.rows("SELECT id, duplicate_of FROM article_heads ORDER BY id")
    assert [tuple(row) for row in rows] == [(1, None), (2, None), (3, None), (4, 3)]
    crawl(desk, ("5.html", 1, same))
    assert desk.article(5)["duplicate_of"] == 3
    sound(desk)


def test_what_is_left_of_a_story_of_many_copies_hangs_together_and_finds_the_next(desk):
    """Each is compared with at most twenty: of the last few of seventy, hardly two."""
    crawl(desk, *((f"{number}.html", 1, (same, reposted, cut)[number % 3]) for number in range(70)))
    prune(desk.database, Policy(default=Keep(text_bytes=4 * len(report(1)[1].encode()))), LATER)
    assert len(ids(desk, "articles")) in {4, 3}
    assert len(ids(desk, "story_heads")) == 1
    sound(desk)
    crawl(desk, ("new.html", 1, same))
    assert len(ids(desk, "story_heads")) == 1


def test_raw_pages_go_too_also_those_that_a_kill_left(database, monkeypatch):
    keeper = Keeper(database, file_bytes=100_000)
    first, second, third = (keeper.kept(f"{number}.html") for number in range(3))
    prune_articles(database, [first], LATER)

    def killed(*_):
        raise StorageFault("killed")

    with monkeypatch.context() as patched:
        patched.setattr(pruning, "forget_pruned", killed)
        with pytest.raises(StorageFault, match="killed"):
            prune_articles(database, [second], LATER)
    assert ids(keeper, "raw_pages", "article_id") == {second, third}
    assert ids(keeper, "articles") == {third}
    assert prune(database, Policy(), LATER).raw_pages == 1
    assert ids(keeper, "raw_pages", "article_id") == {third}
    (file,) = keeper.files()
    assert not any("0.html" in repr(record) or "1.html" in repr(record) for record in records(file))
    sound(keeper)


@pytest.mark.parametrize("seed", range(2))
def test_a_file_of_which_anything_was_pruned_is_sound(make_desk, seed):
    desk, chance = make_desk(), Random(seed)
    copy: dict[int, tuple[str, ...]] = {}
    last = 0
    for round_ in range(4):
        desk.now += DAY
        crawl(desk, *((f"{round_}-{number}.html", chance.randrange(8), chance.choice((same, reposted, cut)))
                      for number in range(14)))  # fmt: skip
        alive = sorted(ids(desk, "articles"))
        if round_ % 2:
            stories = sorted(ids(desk, "story_heads"))
            with desk.database.transaction():
                deciding.merge(desk.database, [str(one) for one in chance.sample(stories, 2)], desk.now)
                for story in stories:
                    members = sorted(row[0] for row in desk.database.rows(
                        "SELECT article_id FROM article_story WHERE story_id = ?", (story,)))  # fmt: skip
                    if len(members) > 2:
                        deciding.split(desk.database, str(story), [str(members[1])], desk.now)
                        break
        prune_articles(desk.database, chance.sample(alive, len(alive) // 3), desk.now)
        sound(desk)
        last = follow(desk.database, copy, last)
        assert copy == shown(desk.database, ids(desk, "articles"))


def follow(database, copy, last):
    """The recipe of the README: a consumer's copy, brought up to date by the feed."""
    rows = database.rows("SELECT seq, article_id, op FROM changes WHERE seq > ? ORDER BY seq", (last,))
    for row in rows:
        if row["op"] == "prune":
            copy.pop(row["article_id"], None)
        else:
            copy.update(shown(database, [row["article_id"]]))
    return rows[-1]["seq"] if rows else last


def shown(database, articles):
    found = {}
    for article_id in articles:
        columns = "text, story_id, is_canonical, duplicate_of"
        row = database.row(f"SELECT {columns} FROM articles WHERE id = ?", (article_id,))
        if row is not None:
            found[article_id] = tuple(row)
    return found
