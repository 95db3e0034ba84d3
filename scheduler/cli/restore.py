"""`dibao restore`: a backup in the place of the database."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from scheduler.cli.copying import pages_sentence, told_of_copies
from scheduler.cli.counting import counted
from scheduler.cli.options import json_option, wait_option
from scheduler.cli.reading import place_options
from scheduler.cli.terminal import echo, print_json


@click.command()
@click.argument("backup", metavar="BACKUP", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@place_options
@click.option("--archive", is_flag=True, help="Take the raw pages from BACKUP.archive, not from beside the database.")
@wait_option
@json_option
def restore(backup: Path, path: Path, wait_seconds: float, *, archive: bool, as_json: bool) -> None:
    """Put a copy of BACKUP in the place of the database, which is kept beside it under another name.

    BACKUP is read back whole first. Refused while a daemon or a crawl writes the database: stop it.
    """
    from storage.care.restoring import restore as restore_file  # noqa: PLC0415
    from storage.lock import WriterLock  # noqa: PLC0415

    with told_of_copies(), WriterLock(path, wait_seconds=wait_seconds), counted("copying pages") as progress:
        done = restore_file(backup, path, datetime.now(UTC), archive=archive, progress=progress)
    if as_json:
        print_json(
            {
                "database": str(path),
                "articles": done.contents.articles,
                "last_seq": done.contents.last_seq,
                "schema": done.contents.schema,
                "replaced": None if done.replaced is None else str(done.replaced),
                "archive": {
                    "files": done.raw_pages.files,
                    "bytes": done.raw_pages.bytes,
                    "missing_files": done.raw_pages.missing,
                },
            }
        )
        return
    echo(f"{path}: {done.contents.articles} articles, up to change {done.contents.last_seq}\n")
    if done.raw_pages.files or done.raw_pages.missing:
        echo(f"{pages_sentence(done.raw_pages)}\n")
    if done.replaced is not None:
        echo(f"what was there is {done.replaced} now\n")
    click.echo(
        "Next: start again what reads or writes it (`dibao run`, viewers). What was stored since the backup is found"
        " again where sites still list it. Programs that follow the change feed begin anew.",
        err=True,
    )
