"""`dibao resume`: paused sources are asked again."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from scheduler.cli.completing import source_names
from scheduler.cli.faults import told_to_the_shell
from scheduler.cli.options import config_option, read_config, wait_option
from scheduler.cli.pausing import asked_for, say, written


@click.command()
@click.argument("names", nargs=-1, metavar="SOURCE...", shell_complete=source_names)
@config_option
@wait_option
def resume(names: tuple[str, ...], config_path: Path, wait_seconds: float) -> None:
    """Ask the SOURCEs again that `dibao pause` has paused: at once, where they are due by now."""
    from scheduler.cli import handing_over  # noqa: PLC0415
    from scheduler.control import wishes  # noqa: PLC0415
    from scheduler.sources import pausing  # noqa: PLC0415

    config = read_config(config_path)
    asked = asked_for(config, config_path, names)
    with told_to_the_shell():
        answer = handing_over.granted(config, wishes.Resume(names=names))
        if isinstance(answer, wishes.Changed):
            say(answer.names, answer.already, "resumed", "not paused")
        else:
            with written(config, wait_seconds) as database:
                changed = pausing.resume(database, asked, datetime.now(UTC))
            say(changed.names, changed.already, "resumed", "not paused")
