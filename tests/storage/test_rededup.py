"""All stories of a file made anew: the same as one by one, decisions kept, and the file is old or new, never else."""

import resource
import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from storage import rededup, schema
from storage.database import open_reader, open_writer
from storage.faults import StorageFault
from storage.records import utc_text
from storage.rededup import Rededuped, rededup_file
from storage.stories import deciding, scratch
from tests.storage.conftest import START, Desk
from tests.storage.conftest import article as article_of
from tests.storage.stories.texts import cut, report, reposted
from tests.storage.test_schema import of_version

LATER = START + timedelta(days=1)
TEXTS = 8
COPIES = 3
TABLES = ("fingerprints", "anchors", "hot_anchors", "pairs", "story_heads", "story_aliases", "story_log", "changes",
          "story_decisions")  # fmt: skip


def fill(path, first=0, texts=TEXTS):
    """Store a report, a repost and a cut copy of each text; one after another, as they are crawled."""
    with open_writer(path) as database:
        database.execute("PRAGMA synchronous = OFF")
        desk = Desk(database)
        desk.begin()
        names = [f"{number}.html" for number in range(first * COPIES, (first + texts) * COPIES)]
        desk.take(desk.discovered(*names))
        for at, name in enumerate(names):
            title, text = report(first + at // COPIES)
            desk.take(desk.extracted(name, article_of((text, reposted(text), cut(text))[at % COPIES], title)))
        desk.end()


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    made = tmp_path_factory.mktemp("once") / "news.db"
    fill(made)
    return made


@pytest.fixture
def filled(once, path):
    """A file with 8 texts in 3 copies each."""
    return Path(shutil.copy(once, path))


def told(path, tables=TABLES):
    with open_reader(path) as database:
        return {table: sorted(map(tuple, database.rows(f"SELECT * FROM {table}"))) for table in tables}


def stories(path):
    with open_reader(path) as database:
        rows = database.rows("SELECT story_id, group_concat(article_id) FROM article_story GROUP BY 1")
        return {row[0]: {int(one) for one in row[1].split(",")} for row in rows}


def forget(path):
    """Make the file one of which nothing was ever placed."""
    with open_writer(path) as database:
        for table in (*TABLES[:-2], "change_log"):
            database.execute(f"DELETE FROM {table}")


class Interrupting:
    """A progress that is interrupted as soon as so many articles are placed."""

    def __init__(self, after):
        self.after = after
        self.calls = []

    def __call__(self, done, of):
        self.calls.append((done, of))
        if self.after is not None and done >= self.after:
            raise KeyboardInterrupt


def test_stories_made_anew_are_those_that_were_made_one_by_one(filled):
    before = told(filled)
    done = rededup_file(filled, LATER)
    assert done == Rededuped(articles=24, stories_before=8, stories_after=8, new=0, moved=0, canonicals=0)
    assert told(filled) == before
    assert not scratch.beside(filled).exists()


def test_it_makes_no_difference_that_articles_were_revised_or_went(make_desk):
    for seed in range(2):
        desk, chance = make_desk(), Random(seed)
        texts: dict[str, tuple[str, str]] = {}
        for _ in range(20):
            name = f"{chance.randrange(9)}.html"
            title, text = report(chance.randrange(3))
            texts[name] = (title, chance.choice((text, reposted(text), cut(text))))
            desk.now += timedelta(hours=6)
            desk.begin(limit=100, rechecks=True)
            desk.take(desk.discovered(name), desk.extracted(name, article_of(texts[name][1], title)))
            desk.end()
        if seed % 2:
            desk.lose(next(iter(texts)))
        path = desk.database.path
        before = told(path, TABLES[:5])
        rededup_file(path, desk.now)
        after = told(path, TABLES[:5])
        assert desk.database.value("SELECT max(revision) FROM article_heads") > 1
        assert [after[table] for table in TABLES[:4]] == [before[table] for table in TABLES[:4]]
        assert [row[:4] for row in after["story_heads"]] == [row[:4] for row in before["story_heads"]]


def test_articles_that_were_never_placed_get_their_stories_and_followers_are_told(filled):
    before = told(filled)
    forget(filled)
    done = rededup_file(filled, LATER)
    assert done == Rededuped(articles=24, stories_before=0, stories_after=8, new=24, moved=0, canonicals=0)
    after = told(filled)
    for table in ("fingerprints", "anchors", "hot_anchors", "pairs"):
        assert after[table] == before[table]
    assert {row[2:] for row in after["story_log"]} >= {(None, 1, "rededup", utc_text(LATER))}
    assert [row[2] for row in after["changes"]] == ["link"] * 24


def test_a_file_of_the_version_before_is_brought_up_by_it(filled, tmp_path):
    expected = stories(filled)
    old = tmp_path / "old.db"
    of_version(old, schema.NAMES.index("m010_stories"))
    with closing(sqlite3.connect(old)) as connection:
        connection.execute("ATTACH ? AS new", (str(filled),))
        for table in ("sources", "article_heads", "article_revisions", "article_texts"):
            columns = ", ".join(row[1] for row in connection.execute(f"PRAGMA main.table_info({table})"))
            connection.execute(f"DELETE FROM main.{table}")
            connection.execute(f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM new.{table}")
        connection.execute("UPDATE main.meta SET value = (SELECT value FROM new.meta WHERE name = 'key_rules')")
        connection.commit()
    with open_writer(old) as database:
        assert rededup.is_wanted(database)
        assert "dibao db rededup" in rededup.advice(database)
        assert rededup.advice(database) is None
    rededup_file(old, LATER)
    assert stories(old) == expected
    with open_writer(old) as database:
        assert not rededup.is_wanted(database)


def test_a_file_that_is_new_or_whole_is_not_to_be_made_anew(filled, tmp_path):
    with open_writer(tmp_path / "empty.db") as database:
        assert not rededup.is_wanted(database)
    with open_writer(filled) as database:
        assert rededup.advice(database) is None
        database.execute("UPDATE fingerprints SET version = 0 WHERE article_id = 7")
        assert rededup.is_wanted(database)


def test_what_people_decided_is_kept(filled):
    with open_writer(filled) as database:
        for decide in (
            lambda: deciding.split(database, "1", ["2"], START),
            lambda: deciding.merge(database, ["4", "7"], START),
            lambda: deciding.split(database, "10", ["12"], START),
        ):
            with database.transaction():
                decided = decide()
        with database.transaction():
            deciding.undo(database, decided.decision.id, START)
    before = stories(filled)
    assert before == {1: {1, 3}, 2: {2}, 4: {4, 5, 6, 7, 8, 9}, 10: {10, 11, 12}} | {
        first: {first, first + 1, first + 2} for first in (13, 16, 19, 22)
    }
    decisions, aliases = told(filled, ["story_decisions"]), told(filled, ["story_aliases"])
    assert rededup_file(filled, LATER).moved == 0
    assert (stories(filled), told(filled, ["story_decisions"]), told(filled, ["story_aliases"])) == (
        before,
        decisions,
        aliases,
    )


def test_every_id_that_was_given_out_leads_to_its_article_afterwards(filled):
    with open_writer(filled) as database, database.transaction():
        # Stories that the rule would not make: one that is too large, one whose first article is elsewhere.
        database.execute("UPDATE fingerprints SET story_id = 1 WHERE article_id BETWEEN 1 AND 6")
        database.execute("UPDATE fingerprints SET story_id = 8 WHERE article_id = 8")
        database.execute("DELETE FROM story_heads WHERE id = 4")
        database.execute("INSERT INTO story_heads SELECT 8, 8, 1, 1, NULL, changed_at FROM story_heads WHERE id = 7")
        database.execute("INSERT INTO story_aliases (old_id, story_id) VALUES (4, 1), (20, 19)")
    done = rededup_file(filled, LATER)
    assert (done.stories_before, done.stories_after, done.moved) == (8, 8, 4)
    aliases = told(filled, ["story_aliases"])["story_aliases"]
    assert aliases == [(8, 7, None), (20, 19, None)]
    log = told(filled, ["story_log"])["story_log"]
    assert [row[1:4] for row in log if row[4] == "rededup"] == [(4, 1, 4), (5, 1, 4), (6, 1, 4), (8, 8, 7)]
    with open_reader(filled) as database:
        changed = database.rows("SELECT id FROM story_heads WHERE changed_at = ? ORDER BY id", (utc_text(LATER),))
    assert [row[0] for row in changed] == [1, 4, 7]


def test_a_dry_run_tells_the_same_and_changes_nothing(filled):
    forget(filled)
    before = told(filled)
    dry = rededup_file(filled, LATER, dry_run=True)
    assert told(filled) == before
    assert not scratch.beside(filled).exists()
    assert rededup_file(filled, LATER) == dry


def test_whoever_is_interrupted_has_changed_nothing_and_goes_on_where_he_was(filled, monkeypatch):
    monkeypatch.setattr(rededup, "BATCH", 5)
    whole = told(filled, TABLES[:5])
    forget(filled)
    before = told(filled)
    with pytest.raises(KeyboardInterrupt):
        rededup_file(filled, START, Interrupting(10))
    assert told(filled) == before
    fill(filled, first=TEXTS, texts=1)  # new articles do no harm
    going_on = Interrupting(None)
    rededup_file(filled, START, going_on)
    assert going_on.calls == [(10, 27), (15, 27), (20, 27), (25, 27), (27, 27)]
    after = told(filled, TABLES[:5])
    assert [row for row in after["fingerprints"] if row[0] <= 24] == whole["fingerprints"]
    assert [row for row in after["pairs"] if row[1] <= 24] == whole["pairs"]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE rededup SET stamp = 'of other rules'",
        "DROP TABLE rededup",
        None,
    ],
)
def test_a_scratch_file_that_is_of_no_use_is_begun_anew(change, filled, monkeypatch):
    monkeypatch.setattr(rededup, "BATCH", 5)
    with pytest.raises(KeyboardInterrupt):
        rededup_file(filled, START, Interrupting(10))
    beside = scratch.beside(filled)
    if change is None:
        scratch.remove(beside)
        beside.write_bytes(b"my diary" * 1000)
    else:
        with closing(sqlite3.connect(beside)) as connection:
            connection.execute(change)
            connection.commit()
    progress = Interrupting(None)
    rededup_file(filled, START, progress)
    assert progress.calls[0] == (0, 24)


@pytest.mark.parametrize("change", ["decision", "revision"])
def test_what_changed_meanwhile_makes_a_new_beginning(change, filled, monkeypatch):
    monkeypatch.setattr(rededup, "BATCH", 5)
    with pytest.raises(KeyboardInterrupt):
        rededup_file(filled, START, Interrupting(10))
    with open_writer(filled) as database, database.transaction():
        if change == "decision":
            deciding.split(database, "22", ["24"], START)
        else:
            database.execute(
                "INSERT INTO change_log (article_id, op, revision, at) VALUES (3, 'revise', 2, ?)", (utc_text(START),)
            )
    progress = Interrupting(None)
    rededup_file(filled, START, progress)
    assert progress.calls[0] == (0, 24)


@pytest.mark.parametrize("moment", ["placing", "replacing"])
def test_a_full_disk_leaves_the_stories_as_they_were_and_no_scratch_file(moment, filled):
    before = told(filled)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill_the_disk(done, of):
        if (moment == "placing" and done == 0) or done == of:
            resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limits[1]))

    try:
        with pytest.raises(StorageFault, match="free space"):
            rededup_file(filled, LATER, fill_the_disk)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert told(filled) == before
    assert not scratch.beside(filled).exists()
    rededup_file(filled, LATER)


def test_a_file_that_is_not_there_is_not_made(path):
    with pytest.raises(StorageFault, match="does not exist yet"):
        rededup_file(path, START)
    assert not path.exists()


def test_an_empty_file_is_made_anew_without_a_word(path):
    open_writer(path).close()
    assert rededup_file(path, START) == Rededuped(
        articles=0, stories_before=0, stories_after=0, new=0, moved=0, canonicals=0
    )


def test_a_file_whose_name_has_signs_of_an_address_is_taken_as_it_is(tmp_path):
    path = tmp_path / "新闻 #1%20?mode=rw.db"
    fill(path, texts=1)
    assert rededup_file(path, LATER).articles == 3
