"""`dibao db`: looking after the file."""

from __future__ import annotations

import importlib
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import click

from scheduler.cli.counting import counted
from scheduler.cli.faults import told_to_the_shell
from scheduler.cli.options import config_option, json_option, read_config, wait_option
from scheduler.cli.terminal import print_json

if TYPE_CHECKING:
    from storage.rekeying import Rekeyed


class DatabaseCommands(click.Group):
    """Those of this module, and those with one of their own, which is imported when it is asked for."""

    MODULES: ClassVar[dict[str, str]] = {
        "check": "scheduler.cli.db_check",
        "describe": "scheduler.cli.db_describe",
        "reindex": "scheduler.cli.db_reindex",
    }

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the commands."""
        return sorted([*super().list_commands(ctx), *self.MODULES])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, or None."""
        if cmd_name not in self.MODULES:
            return super().get_command(ctx, cmd_name)
        command: click.Command = getattr(importlib.import_module(self.MODULES[cmd_name]), cmd_name)
        return command


@click.group(cls=DatabaseCommands)
def db() -> None:
    """Look after the database file."""


@db.command()
@config_option
@wait_option
@click.option("--no-backup", is_flag=True, help="Keep no copy of the file as it was: where the disk has no room.")
def migrate(config_path: Path, wait_seconds: float, *, no_backup: bool) -> None:
    """Bring the database to this version's schema; `dibao crawl` and `dibao run` do it by themselves.

    Before, the file is copied to DATABASE.before-schema-N, which an older Dibao can read; remove it when all is well.
    """
    from storage.database import migrate as migrate_file  # noqa: PLC0415
    from storage.lock import WriterLock  # noqa: PLC0415

    config = read_config(config_path)
    with told_to_the_shell(), WriterLock(config.dibao.database, wait_seconds=wait_seconds):
        applied = migrate_file(config.dibao.database, keep_old=not no_backup)
    click.echo(f"{config.dibao.database}: {', '.join(applied) or 'nothing to do, the schema is current'}")


@db.command()
@config_option
@wait_option
@click.option("--dry-run", is_flag=True, help="Only say what would be changed; the file is read, not written.")
def rekey(config_path: Path, wait_seconds: float, *, dry_run: bool) -> None:
    """Make the keys of all addresses anew, after an upgrade that changed which addresses are one page.

    It is one transaction: interrupted at any time, it has changed nothing. Running it again changes nothing either.
    """
    from storage import rekeying  # noqa: PLC0415
    from storage.database import open_reader  # noqa: PLC0415
    from storage.lock import WriterLock  # noqa: PLC0415

    path = read_config(config_path).dibao.database
    with told_to_the_shell():
        if dry_run:
            with open_reader(path) as reader:
                done = rekeying.preview(reader)
        else:
            with WriterLock(path, wait_seconds=wait_seconds):
                done = rekeying.rekey_file(path, datetime.now(UTC))
    click.echo(f"{path}: {_told(done, dry_run=dry_run)}")


@db.command()
@config_option
@wait_option
@click.option("--dry-run", is_flag=True, help="Only say what would be changed; nothing may write the file meanwhile.")
@json_option
def rededup(config_path: Path, wait_seconds: float, *, dry_run: bool, as_json: bool) -> None:
    """Find all copies and make all stories anew, after an upgrade that changed how; what people decided is kept.

    Interrupted at any time, it has changed nothing, and goes on where it was when it is run again.
    """
    from storage.lock import WriterLock  # noqa: PLC0415
    from storage.rededup import rededup_file  # noqa: PLC0415

    path = read_config(config_path).dibao.database
    with told_to_the_shell(), WriterLock(path, wait_seconds=wait_seconds), counted("placing articles") as progress:
        done = rededup_file(path, datetime.now(UTC), progress, dry_run=dry_run)
    if as_json:
        print_json({**asdict(done), "dry_run": dry_run})
        return
    dry = "(dry run, nothing changed) " if dry_run else ""
    parts = (
        f"{done.articles} articles, stories {done.stories_before} -> {done.stories_after}",
        f"{done.new} articles had none yet",
        f"{done.moved} are in another one now",
        f"{done.canonicals} stand for theirs now or no longer do",
    )
    click.echo(f"{path}: {dry}{'; '.join(parts)}")


def _told(done: Rekeyed, *, dry_run: bool) -> str:
    """What was done in one line, or would be."""
    from storage.identity import KEY_RULES  # noqa: PLC0415

    parts = [f"{done.changed} of {done.urls} addresses have a new key", f"{done.merged} of them joined another"]
    if done.apart:
        parts.append(f"{done.apart} of {done.articles} articles share an older one's, {done.linked} as its copies")
    if done.left:
        parts.append(f"{done.left} are no URLs and were left")
    rules = f"key rules {done.rules} -> {KEY_RULES}"
    return f"{'(dry run, nothing changed) ' if dry_run else ''}{rules}: {'; '.join(parts)}"
