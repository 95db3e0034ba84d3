"""Making all fingerprints, pairs and stories of a file anew: `dibao db rededup`.

The articles are placed again, one after another by id, into a scratch file beside the database, which is only read
meanwhile. Then one transaction puts the new tables in the place of the old ones. So the file is as it was or made
anew, never between; and whoever is killed goes on where he was, as long as nothing else was changed.

A story id that was given out once leads to where its article is now, or its heir where that was pruned.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from storage.database import Database, open_writer
from storage.faults import StorageFault
from storage.progress import Progress, untold
from storage.records import utc_text
from storage.stories import scratch

BATCH = 200
"""Articles that are placed in one transaction of the scratch file; a kill loses no more."""

FIRST = 1_000
"""Articles, by id, that are looked at to tell whether a file has to be made anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rededuped:
    """What was made anew, or would be.

    `stories_before`, `stories_after`: how many there are; `new`: articles that were in no story yet; `moved`: those
    that are in another one than before, by its id; `canonicals`: those that stand for their story now and did not, or
    no longer do.
    """

    articles: int
    stories_before: int
    stories_after: int
    new: int
    moved: int
    canonicals: int


def rededup_file(path: Path, now: datetime, progress: Progress = untold, *, dry_run: bool = False) -> Rededuped:
    """What was changed in the file at that path, which must be there. The caller holds the writer lock.

    `progress` is told how many articles are placed. `dry_run`: what would be; the file's stories are then as they were.
    Raises StorageFault where the file, or the folder that it is in, cannot take what is to be written: the file's
    stories are then as they were too.
    """
    if not path.exists():
        raise StorageFault(f"{path} does not exist yet; `dibao crawl` or `dibao run` makes it")
    with open_writer(path) as database:
        beside = scratch.beside(path)
        try:
            with scratch.opened(beside, database, _stamp(database)) as copy:
                _place_all(copy, now, progress)
            with _attached(database, beside):
                done = _compare(database) if dry_run else _replace(database, now)
        except StorageFault:
            # Whoever has no room left needs it for other things first.
            scratch.remove(beside)
            raise
        scratch.remove(beside)
    return done


def is_wanted(database: Database) -> bool:
    """Whether articles are stored that were never placed, or by other rules: so in a file of an older Dibao."""
    from storage.similarity.fingerprint import VERSION  # noqa: PLC0415 - numpy, for writers only

    return bool(
        database.value(
            "SELECT EXISTS (SELECT 1 FROM (SELECT id FROM article_heads WHERE pruned_at IS NULL ORDER BY id LIMIT ?) a"
            " LEFT JOIN fingerprints f ON f.article_id = a.id WHERE f.version IS NOT ?)",
            (FIRST, VERSION),
        )
    )


def advice(database: Database) -> str | None:
    """A sentence for the operator of a file that is to be made anew, once a file; else None. The caller is the writer.

    It is told again after an upgrade that changes the rules.
    """
    from storage.similarity.fingerprint import VERSION  # noqa: PLC0415

    told = database.value("SELECT value FROM meta WHERE name = 'rededup_told'")
    if told == str(VERSION) or not is_wanted(database):
        return None
    database.execute("INSERT OR REPLACE INTO meta (name, value) VALUES ('rededup_told', ?)", (str(VERSION),))
    return (
        f"{database.path} has articles that an older Dibao stored: they are in no story yet, or by older rules. "
        "Stop what writes it and run `dibao db rededup` once; until then new articles are not compared with them"
    )


def _stamp(database: Database) -> str:
    """What the new stories depend on, but for the articles that come after: another one makes another beginning."""
    from storage.similarity.fingerprint import VERSION  # noqa: PLC0415
    from storage.similarity.rule import Rule  # noqa: PLC0415

    rows = database.rows("SELECT id, a, b, verdict FROM story_decisions WHERE undone_at IS NULL ORDER BY id")
    told = repr((VERSION, Rule(), [tuple(row) for row in rows]))
    return hashlib.sha256(told.encode()).hexdigest()


def _place_all(copy: Database, now: datetime, progress: Progress) -> None:
    """None; every article has its place in the scratch file."""
    from storage.dedup import placing  # noqa: PLC0415

    total = int(copy.value("SELECT count(*) FROM article_heads WHERE pruned_at IS NULL"))
    done = int(copy.value("SELECT count(*) FROM fingerprints"))
    progress(done, total)
    while True:
        with copy.transaction():
            rows = copy.rows(
                "SELECT id FROM article_heads WHERE id > ? AND pruned_at IS NULL ORDER BY id LIMIT ?",
                (scratch.watermark(copy), BATCH),
            )
            for row in rows:
                placing.place(copy, int(row["id"]), None, now, "rededup")
            if rows:
                scratch.reached(copy, int(rows[-1]["id"]))
            # What was written to tell of every step on the way is nobody's business.
            copy.execute("DELETE FROM story_log")
            copy.execute("DELETE FROM change_log")
        if not rows:
            return
        done += len(rows)
        progress(done, total)


@contextmanager
def _attached(database: Database, beside: Path) -> Iterator[None]:
    """A block in which the scratch file is the schema `made`."""
    database.execute("ATTACH ? AS made", (str(beside),))
    try:
        yield
    finally:
        database.execute("DETACH made")


# Articles whose story is another, or that stand for theirs and did not, or did and do not.
_MOVED = """
    SELECT n.article_id, o.story_id AS from_id, n.story_id, nh.articles,
           o.story_id IS NOT n.story_id AS moves,
           coalesce(oh.canonical_id = n.article_id, 0) <> (nh.canonical_id = n.article_id) AS turns
      FROM made.fingerprints n
      JOIN made.story_heads nh ON nh.id = n.story_id
      LEFT JOIN main.fingerprints o ON o.article_id = n.article_id
      LEFT JOIN main.story_heads oh ON oh.id = o.story_id"""


def _compare(database: Database) -> Rededuped:
    """What the scratch file has otherwise than the file."""
    row = database.row(
        "SELECT count(*) AS articles, coalesce(sum(from_id IS NULL), 0) AS new,"
        " coalesce(sum(moves AND from_id IS NOT NULL), 0) AS moved,"
        f" coalesce(sum(turns AND from_id IS NOT NULL), 0) AS canonicals FROM ({_MOVED})"
    )
    assert row is not None
    return Rededuped(
        articles=row["articles"],
        stories_before=int(database.value("SELECT count(*) FROM main.story_heads")),
        stories_after=int(database.value("SELECT count(*) FROM made.story_heads")),
        new=row["new"],
        moved=row["moved"],
        canonicals=row["canonicals"],
    )


def _replace(database: Database, now: datetime) -> Rededuped:
    """What was changed: all tables of stories are those of the scratch file, in one transaction."""
    with database.transaction():
        done = _compare(database)
        _tell(database, utc_text(now))
        _lead_on(database)
        _keep_times(database)
        for table in scratch.REPLACED:
            database.execute(f"DELETE FROM main.{table}")
            database.execute(f"INSERT INTO main.{table} SELECT * FROM made.{table}")
    return done


def _tell(database: Database, at: str) -> None:
    """None; the log of stories and the feed of changes tell what moved.

    A newcomer that is alone, and so stands for itself, is no news: so it is where articles are stored, too.
    """
    database.execute(
        "INSERT INTO main.story_log (article_id, from_id, story_id, why, at)"
        f" SELECT article_id, from_id, story_id, 'rededup', ? FROM ({_MOVED})"
        " WHERE moves AND (from_id IS NOT NULL OR articles > 1) ORDER BY article_id",
        (at,),
    )
    database.execute(
        "INSERT INTO main.change_log (article_id, op, revision, at)"
        f" SELECT m.article_id, 'link', a.revision, ? FROM ({_MOVED}) m"
        " JOIN main.article_heads a ON a.id = m.article_id"
        " WHERE (m.moves OR m.turns) AND (m.from_id IS NOT NULL OR m.articles > 1) ORDER BY m.article_id",
        (at,),
    )


def _keep_times(database: Database) -> None:
    """None; a story that is as it was has not changed now."""
    database.execute(
        "UPDATE made.story_heads SET changed_at = o.changed_at FROM main.story_heads o"
        " WHERE o.id = made.story_heads.id AND (o.canonical_id, o.articles, o.sites)"
        " = (made.story_heads.canonical_id, made.story_heads.articles, made.story_heads.sites)"
        " AND o.first_published_at IS made.story_heads.first_published_at AND o.id NOT IN"
        f" (SELECT from_id FROM ({_MOVED}) WHERE moves AND from_id IS NOT NULL"
        f" UNION SELECT story_id FROM ({_MOVED}) WHERE moves)"
    )


def _lead_on(database: Database) -> None:
    """None; each story id that was given out and is no story's leads to where its article is."""
    database.execute(
        "INSERT OR REPLACE INTO main.story_aliases (old_id, story_id)"
        " SELECT id, id FROM main.story_heads WHERE id NOT IN (SELECT id FROM made.story_heads)"
    )
    database.execute("DELETE FROM main.story_aliases WHERE old_id IN (SELECT id FROM made.story_heads)")
    database.execute(
        "UPDATE main.story_aliases SET story_id = f.story_id FROM made.fingerprints f"
        " WHERE f.article_id = coalesce(story_aliases.heir, story_aliases.old_id)"
    )
