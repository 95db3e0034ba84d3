"""Small worlds of articles whose pairs are given, not found: what is tested is what stories are made of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from storage import sources
from storage.database import Database
from storage.facts import columns
from storage.records import Article, PublicationTime, utc_text
from storage.stories.components import pairs_of
from storage.stories.regrouping import join, regroup

START = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
Pair = tuple[str, float, float]
"""Verdict, Jaccard, containment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An article of a world, by its name."""

    name: str
    site: str = "a.cn"
    source: str | None = None
    shingles: int = 400
    thin: bool = False
    published: datetime | None = None
    precision: Any = "minute"
    seen: datetime = START
    text: str = "正文。"
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return f"//{self.site}/{self.name}"


class World:
    """A file in which articles are stored one by one, as the write path does it. `like`: pairs by names.

    `joins`: new copies come with their pairs in hand (`regrouping.join`), as where an article is placed.
    """

    def __init__(
        self, database: Database, like: dict[tuple[str, str], Pair] | None = None, *, joins: bool = False
    ) -> None:
        self.database = database
        self.joins = joins
        self.like = dict(like or {})
        self.ids: dict[str, int] = {}
        self.now = START
        self._sources: dict[str, int] = {}

    def store(self, told: Told, *, broken: bool = False) -> int:
        """The id of a new article, which has its pairs and is in its story.

        `broken`: something fails behind that, and ZeroDivisionError is raised.
        """
        with self.database.transaction():
            article = self.write(told)
            copies = self.pair(told.name) - {article}
            if self.joins and copies:
                edges = pairs_of(self.database, [article])
                stories = {copy: self.story_of(copy) for copy in copies}
                join(self.database, article, edges, stories, at=self.now, why="text")
            else:
                regroup(self.database, {article, *copies}, self.now, "text")
            if broken:
                raise ZeroDivisionError
        return article

    def story_of(self, article: int) -> int:
        return int(self.database.value("SELECT story_id FROM fingerprints WHERE article_id = ?", (article,)))

    def write(self, told: Told) -> int:
        """The id of a new article that is in no story yet."""
        head = self.database.execute(
            "INSERT INTO article_heads (key, url, source_id, revision, first_seen_at, checked_at, text_digest)"
            " VALUES (?, ?, ?, 1, ?, ?, ?)",
            (told.key, f"https:{told.key}", self._source(told), utc_text(told.seen), utc_text(told.seen), told.name),
        )
        article = int(head.lastrowid)
        self.ids[told.name] = article
        self.revision(told, 1)
        self.fingerprint(told)
        return article

    def revise(self, told: Told) -> None:
        """None; the article is another one under its old key, with the pairs that `like` has for its name now."""
        article = self.ids[told.name]
        with self.database.transaction():
            number = 1 + self.database.value("SELECT revision FROM article_heads WHERE id = ?", (article,))
            self.revision(told, number)
            self.database.execute("UPDATE article_heads SET revision = ? WHERE id = ?", (number, article))
            self.fingerprint(told)
            touched = {
                *self.database.rows("SELECT b FROM pairs WHERE a = ? AND verdict = 'same'", (article,)),
                *self.database.rows("SELECT a FROM pairs WHERE b = ? AND verdict = 'same'", (article,)),
            }
            self.database.execute("DELETE FROM pairs WHERE a = ?1 OR b = ?1", (article,))
            self.pair(told.name)
            regroup(self.database, {article, *(row[0] for row in touched)}, self.now, "revision")

    def decide(self, verdict: str, one: str, other: str) -> None:
        """None; a person said that two articles are one story, or two."""
        a, b = sorted((self.ids[one], self.ids[other]))
        with self.database.transaction():
            self.database.execute(
                "INSERT INTO story_decisions (a, b, verdict, command, at) VALUES (?, ?, ?, ?, ?)",
                (a, b, verdict, f"{verdict} {a} {b}", utc_text(self.now)),
            )
            regroup(self.database, {a, b}, self.now, "decision")

    def revision(self, told: Told, number: int) -> None:
        said = Article(
            title=told.name, text=told.text, encoding="utf-8", encoding_evidence="meta", extractor="test",
            published=told.published and PublicationTime(
                at=told.published, precision=told.precision, raw="", where="meta"
            ), **told.facts,
        )  # fmt: skip
        values = {
            "article_id": self.ids[told.name], "revision": number, "cause": "crawl", "fetched_at": utc_text(told.seen),
            "content_digest": f"{told.name} {number}", **columns(said),
        }  # fmt: skip
        row = self.database.execute(
            f"INSERT INTO article_revisions ({', '.join(values)}) VALUES ({', '.join(f':{name}' for name in values)})",
            values,
        )
        self.database.execute("INSERT INTO article_texts (revision_id, text) VALUES (?, ?)", (row.lastrowid, told.text))

    def fingerprint(self, told: Told) -> None:
        article = self.ids[told.name]
        self.database.execute(
            "INSERT INTO fingerprints (article_id, version, digest, shingles, thin, story_id) VALUES (?, 1, 0, ?, ?, ?)"
            " ON CONFLICT (article_id) DO UPDATE SET shingles = excluded.shingles, thin = excluded.thin",
            (article, told.shingles, int(told.thin), article),
        )

    def pair(self, name: str) -> set[int]:
        """The articles that one is like; the pairs with those that are stored are written."""
        found = set()
        for (one, other), (verdict, jaccard, containment) in self.like.items():
            if name in {one, other} and one in self.ids and other in self.ids:
                a, b = sorted((self.ids[one], self.ids[other]))
                self.database.execute(
                    "INSERT OR REPLACE INTO pairs (a, b, verdict, jaccard, containment, numbers_same, numbers_differ)"
                    " VALUES (?, ?, ?, ?, ?, 0, 0)",
                    (a, b, verdict, jaccard, containment),
                )
                found |= {a, b} if verdict == "same" else set()
        return found

    def stories(self) -> set[frozenset[str]]:
        """The names of the articles of each story."""
        names = {article: name for name, article in self.ids.items()}
        found: dict[int, set[str]] = {}
        for row in self.database.rows("SELECT article_id, story_id FROM article_story"):
            found.setdefault(row["story_id"], set()).add(names[row["article_id"]])
        return set(map(frozenset, found.values()))

    def canonicals(self) -> set[str]:
        names = {article: name for name, article in self.ids.items()}
        return {names[row[0]] for row in self.database.rows("SELECT canonical_article_id FROM stories")}

    def story(self, name: str) -> Any:
        """The row of the story that an article is in."""
        return self.database.row(
            "SELECT s.* FROM stories s JOIN article_story a ON a.story_id = s.id WHERE a.article_id = ?",
            (self.ids[name],),
        )

    def digest(self) -> list[tuple[Any, ...]]:
        """All stories, by what has nothing to do with the order in which articles came."""
        rows = self.database.rows(
            "SELECT group_concat(key, ' '), canonical, n_articles, n_sites, first_published_at FROM"
            " (SELECT a.key, c.key AS canonical, s.* FROM article_story m JOIN stories s ON s.id = m.story_id"
            "  JOIN article_heads a ON a.id = m.article_id JOIN article_heads c ON c.id = s.canonical_article_id"
            "  ORDER BY a.key) GROUP BY id"
        )
        return sorted(map(tuple, rows))

    def rows(self, table: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self.database.rows(f"SELECT * FROM {table}")]

    def sound(self) -> bool:
        """Whether each story's id is its smallest article, has a row, and no id both lives and leads elsewhere."""
        return not self.database.rows(
            "SELECT f.story_id FROM fingerprints f LEFT JOIN story_heads h ON h.id = f.story_id"
            " GROUP BY f.story_id HAVING h.id IS NULL OR h.id <> min(f.article_id) OR h.articles <> count(*)"
            " UNION SELECT id FROM story_heads WHERE id NOT IN (SELECT story_id FROM fingerprints)"
            " UNION SELECT old_id FROM story_aliases WHERE old_id IN (SELECT id FROM story_heads)"
            " UNION SELECT old_id FROM story_aliases s JOIN fingerprints f ON f.article_id = s.old_id"
            "  WHERE f.story_id <> s.story_id"
        )

    def _source(self, told: Told) -> int:
        name = told.source or told.site
        if name not in self._sources:
            self._sources[name] = sources.ensure(self.database, name, f"https://{told.site}/", START)
        return self._sources[name]


def copies(names: Collection[str], jaccard: float = 0.9) -> dict[tuple[str, str], Pair]:
    """Pairs by which each of the names is a copy of each other one."""
    ordered = sorted(names)
    return {
        (one, other): ("same", jaccard, jaccard) for at, one in enumerate(ordered) for other in ordered[at + 1 :]
    }


def random_world(
    chance: Random, size: int = 12, *, templates: float = 0.1, strays: float = 0.06
) -> tuple[list[Told], dict[tuple[str, str], Pair]]:
    """Articles in no order, and what is like what: copies of a few texts.

    `templates`: of the pairs of one text, how many are called so, and twice as many of two; `strays`: of the pairs of
    two texts, how many are wrongly copies.
    """
    names = [f"n{number:02d}" for number in range(size)]
    texts = {name: chance.randrange(4) for name in names}
    like: dict[tuple[str, str], Pair] = {}
    for at, one in enumerate(names):
        for other in names[at + 1 :]:
            alike = texts[one] == texts[other]
            same, template = (0.75, templates) if alike else (strays, 2 * templates)
            draw = chance.random()
            if draw < same + template + 0.02:
                verdict = "same" if draw < same else "template" if draw < same + template else "contains"
                like[one, other] = (verdict, chance.choice((0.4, 0.7, 0.9, 1.0)), chance.choice((0.8, 0.9, 1.0)))
    return [_told(chance, name) for name in names], like


def _told(chance: Random, name: str) -> Told:
    site = chance.choice(("a.cn", "b.cn", "c.com", "news.a.cn", "xinhuanet.com"))
    seen = START + timedelta(minutes=chance.randrange(5))
    facts = chance.choice(({}, {"origin": "新华社"}, {"origin": "甲日报", "origin_kind": "own"}, {"origin": "甲日報社"},
                           {"origin_url": "https://b.cn/x"}, {"damage": "1 place: x"}))  # fmt: skip
    return Told(
        name=name, site=site, seen=seen, facts=facts, shingles=chance.choice((100, 150, 400, 410, 420)),
        published=chance.choice((None, *(seen + timedelta(hours=hours) for hours in (-5, -1, 1)))),
        precision=chance.choice(("minute", "day")),
    )  # fmt: skip


def stored(
    database: Database,
    order: Iterable[Told],
    like: dict[tuple[str, str], Pair],
    decided: Collection[tuple[str, str, str]] = (),
    *,
    joins: bool = False,
) -> World:
    """A world with these articles, stored in this order; a decision is made as soon as its articles are there."""
    world, open_ = World(database, like, joins=joins), list(decided)
    for told in order:
        world.store(told)
        for decision in [one for one in open_ if set(one[1:]) <= world.ids.keys()]:
            open_.remove(decision)
            world.decide(*decision)
    return world
