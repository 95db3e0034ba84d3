"""`dibao quarantine`: the pages that broke what reads them, to look at, and to be asked for again."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scheduler.cli import terminal
from scheduler.cli.changing import existing
from scheduler.cli.completing import source_names
from scheduler.cli.faults import told_to_the_shell
from scheduler.cli.options import ConfigurationError, config_option, json_option, read_config, wait_option
from scheduler.cli.reading import current, file_options

if TYPE_CHECKING:
    from storage.quarantine import Quarantined


@click.group()
def quarantine() -> None:
    """Pages that are kept away, for twice in a row they broke what read them."""


@quarantine.command(name="list")
@click.option("--source", "-s", metavar="NAME", shell_complete=source_names, help="Only of this source.")
@file_options
@json_option
def list_(source: str | None, path: Path, *, as_json: bool) -> None:
    """Print the quarantined pages, newest first: when, of which source, why."""
    from storage import quarantine as kept  # noqa: PLC0415

    with told_to_the_shell(), current(path) as database:
        rows = list(kept.pages(database, source))
    if as_json:
        terminal.print_json({"quarantined": [asdict(row) for row in rows]})
    else:
        _show_all(rows)


@quarantine.command()
@click.argument("url")
@click.option(
    "--body", "body_file", metavar="FILE", help="Write the page as it came to FILE (- is standard output)."
)
@file_options
@json_option
def show(url: str, body_file: str | None, path: Path, *, as_json: bool) -> None:
    """Show what is known of the quarantined page at URL, or take its body out.

    The body has broken a program: look at it with an editor that shows bytes, not with a browser.
    """
    from storage import quarantine as kept  # noqa: PLC0415

    with told_to_the_shell(), current(path) as database:
        try:
            found = kept.find(database, url)
        except ValueError as error:
            raise click.ClickException(f"{terminal.plain(url)}: {error}") from error
    if found is None:
        raise click.UsageError(f"no page at {terminal.plain(url)!r} is quarantined; `dibao quarantine list` has them")
    page, body = found
    if body_file is not None:
        _write(body_file, body)
    elif as_json:
        terminal.print_json(asdict(page))
    else:
        _show(page)


@quarantine.command()
@click.argument("urls", metavar="[URL]...", nargs=-1)
@click.option("--source", "-s", metavar="NAME", shell_complete=source_names, help="All of this source.")
@click.option("--all", "everything", is_flag=True, help="All of them.")
@config_option
@wait_option
def retry(
    urls: Sequence[str], source: str | None, config_path: Path, wait_seconds: float, *, everything: bool
) -> None:
    """Ask for pages again at the next crawl: those at the URLs, those of a source, or all.

    One that breaks its reader once more is quarantined again.
    """
    from storage import quarantine as kept  # noqa: PLC0415

    if (bool(urls), source is not None, everything).count(True) != 1:
        raise click.UsageError("name the pages by their URLs, or with --source NAME, or with --all")
    path, now = read_config(config_path).dibao.database, datetime.now(UTC)
    with told_to_the_shell(), existing(path, wait_seconds) as database, database.transaction():
        counts = [kept.retry(database, now, url=url) for url in urls] or [kept.retry(database, now, source=source)]
        absent = [url for url, count in zip(urls, counts, strict=False) if not count]
        if absent:
            # Raised inside, so that nothing is changed.
            raise click.UsageError(f"no page at {terminal.plain(absent[0])!r} is quarantined. Nothing was changed")
    count = sum(counts)
    where = "at the next crawl" if count else "nothing is quarantined there"
    click.echo(f"{terminal.many(count, 'page')} asked for again: {where}")


def _write(file: str, body: bytes | None) -> None:
    if body is None:
        raise click.ClickException("its body is not kept: only those of the newest pages are, and not all had one")
    if file == "-":
        if sys.stdout.isatty():
            raise click.UsageError("a page may steer your terminal: name a FILE, or lead standard output to one")
        sys.stdout.buffer.write(body)
        return
    try:
        Path(file).write_bytes(body)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ConfigurationError(f"{file}: cannot be written: {reason}") from error


def _show_all(rows: Sequence[Quarantined]) -> None:
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    if not rows:
        click.echo("no page is quarantined", err=True)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("since", "source", "reason"):
        table.add_column(heading, no_wrap=True)
    table.add_column("body", justify="right", no_wrap=True)
    table.add_column("address", overflow="fold")
    for row in rows:
        size = f"{row.body_bytes:,}" if row.body_kept and row.body_bytes is not None else "-"
        cells = (row.quarantined_at, row.source, row.reason, size, row.url)
        table.add_row(*(Text(terminal.plain(cell)) for cell in cells))
    with terminal.printing() as out:
        out.print(table)


def _show(page: Quarantined) -> None:
    shown = {**asdict(page), "body_kept": "yes" if page.body_kept else "no"}
    lines = (f"{name:<15} {'-' if value is None else terminal.plain(str(value))}\n" for name, value in shown.items())
    terminal.echo("".join(lines))
