"""`dibao doctor`: what is wrong with the machine, the file and the configuration; and health, for containers."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scheduler.cli import exit_codes, terminal
from scheduler.cli.options import config_file, json_option

if TYPE_CHECKING:
    from scheduler.doctor.case import Finding
    from storage.alive import Health

STYLES = {"ok": "green", "warn": "yellow", "fail": "bold red"}


def _as_it_is(_context: click.Context, _option: click.Parameter, path: Path) -> Path:
    return path


@click.command()
@config_file("config_path", _as_it_is)
@click.option("--health", is_flag=True, help="Only say whether it is at work: for container probes, in half a second.")
@json_option
def doctor(config_path: Path, *, health: bool, as_json: bool) -> None:
    """Look for what is wrong, and say the next step of each; whatever is broken, that is a line. Nothing is changed.

    Exit codes: 0 all is well, or there are warnings; 1 something has failed. With --health: 0 the daemon gives signs
    of life, or cron starts crawls when they are due; 1 not so.
    """
    if health:
        _say_health(config_path, as_json=as_json)
        return
    from scheduler.doctor.case import read_case  # noqa: PLC0415
    from scheduler.doctor.examining import examine  # noqa: PLC0415

    now = datetime.now(UTC)
    case = read_case(config_path, now)
    found = list(examine(case))
    failed = any(one.level == "fail" for one in found)
    if as_json:
        places = {"config": str(config_path), "database": str(case.database)}
        checks = [{"check": one.check, "level": one.level, "says": one.says, "step": one.step} for one in found]
        terminal.print_json({"ok": not failed, "at": now.isoformat(timespec="seconds"), **places, "checks": checks})
    else:
        _show(found)
    sys.exit(exit_codes.SOURCES_FAILED if failed else exit_codes.OK)


def _show(found: list[Finding]) -> None:
    """None; a table is printed, with what to do under each line that is not well, and the sum."""
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    with terminal.printing() as console:
        table = Table(box=None, padding=(0, 1, 0, 0), show_header=False)
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        for one in found:
            table.add_row(Text(one.level, style=STYLES[one.level]), one.check, Text(terminal.plain(one.says)))
            if one.step and one.level != "ok":
                table.add_row("", "", Text(f"-> {terminal.plain(one.step)}", style="bold"))
        console.print(table)
        levels = [one.level for one in found]
        counts = f"{levels.count('fail')} failed, {terminal.many(levels.count('warn'), 'warning')}"
        console.print(f"{len(found)} lines: {counts}", highlight=False)


def _say_health(config_path: Path, *, as_json: bool) -> None:
    """Ends the command with the verdict. Of the configuration only the place of the database is read."""
    from scheduler.doctor.case import database_of  # noqa: PLC0415
    from storage.alive import verdict_of  # noqa: PLC0415

    found = verdict_of(database_of(config_path), datetime.now(UTC))
    if as_json:
        terminal.print_json(found.as_document())
    else:
        terminal.echo(f"{_sentence(found)}\n")
    sys.exit(exit_codes.OK if found.ok else exit_codes.SOURCES_FAILED)


def _sentence(found: Health) -> str:
    """The state, then what is not well, or else what was found last."""
    told = [check for check in found.checks if not check.ok] or list(found.checks[-1:])
    return f"{found.state}: " + "; ".join(
        terminal.plain(check.says if check.step is None else f"{check.says} -> {check.step}") for check in told
    )
