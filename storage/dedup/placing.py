"""Where a stored article belongs: its fingerprint, what it is like, and with that its story.

One step, in the transaction that stores the article: so two copies that come at once cannot miss each other, and a
process that is killed leaves either both the article and its place, or neither.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Literal

from storage.database import Database, Row
from storage.dedup import anchors, crowding, pairs
from storage.dedup.documents import Documents
from storage.records import Extracted, Fingerprint
from storage.similarity.document import Document
from storage.similarity.fingerprint import ANCHORS, SPARE, VERSION, fingerprint
from storage.similarity.rule import Likeness, compare
from storage.stories.clusters import WORTH, Edge
from storage.stories.regrouping import begin, join, regroup

Why = Literal["text", "revision", "rededup"]

MOST_SHINGLES = 1_000_000
"""Those of all texts that one article is compared with, its own counted each time; twenty usual ones have 50,000."""

MOST_LEFT_ALONE = 20
"""Former copies of a revised article that are compared anew where they were copies of nothing else."""


def place(
    database: Database,
    article_id: int,
    signature: Fingerprint | None,
    at: datetime,
    why: Why,
    *,
    new: Extracted | None = None,
) -> None:
    """None; the article is in its story, as its newest revision says.

    Costs the same however much is stored: at most CANDIDATES comparisons, and none where neither its prose nor what
    else is compared is another than before. `signature`: of its text; None, or one of other rules: it is taken here.
    `new`: the event by which it came, where it was stored just now and not placed yet.
    Raises StorageFault; KeyError where there is no such article.
    """
    documents = Documents(database, {} if new is None else {article_id: new})
    if signature is None or signature.version != VERSION:
        signature = fingerprint(documents.text(article_id))
    known = None if new else _known(database, article_id)
    if known is None:
        _put(database, article_id, signature, documents, at=at, why=why)
    elif (known["version"], known["digest"]) != (VERSION, signature.digest) or _moved(documents, article_id):
        _put_again(database, article_id, signature, at, why)
    else:
        # Who wrote it may still decide which article stands for the story.
        regroup(database, [article_id], at, why)


def _known(database: Database, article_id: int) -> Row | None:
    """The version and the digest by which the article is known; None where it was not placed yet."""
    return database.row("SELECT version, digest FROM fingerprints WHERE article_id = ?", (article_id,))


def _put(
    database: Database, article_id: int, signature: Fingerprint, documents: Documents, *, at: datetime, why: Why
) -> None:
    """None; an article that was nowhere is where it belongs. Most are copies of none, and cost next to nothing."""
    _write(database, article_id, signature)
    under = [] if signature.thin else _keys(database, article_id, signature, documents)
    standing = anchors.standing(database, under)
    linked = _link(database, article_id, standing, documents)
    if linked.copies:
        join(database, article_id, linked.edges(article_id), linked.copies, at=at, why=why)
    else:
        begin(database, article_id, at, why)
        documents.expect(article_id)
    crowding.stand(database, article_id, under, standing)


def _put_again(database: Database, article_id: int, signature: Fingerprint, at: datetime, why: Why) -> None:
    """None; an article that says something else is where it belongs now, and so are those that were copies of it."""
    documents = Documents(database)
    former = _leave(database, article_id, documents)
    _write(database, article_id, signature)
    under = [] if signature.thin else _keys(database, article_id, signature, documents)
    copies = set(_link(database, article_id, anchors.standing(database, under), documents).copies)
    left = pairs.alone(database, former - copies)[:MOST_LEFT_ALONE]
    again = copies.union(*(_again(database, one, documents) for one in left))
    regroup(database, {article_id} | former | again, at, why)
    crowding.stand(database, article_id, under, anchors.standing(database, under))


def look_again(database: Database, article_id: int, *, compare: bool) -> None:
    """None; an article stands where it can be found, now that others under its keys went. Its story is as it was.

    `compare`: it is compared anew with those that share its keys. Raises KeyError where there is no such article.
    """
    documents = Documents(database)
    if compare:
        _again(database, article_id, documents)
        return
    under = anchors.assigned(database, anchors.keys(documents.of(article_id).shingles))
    crowding.stand(database, article_id, under, anchors.standing(database, under))


def _moved(documents: Documents, article_id: int) -> bool:
    """Whether a revision of the same prose is to be judged otherwise: it has another headline, or another time."""
    before, now = documents.before(article_id), documents.of(article_id)
    return before is None or _said(before) != _said(now)


def _said(document: Document) -> tuple[object, ...]:
    return document.title, document.published_at, document.day_only


def _leave(database: Database, article_id: int, documents: Documents) -> set[int]:
    """The articles that the former text was a copy of; it can no longer be found."""
    before = documents.before(article_id)
    if before is not None:
        anchors.remove(database, article_id, anchors.assigned(database, anchors.keys(before.shingles)))
    return pairs.drop(database, article_id)


def _write(database: Database, article_id: int, signature: Fingerprint) -> None:
    database.execute(
        "INSERT INTO fingerprints (article_id, version, digest, shingles, thin, story_id) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (article_id) DO UPDATE SET version = excluded.version, digest = excluded.digest,"
        " shingles = excluded.shingles, thin = excluded.thin",
        (article_id, signature.version, signature.digest, signature.shingles, int(signature.thin), article_id),
    )


def _keys(database: Database, article_id: int, signature: Fingerprint, documents: Documents) -> list[int]:
    """The keys under which the article is to stand."""
    under = anchors.assigned(database, signature.anchors)
    if len(under) == ANCHORS or len(signature.anchors) < ANCHORS + SPARE:
        return under
    return anchors.assigned(database, anchors.keys(documents.of(article_id).shingles))


def _again(database: Database, article_id: int, documents: Documents) -> set[int]:
    """The articles that one is a copy of whose only copies are so no more; it stands where it can be found."""
    under = anchors.assigned(database, anchors.keys(documents.of(article_id).shingles))
    standing = anchors.standing(database, under)
    copies = set(_link(database, article_id, standing, documents).copies)
    crowding.stand(database, article_id, under, standing)
    return copies


@dataclass(frozen=True, slots=True, kw_only=True)
class _Linked:
    """What an article is to those that it was compared with. `copies`: those of which it is one, with their stories."""

    found: Mapping[int, Likeness]
    copies: Mapping[int, int]

    def edges(self, article_id: int) -> list[Edge]:
        """Its pairs that say something of its story."""
        return [
            Edge(
                a=min(article_id, other),
                b=max(article_id, other),
                verdict=likeness.verdict,
                jaccard=likeness.jaccard,
                containment=likeness.containment,
            )
            for other, likeness in self.found.items()
            if likeness.verdict in WORTH
        ]


def _link(
    database: Database, article_id: int, standing: Mapping[int, Sequence[int]], documents: Documents
) -> _Linked:
    """What the article is to those that share keys with it; of whatever it is like, there is a pair.

    `standing`: the articles that stand under its keys.
    """
    candidates = [other for other, _ in anchors.sharing(database, standing, but=article_id)]
    if not candidates:
        return _Linked(found={}, copies={})
    ours = documents.of(article_id)
    rows = {int(row["article_id"]): row for row in documents.rows(candidates)}
    few = set(_affordable(rows, candidates, len(ours.shingles)))
    compared = ((other, documents.read(row)) for other, row in rows.items() if other in few)
    found = {other: likeness for other, theirs in compared if (likeness := compare(ours, theirs)) is not None}
    pairs.write(database, article_id, found)
    copies = {other: int(rows[other]["story_id"]) for other, one in found.items() if one.verdict == "same"}
    return _Linked(found=found, copies=copies)


def _affordable(rows: Mapping[int, Row], candidates: list[int], ours: int) -> list[int]:
    """The first candidates, as many as can be compared in about a second: all, but where texts are as long as books."""
    theirs = (int(rows[other]["shingles"] or 0) if other in rows else 0 for other in candidates)
    spent = accumulate(ours + number for number in theirs)
    within = sum(so_far <= MOST_SHINGLES for so_far in spent)
    return candidates[: max(1, within)]
