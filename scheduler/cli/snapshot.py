"""`dibao snapshot`: a copy for those who may not write the folder that it is in."""

from __future__ import annotations

from pathlib import Path

import click

from scheduler.cli import reading
from scheduler.cli.backup import as_document
from scheduler.cli.copying import sentence, told_of_copies
from scheduler.cli.counting import counted
from scheduler.cli.options import json_option
from scheduler.cli.terminal import echo, print_json


@click.command()
@click.argument("target", metavar="FILE", type=click.Path(path_type=Path))
@reading.file_options
@json_option
def snapshot(target: Path, path: Path, *, as_json: bool) -> None:
    """Write a copy of the database to FILE for readers: everybody may read it, and nobody needs to write its folder.

    An older snapshot is replaced in one step; who has it open goes on reading it.
    """
    from storage.care import backups  # noqa: PLC0415

    with told_of_copies(), counted("copying pages") as progress:
        done = backups.snapshot(path, target, progress=progress)
    if as_json:
        print_json(as_document(done))
    else:
        echo(f"{sentence(done)}; for readers\n")
