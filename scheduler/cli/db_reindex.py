"""`dibao db reindex`: making the index anew by which articles are found."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scheduler.cli.counting import counted
from scheduler.cli.faults import told_to_the_shell
from scheduler.cli.options import config_option, json_option, read_config, wait_option
from scheduler.cli.terminal import print_json

if TYPE_CHECKING:
    from storage.search.reindexing import Reindexed


@click.command()
@config_option
@wait_option
@click.option("--dry-run", is_flag=True, help="Only say what would be done; the file is read, not written.")
@json_option
def reindex(config_path: Path, wait_seconds: float, *, dry_run: bool, as_json: bool) -> None:
    """Make the index of `dibao search` anew, after an upgrade that changed how, or to make it smaller and faster.

    The old index serves until the new one is whole. Interrupted at any time, it goes on where it was when it is run
    again, unless something else was written meanwhile.
    """
    from storage.lock import WriterLock  # noqa: PLC0415
    from storage.search.reindexing import reindex_file  # noqa: PLC0415

    path = read_config(config_path).dibao.database
    with told_to_the_shell():
        lock = nullcontext() if dry_run else WriterLock(path, wait_seconds=wait_seconds)
        with lock, counted("indexing articles") as progress:
            done = reindex_file(path, progress, dry_run=dry_run)
    if as_json:
        print_json({**asdict(done), "dry_run": dry_run})
    else:
        click.echo(f"{path}: {_told(done, dry_run=dry_run)}")


def _told(done: Reindexed, *, dry_run: bool) -> str:
    """What was done in one line, or would be."""
    before = done.before or "none"
    if dry_run:
        why = "it has to be made anew" if done.wanted else "it can be used as it is"
        rules = f"index {before}, this Dibao makes {done.after}"
        return f"(dry run, nothing changed) {rules}: {why}; {done.articles} articles"
    return f"{done.articles} articles can be searched; index {before} -> {done.after}"
