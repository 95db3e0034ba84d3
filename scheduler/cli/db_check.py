"""`dibao db check`: what is wrong in the file, and the way out."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scheduler.cli import exit_codes, reading
from scheduler.cli.counting import counted
from scheduler.cli.faults import told_to_the_shell
from scheduler.cli.options import json_option
from scheduler.cli.terminal import echo, plain, print_json

if TYPE_CHECKING:
    from storage.care.checking import Checked


@click.command()
@reading.file_options
@click.option("--quick", is_flag=True, help="Leave out what takes longest: indexes against tables, texts against sums.")
@json_option
def check(path: Path, *, quick: bool, as_json: bool) -> None:
    """Look for damage and for rows that do not fit together. The file is only read, and may be written meanwhile.

    Exit codes: 0 all is well, 1 rows do not fit together, 2 configuration, 4 the file is damaged or cannot be read.
    """
    from storage.care.checking import check as check_file  # noqa: PLC0415
    from storage.database import SQLITE_VERSION, sqlite_fault  # noqa: PLC0415

    with (
        told_to_the_shell(),
        reading.current(path) as database,
        counted("checking") as progress,
    ):
        found = check_file(database, quick=quick, progress=progress)
    if as_json:
        verdict = {"database": str(path), "ok": not found.findings, "damaged": found.is_damaged}
        print_json({**verdict, "sqlite": SQLITE_VERSION, "sqlite_fault": sqlite_fault(), **asdict(found)})
    else:
        if fault := sqlite_fault():
            echo(f"sqlite: {fault}\n")
        _show(path, found)
    if found.findings:
        sys.exit(exit_codes.STORAGE if found.is_damaged else exit_codes.SOURCES_FAILED)


def _show(path: Path, found: Checked) -> None:
    """None; what was found is printed, worst first."""
    for one in sorted(found.findings, key=lambda one: not one.damage):
        times = "" if one.count == 1 else f" ({one.count} times)"
        echo(f"{one.check}: {one.what}{times}, such as {plain(one.example)}\n  way out: {one.remedy}\n")
    verdict = "damaged" if found.is_damaged else "not consistent" if found.findings else "all is well"
    echo(
        f"{path}: {verdict}; {found.articles} articles, {found.checks} checks, schema {found.schema}, "
        f"journal mode {found.journal_mode}\n"
    )
