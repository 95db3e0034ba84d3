"""`dibao crawl`: one crawl, for cron and for hands."""

from __future__ import annotations

import json
import os
import sys
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scheduler.cli import exit_codes
from scheduler.cli.completing import source_names
from scheduler.cli.faults import told_to_the_shell
from scheduler.cli.options import ConfigurationError, config_option, json_option, log_options, read_config, wait_option
from scheduler.cli.stopping import asked_to_stop
from scheduler.cli.terminal import plain

if TYPE_CHECKING:
    from scheduler.config.file import Config
    from scheduler.crawl_result import CrawlResult
    from scheduler.engines.engine import Engine

COUNTS = ("discovered", "stored", "revised", "unchanged", "duplicate", "rejected", "failed", "pending")


@click.command()
@click.argument("names", nargs=-1, metavar="[SOURCE]...", shell_complete=source_names)
@config_option
@click.option("--all", "everything", is_flag=True, help="Crawl every source, due or not.")
@wait_option
@json_option
@log_options
def crawl(
    names: tuple[str, ...],
    config_path: Path,
    log_format: str,
    log_level: str,
    wait_seconds: float,
    *,
    everything: bool,
    as_json: bool,
) -> None:
    """Crawl once: what is due, or the SOURCEs that are named, or all of them; then end.

    A daemon that runs is handed the SOURCEs (or all of them) and does the work; Ctrl-C leaves it at that.

    Exit codes: 0 all well (also where nothing was due), 1 a source failed wholly or in part, 2 configuration,
    3 another run writes this database, 4 storage fault, 130 interrupted after a clean stop.
    """
    from crawler.logs import configure  # noqa: PLC0415
    from scheduler.cli.progress import watching  # noqa: PLC0415

    config = read_config(config_path)
    configure(log_format, log_level)
    if names or everything:
        from scheduler.cli import handing_over  # noqa: PLC0415

        refuse_unknown(config, config_path, names)
        with watching(shown=sys.stderr.isatty() and not as_json) as listener:
            done = handing_over.crawl(config, names, listener, _tell_aside)
        if done is not None:
            _tell(done, as_json=as_json, shown=sys.stderr.isatty())
            _tell_paused(config.dibao.database, done, names)
            sys.exit(exit_code(done))

    from scheduler import crawl as one  # noqa: PLC0415
    from scheduler.cli.alerts import sinks_of  # noqa: PLC0415
    from scheduler.cli.webhooks import targets_of  # noqa: PLC0415

    targets, sinks = targets_of(config, config_path), sinks_of(config, config_path)
    shown = sys.stderr.isatty() and not as_json
    with (
        told_to_the_shell(),
        closing(_engine(config, config_path, log_format, log_level)) as engine,
        watching(shown=shown) as listener,
    ):
        if targets:
            from scheduler.webhooks import after_crawl  # noqa: PLC0415

            after_crawl.adopt_new(config.dibao.database, targets, datetime.now(UTC), wait_seconds)
        should_stop = asked_to_stop()
        result = one.crawl(
            config,
            clock=lambda: datetime.now(UTC),
            engine=engine,
            names=names,
            everything=everything,
            wait_seconds=wait_seconds,
            listener=listener,
            should_stop=should_stop,
            tell=_tell_aside,
        )
    if not config.enabled_sources:
        click.echo(f"{config_path}: no source is switched on; add a site: dibao add URL", err=True)
    _tell(result, as_json=as_json, shown=shown)
    _tell_paused(config.dibao.database, result, names)
    if targets and not result.interrupted:
        after_crawl.deliver_due(config.dibao.database, targets, lambda: datetime.now(UTC), should_stop)
    if sinks and not result.interrupted:
        from scheduler.alerting import after_crawl as alerting  # noqa: PLC0415

        alerting.deliver_due(config.dibao.database, sinks, lambda: datetime.now(UTC), should_stop)
    sys.exit(exit_code(result))


def _engine(config: Config, config_path: Path, log_format: str, log_level: str) -> Engine:
    """The engine that the configuration names; an address that cannot be had ends the command with exit code 2."""
    from crawler.config_errors import ConfigError  # noqa: PLC0415
    from scheduler.engines.choosing import engine_of  # noqa: PLC0415

    try:
        return engine_of(config, config_path, lambda: datetime.now(UTC), log_format, log_level)
    except ConfigError as error:
        raise ConfigurationError(str(error)) from error


def refuse_unknown(config: Config, config_path: Path, names: tuple[str, ...]) -> None:
    """None; a name that no source has ends the command with exit code 2."""
    from scheduler.sources.naming import UnknownSource, switched_on  # noqa: PLC0415

    try:
        switched_on(config.source, names)
    except UnknownSource as error:
        raise ConfigurationError(f"{config_path}: {error}") from error


def _tell_aside(line: str) -> None:
    """None; the line stands on standard error, above the bar where there is one. click.echo would write into it."""
    with suppress(OSError):  # nobody reads it: no reason to end the crawl
        sys.stderr.write(f"dibao: {plain(line)}\n")
        sys.stderr.flush()


def _tell(result: CrawlResult, *, as_json: bool, shown: bool) -> None:
    """None; the result is printed. `shown`: there was a bar, and so no log."""
    say(json.dumps(as_document(result), ensure_ascii=False, indent=2) if as_json else summary(result))
    for one_source in result.sources if shown and not as_json else ():
        if one_source.error:
            click.echo(f"  {one_source.source}: {one_source.error}", err=True)


def _tell_paused(path: Path, result: CrawlResult, names: tuple[str, ...]) -> None:
    """None; of each source that was named although it is paused, it is said that it was asked this once."""
    asked = [one.source for one in result.sources if one.source in names]
    if not asked:
        return
    from storage.database import open_reader  # noqa: PLC0415
    from storage.watch import pauses  # noqa: PLC0415

    with told_to_the_shell(), open_reader(path) as database:
        paused = pauses.paused(database)
    for name in asked:
        if name in paused:
            why = f" ({plain(said)})" if (said := paused[name].why) else ""
            again = f"it was asked this once, for you named it; `dibao resume {name}` has it asked again by itself"
            click.echo(f"dibao: {name} is paused{why}: {again}", err=True)


def exit_code(result: CrawlResult) -> int:
    """The documented exit code of a crawl that came to its end."""
    if result.interrupted:
        return exit_codes.INTERRUPTED
    return exit_codes.SOURCES_FAILED if result.failed else exit_codes.OK


def summary(result: CrawlResult) -> str:
    """One line: what was crawled and what came of it."""
    if result.run_id is None:
        return "interrupted before it began" if result.interrupted else "nothing was due"
    counts = ", ".join(f"{result.total(name)} {name}" for name in COUNTS if result.total(name))
    sources = "1 source" if len(result.sources) == 1 else f"{len(result.sources)} sources"
    line = f"{sources} in {result.seconds:.1f} s: {counts or 'nothing new'}"
    if result.failed:
        line += f"; failed: {', '.join(result.failed)}"
    return line + ("; interrupted" if result.interrupted else "")


def as_document(result: CrawlResult) -> dict[str, Any]:
    """The result for machines: totals, then each source with its counts and reasons."""
    return {
        "run": result.run_id,
        "seconds": round(result.seconds, 3),
        "interrupted": result.interrupted,
        "failed_sources": list(result.failed),
        "totals": {name: result.total(name) for name in COUNTS},
        "sources": [
            {
                "source": one.source,
                "status": one.status,
                "error": one.error,
                **{name: getattr(one, name) for name in COUNTS},
                "entries_ok": one.entries_ok,
                "entries_failed": one.entries_failed,
                "requests": one.requests,
                "body_bytes": one.body_bytes,
                "reasons": one.reasons,
            }
            for one in result.sources
        ],
    }


def say(text: str) -> None:
    """None; the result is printed. Where nobody takes it, say so, and leave the exit code to the crawl."""
    try:
        click.echo(text)
    except OSError as error:
        click.echo(f"dibao: the result cannot be printed: {error.strerror}", err=True)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left in its buffer goes there
