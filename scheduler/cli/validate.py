"""`dibao validate`: whether the configuration can be used, without a request to any site."""

from __future__ import annotations

from pathlib import Path

import click

from scheduler.cli.options import config_option, read_config
from scheduler.config import Config


@click.command()
@config_option
def validate(config_path: Path) -> None:
    """Check the configuration file: every problem with its line, on stderr, and exit code 2 if there is one."""
    from scheduler.cli.webhooks import targets_of  # noqa: PLC0415

    config = read_config(config_path)
    targets_of(config, config_path)
    click.echo(f"{config_path} is valid: {_summary(config)}.")
    if not config.enabled_sources:
        click.echo("No source is switched on, so nothing will be crawled; add a site: dibao add URL", err=True)


def _summary(config: Config) -> str:
    """`3 sources, 1 of them disabled, 7 entry points, database /srv/news.db`."""
    entry_points = sum(len(source.entry_points) for source in config.source)
    disabled = len(config.source) - len(config.enabled_sources)
    parts = [_counted(len(config.source), "source")]
    if disabled:
        parts.append(f"{disabled} of them disabled")
    parts += [_counted(entry_points, "entry point")]
    if config.webhook:
        parts.append(_counted(len(config.webhook), "webhook"))
    parts += [f"database {config.dibao.database}"]
    return ", ".join(parts)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
