"""JSON lines: one object an article, with what it last went through; what is to be dropped says `deleted`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, BinaryIO

from storage.export.columns import Column, value
from storage.export.lines import Line
from storage.json_text import harmless

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def write(lines: Iterable[Line], columns: Sequence[Column], out: BinaryIO) -> int:
    """How many lines were written. Each begins with `id`, `seq` and `op`; lists are lists."""
    lists = [column for column in columns if column.is_list]
    count = 0
    for count, line in enumerate(lines, start=1):  # noqa: B007 - the number of the last is what comes back
        out.write(encoded(_document(line, lists)))
    return count


def _document(line: Line, lists: Sequence[Column]) -> dict[str, Any]:
    """What a line says: the columns of its row, or that the article is to be dropped."""
    made: dict[str, Any] = {"id": line.article_id, "seq": line.seq, "op": line.op}
    if line.row is None:
        return {**made, "deleted": True}
    made.update(dict(line.row))
    for column in lists:
        made[column.name] = value(column, made[column.name])
    return made


def encoded(document: object) -> bytes:
    """One line of UTF-8 in which no character but the last ends a line, and none can steer a terminal."""
    return (harmless(_encode(document)) + "\n").encode()
