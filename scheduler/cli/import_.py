"""`dibao import`: files that are here already, into the database."""

from __future__ import annotations

import json
import sys
from contextlib import nullcontext, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scheduler.cli import exit_codes
from scheduler.cli.completing import source_names
from scheduler.cli.crawl import COUNTS, say
from scheduler.cli.extract import DEFAULT_TIMEZONE, _zone
from scheduler.cli.faults import told_to_the_shell
from scheduler.cli.options import ConfigurationError, config_option, json_option, log_options, read_config, wait_option
from scheduler.cli.stopping import asked_to_stop

if TYPE_CHECKING:
    from scheduler.config.file import Config
    from scheduler.importing import ImportedSource, ImportResult


@click.command("import")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(exists=True, path_type=Path))
@config_option
@click.option("--source", "name", required=True, metavar="NAME", shell_complete=source_names,
              help="The source to which the articles belong.")  # fmt: skip
@click.option("--home", default=None, metavar="URL", help="Front page of a source that the configuration has not.")
@click.option("--base-url", default=None, metavar="URL", help="Address of the folders, where they mirror a site.")
@click.option(
    "--timezone", default=None, callback=lambda *given: given[2] and _zone(*given), help="Zone of times that name none."
)
@wait_option
@json_option
@log_options
def import_(
    *,
    paths: tuple[Path, ...],
    config_path: Path,
    name: str,
    home: str | None,
    base_url: str | None,
    timezone: str | None,
    log_format: str,
    log_level: str,
    wait_seconds: float,
    as_json: bool,
) -> None:
    """Store saved pages, texts, Markdown and WARC files as articles of a source: files, or folders with all below.

    Exit codes: 0 all well (pages that are no articles are counted), 1 a file could not be read, 2 configuration,
    3 another run writes this database, 4 storage fault, 130 interrupted after a clean stop.
    """
    from crawler.logs import configure  # noqa: PLC0415
    from scheduler import importing  # noqa: PLC0415
    from scheduler.cli.progress import watching  # noqa: PLC0415
    from scheduler.listeners import Silent  # noqa: PLC0415

    config = read_config(config_path)
    plan = importing.ImportPlan(
        database=config.dibao.database,
        source=imported_source(config, name, home, timezone),
        paths=paths,
        base_url=_address(base_url, "--base-url"),
        max_body_bytes=config.fetch.max_body_bytes,
        page_seconds=config.fetch.extract_timeout_seconds,
        processes=config.dibao.extract_processes,
        archive=config.archive,
    )
    configure(log_format, log_level)
    shown = sys.stderr.isatty() and not as_json
    with told_to_the_shell(), watching(shown=True) if shown else nullcontext(Silent()) as listener:
        try:
            result = importing.import_all(
                plan,
                clock=lambda: datetime.now(UTC),
                wait_seconds=wait_seconds,
                listener=listener,
                should_stop=asked_to_stop(),
            )
        except importing.HomelessSource as error:
            raise ConfigurationError(f"{config_path}: {error}") from error
    say(json.dumps(as_document(result), ensure_ascii=False, indent=2) if as_json else summary(result))
    sys.exit(exit_code(result))


def imported_source(config: Config, name: str, home: str | None, timezone: str | None) -> ImportedSource:
    """The source of that name: the configuration's, or one that only the database knows. Raises ConfigurationError."""
    from crawler.config_values import parse_name  # noqa: PLC0415
    from scheduler.importing import ImportedSource  # noqa: PLC0415

    for source in config.source:
        if source.name == name:
            if home is not None and _address(home, "--home") != source.home:
                raise ConfigurationError(f"--home: the configuration says that {name!r} is at {source.home}")
            zone = timezone or source.timezone
            return ImportedSource(name=name, home=source.home, timezone=zone, outlets=source.outlet)
    try:
        parse_name(name)
    except ValueError as error:
        raise ConfigurationError(f"--source: {error}") from error
    return ImportedSource(name=name, home=_address(home, "--home"), timezone=timezone or DEFAULT_TIMEZONE)


def _address(url: str | None, option: str) -> str | None:
    """The address that an option gives, as the configuration would take it. Raises ConfigurationError."""
    from crawler.config_values import parse_url  # noqa: PLC0415

    if url is None:
        return None
    with suppress(ValueError):
        return parse_url(url)
    raise ConfigurationError(f"{option}: expected an address such as https://news.example.cn/; got {url!r}")


def exit_code(result: ImportResult) -> int:
    """The documented exit code of an import that came to its end."""
    if result.interrupted:
        return exit_codes.INTERRUPTED
    return exit_codes.SOURCES_FAILED if result.unread else exit_codes.OK


def summary(result: ImportResult) -> str:
    """What came of it: the counts in one line, then one line each for reasons, and for what was passed over."""
    counts = ((getattr(result.counts, name), name) for name in COUNTS)
    said = ", ".join(f"{count} {name}" for count, name in counts if count)
    lines = [f"{result.counts.source} in {result.seconds:.1f} s: {said or 'nothing to import'}"]
    if result.interrupted:
        lines[0] += "; interrupted"
    for title, numbers in (("reasons", result.counts.reasons), ("passed over", result.passed)):
        if numbers:
            lines.append(f"  {title}: {', '.join(f'{name} {count}' for name, count in sorted(numbers.items()))}")
    return "\n".join(lines)


def as_document(result: ImportResult) -> dict[str, Any]:
    """The result for machines."""
    return {
        "run": result.run_id,
        "seconds": round(result.seconds, 3),
        "interrupted": result.interrupted,
        "source": result.counts.source,
        "status": result.counts.status,
        **{name: getattr(result.counts, name) for name in COUNTS},
        "body_bytes": result.counts.body_bytes,
        "reasons": result.counts.reasons,
        "passed_over": result.passed,
    }
