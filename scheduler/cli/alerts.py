"""`dibao alerts`: who is told of incidents, whether messages arrive, what could not be told, and telling it again."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scheduler.cli import exit_codes
from scheduler.cli.changing import existing
from scheduler.cli.faults import told_to_the_shell
from scheduler.cli.options import ConfigurationError, config_option, json_option, read_config, wait_option
from scheduler.cli.reading import current, file_options
from scheduler.cli.terminal import plain, print_json

if TYPE_CHECKING:
    from scheduler.alerting.sinks import Sink
    from scheduler.config.file import Config

_NUMBER = click.IntRange(1, 2**63 - 1)
"""Of an alert: as large as SQLite's numbers."""


@click.group()
def alerts() -> None:
    """Show who is told of incidents, try it, and tell again what did not arrive."""


@alerts.command(name="list")
@config_option
@json_option
def list_(config_path: Path, *, as_json: bool) -> None:
    """Print the alerts of the configuration, and those that the file remembers: how they are, and what waits."""
    from scheduler.cli import alerts_showing as showing  # noqa: PLC0415

    config = read_config(config_path)
    with told_to_the_shell():
        rows = showing.listed(config)
    if as_json:
        print_json({"alerts": [asdict(row) for row in rows]})
    elif rows:
        showing.show(rows)
    else:
        click.echo(f"{config_path}: nobody is told of incidents; [[alert]] names who is", err=True)


@alerts.command()
@click.argument("name", required=False, metavar="NAME")
@config_option
def test(name: str | None, config_path: Path) -> None:
    """Send a message that says that it is a test to an alert, and show what came of it. Nothing is stored.

    Exit code 1 where it was not taken.
    """
    config = read_config(config_path)
    name = _configured(config, name)
    (sink,) = sinks_of(config, config_path, name)
    if sink.alert.kind == "log":
        click.echo(f"{name}: its alerts are lines in the log of `dibao run` and `dibao crawl`")
        return
    from scheduler.alerting.testing import send_test  # noqa: PLC0415

    answer = send_test(sink, lambda: datetime.now(UTC))
    status = "" if answer.http_status is None else f", HTTP {answer.http_status}"
    click.echo(f"{name}: {f'not taken: {plain(answer.error)}' if answer.error else f'taken{status}'}")
    sys.exit(exit_codes.SOURCES_FAILED if answer.error else exit_codes.OK)


@alerts.command()
@click.argument("name", required=False, metavar="[NAME]")
@file_options
@json_option
def dead(name: str | None, path: Path, *, as_json: bool) -> None:
    """List what could not be told and was given up, of one alert or of all."""
    from scheduler.cli import alerts_showing as showing  # noqa: PLC0415

    with told_to_the_shell(), current(path) as database:
        rows = showing.given_up(database, name)
    if as_json:
        print_json({"dead": [asdict(row) for row in rows]})
    else:
        showing.show_dead(rows)


@alerts.command()
@click.argument("name")
@click.argument("ids", nargs=-1, type=_NUMBER, metavar="[ID]...")
@config_option
@wait_option
def replay(name: str, ids: Sequence[int], config_path: Path, wait_seconds: float) -> None:
    """Tell again what was given up, as `dibao alerts dead` lists its IDs; without any, all of that alert.

    It goes out with the next crawl, or with the daemon.
    """
    from storage.watch import alerts as queued  # noqa: PLC0415

    config = read_config(config_path)
    _configured(config, name)
    with told_to_the_shell(), existing(config.dibao.database, wait_seconds) as database, database.transaction():
        count = queued.replay(database, datetime.now(UTC), ids, sink=name)
        if count < len(set(ids)):
            raise click.UsageError(
                f"{count} of these IDs are of {name} and were given up; `dibao alerts dead {name}` lists them."
                " Nothing was changed"
            )
    click.echo(f"{name}: alerts to be told again: {count}")


def sinks_of(config: Config, path: Path, *names: str) -> tuple[Sink, ...]:
    """The alerts with their secrets, or those named only. Ends the command with code 2 where one cannot be had."""
    from crawler.config_errors import ConfigError  # noqa: PLC0415
    from scheduler.alerting.sinks import open_secrets, read_sinks  # noqa: PLC0415

    try:
        sinks = read_sinks(config, path, only=names)
    except ConfigError as error:
        raise ConfigurationError(str(error)) from error
    for warning in open_secrets(config):
        click.echo(f"dibao: {warning}", err=True)
    return sinks


def _configured(config: Config, name: str | None) -> str:
    """The name. Ends the command with code 2 where no alert has it, or none was said."""
    known = [alert.name for alert in config.alert]
    if name is None:
        raise click.UsageError(f"Missing argument 'NAME'; there are: {', '.join(known) or 'none'}")
    if name not in known:
        from scheduler.sources.naming import meant  # noqa: PLC0415

        raise click.UsageError(f"the configuration has no alert {name!r}; {meant(name, known)}")
    return name
