"""`dibao incidents`: what is wrong, since when, who was told, and that somebody has seen it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from scheduler.cli import incidents_showing as showing
from scheduler.cli import terminal
from scheduler.cli.completing import source_names
from scheduler.cli.faults import told_to_the_shell
from scheduler.cli.options import ConfigurationError, config_option, json_option, read_config, wait_option
from scheduler.cli.reading import current, file_options
from scheduler.cli.selecting import Moment
from storage.records import from_utc_text

_NUMBER = click.IntRange(1, 2**63 - 1)
MOST = 10_000


class _Listing(click.Group):
    """A group that lists where no command of it is named: `dibao incidents --all` is `dibao incidents list --all`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """What is left of the arguments; the first is a command."""
        if not args or (args[0].startswith("-") and args[0] not in ctx.help_option_names):
            args = ["list", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_Listing)
def incidents() -> None:
    """Show what is wrong with sources and machine, and what was; say that you have seen it.

    Without a command: list.
    """


@incidents.command(name="list")
@click.option("--all", "everything", is_flag=True, help="Those that are over, too.")
@click.option("--since", type=Moment(), help="Those too that were over after that time, or so long ago: 7d.")
@click.option("--source", "-s", metavar="NAME", shell_complete=source_names, help="Only those of this source.")
@file_options
@json_option
def list_(since: str | None, source: str | None, path: Path, *, everything: bool, as_json: bool) -> None:
    """Print the open incidents, errors first; with --all or --since those that are over too, newest first."""
    from storage.selection import UnknownSource, source_id  # noqa: PLC0415
    from storage.watch import incidents as stored  # noqa: PLC0415

    with told_to_the_shell(), current(path) as database:
        if source is not None:
            try:
                source_id(database, source)
            except UnknownSource as error:
                raise click.UsageError(str(error)) from error
        if everything or since is not None:
            moment = None if since is None else from_utc_text(since)
            found = stored.history(database, source=source, since=moment, limit=MOST)
        else:
            found = stored.open_incidents(database)
            found = tuple(one for one in found if source is None or source in one.sources)
    if as_json:
        terminal.print_json({"incidents": [showing.document(one) for one in found]})
    else:
        showing.show_all(found)


@incidents.command()
@click.argument("number", metavar="ID", type=_NUMBER)
@file_options
@json_option
def show(number: int, path: Path, *, as_json: bool) -> None:
    """Show all that is known of the incident ID: its facts, pages from before and after, who was told and when."""
    from storage.watch import alerts, troubles  # noqa: PLC0415
    from storage.watch import incidents as stored  # noqa: PLC0415

    with told_to_the_shell(), current(path) as database:
        found = stored.find(database, number)
        if found is None:
            raise click.UsageError(f"{path} has no incident {number}; `dibao incidents --all` lists them")
        sample = found.sample or {}
        shown: dict[str, Any] = {
            name: (troubles.pages if name == "pages" else troubles.articles)(database, ids)
            for name, ids in sample.items()
            if isinstance(ids, list)
        }
        told = alerts.of_incident(database, number)
    if as_json:
        terminal.print_json(showing.whole_document(found, shown, told))
    else:
        showing.show(found, shown, told)


@incidents.command()
@click.argument("numbers", metavar="ID...", nargs=-1, required=True, type=_NUMBER)
@config_option
@wait_option
def acknowledge(numbers: tuple[int, ...], config_path: Path, wait_seconds: float) -> None:
    """Say that you have seen the incidents: nobody is told when they become worse, only when they are over.

    `dibao status --problems` leaves them out. A daemon that runs notes it; else it is done here.
    """
    from scheduler.cli import handing_over  # noqa: PLC0415
    from scheduler.cli.changing import existing  # noqa: PLC0415
    from scheduler.control import wishes  # noqa: PLC0415
    from scheduler.watching import acknowledging  # noqa: PLC0415

    config, ids = read_config(config_path), tuple(dict.fromkeys(numbers))
    with told_to_the_shell():
        if handing_over.granted(config, wishes.Acknowledge(ids=ids)) is None:
            with existing(config.dibao.database, wait_seconds) as database:
                try:
                    acknowledging.acknowledge(database, ids, datetime.now(UTC))
                except acknowledging.UnknownIncident as error:
                    raise ConfigurationError(str(error)) from error
    click.echo(f"acknowledged: {', '.join(map(str, ids))}")
