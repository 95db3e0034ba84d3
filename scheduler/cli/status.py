"""`dibao status`: how each source is, for people and machines."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from scheduler.cli import status_cluster, terminal
from scheduler.cli.faults import told_to_the_shell
from scheduler.cli.options import config_option, json_option, read_config
from scheduler.cli.status_file import file_state, warnings
from scheduler.cli.status_file import line as file_line
from scheduler.cli.status_watch import end_with_problems, incident_line, needs_attention, read_watched, state_of

if TYPE_CHECKING:
    from scheduler.config.file import Config

COLUMNS = ("source", "state", "attempt", "success", "new", "failures", "next run", "today", "pending")
# Nothing is cut, not even on a narrow terminal: a name that is cut cannot be found.
NUMBERS = frozenset({"failures", "today", "pending"})
# Of the reasons of a next run, those that an operator is told without asking; `dibao schedule` tells all.
TOLD = frozenset({"back_off", "retry_after", "host_pause", "clock", "paused"})


@click.command()
@click.option("--problems", is_flag=True, help="Only what needs attention; exit code 1 where anything does.")
@config_option
@json_option
def status(config_path: Path, *, problems: bool, as_json: bool) -> None:
    """Show how each source is, its last attempt, success and new article, next run, and articles today.

    With --problems: only what needs attention. Exit code 1 where anything does, 0 where nothing does.
    """
    config = read_config(config_path)
    now = datetime.now(UTC)
    with told_to_the_shell():
        document = report(config, now)
    if problems:
        end_with_problems(document, as_json=as_json)
    if as_json:
        terminal.print_json(document)
    else:
        _show(document, now)


def report(config: Config, now: datetime) -> dict[str, Any]:
    """The state of the daemon and of every source; times are ISO-8601 UTC, None is never."""
    from storage.database import open_reader  # noqa: PLC0415
    from storage.lock import living_holder  # noqa: PLC0415

    path = config.dibao.database
    document: dict[str, Any] = {"database": str(path), "at": _iso(now), "writer_pid": living_holder(path)}
    if not path.exists():
        from storage import alive  # noqa: PLC0415

        sources = [_row(config, name=source.name) for source in config.source]
        nothing = {"daemon": None, "cluster": None, "file": None, "sources": sources, "open_gaps": [], "incidents": []}
        return {**document, "alive": alive.verdict_of(path, now).as_document(), **nothing}
    with open_reader(path) as database:
        return {**document, **_from_file(config, database, now)}


def _from_file(config: Config, database: Any, now: datetime) -> dict[str, Any]:
    from scheduler import plan  # noqa: PLC0415
    from scheduler.sources.states import remembered  # noqa: PLC0415
    from storage import gaps, health  # noqa: PLC0415

    known, states = health.sources(database), remembered(config, database, now)
    watched = read_watched(database, now)
    beat = health.heartbeat(database, "daemon")
    rows = []
    for source in config.source:
        state = states.get(source.name) or plan.SourceState(name=source.name)
        due = plan.next_due(source, state, now, config.schedule)
        midnight = now.astimezone(ZoneInfo(source.timezone)).replace(hour=0, minute=0, second=0, microsecond=0)
        rows.append(
            _row(
                config,
                name=source.name,
                health=known.get(source.name),
                due=due if source.enabled else None,
                today=health.new_articles(database, source.name, midnight),
                dead=_is_dead(known.get(source.name), now),
                watch=watched.states.get(source.name),
            )
        )
    daemon = None if beat is None else {"at": _iso(beat.at), "pid": beat.pid, "detail": beat.detail}
    missed = [
        {"source": gap.source, "entry_point": gap.entry_url, "opened_at": _iso(gap.opened_at), "detail": gap.detail}
        for gap in gaps.open_gaps(database)
    ]
    return {
        "daemon": daemon,
        "alive": watched.alive,
        "cluster": status_cluster.cluster_state(config, database),
        "file": file_state(config, database),
        "sources": rows,
        "open_gaps": missed,
        "incidents": watched.incidents,
    }


def _is_dead(health: Any, now: datetime) -> bool:
    """Whether the source has failed for two weeks, since its last success or since it is known."""
    from scheduler.planning.back_off import is_dead  # noqa: PLC0415

    return health is not None and is_dead(health.failures, health.last_success_at or health.created_at, now)


def _row(
    config: Config,
    *,
    name: str,
    health: Any = None,
    due: Any = None,
    today: int = 0,
    dead: bool = False,
    watch: Any = None,
) -> dict[str, Any]:
    enabled = any(source.name == name for source in config.enabled_sources)
    return {
        "source": name,
        "enabled": enabled,
        **state_of(watch, enabled=enabled, crawled=health is not None and health.last_attempt_at is not None),
        "last_attempt_at": _iso(health.last_attempt_at) if health else None,
        "last_success_at": _iso(health.last_success_at) if health else None,
        "last_new_article_at": _iso(health.last_new_at) if health else None,
        "failures_in_a_row": health.failures if health else 0,
        "dead": dead,
        "last_error": health.last_error if health else None,
        "next_run_at": _iso(due.at) if due and due.kind != "paused" else None,
        "next_run_why": due.why if due else None,
        "next_run_kind": due.kind if due else None,
        "articles_today": today,
        "pending": health.pending if health else 0,
    }


def _show(document: dict[str, Any], now: datetime) -> None:
    terminal.echo("".join(f"{line}\n" for line in _lines(document, now)))


def _lines(document: dict[str, Any], now: datetime) -> Iterator[str]:
    yield f"{document['database']}, {document['at']}"
    yield from _table(document["sources"], now)
    for row in document["sources"]:
        if row["last_error"]:
            yield _red(f"{row['source']}: {row['last_error']}")
        if row["next_run_kind"] in TOLD:
            yield f"{row['source']}: {row['next_run_why']}"
    for gap in document["open_gaps"]:
        missed = f"{gap['source']}: open gap since {gap['opened_at']}: {gap['entry_point']} showed {gap['detail']}"
        yield click.style(terminal.plain(missed), fg="yellow")
    yield from (_red(incident_line(incident)) for incident in document["incidents"])
    beat = document["daemon"]
    alive = f"last sign of life {_ago(beat['at'], now)}, process {beat['pid']}" if beat else "never run"
    yield f"daemon: {alive}"
    if (cluster := document["cluster"]) is not None:
        line = status_cluster.line(cluster, now, _ago)
        yield line if status_cluster.is_well(cluster) else _red(line)
    if document["file"] is not None:
        yield file_line(document["file"], now, _ago)
        yield from map(_red, warnings(document["file"]))


def _table(sources: list[dict[str, Any]], now: datetime) -> Iterator[str]:
    """The sources under headings. Each cell is of ASCII: as many columns wide as it has characters."""
    if not sources:
        yield "no source yet; add one: dibao add URL"
        return
    rows = [COLUMNS, *(_cells(row, now) for row in sources)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    heads, *lines = (" ".join(map(_placed, COLUMNS, row, widths)).rstrip() for row in rows)
    yield click.style(heads, bold=True)
    for row, line in zip(sources, lines, strict=True):
        yield click.style(line, fg="red") if row["failures_in_a_row"] or needs_attention(row) else line


def _placed(heading: str, cell: str, width: int) -> str:
    return cell.rjust(width) if heading in NUMBERS else cell.ljust(width)


def _red(text: str) -> str:
    return click.style(terminal.plain(text), fg="red")


def _cells(row: dict[str, Any], now: datetime) -> tuple[str, ...]:
    return (
        row["source"] if row["enabled"] else f"{row['source']} (off)",
        row["state_name"],
        _ago(row["last_attempt_at"], now),
        _ago(row["last_success_at"], now),
        _ago(row["last_new_article_at"], now),
        f"{row['failures_in_a_row']}{', dead' * row['dead']}",
        _ago(row["next_run_at"], now) if row["next_run_at"] else "paused" * (row["next_run_kind"] == "paused"),
        str(row["articles_today"]),
        str(row["pending"]),
    )


def _ago(text: str | None, now: datetime) -> str:
    """A time as people say it: 5 min ago, in 2 h, never."""
    if text is None:
        return "never"
    seconds = (now - datetime.fromisoformat(text)).total_seconds()
    size = abs(seconds)
    if size < 1:
        return "now"
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        if size >= length:
            return f"{size / length:.0f} {unit} ago" if seconds > 0 else f"in {size / length:.0f} {unit}"
    return "now"


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
