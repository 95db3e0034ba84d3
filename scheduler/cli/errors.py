"""`dibao errors`: what failed and was rejected of a source lately, by reason, with examples."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scheduler.cli import terminal
from scheduler.cli.completing import source_names
from scheduler.cli.faults import told_to_the_shell
from scheduler.cli.options import config_option, json_option, read_config
from scheduler.cli.pausing import asked_for
from scheduler.cli.selecting import Moment
from storage.records import from_utc_text

if TYPE_CHECKING:
    from crawler.config import Source
    from storage.database import Database


@click.command()
@click.argument("name", required=False, metavar="SOURCE", shell_complete=source_names)
@click.option("--since", type=Moment(), default="7d", show_default=True, help="From that time on, or so long ago: 7d.")
@config_option
@json_option
def errors(name: str | None, since: str, config_path: Path, *, as_json: bool) -> None:
    """Show what failed and was rejected of SOURCE lately: entry points, pages by reason with examples, pauses.

    Pages are counted in runs; one that failed thrice is counted thrice. Examples are pages that still stand so.
    """
    from scheduler.cli.reading import current  # noqa: PLC0415

    config = read_config(config_path)
    (source,) = asked_for(config, config_path, (name,) if name else ())
    if not config.dibao.database.exists():
        raise click.ClickException(f"{config.dibao.database}: nothing was crawled yet")
    with told_to_the_shell(), current(config.dibao.database) as database:
        document = report(database, source, since, datetime.now(UTC))
    if as_json:
        terminal.print_json(document)
    else:
        _show(document)


def report(database: Database, source: Source, since: str, now: datetime) -> dict[str, Any]:
    """What went wrong with a source since a moment (UTC text)."""
    from crawler.jobs import asked_sites  # noqa: PLC0415
    from storage import health, host_states  # noqa: PLC0415
    from storage.watch import troubles  # noqa: PLC0415

    moment = from_utc_text(since)
    known = health.sources(database).get(source.name)
    runs = troubles.runs(database, source.name, moment)
    examples = troubles.examples(database, source.name, moment)
    left = [("failed", reason) for reason in examples if all(reason != one for (_, one), _ in runs.reasons)]
    pauses = host_states.pauses(database, now)
    return {
        "source": source.name,
        "since": since,
        "failures_in_a_row": known.failures if known else 0,
        "last_error": known.last_error if known else None,
        "runs": runs.by_status,
        "entry_points": [asdict(one) for one in troubles.entries(database, source.name)],
        "pauses": [
            {"site": site, "until": pauses[site][0].isoformat().replace("+00:00", "Z"), "why": pauses[site][1]}
            for site in sorted(asked_sites(source))
            if site in pauses
        ],
        "pages": [
            {
                "outcome": outcome,
                "reason": reason,
                "count": count,
                "examples": [asdict(one) for one in examples.get(reason, [])],
            }
            for (outcome, reason), count in (*runs.reasons, *((one, 0) for one in left))
        ],
    }


def _show(document: dict[str, Any]) -> None:
    lines = [f"{document['source']} since {document['since']}: {_runs(document['runs'])}"]
    if document["last_error"]:
        failures = document["failures_in_a_row"]
        again = f"{terminal.many(failures, 'failure')} in a row: " if failures else "in a part of it: "
        lines.append(f"{again}{document['last_error']}")
    lines += [
        f"entry point {one['url']}: {terminal.many(one['failures'], 'failure')} in a row, the last"
        f" {one['checked_at']}: {' '.join(filter(None, (one['reason'], one['detail'])))}"
        for one in document["entry_points"]
    ]
    lines += [f"{one['why']}, until {one['until']}" for one in document["pauses"]]
    for page in document["pages"]:
        lines.append(f"{page['outcome']} {page['reason']}: {terminal.many(page['count'], 'page')}")
        lines += [f"  {_example(one)}" for one in page["examples"]]
    terminal.echo("".join(f"{terminal.plain(line)}\n" for line in lines))


def _runs(by_status: dict[str, int]) -> str:
    """How many runs ended in which way."""
    counts = ", ".join(f"{number} {status}" for status, number in sorted(by_status.items()))
    return f"{terminal.many(sum(by_status.values()), 'run')}{f', {counts}' if counts else ''}"


def _example(one: dict[str, Any]) -> str:
    status = f"HTTP {one['http_status']}" if one["http_status"] else None
    more = ", ".join(filter(None, (status, one["detail"])))
    return f"{one['checked_at']} {one['url']}{f' ({more})' if more else ''}"
