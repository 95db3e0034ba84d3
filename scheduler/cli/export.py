"""`dibao export`: articles for other programs, all of them or what changed, in six formats."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from scheduler.cli.counting import counted
from scheduler.cli.export_options import (
    article_options,
    chosen_columns,
    columns_option,
    feed_options,
    out_option,
    wanted,
    wrong_usage_told,
)
from scheduler.cli.export_output import output, position, shows_bar
from scheduler.cli.faults import told_to_the_shell
from scheduler.cli.options import ConfigurationError
from scheduler.cli.reading import current, file_options
from scheduler.cli.selecting import selection_options
from storage.progress import Progress, untold

if TYPE_CHECKING:
    from storage.database import Database
    from storage.export.columns import Column
    from storage.export.lines import Lines, Wanted

NEWEST = 100
MOST_ENTRIES = 1000
CHUNK_CHARACTERS = 500


@click.group()
def export() -> None:
    """Articles for other programs: all of them, those that filters choose, or what changed since the last time.

    An export is a picture of one moment, whoever writes the database meanwhile.
    """


@export.command()
@article_options
@feed_options
@columns_option
def jsonl(names: Sequence[str] | None, **asked: Any) -> None:
    """Write one JSON object a line, with lists as lists."""
    from storage.export import json_lines  # noqa: PLC0415

    with _exporting(**asked) as running:
        columns = running.columns(names)
        json_lines.write(running.table(columns), columns, running.stream)


@export.command()
@article_options
@feed_options
@columns_option
@click.option("--plain", is_flag=True, help="No byte order mark, and cells as they are, formulas too.")
@click.option("--excel", is_flag=True, help="Cut cells to the 32,767 characters that Excel can hold.")
def csv(names: Sequence[str] | None, *, plain: bool, excel: bool, **asked: Any) -> None:
    """Write a table that spreadsheets open: UTF-8 with a byte order mark, no cell a formula."""
    from storage.export import csv_rows  # noqa: PLC0415

    cells = csv_rows.Cells(guarded=not plain, longest=csv_rows.LONGEST_CELL if excel else None)
    with _exporting(**asked) as running:
        columns = running.columns(names or csv_rows.COLUMNS)
        csv_rows.write(running.table(columns), columns, running.stream, cells, bom=not plain, feed=running.is_feed)
    if cells.cut:
        click.echo(f"{cells.cut} cells were cut to what Excel can hold; they end in …", err=True)


@export.command()
@article_options
@feed_options
@columns_option
def parquet(names: Sequence[str] | None, out: Path | None, **asked: Any) -> None:
    """Write a Parquet file with typed columns; needs pip install "dibao[parquet]"."""
    from storage.export import parquet as format_  # noqa: PLC0415

    if out is not None and out.suffix == ".gz":
        raise click.UsageError("a Parquet file is compressed within; name it without .gz")
    try:
        format_.arrow()
    except format_.NoParquet as error:
        raise ConfigurationError(str(error)) from error
    with _exporting(out, binary=True, **asked) as running:
        columns = running.columns(names)
        format_.write(running.table(columns), columns, running.stream, feed=running.is_feed)


@export.command()
@article_options
@feed_options
@click.option(
    "--target-characters",
    type=click.IntRange(50, 8000),
    default=CHUNK_CHARACTERS,
    show_default=True,
    metavar="N",
    help="How long chunks are to be; none is longer than 1.4 times that.",
)
def chunks(target_characters: int, **asked: Any) -> None:
    """Write pieces of the texts for retrieval (RAG), one JSON object a line."""
    from storage.export import chunks as format_  # noqa: PLC0415

    with _exporting(**asked) as running:
        format_.write(running.lines(format_.COLUMNS), running.stream, target_characters)


@export.command()
@article_options
@click.option(
    "--limit",
    type=click.IntRange(1, MOST_ENTRIES),
    default=NEWEST,
    show_default=True,
    metavar="N",
    help="At most the N newest articles.",
)
@click.option("--title", help="What the feed is called; by default as it was chosen.")
@click.option("--self-url", metavar="URL", help="The address at which the feed is published.")
@click.option("--summaries", is_flag=True, help="Only the beginnings of the texts.")
def atom(
    path: Path,
    out: Path | None,
    title: str | None,
    self_url: str | None,
    *,
    summaries: bool,
    **filters: Any,
) -> None:
    """Write an Atom feed of the newest articles, of a source, a section, a search, or all."""
    from storage.export import atom as format_  # noqa: PLC0415
    from storage.export.lines import Lines  # noqa: PLC0415

    key = [*(("source", name) for name in sorted(filters["sources"]))]
    key += [(name, filters[name]) for name in ("section", "words") if filters[name]]
    chosen = " · ".join(text for _, text in key)
    key += [("where", text) for text in filters["conditions"]] + [("canonical", "1")] * filters["canonical"]
    asked = wanted(**filters)
    with told_to_the_shell(), wrong_usage_told(), output(out, path) as stream, current(path) as database:
        host, born = format_.origin(database, asked.selection.sources)
        feed = format_.Feed(
            title=title or (f"Dibao: {chosen}" if chosen else "Dibao"),
            key=format_.identity(key),
            host=host,
            born=born,
            self_url=self_url,
            summaries=summaries,
        )
        format_.write(Lines(database, asked, format_.COLUMNS, newest_first=True), feed, stream)


@export.command()
@file_options
@out_option
@selection_options
@click.option("--revisions", is_flag=True, help="The pages of all revisions, not of the newest alone.")
def warc(
    path: Path,
    out: Path | None,
    sources: Sequence[str],
    since: str | None,
    until: str | None,
    *,
    revisions: bool,
) -> None:
    """Write the kept raw pages as WARC, compressed, for archivists."""
    from storage.export.warc import write_warc  # noqa: PLC0415
    from storage.selection import Selection  # noqa: PLC0415

    selection = Selection(sources=tuple(sources), since=since, until=until)
    with (
        told_to_the_shell(),
        output(out, path, binary=True, zips=False) as stream,
        current(path) as database,
        counted("exporting") as progress,
    ):
        written = write_warc(database, selection, stream, progress, now=datetime.now(UTC), revisions=revisions)
    if not written:
        click.echo("no raw pages: none are kept of these articles, or no longer (see [archive])", err=True)


@dataclass(slots=True, kw_only=True)
class _Export:
    """An export that goes on: the file, what is written to, and where its lines begin."""

    database: Database
    stream: BinaryIO
    asked: Wanted
    since: int | None
    progress: Progress
    written: Lines | None = None

    @property
    def is_feed(self) -> bool:
        """Whether it brings only what changed, and says what is to be dropped."""
        return self.since is not None

    def columns(self, names: Sequence[str] | None) -> tuple[Column, ...]:
        """The columns of these names, or all."""
        return chosen_columns(self.database, names, feed=self.is_feed)

    def table(self, columns: Sequence[Column]) -> Lines:
        """The lines with these columns."""
        return self.lines([column.name for column in columns])

    def lines(self, names: Sequence[str]) -> Lines:
        """The lines with the columns of these names. To be asked for once."""
        from storage.export.lines import Lines  # noqa: PLC0415

        self.written = Lines(self.database, self.asked, names, since=self.since, progress=self.progress)
        return self.written


@contextmanager
def _exporting(
    out: Path | None, path: Path, since_seq: int | None, cursor: Path | None, *, binary: bool = False, **filters: Any
) -> Iterator[_Export]:
    """A block with an export. At its end the output is safe first, and only then what was reached is kept."""
    asked = wanted(**filters)
    if out is not None and cursor is not None and out.resolve() == cursor.resolve():
        raise click.UsageError("--out and --cursor name one file")
    with (
        told_to_the_shell(),
        wrong_usage_told(),
        position(since_seq, cursor, path) as at,
        output(out, path, binary=binary) as stream,
        current(path) as database,
        counted("exporting") if shows_bar(out) else nullcontext(untold) as progress,
    ):
        running = _Export(database=database, stream=stream, asked=asked, since=at.since, progress=progress)
        yield running
        at.reached = None if running.written is None else running.written.next_since
