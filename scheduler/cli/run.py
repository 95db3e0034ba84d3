"""`dibao run`: the daemon."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from scheduler.cli.faults import told_to_the_shell
from scheduler.cli.options import ConfigurationError, config_option, log_options, read_config, wait_option


@click.command()
@config_option
@log_options
@wait_option
def run(config_path: Path, log_format: str, log_level: str, wait_seconds: float) -> None:
    """Run the daemon: every source at its own time, until SIGTERM. SIGHUP reads the configuration again."""
    from crawler.config_errors import ConfigError  # noqa: PLC0415
    from crawler.logs import configure  # noqa: PLC0415
    from scheduler.daemon import Daemon  # noqa: PLC0415
    from scheduler.engines.choosing import engine_of  # noqa: PLC0415

    config = read_config(config_path)
    configure(log_format, log_level)
    with told_to_the_shell():
        engine = None
        try:
            engine = engine_of(config, config_path, _now, log_format, log_level)
            daemon = Daemon(config_path, config, _now, engine)
        except ConfigError as error:
            if engine is not None:
                engine.close()
            raise ConfigurationError(str(error)) from error
        daemon.run(wait_seconds)


def _now() -> datetime:
    return datetime.now(UTC)
