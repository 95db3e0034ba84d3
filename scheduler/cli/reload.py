"""`dibao reload`: the running daemon reads dibao.toml again."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from scheduler.cli import exit_codes
from scheduler.cli.options import ConfigurationError, config_option, read_config


@click.command()
@config_option
def reload(config_path: Path) -> None:
    """Have the running daemon read its configuration again, and say what came of it: with exit code 2, its problems.

    A bad configuration leaves the daemon with the old one. Without a daemon there is nothing to do, and that is said;
    with exit code 3, that a process writes the database and cannot be reached.
    """
    from scheduler.cli import handing_over  # noqa: PLC0415
    from scheduler.control import wishes  # noqa: PLC0415

    config = read_config(config_path)
    answer = handing_over.granted(config, wishes.Reload())
    if answer is None:
        _refuse_unheard(config.dibao.database)
        click.echo("no daemon runs on this database; whatever starts next reads the configuration anyway", err=True)
        return
    assert isinstance(answer, wishes.Reloaded)
    if answer.problems:
        raise ConfigurationError("\n".join((*answer.problems, "the daemon keeps the configuration that it has")))
    sources = "1 source is" if answer.sources == 1 else f"{answer.sources} sources are"
    click.echo(f"the daemon has read its configuration again: {sources} switched on")
    if answer.at_start:
        click.echo(f"a change of {', '.join(answer.at_start)} takes effect at the next start", err=True)


def _refuse_unheard(database: Path) -> None:
    """None; where somebody writes the database whom nobody can speak to, that ends the command."""
    from storage.holders import lock_holder  # noqa: PLC0415
    from storage.lock import lock_path  # noqa: PLC0415

    pid = lock_holder(lock_path(database))
    if pid is not None:
        way_out = f"if that is a daemon, its control socket is gone: `kill -HUP {pid}` has it read its configuration"
        click.echo(f"dibao: process {pid} writes the database and hears no wish; {way_out}", err=True)
        sys.exit(exit_codes.LOCKED)
