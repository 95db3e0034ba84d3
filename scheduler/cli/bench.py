"""`dibao bench`: how fast this machine is at Dibao's work, and what it carries."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from scheduler.cli import exit_codes, terminal
from scheduler.cli.faults import told_to_the_shell
from scheduler.cli.options import json_option

if TYPE_CHECKING:
    from scheduler.bench.benching import Result

STYLES = {"good": "green", "fair": "yellow", "bad": "bold red"}


@click.command()
@click.option("--quick", is_flag=True, help="A fifth of the work: less than a minute, and figures that are less exact.")
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, writable=True, path_type=Path),
    default=Path(),
    show_default="this one",
    metavar="FOLDER",
    help="Where its files are written meanwhile: on the disk that the database is on.",
)
@json_option
def bench(folder: Path, *, quick: bool, as_json: bool) -> None:
    """Measure this machine: its disk, reading, storing and searching, a crawl beside the script that one would write.

    It needs no configuration and no network, may run beside a daemon (and is slowed by it), and leaves nothing.

    Exit codes: 0 all figures are good or fair, 1 at least one is bad or it could not be measured, 4 the disk is full or
    cannot be written, 130 interrupted.
    """
    from crawler.logs import configure  # noqa: PLC0415
    from scheduler.bench.benching import FULL, QUICK  # noqa: PLC0415
    from scheduler.bench.benching import bench as measure  # noqa: PLC0415
    from scheduler.bench.fault import BenchFault  # noqa: PLC0415

    configure("text", "ERROR")
    with told_to_the_shell(), _ended_as_by_ctrl_c():
        try:
            result = measure(folder.absolute(), QUICK if quick else FULL, datetime.now(UTC), _say)
        except BenchFault as fault:
            click.echo(f"dibao: {fault}", err=True)
            sys.exit(exit_codes.SOURCES_FAILED)
        except KeyboardInterrupt:
            click.echo("dibao: interrupted; nothing was measured to its end, and its files are gone", err=True)
            sys.exit(exit_codes.INTERRUPTED)
    sys.exit(_tell(result, as_json=as_json))


@contextmanager
def _ended_as_by_ctrl_c() -> Iterator[None]:
    """A block that SIGTERM ends in order too, so that nothing is left."""

    def stop(_number: int, _frame: object) -> NoReturn:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _say(what: str) -> None:
    """None; who waits at a terminal is told what is measured now."""
    if sys.stderr.isatty():
        click.echo(f"measuring {what} ...", err=True)


def _tell(result: Result, *, as_json: bool) -> int:
    """The exit code, after everything was printed."""
    from scheduler.bench import telling  # noqa: PLC0415

    lines = telling.lines(result)
    if as_json:
        terminal.print_json(_document(result))
    else:
        _show(result)
    return exit_codes.SOURCES_FAILED if any(line.verdict == "bad" for line in lines) else exit_codes.OK


def _document(result: Result) -> dict[str, Any]:
    """Every figure, the verdicts, and what they come to."""
    from scheduler.bench import telling  # noqa: PLC0415

    crawls = {
        name: {"page_ms": one.page_ms, "pages_second": one.pages_second}
        for name, one in (("dibao", result.crawls.dibao), ("script", result.crawls.script))
    }
    return {
        **asdict(result),
        "page": crawls,
        "verdicts": [asdict(line) for line in telling.lines(result)],
        "summary": telling.summary(result),
    }


def _show(result: Result) -> None:
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    from scheduler.bench import telling  # noqa: PLC0415

    machine = result.machine
    with terminal.printing() as console:
        about = f"Dibao {machine.dibao}, Python {machine.python}, SQLite {machine.sqlite} on {machine.system}"
        console.print(about, highlight=False)
        has = f"{machine.processor}: {terminal.many(machine.cores, 'core')}, {machine.memory_bytes >> 20} MiB"
        console.print(f"{has}, load {machine.load}\n", highlight=False)
        table = Table(box=None, padding=(0, 1, 0, 0), show_header=False)
        for fold in ("fold", "fold"):
            table.add_column(overflow=fold)
        table.add_column(no_wrap=True)
        for line in telling.lines(result):
            table.add_row(line.what, line.figure, Text(line.verdict, style=STYLES[line.verdict]))
            if line.verdict != "good":
                table.add_row("", Text(f"-> {line.advice}", style="bold"), "")
        console.print(table, highlight=False)
        for sentence in telling.summary(result):
            console.print(f"\n{sentence}", highlight=False, markup=False)
