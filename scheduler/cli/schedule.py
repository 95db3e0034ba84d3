"""`dibao schedule`: what is crawled next, when, and why then."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from scheduler.cli import terminal
from scheduler.cli.completing import source_names
from scheduler.cli.faults import told_to_the_shell
from scheduler.cli.options import ConfigurationError, config_option, json_option, read_config

if TYPE_CHECKING:
    from crawler.config import Source
    from scheduler.config.file import Config
    from scheduler.plan import Due, SourceState

BARS = "▁▂▃▄▅▆▇█"
COLUMNS = ("source", "at", "kind", "interval_seconds", "expected_per_hour", "why")
MOST_POLLS = 1_000
"""So many coming polls are shown with `--within` where `-n` names no number."""


def _duration(_context: click.Context, _parameter: click.Parameter, value: str | None) -> int | None:
    from crawler.config_values import parse_duration  # noqa: PLC0415

    if value is None:
        return None
    try:
        return parse_duration(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


@click.command()
@click.argument("names", nargs=-1, metavar="[SOURCE]...", shell_complete=source_names)
@config_option
@click.option("-n", "limit", type=click.IntRange(1, 100_000), metavar="N", help="No more than N lines, the soonest.")
@click.option("--within", metavar="24h", callback=_duration, help="Each poll to come in that time, not just the next.")
@json_option
def schedule(
    names: tuple[str, ...], config_path: Path, limit: int | None, within: int | None, *, as_json: bool
) -> None:
    """Show what is crawled next, when and why: the SOURCEs that are named, or all; the soonest first.

    The kinds: never_crawled, rhythm (as often as the source publishes), interval and cron (as dibao.toml says),
    back_off (it failed), retry_after and host_pause (the site, or its host, wants to be left alone), unfinished (pages
    are left from the last crawl), clock (the last crawl was noted by a clock that was ahead), paused (it is not, for
    an operator has it paused).
    """
    config = read_config(config_path)
    known = [source.name for source in config.enabled_sources]
    for name in names:
        if name not in known:
            there_are = ", ".join(known) or "none"
            raise ConfigurationError(f"{config_path}: no source {name!r} is switched on; there are: {there_are}")
    now = datetime.now(UTC)
    with told_to_the_shell():
        document = report(config, now, names=names, limit=limit, within_seconds=within)
    if as_json:
        terminal.print_json(document)
    elif sys.stdout.isatty():
        _show(document, now)
    else:
        _write(document)
    if document["more"]:
        click.echo(f"dibao: there is more; name a larger number than {len(document['polls'])} with -n", err=True)


def report(
    config: Config,
    now: datetime,
    *,
    names: Sequence[str] = (),
    limit: int | None = None,
    within_seconds: int | None = None,
) -> dict[str, Any]:
    """The next poll of each enabled source, or with `within_seconds` each poll in that time, soonest first.

    `more`: whether `limit` has cut it. Times are ISO-8601 UTC, and none is before `now`. What only a rhythm knows is
    None for the other sources: `interval_seconds` after that poll, `expected_per_hour` then, `today` by local hour.
    """
    from scheduler.forecast import coming, next_of_each  # noqa: PLC0415

    states = _states(config, now)
    wanted = [source for source in config.enabled_sources if not names or source.name in names]
    if within_seconds is None:
        found = next_of_each(wanted, states, now, config.schedule)
    else:
        limit = limit or MOST_POLLS
        end = now + timedelta(seconds=within_seconds)
        polls = coming(wanted, states, now, config.schedule)
        found = list(islice(takewhile(lambda poll: poll[1].at <= end, polls), limit + 1))
    more = limit is not None and len(found) > limit
    return {
        "database": str(config.dibao.database),
        "at": _iso(now),
        "within_seconds": within_seconds,
        "more": more,
        "polls": [_row(config, source, due, states.get(source.name), now) for source, due in found[:limit]],
    }


def _states(config: Config, now: datetime) -> Mapping[str, SourceState]:
    from scheduler.sources.states import remembered  # noqa: PLC0415
    from storage.database import open_reader  # noqa: PLC0415

    if not config.dibao.database.exists():
        return {}
    with open_reader(config.dibao.database) as database:
        return remembered(config, database, now)


def _row(config: Config, source: Source, due: Due, state: SourceState | None, now: datetime) -> dict[str, Any]:
    from scheduler.plan import period_seconds  # noqa: PLC0415
    from scheduler.rhythm import rate  # noqa: PLC0415

    rhythm = state.rhythm if state and source.is_adaptive else None
    known = rhythm if rhythm and rhythm.hours_known else None
    comes = due.kind != "paused"
    zone = ZoneInfo(source.timezone)
    midnight = now.astimezone(zone).replace(hour=0, minute=30, second=0, microsecond=0)
    hours = [midnight.replace(hour=hour) for hour in range(24)]
    return {
        "source": source.name,
        "at": _iso(due.at) if comes else None,
        "kind": due.kind,
        "why": due.why,
        "interval_seconds": (
            period_seconds(source, due.at, config.schedule, rhythm) if source.is_adaptive and comes else None
        ),
        "expected_per_hour": round(rate(known, due.at, zone), 3) if known and comes else None,
        "today": [round(rate(known, hour, zone), 3) for hour in hours] if known else None,
    }


def _write(document: dict[str, Any]) -> None:
    """A line of tab-separated values for each poll, after one with their names; nothing for what is unknown."""
    click.echo("\t".join(COLUMNS))
    for row in document["polls"]:
        values = ("" if row[name] is None else str(row[name]) for name in COLUMNS)
        click.echo("\t".join(" ".join(value.split()) for value in values))


def _show(document: dict[str, Any], now: datetime) -> None:
    from rich.console import Console  # noqa: PLC0415
    from rich.markup import escape  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    console = Console()
    table = Table(box=None, padding=(0, 1, 0, 0))
    table.add_column("source", overflow="fold")
    table.add_column("next", no_wrap=True)
    table.add_column("why", overflow="fold")
    table.add_column("today, 0 to 24 h", no_wrap=True)
    for row in document["polls"]:
        bars = sparkline(row["today"]) if row["today"] else ""
        table.add_row(row["source"], _wait(row["at"], now), escape(row["why"]), bars)
    console.print(table)
    if not document["polls"]:
        console.print("no source is switched on; add a site: dibao add URL to dibao.toml", highlight=False)


def sparkline(values: Sequence[float]) -> str:
    """A bar for each number, the highest for the largest; lowest ones only where all are nearly nothing."""
    top = max(values, default=0.0)
    return "".join(BARS[round(value / top * (len(BARS) - 1))] if top > 0 else BARS[0] for value in values)


def _wait(at: str | None, now: datetime) -> str:
    """How long it is until then, and the time of day on this machine's clock; nothing of what does not come."""
    if at is None:
        return ""
    moment = datetime.fromisoformat(at)
    seconds = (moment - now).total_seconds()
    if seconds < 1:
        return "now"
    unit, length = next((u for u in (("d", 86_400), ("h", 3_600), ("min", 60)) if seconds >= u[1]), ("s", 1))
    return f"in {seconds / length:.0f} {unit}, {moment.astimezone():%m-%d %H:%M}"


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
