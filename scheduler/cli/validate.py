"""`dibao validate`: whether the configuration can be used, without a request to any site."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import click

from scheduler.cli import exit_codes
from scheduler.cli.options import ConfigurationError, config_option, read_config
from scheduler.config.file import Config

PATIENCE_SECONDS = 60.0
"""For a process that loads Scrapy and looks at it: 1 s, on a busy machine 6."""


@click.command()
@config_option
def validate(config_path: Path) -> None:
    """Check the configuration file, and that what is installed is guarded against private networks.

    Every problem comes with its line, on stderr, and exit code 2 if there is one.
    """
    from scheduler.cli.alerts import sinks_of  # noqa: PLC0415
    from scheduler.cli.webhooks import targets_of  # noqa: PLC0415

    config = read_config(config_path)
    targets_of(config, config_path)
    sinks_of(config, config_path)
    server = _server(config, config_path)
    fault = seam_fault()
    if fault is not None:
        click.echo(f"nothing can be fetched with what is installed: {fault}", err=True)
        sys.exit(exit_codes.CONFIGURATION)
    click.echo(f"{config_path} is valid: {_summary(config)}{server}.")
    if not config.enabled_sources:
        click.echo("No source is switched on, so nothing will be crawled; add a site: dibao add URL", err=True)


def _server(config: Config, config_path: Path) -> str:
    """`, crawls by postgresql://...`, without asking it; empty where they run here. Ends the command with code 2."""
    if not config.engine.is_elsewhere:
        return ""
    from crawler.config_errors import ConfigError  # noqa: PLC0415
    from scheduler.engines.cluster.address import address_of, warnings_of  # noqa: PLC0415

    try:
        address = address_of(config, config_path)
    except ConfigError as error:
        raise ConfigurationError(str(error)) from error
    for warning in warnings_of(config.engine, config_path):
        click.echo(warning, err=True)
    if find_spec("psycopg") is None or find_spec("procrastinate") is None:
        click.echo("[engine] needs the extra [cluster] where it is used: pip install 'dibao[cluster]'", err=True)
    return f", crawls by {address}"


def seam_fault() -> str | None:
    """Why requests would not pass the address guard with the Scrapy and Twisted that are installed; None: they would.

    Looked at in a process of its own: a command that only reads a file loads no Scrapy.
    """
    looking = [sys.executable, "-P", "-m", "crawler.fetching.seams"]
    try:
        done = subprocess.run(  # noqa: S603 - our own program
            looking, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{error}"
    told = done.stderr.strip().splitlines()
    return None if done.returncode == 0 else (told[-1] if told else f"exit code {done.returncode}")


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
    if config.alert:
        parts.append(_counted(len(config.alert), "alert"))
    parts += [f"database {config.dibao.database}"]
    return ", ".join(parts)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
