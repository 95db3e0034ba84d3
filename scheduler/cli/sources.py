"""`dibao sources`: the sources as a list, to look at, and for other programs: export and import."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crawler.config import Source
from crawler.config_values import duration_text
from scheduler.cli import terminal
from scheduler.cli.options import ConfigurationError, config_option, json_option, read_config
from scheduler.cli.writing import agreed, append, target_options

if TYPE_CHECKING:
    from scheduler.sources.lists import Row, Sorted, Told

FORMATS = ("opml", "csv")
_OPML_CARRIES = frozenset({"name", "home", "feeds"})


@click.group()
def sources() -> None:
    """The sources of dibao.toml as a list."""


@sources.command(name="list")
@config_option
@json_option
def list_(config_path: Path, *, as_json: bool) -> None:
    """Print the sources: name, home, entry points, when they are asked."""
    config = read_config(config_path)
    if as_json:
        documents = [source.model_dump(mode="json") for source in config.source]
        terminal.print_json({"sources": documents})
        return
    for source in config.source:
        click.echo(f"{source.name:<24} {source.home}\n{'':<24} {_entries(source)}; {_schedule(source)}")
    if not config.source:
        click.echo(f"{config_path}: no source; add one with: dibao add URL", err=True)


@sources.command()
@click.argument("file", default="-", metavar="[FILE]")
@click.option("--format", "form", type=click.Choice(FORMATS), required=True, help="OPML 2.0, or CSV with a header.")
@config_option
def export(file: str, form: str, config_path: Path) -> None:
    """Write the sources to FILE, or to standard output for - and nothing."""
    from scheduler.sources.csv_lists import COLUMNS, csv_text  # noqa: PLC0415 - only where they are asked for
    from scheduler.sources.opml import opml_text  # noqa: PLC0415

    config = read_config(config_path)
    text = opml_text(config.source) if form == "opml" else csv_text(config.source)
    if file == "-":
        # As bytes: the line ends of CSV are CR LF, and the terminal's encoding has no say in a file format.
        sys.stdout.buffer.write(text.encode("utf-8"))
    else:
        _write(Path(file), text.encode("utf-8-sig" if form == "csv" else "utf-8"))
    for line in _not_carried(config.source, _OPML_CARRIES if form == "opml" else frozenset(COLUMNS)):
        click.echo(line, err=True)


@sources.command(name="import")
@click.argument("file", metavar="FILE")
@click.option("--format", "form", type=click.Choice(FORMATS), help="By default as the file looks.")
@click.option("--skip-bad", is_flag=True, help="Take the good rows where others are wrong.")
@click.option("--dry-run", is_flag=True, help="Only say what would be added.")
@target_options
def import_(file: str, form: str | None, config_path: Path, *, skip_bad: bool, dry_run: bool, yes: bool) -> None:
    """Add the sources of FILE (- is standard input), OPML or CSV, to dibao.toml.

    Sources whose name or home is there already are passed over and told. Rows that are wrong are told with their line,
    and nothing is written unless all are good, or --skip-bad says otherwise. Exit code 2 where nothing was written for
    that reason.
    """
    from scheduler.sources.blocks import source_block  # noqa: PLC0415 - only where they are asked for
    from scheduler.sources.lists import sort_rows  # noqa: PLC0415

    config = read_config(config_path)
    came = sort_rows(_rows(file, form), config.source)
    _tell(file, came)
    if came.bad and not skip_bad:
        _refuse(len(came.bad))
    if not came.new:
        click.echo("Nothing to add.")
        return
    blocks = [source_block(source) for source in came.new]
    click.echo("\n".join(blocks), nl=False)
    what = _counted(len(came.new), "source")
    if dry_run:
        click.echo(f"{what} would be added to {config_path}.", err=True)
    elif agreed(f"{what} for {config_path}", yes=yes):
        append(config_path, blocks)
        click.echo(f"Added {what} to {config_path}.", err=True)


def _rows(file: str, form: str | None) -> list[Row]:
    from scheduler.sources.csv_lists import csv_rows  # noqa: PLC0415
    from scheduler.sources.lists import ListFault  # noqa: PLC0415
    from scheduler.sources.opml import opml_rows  # noqa: PLC0415

    body = _read(file)
    looks = "opml" if body.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")[:1] == b"<" else "csv"
    readers: dict[str, Callable[[bytes], Iterator[Row]]] = {"opml": opml_rows, "csv": csv_rows}
    try:
        return list(readers[form or looks](body))
    except ListFault as fault:
        raise ConfigurationError(f"{file}: {fault}") from fault


def _read(file: str) -> bytes:
    from scheduler.sources.lists import MAX_FILE_BYTES  # noqa: PLC0415

    try:
        with click.open_file(file, "rb") as stream:
            body: bytes = stream.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise ConfigurationError(f"{file}: {(error.strerror or str(error)).lower()}") from error
    if len(body) > MAX_FILE_BYTES:
        raise ConfigurationError(f"{file}: larger than {MAX_FILE_BYTES >> 20} MiB, which no list of sources is")
    return body


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be written: {(error.strerror or str(error)).lower()}") from error


def _tell(file: str, came: Sorted) -> None:
    def told(label: str, rows: Iterable[Told]) -> None:
        for row in rows:
            click.echo(f"{file}:{row.line}: {label}: {row.message}", err=True)

    told("wrong", came.bad)
    told("passed over", came.known)


def _refuse(bad: int) -> None:
    click.echo(f"Nothing was written: {_counted(bad, 'row')} wrong. Correct them, or use --skip-bad.", err=True)
    sys.exit(ConfigurationError.exit_code)


def _not_carried(present: Iterable[Source], carried: frozenset[str]) -> Iterator[str]:
    """A line for each source that has settings which the format cannot carry."""
    for source in present:
        lost = sorted(source.model_dump(exclude_defaults=True).keys() - carried)
        if lost:
            yield f"{source.name}: not exported: {', '.join(lost)}"


def _entries(source: Source) -> str:
    counts = [
        _counted(len(group), noun)
        for group, noun in ((source.feeds, "feed"), (source.sitemaps, "sitemap"), (source.listings, "listing"))
        if group
    ]
    return ", ".join(counts) or "its home as a listing"


def _schedule(source: Source) -> str:
    if source.every is not None:
        when = f"every {duration_text(source.every)}"
    else:
        when = f"cron {source.cron}" if source.cron else "as often as its rhythm says"
    return when if source.enabled else f"{when}; switched off"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
