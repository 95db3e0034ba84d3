"""Parquet, with types: times as timestamps, lists as lists. Needs pyarrow, which comes with `dibao[parquet]`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, BinaryIO

from storage.export.columns import Column, value
from storage.export.lines import Line
from storage.faults import StorageFault

GROUP_BYTES = 16 << 20
"""Of values in a row group, before compression: what is held in memory. One article may be larger."""
GROUP_ROWS = 20_000

_OF_LISTS = {
    "credits": {"role": "string", "name": "string", "raw": "string", "organisation": "bool_", "found_in": "string"},
    "images": {"url": "string", "caption": "string", "photographer": "string"},
    "evidence": {"fact": "string", "value": "string", "raw": "string", "found_in": "string", "chosen": "bool_"},
}


class NoParquet(StorageFault):
    """The library is not installed."""


def arrow() -> Any:
    """The library. Raises NoParquet."""
    try:
        import pyarrow as pa  # noqa: PLC0415 - an extra, and 80 MB of memory
        import pyarrow.parquet  # noqa: PLC0415
    except ImportError as error:
        message = 'Parquet needs pyarrow, which is not installed; install it with: pip install "dibao[parquet]"'
        raise NoParquet(message) from error
    return pa


def write(lines: Iterable[Line], columns: Sequence[Column], out: BinaryIO, *, feed: bool) -> int:
    """How many rows were written. `feed`: with `seq`, `op` and `deleted` before the other columns. Raises NoParquet."""
    pa = arrow()
    schema = _schema(pa, columns, feed=feed)
    count = 0
    with pa.parquet.ParquetWriter(_Stream(out), schema, compression="zstd") as writer:
        for group in _groups(lines, columns, feed=feed):
            writer.write_table(pa.Table.from_pylist(group, schema=schema), row_group_size=len(group))
            count += len(group)
    return count


class _Stream:
    """What Parquet is written to: it counts, for a pipe does not know where it is."""

    def __init__(self, out: BinaryIO) -> None:
        self._out, self._at = out, 0
        self.closed = False

    def write(self, data: bytes) -> int:
        self._out.write(data)
        self._at += len(data)
        return len(data)

    def tell(self) -> int:
        return self._at

    def flush(self) -> None:
        self._out.flush()

    def close(self) -> None:
        self.closed = True  # who opened it closes it


def _groups(lines: Iterable[Line], columns: Sequence[Column], *, feed: bool) -> Iterator[list[dict[str, Any]]]:
    group: list[dict[str, Any]] = []
    size = 0
    for line in lines:
        row = {"seq": line.seq, "op": line.op, "deleted": line.row is None} if feed else {}
        if line.row is None:
            group.append({**row, "id": line.article_id})
            continue
        size += sum(3 * len(stored) for stored in line.row if isinstance(stored, str))
        group.append({**row, **{column.name: _value(column, line.row[column.name]) for column in columns}})
        if size >= GROUP_BYTES or len(group) >= GROUP_ROWS:
            yield group
            group, size = [], 0
    if group:
        yield group


def _value(column: Column, stored: Any) -> Any:
    if column.kind == "time" and stored is not None:
        return datetime.fromisoformat(stored)
    return value(column, stored)


def _schema(pa: Any, columns: Sequence[Column], *, feed: bool) -> Any:
    of_feed = [("seq", pa.int64()), ("op", pa.string()), ("deleted", pa.bool_())] if feed else []
    return pa.schema([*of_feed, *((column.name, _type(pa, column)) for column in columns)])


def _type(pa: Any, column: Column) -> Any:
    if column.kind in _OF_LISTS:
        fields = [(name, getattr(pa, kind)()) for name, kind in _OF_LISTS[column.kind].items()]
        return pa.list_(pa.struct(fields))
    return {
        "text": pa.string(),
        "integer": pa.int64(),
        "real": pa.float64(),
        "time": pa.timestamp("s", "UTC"),
        "texts": pa.list_(pa.string()),
        "integers": pa.list_(pa.int64()),
    }[column.kind]
