"""What a webhook is told of one change, as JSON: the change, and the article as it is now."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from storage.database import Database, Row

MAX_BODY_BYTES = 1024**2
"""Of one message. Texts of more than this, 350,000 characters of Chinese, are left out, and that is said."""

_LISTS = ("authors", "editors")
_KEPT = ("id", "source", "url")
"""What is told of an article that was pruned, or that fits into no message."""
_OF_ARTICLE = """
    SELECT a.id, s.name AS source, a.url, r.title, r.published_at, r.published_precision, r.published_local, r.origin,
           r.authors, r.editors, r.lang, r.characters, a.first_seen_at, a.shown_at, a.revision, a.status,
           a.duplicate_of, f.story_id, h.canonical_id = a.id AS is_canonical, a.pruned_at
      FROM article_heads a
      JOIN sources s ON s.id = a.source_id
      LEFT JOIN article_revisions r ON r.article_id = a.id AND r.revision = a.revision
      LEFT JOIN fingerprints f ON f.article_id = a.id
      LEFT JOIN story_heads h ON h.id = f.story_id
     WHERE a.id = ?"""
_TEXT = """
    SELECT t.text FROM article_heads a
      JOIN article_revisions r ON r.article_id = a.id AND r.revision = a.revision
      JOIN article_texts t ON t.revision_id = r.id
     WHERE a.id = ?"""


def identity(webhook: str, seq: int, at: str) -> str:
    """The message's id, by which a receiver knows it again: the same for every attempt and replay.

    `at`, the time of the change, is part of it: after an older backup was put back, numbers come a second time.
    """
    return f"{webhook}-{seq}-{int(datetime.fromisoformat(at).astimezone(UTC).timestamp())}"


def body(database: Database, seq: int, *, send_text: bool) -> tuple[str, bytes]:
    """The time of a change, and what is told of it: UTF-8 JSON of at most MAX_BODY_BYTES.

    Of an article that was pruned there are only `id`, `source` and `url`.
    """
    change = database.row("SELECT seq, article_id, op, revision, at FROM change_log WHERE seq = ?", (seq,))
    assert change is not None, "the feed is never shortened"
    article = _article(database.row(_OF_ARTICLE, (change["article_id"],)))
    if send_text and len(article) > len(_KEPT):
        article["text"] = database.value(_TEXT, (change["article_id"],))
    written = _written(change, article)
    if len(written) > MAX_BODY_BYTES and article.get("text"):
        article |= {"text": None, "text_omitted": True}
        written = _written(change, article)
    if len(written) > MAX_BODY_BYTES:
        written = _written(change, {key: article[key] for key in _KEPT})
    return change["at"], written


def _article(row: Row) -> dict[str, Any]:
    if row["pruned_at"] is not None:
        return {key: row[key] for key in _KEPT}
    article = {key: row[key] for key in row.keys() if key != "pruned_at"}  # noqa: SIM118 - rows are no mappings
    for key in _LISTS:
        article[key] = json.loads(article[key]) if article[key] else []
    article["is_canonical"] = None if article["is_canonical"] is None else bool(article["is_canonical"])
    return article


def _written(change: Row, article: dict[str, Any]) -> bytes:
    document = {
        "type": f"article.{change['op']}",
        "timestamp": change["at"],
        "data": {"seq": change["seq"], "op": change["op"], "revision": change["revision"], "article": article},
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
