"""`dibao pause`: sources that are not asked until they are resumed."""

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
@click.option("--why", metavar="TEXT", help="A reason, shown wherever somebody may wonder.")
@config_option
@wait_option
def pause(names: tuple[str, ...], why: str | None, config_path: Path, wait_seconds: float) -> None:
    """Ask the SOURCEs no more, until `dibao resume`; it outlasts restarts. Their running jobs come to an end.

    `dibao crawl SOURCE` asks a paused source once all the same. A daemon that runs does it; else it is done here.
    """
    from scheduler.cli import handing_over  # noqa: PLC0415
    from scheduler.control import wishes  # noqa: PLC0415
    from scheduler.sources import pausing  # noqa: PLC0415

    config = read_config(config_path)
    asked = asked_for(config, config_path, names)
    why = (" ".join(why.split()) or None) if why else None
    with told_to_the_shell():
        answer = handing_over.granted(config, wishes.Pause(names=names, why=why))
        if isinstance(answer, wishes.Changed):
            say(answer.names, answer.already, "paused", "paused already")
        else:
            with written(config, wait_seconds) as database:
                changed = pausing.pause(database, asked, datetime.now(UTC), why)
            say(changed.names, changed.already, "paused", "paused already")
