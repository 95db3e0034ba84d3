"""`dibao metrics`: what the file knows as numbers for Prometheus, for cron and node_exporter."""

from __future__ import annotations

import os
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import click

from scheduler.cli import reading
from scheduler.cli.faults import told_to_the_shell

READABLE = 0o644
"""node_exporter reads the file as another user than cron's."""


@click.command()
@reading.file_options
@click.option(
    "--output",
    "out",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A file of node_exporter's textfile collector, such as dibao.prom, replaced in one step.",
)
def metrics(path: Path, out: Path | None) -> None:
    """Print what the file knows as numbers for Prometheus; by cron, after `dibao crawl`, into a file.

    Exit codes: 0 all is written, 2 configuration, 4 the database cannot be read or FILE cannot be written, which is
    then as it was.
    """
    from scheduler.cli.export_output import output  # noqa: PLC0415
    from storage.database import open_reader, refuse_older  # noqa: PLC0415
    from storage.metrics import exposition  # noqa: PLC0415

    with told_to_the_shell():
        with open_reader(path) as database:
            refuse_older(database)
            found = exposition(database, datetime.now(UTC))
        with output(out, path, zips=False) as stream:
            if out is not None:
                _open_to_readers(stream)
            stream.write(found)


def _open_to_readers(stream: BinaryIO) -> None:
    """None; a new file may be read by everybody, whatever the umask. Not a pipe or a device, which is somebody's."""
    if stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
        os.fchmod(stream.fileno(), READABLE)
