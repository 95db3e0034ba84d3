"""Chunks of texts for retrieval (RAG), one JSON object a line, and the ids of those that are no more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from storage.database import Database, Row
from storage.export.columns import column, columns, value
from storage.export.json_lines import encoded
from storage.export.lines import Line, Lines
from storage.export.packing import TARGET_CHARACTERS, chunks

LONGEST_NAME = 300
"""Characters of a title, and of a section: three times the longest headline. Each chunk has them, and else a page
with a title of a megabyte would make gigabytes of chunks."""
MOST_SECTIONS = 10

COLUMNS = (
    "id", "revision", "source", "title", "url", "published_at", "lang", "sections", "story_id", "is_canonical",
    "status", "text",
)  # fmt: skip


def write(lines: Lines, out: BinaryIO, target: int = TARGET_CHARACTERS) -> int:
    """How many lines were written.

    A chunk's `id` is `article:revision:n`. Of what changed, first come the ids that a consumer may have and must drop:
    those of the revisions from the one that was the newest then up to the one before today's; the id of an article
    alone where it is pruned, whose texts are no more, so that nobody can tell how many chunks they had.
    """
    sections = column(columns(lines.database), "sections")
    count = 0
    for line in lines:
        path = [] if line.row is None else value(sections, line.row["sections"])
        for document in _documents(lines.database, line, path, target, lines.since):
            out.write(encoded(document))
            count += 1
    return count


def _documents(
    database: Database, line: Line, sections: list[str], target: int, since: int | None
) -> Iterator[dict[str, Any]]:
    if since is not None:
        yield from _dropped(database, line, target, since)
    if line.row is None:
        return
    found = chunks(line.row["text"], target)
    known = _known(line, line.row, sections)
    for n, text in enumerate(found, start=1):
        yield {**_named(line.article_id, line.row["revision"], n), "of": len(found), **known, "text": text}


def _known(line: Line, row: Row, sections: list[str]) -> dict[str, Any]:
    """What each chunk of an article tells of the article."""
    names = ("source", "title", "url", "published_at", "lang", "story_id", "is_canonical", "status")
    known = {name: row[name] for name in names}
    title = known["title"] and known["title"][:LONGEST_NAME]
    path = [name[:LONGEST_NAME] for name in sections[:MOST_SECTIONS]]
    return {"seq": line.seq, **known, "title": title, "sections": path}


def _named(article_id: int, revision: int, n: int) -> dict[str, Any]:
    return {"id": f"{article_id}:{revision}:{n}", "article": article_id, "revision": revision, "n": n}


def _dropped(database: Database, line: Line, target: int, since: int) -> Iterator[dict[str, Any]]:
    mark = {"seq": line.seq, "op": line.op, "deleted": True}
    if line.row is None and line.op == "prune":
        yield {"id": str(line.article_id), "article": line.article_id, **mark}
        return
    then = database.value(
        "SELECT revision FROM change_log WHERE article_id = ? AND seq <= ? ORDER BY seq DESC LIMIT 1",
        (line.article_id, since),
    )
    # Those between count too: an export may have brought them whose number the consumer did not come to keep.
    old = database.rows(
        "SELECT revision, text FROM revisions WHERE article_id = ? AND revision >= ? AND revision <> ?",
        (line.article_id, then or 1, 0 if line.row is None else line.row["revision"]),
    )
    for row in old:
        for n in range(1, len(chunks(row["text"], target)) + 1):
            yield {**_named(line.article_id, row["revision"], n), **mark}
