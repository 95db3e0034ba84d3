"""`dibao backup`: a copy of the database, made while it is written."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scheduler.cli import reading
from scheduler.cli.copying import pages_sentence, sentence, told_of_copies
from scheduler.cli.counting import counted
from scheduler.cli.options import ConfigurationError, json_option
from scheduler.cli.terminal import echo, print_json

if TYPE_CHECKING:
    from storage.care.backups import Backup


@click.command()
@click.argument("target", metavar="FILE|FOLDER", type=click.Path(path_type=Path))
@reading.file_options
@click.option("--keep", type=click.IntRange(min=1), metavar="N", help="Of the copies in FOLDER, keep the N newest.")
@click.option("--archive", is_flag=True, help="Copy the raw pages too, to the folder FILE.archive.")
@json_option
def backup(target: Path, path: Path, keep: int | None, *, archive: bool, as_json: bool) -> None:
    """Copy the database to FILE, or to a file with the time in its name in FOLDER, while it is written.

    The copy is of one moment, is read back whole before it gets its name, and replaces only an older copy.
    """
    from storage.care import backups  # noqa: PLC0415

    if keep is not None and not target.is_dir():
        raise ConfigurationError(f"dibao: --keep is for a folder, and {target} is none; make it, or leave --keep out")
    with told_of_copies(), counted("copying pages") as progress:
        if target.is_dir():
            now = datetime.now(UTC)
            done = backups.back_up_into(path, target, now, keep=keep, archive=archive, progress=progress)
        else:
            done = backups.back_up(path, target, archive=archive, progress=progress)
    if as_json:
        print_json(as_document(done))
        return
    echo(f"{sentence(done)}; verified\n")
    if done.raw_pages is not None:
        echo(f"{pages_sentence(done.raw_pages)}\n")
    for removed in done.removed:
        echo(f"removed {removed}\n")


def as_document(done: Backup) -> dict[str, Any]:
    """The copy for machines."""
    pages = done.raw_pages
    return {
        "path": str(done.path),
        "bytes": done.bytes,
        "articles": done.contents.articles,
        "last_seq": done.contents.last_seq,
        "schema": done.contents.schema,
        "archive": None
        if pages is None
        else {"files": pages.files, "bytes": pages.bytes, "missing_files": pages.missing},
        "removed": [str(one) for one in done.removed],
    }
