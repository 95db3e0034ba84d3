"""A story told as a timeline: who had the text first, who has it from whom, and what only looks like it.

What a page says of its source (来源, a link on it, the address that it names as its own) stands apart from what is
inferred: where a page says nothing, it has the text from the earliest of those that are most alike, if any is earlier.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from storage.database import Database, Row
from storage.stories import canonical_article
from storage.stories.holding import Link, decision, held, joined
from storage.stories.look_alikes import Likeness, LookAlike, alike, look_alikes
from storage.stories.members import members as members_of
from storage.stories.publishers import Imprint, shown_outlet
from storage.stories.resolving import articles_of

Where = Literal["origin", "address", "canonical", "alike"]

# Copies of one text differ by what was cut and by chrome: within so much of the best, the earliest is the likelier one.
AS_ALIKE = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Where an article has its text from. `said`: its page says so; else it is inferred (`alike`).

    `where` it says so: by the outlet's name (`origin`), a link beside that (`address`), or rel=canonical. `outlet`: as
    the page names it; `article_id`: the article of the story that is meant, None if it is not here.
    """

    said: bool
    where: Where
    outlet: str | None = None
    article_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An article of a story. `at`: the time that it counts with, which is `published` or only `first_seen`.

    `likeness`: to the article that stands for the story; None for that one itself, and where the two were not compared.
    `decision`: the number of the newest one by which it is one with that, None where there is none. `link`: what holds
    it in the story where neither does; None where that is not known.
    `outlet`: what the configuration calls the outlet of the source, None where it does not say, or it is of another.
    `taken`: where it has its text from, None where nothing tells; `own`: its page says that the text is its own;
    `origin_raw`: the words in which it says so.
    """

    article_id: int
    url: str
    source: str
    outlet: str | None
    site: str
    title: str | None
    at: datetime
    by: Literal["published", "first_seen"]
    published_local: str | None
    first_seen_at: datetime
    status: str
    origin: str | None
    origin_raw: str | None
    own: bool
    likeness: Likeness | None = None
    decision: int | None = None
    link: Link | None = None
    taken: Taken | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """A story: its articles, earliest first, what is like them but in no way the same, and who stands for it.

    What an article's page names as its source is before it, whatever the clocks say.
    """

    story_id: int
    canonical: int
    sites: int
    members: tuple[Member, ...]
    look_alikes: tuple[LookAlike, ...]


def timeline(database: Database, story_id: int) -> Timeline | None:
    """The timeline of the story that has this id today; None where none has."""
    head = database.row("SELECT * FROM story_heads WHERE id = ?", (story_id,))
    if head is None:
        return None
    rows = _rows(database, story_id)
    counts = {one.id: one for one in members_of(database, articles_of(database, story_id))}
    members = sorted((_member(row, counts[row["id"]]) for row in rows), key=_place)
    near = alike(database, story_id)
    chains = joined(database, story_id)
    sources = _Sources(members, {one.id: one.imprint for one in counts.values()})
    said = {member.article_id: sources.said(member) for member in members}
    ordered = _named_first(members, said)
    places = {member.article_id: at for at, member in enumerate(ordered)}
    canonical = head["canonical_id"]
    links = held(canonical, near, chains)
    return Timeline(
        story_id=story_id,
        canonical=canonical,
        sites=head["sites"],
        members=tuple(
            replace(
                member,
                likeness=near.get(member.article_id, {}).get(canonical),
                decision=decision(member.article_id, canonical, chains),
                link=links.get(member.article_id),
                taken=said[member.article_id] or _inferred(member, places, near.get(member.article_id, {})),
            )
            for member in ordered
        ),
        look_alikes=tuple(look_alikes(database, story_id)),
    )


def _rows(database: Database, story_id: int) -> list[Row]:
    return database.rows(
        "SELECT a.id, a.url, a.status, s.name AS source, s.home, s.outlets, r.title, r.published_local,"
        " r.origin, r.origin_raw, r.origin_kind"
        " FROM fingerprints f JOIN article_heads a ON a.id = f.article_id JOIN sources s ON s.id = a.source_id"
        " JOIN article_revisions r ON r.article_id = a.id AND r.revision = a.revision WHERE f.story_id = ?",
        (story_id,),
    )


def _member(row: Row, counts: canonical_article.Member) -> Member:
    published = canonical_article.published(counts)
    whose = counts.imprint
    return Member(
        article_id=row["id"],
        url=row["url"],
        source=row["source"],
        outlet=shown_outlet(url=row["url"], home=row["home"], called=json.loads(row["outlets"])),
        site=whose.site or row["source"],
        title=row["title"],
        at=published or counts.first_seen_at,
        by="published" if published else "first_seen",
        published_local=row["published_local"],
        first_seen_at=counts.first_seen_at,
        status=row["status"],
        origin=row["origin"],
        origin_raw=row["origin_raw"],
        own=row["origin_kind"] == "own" or bool(row["origin"] and not whose.said),
    )


class _Sources:
    """Which articles of a story its pages mean, where they say whose text they have."""

    def __init__(self, members: Iterable[Member], imprints: Mapping[int, Imprint]) -> None:
        self._imprints = imprints
        # Of each name and of each site: the earliest article of each site.
        self._named: dict[str, dict[str, int]] = defaultdict(dict)
        self._at: dict[str, int] = {}
        for member in members:
            self._at.setdefault(member.site, member.article_id)
            for name in self._imprints[member.article_id].names:
                self._named[name].setdefault(member.site, member.article_id)

    def said(self, member: Member) -> Taken | None:
        """Where the page of this article says that it has its text from; None where it does not say."""
        whose = self._imprints[member.article_id]
        if whose.said:
            meant = self._first(whose) or self._at.get(whose.linked)
            return Taken(said=True, where="origin", outlet=member.origin, article_id=meant)
        if whose.linked:
            return Taken(said=True, where="address", outlet=whose.linked, article_id=self._at.get(whose.linked))
        if whose.canonical:
            return Taken(said=True, where="canonical", outlet=whose.canonical, article_id=self._at.get(whose.canonical))
        return None

    def _first(self, whose: Imprint) -> int | None:
        """The first article of an outlet that is named, on another site."""
        return next(
            (
                article_id
                for name in sorted(whose.said)
                for site, article_id in self._named.get(name, {}).items()
                if site != whose.site
            ),
            None,
        )


def _named_first(members: Sequence[Member], said: Mapping[int, Taken | None]) -> list[Member]:
    """The members in their order, but what a page names before it. Where pages name each other in a ring, clocks count.

    Each names one at most, so all ways together are as long as there are members.
    """
    by_id = {member.article_id: member for member in members}
    done: dict[int, Member] = {}
    for member in members:
        way: dict[int, Member] = {}
        at: int | None = member.article_id
        while at is not None and at not in done and at not in way:
            way[at] = by_id[at]
            taken = said[at]
            at = taken.article_id if taken else None
        chain = list(way.values())
        if at in way:
            ring = list(way).index(at)
            chain[ring:] = sorted(chain[ring:], key=_place, reverse=True)
        done |= {one.article_id: one for one in reversed(chain)}
    return list(done.values())


def _inferred(member: Member, places: Mapping[int, int], near: Mapping[int, Likeness]) -> Taken | None:
    """The earliest of those that are most alike, of those that were earlier; None where none was, or it is its own."""
    earlier = {
        other: likeness.jaccard
        for other, likeness in near.items()
        if likeness.verdict == "same" and places[other] < places[member.article_id]
    }
    if member.own or not earlier:
        return None
    enough = max(earlier.values()) - AS_ALIKE
    first = min((other for other, jaccard in earlier.items() if jaccard >= enough), key=places.__getitem__)
    return Taken(said=False, where="alike", article_id=first)


def _place(member: Member) -> tuple[datetime, int]:
    return member.at, member.article_id
