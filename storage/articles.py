"""Articles and their revisions: what a page said, each time it said something new."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from storage.database import Database
from storage.identity import text_digest
from storage.read_columns import read_columns
from storage.records import Extracted, utc_text
from storage.revisions import revising
from storage.revisions.revising import Cause, Edit
from storage.row_digest import row_digest
from storage.short_forms import kept

FIRST = Edit(cause="crawl")
"""What the first revision of an article is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """Where an article went. `original`: the id of an earlier article with the same title and text, or None.

    `cause`: why its newest revision is there, where this made one.
    """

    article_id: int
    revision: int
    changed: bool
    original: int | None
    cause: Cause | None = None


def by_key(database: Database, key: str) -> Any | None:
    """The head of the article at an address, or None. Of one that was pruned, `content_digest` is None."""
    return database.row(
        "SELECT a.*, r.content_digest FROM article_heads a"
        " LEFT JOIN article_revisions r ON r.article_id = a.id AND r.revision = a.revision WHERE a.key = ?",
        (key,),
    )


def store(database: Database, event: Extracted, source_id: int, head: Any | None) -> Stored:
    """Where the article went: a new article, a new revision of `head`, or nothing new."""
    if head is None:
        return _insert(database, event, source_id, text_digest(event.article.title, event.article.text))
    if head["content_digest"] != event.digest:
        edit = revising.edit(database, head, event.article, event.digest)
        if edit is not None:
            return _revise(database, event, head, edit)
        _note_digest(database, head, event.digest)
    confirmed(database, head["id"], event.fetched_at)
    return Stored(article_id=head["id"], revision=head["revision"], changed=False, original=head["duplicate_of"])


def reread(database: Database, event: Extracted, head: Any, edit: Edit, now: datetime) -> Stored:
    """The new revision of `head`, whose page was not asked for again but read again, `now`: it was not seen since."""
    return _add_newest(database, event, head, edit, now)


def confirmed(database: Database, article_id: int, now: datetime) -> None:
    """None; the article was seen again as it is stored. One that was `gone` is back."""
    database.execute("UPDATE article_heads SET checked_at = ? WHERE id = ?", (utc_text(now), article_id))
    back = database.execute("UPDATE article_heads SET status = 'live' WHERE id = ? AND status = 'gone'", (article_id,))
    if back.rowcount:
        _changed(database, article_id, "back", _revision(database, article_id), now)
        _represent(database, article_id, now)


def gone(database: Database, article_id: int, now: datetime) -> None:
    """None; the article is marked as taken down. Its text stays."""
    done = database.execute(
        "UPDATE article_heads SET status = 'gone', checked_at = ? WHERE id = ? AND status = 'live'",
        (utc_text(now), article_id),
    )
    if done.rowcount:
        _changed(database, article_id, "gone", _revision(database, article_id), now)
        _represent(database, article_id, now)


def _represent(database: Database, article_id: int, now: datetime) -> None:
    """None; its story is represented by whom it should be, now that the article went or came back."""
    if database.row("SELECT 1 FROM fingerprints WHERE article_id = ?", (article_id,)) is not None:
        from storage.stories.regrouping import regroup  # noqa: PLC0415  # numpy: for who stores articles only

        regroup(database, [article_id], now, "revision")


# Of all articles that say one text now, one has no `duplicate_of` (the first that said it), and the others point at
# it: no chains, and whoever skips duplicates meets every text once. `_insert` and `_revise` keep that so.


def _insert(database: Database, event: Extracted, source_id: int, digest: str) -> Stored:
    seen = utc_text(event.fetched_at)
    original = _original(database, digest)
    article_id = int(
        database.execute(
            "INSERT INTO article_heads"
            " (key, url, source_id, revision, first_seen_at, checked_at, text_digest, duplicate_of, shown_at,"
            " text_bytes)"
            " VALUES (?, ?, ?, 1, ?, ?, ?, ?, ?, ?)",
            (
                event.final_key,
                event.final_url,
                source_id,
                seen,
                seen,
                digest,
                original,
                _shown_at(event, seen),
                _bytes(event),
            ),
        ).lastrowid
    )
    _add_revision(database, event, article_id, 1)
    _changed(database, article_id, "insert", 1, event.fetched_at)
    if original is not None:
        _changed(database, article_id, "link", 1, event.fetched_at)
    return Stored(article_id=article_id, revision=1, changed=True, original=original)


def _revise(database: Database, event: Extracted, head: Any, edit: Edit) -> Stored:
    confirmed(database, head["id"], event.fetched_at)
    return _add_newest(database, event, head, edit, event.fetched_at)


def _add_newest(database: Database, event: Extracted, head: Any, edit: Edit, now: datetime) -> Stored:
    article_id, revision, original = int(head["id"]), int(head["revision"]) + 1, head["duplicate_of"]
    digest = text_digest(event.article.title, event.article.text)
    if digest != head["text_digest"]:
        _leave_copies(database, article_id, now)
        original = _original(database, digest)
    _add_revision(database, event, article_id, revision, edit)
    database.execute(
        "UPDATE article_heads SET revision = ?, text_digest = ?, duplicate_of = ?, shown_at = ?,"
        " text_bytes = text_bytes + ? WHERE id = ?",
        (revision, digest, original, _shown_at(event, head["first_seen_at"]), _bytes(event), article_id),
    )
    _changed(database, article_id, "revise", revision, now)
    if original != head["duplicate_of"]:
        _changed(database, article_id, "link", revision, now)
    return Stored(article_id=article_id, revision=revision, changed=True, original=original, cause=edit.cause)


def _shown_at(event: Extracted, first_seen_at: str) -> str:
    """By which time an article is listed: what its page says, unless that is later than it was first seen."""
    published = event.article.published
    return min(published.utc, first_seen_at) if published else first_seen_at


def _bytes(event: Extracted) -> int:
    """What a revision adds to the text that retention counts."""
    return len(event.article.text.encode())


def _note_digest(database: Database, head: Any, digest: str) -> None:
    """None; the newest revision is known by what its page says today, which the worker then finds unchanged."""
    database.execute(
        "UPDATE article_revisions SET content_digest = ? WHERE article_id = ? AND revision = ?",
        (digest, head["id"], head["revision"]),
    )


def _leave_copies(database: Database, article_id: int, now: datetime) -> None:
    """None; of the copies of what the article no longer says, the first is now the original of the others."""
    copies = database.rows("SELECT id, revision FROM article_heads WHERE duplicate_of = ? ORDER BY id", (article_id,))
    for copy in copies:
        heir = None if copy is copies[0] else copies[0]["id"]
        database.execute("UPDATE article_heads SET duplicate_of = ? WHERE id = ?", (heir, copy["id"]))
        _changed(database, copy["id"], "link", copy["revision"], now)


def _original(database: Database, digest: str) -> int | None:
    """The article that said this title and text first, of those that say it now."""
    found = database.value("SELECT id FROM article_heads WHERE text_digest = ? AND duplicate_of IS NULL", (digest,))
    return None if found is None else int(found)


def _add_revision(
    database: Database, event: Extracted, article_id: int, revision: int, edit: Edit = FIRST
) -> None:
    columns = {**read_columns(event.article), "extractor": event.article.extractor}
    digest = row_digest(columns)
    columns = kept(columns)
    of_text = [columns.pop(name) for name in ("text", "markdown", "markdown_pieces")]
    values = {
        "article_id": article_id,
        "revision": revision,
        "cause": edit.cause,
        "changed": json.dumps(edit.changed),
        "reverts_to": edit.reverts_to,
        "stealth": int(edit.stealth),
        "fetched_at": utc_text(event.fetched_at),
        "content_digest": event.digest,
        "characters": len(event.article.text),
        **columns,
    }
    revision_id = database.execute(
        f"INSERT INTO article_revisions ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})",
        tuple(values.values()),
    ).lastrowid
    database.execute(
        "INSERT INTO article_texts (revision_id, text, markdown, markdown_pieces, digest) VALUES (?, ?, ?, ?, ?)",
        (revision_id, *of_text, digest),
    )


def _changed(database: Database, article_id: int, op: str, revision: int, at: datetime) -> None:
    database.execute(
        "INSERT INTO change_log (article_id, op, revision, at) VALUES (?, ?, ?, ?)",
        (article_id, op, revision, utc_text(at)),
    )


def _revision(database: Database, article_id: int) -> int:
    return int(database.value("SELECT revision FROM article_heads WHERE id = ?", (article_id,)))

