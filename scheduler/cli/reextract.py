"""`dibao reextract`: kept raw pages, read again with the rules of today, offline."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scheduler.cli import exit_codes
from scheduler.cli.faults import told_to_the_shell
from scheduler.cli.options import config_option, json_option, read_config, wait_option
from scheduler.cli.selecting import selection_options
from scheduler.cli.stopping import asked_to_stop
from scheduler.cli.terminal import echo, print_json

if TYPE_CHECKING:
    from scheduler.reextracting import ReextractResult

SAMPLES = 3
MOST_SAMPLES = 1_000
MOST_ARTICLES = 10**12


@click.command()
@config_option
@selection_options
@click.option("--limit", type=click.IntRange(1, MOST_ARTICLES), metavar="N", help="Read at most N articles.")
@click.option("--dry-run", is_flag=True, help="Only say what would be changed; the file is read, not written.")
@click.option(
    "--samples",
    type=click.IntRange(0, MOST_SAMPLES),
    default=SAMPLES,
    show_default=True,
    metavar="N",
    help="Of how many articles to show what changes.",
)
@wait_option
@json_option
def reextract(
    *,
    config_path: Path,
    sources: tuple[str, ...],
    since: str | None,
    until: str | None,
    limit: int | None,
    dry_run: bool,
    samples: int,
    wait_seconds: float,
    as_json: bool,
) -> None:
    """Read the kept raw pages of articles again with the rules of today, and store what they say otherwise.

    Nothing is asked of any site. An article that is read otherwise gets a new revision, of the cause `reextract`;
    one that is read as it is stored is not touched, and one that would be rejected today stays as it is.

    Exit codes: 0 all well (pages that are rejected or cannot be read are counted), 2 configuration, 3 another process
    writes this database (a dry run does not mind), 4 storage fault, 130 interrupted after a clean stop.
    """
    from scheduler import reextracting  # noqa: PLC0415
    from scheduler.cli.counting import counted  # noqa: PLC0415
    from storage.selection import Selection, UnknownSource  # noqa: PLC0415

    config = read_config(config_path)
    plan = reextracting.ReextractPlan(
        database=config.dibao.database,
        selection=Selection(sources=sources, since=since, until=until),
        limit=limit,
        dry_run=dry_run,
        samples=samples,
        page_seconds=config.fetch.extract_timeout_seconds,
        processes=config.dibao.extract_processes,
    )
    with told_to_the_shell(), counted("reading kept pages") as progress:
        try:
            result = reextracting.reextract(
                plan,
                clock=lambda: datetime.now(UTC),
                wait_seconds=wait_seconds,
                progress=progress,
                should_stop=asked_to_stop(),
            )
        except UnknownSource as error:
            raise click.UsageError(str(error)) from error
    _tell(result, as_json=as_json)
    sys.exit(exit_codes.INTERRUPTED if result.interrupted else exit_codes.OK)


def _tell(result: ReextractResult, *, as_json: bool) -> None:
    from scheduler.cli import reextract_showing  # noqa: PLC0415

    if as_json:
        print_json(reextract_showing.as_document(result))
        return
    for change in result.samples:
        reextract_showing.show(change)
    echo(reextract_showing.summary(result) + "\n")
