"""Whether a page that was read again makes a revision, why, and what it changed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal

from storage import chrome, rereading
from storage.database import Database, Row
from storage.identity import host_of
from storage.records import Article
from storage.revisions import kinds
from storage.revisions.kinds import Said
from storage.short_forms import as_read

Cause = Literal["crawl", "chrome", "extractor", "reextract"]
"""Why there is a revision: the page says something else, what its site repeats was learned, we read it better, or we
read the kept page of the revision before it again (`dibao reextract`). Only the first is an edit of the publisher."""

LOOKED_BACK = 8
"""Of how many earlier revisions the texts are compared, to see whether an article says again what it said before.

One that was the same to the letter is found however old it is.
"""

SAID = "r.revision, " + as_read(
    ("title", "kicker", "subheadline", "published_local", "published_raw", "modified_at", "origin", "credits",
     "correction", "images", "missing_parts", "text")
)  # fmt: skip
"""SQL for what `said_in` takes, of a revision `r` and its text `t`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What a new revision is. `changed`: of kinds.TITLE ...; empty where only we read the page otherwise.

    `reverts_to`: the earlier revision that said the same headline, text and facts. `stealth`: see kinds.is_stealth.
    """

    cause: Cause
    changed: tuple[str, ...] = ()
    reverts_to: int | None = None
    stealth: bool = False


def edit(database: Database, head: Any, article: Article, digest: str) -> Edit | None:
    """What the next revision of an article is; None where the page says nothing new, though it is not the same.

    `head`: the article's row; `digest`: the content digest of what was read. Reads the text of its newest revision, and
    where there is a new one those of LOOKED_BACK before it.
    """
    row = database.row(
        f"SELECT a.url, r.learned, r.extractor, {SAID} FROM article_heads a"
        " JOIN article_revisions r ON r.article_id = a.id AND r.revision = a.revision"
        " JOIN article_texts t ON t.revision_id = r.id WHERE a.id = ?",
        (head["id"],),
    )
    assert row is not None
    old, new = said_in(row), kinds.said_by(article)
    cause = _cause(database, row, article)
    changed = kinds.changed(old, new)
    if not changed and (cause == "crawl" or kinds.to_the_letter(old, new)):
        return None
    reverts_to = _said_before(database, head, new, digest)
    if cause != "crawl":
        return Edit(cause=cause, reverts_to=reverts_to)
    return Edit(cause=cause, changed=changed, reverts_to=reverts_to, stealth=kinds.is_stealth(old, new, changed))


def reread(database: Database, head: Any, article: Article, digest: str) -> Edit:
    """What the next revision of an article is whose kept page was read again: whatever differs, nobody has edited it.

    `head`, `digest`: as for `edit`.
    """
    return Edit(cause="reextract", reverts_to=_said_before(database, head, kinds.said_by(article), digest))


def said_in(row: Row) -> Said:
    """What a stored revision says: a row with the columns of `article_revisions` and its text."""
    return Said(
        title=row["title"],
        text=row["text"],
        kicker=row["kicker"],
        subheadline=row["subheadline"],
        published=row["published_local"],
        published_raw=row["published_raw"],
        modified=row["modified_at"],
        origin=row["origin"],
        credits=frozenset((credit["role"], credit["name"]) for credit in json.loads(row["credits"])),
        correction=row["correction"],
        captions=tuple(image["caption"] for image in json.loads(row["images"]) if image.get("caption")),
        parts_missing=tuple(json.loads(row["missing_parts"])),
    )


def _cause(database: Database, old: Row, article: Article) -> Cause:
    """Why the article's next revision differs from its newest one."""
    fewer, more = rereading.left_out(old["text"], article.text), rereading.left_out(article.text, old["text"])
    if fewer and (article.learned > old["learned"] or chrome.is_any(database, host_of(old["url"]), fewer)):
        return "chrome"
    if more and article.learned < old["learned"]:
        return "chrome"
    return "crawl" if article.extractor == old["extractor"] else "extractor"


def _said_before(database: Database, head: Any, new: Said, digest: str) -> int | None:
    """The first revision before the newest that says what is said now, or None."""
    same = database.value(
        "SELECT min(revision) FROM article_revisions WHERE article_id = ? AND revision < ? AND content_digest = ?",
        (head["id"], head["revision"], digest),
    )
    if same is not None:
        return int(same)
    rows = database.rows(
        f"SELECT {SAID} FROM article_revisions r JOIN article_texts t ON t.revision_id = r.id"
        " WHERE r.article_id = ? AND r.revision < ? ORDER BY r.revision DESC LIMIT ?",
        (head["id"], head["revision"], LOOKED_BACK),
    )
    return min((int(row["revision"]) for row in rows if kinds.says_again(said_in(row), new)), default=None)
