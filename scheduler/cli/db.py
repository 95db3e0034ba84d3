"""`dibao db`: looking after the file."""

from __future__ import annotations

from pathlib import Path

import click

from scheduler.cli.faults import told_to_the_shell
from scheduler.cli.options import config_option, read_config, wait_option


@click.group()
def db() -> None:
    """Look after the database file."""


@db.command()
@config_option
@wait_option
def migrate(config_path: Path, wait_seconds: float) -> None:
    """Bring the database to this version's schema; `dibao crawl` and `dibao run` do it by themselves."""
    from storage.database import migrate as migrate_file  # noqa: PLC0415
    from storage.lock import WriterLock  # noqa: PLC0415

    config = read_config(config_path)
    with told_to_the_shell(), WriterLock(config.dibao.database, wait_seconds=wait_seconds):
        applied = migrate_file(config.dibao.database)
    click.echo(f"{config.dibao.database}: {', '.join(applied) or 'nothing to do, the schema is current'}")
