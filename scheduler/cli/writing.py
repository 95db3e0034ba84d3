"""How commands come to write dibao.toml: with --yes, or with a key at a terminal; never by themselves."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from scheduler.cli import exit_codes
from scheduler.cli.options import ConfigurationError, config_option

if TYPE_CHECKING:
    from scheduler.config.file import Config

Command = TypeVar("Command", bound=Callable[..., Any])


def target_options(command: Command) -> Command:
    """The command with `--config` and `--yes`; it is called with `config_path` and `yes`."""
    return config_option(click.option("--yes", "-y", is_flag=True, help="Write without asking.")(command))


def agreed(what: str, *, yes: bool) -> bool:
    """Whether to write: said with --yes, or by the key y at a terminal. Without one it says how: False."""
    if yes:
        return True
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        click.echo(f"Nothing was written: run it again with --yes to write {what}.", err=True)
        return False
    click.echo(f"Write {what}? [y/N] ", nl=False, err=True)
    try:
        key = click.getchar()
    except (KeyboardInterrupt, EOFError):
        click.echo("\nNothing was written.", err=True)
        sys.exit(exit_codes.INTERRUPTED)
    click.echo(key if key.isprintable() else "", err=True)
    if key[:1].lower() == "y":
        return True
    click.echo("Nothing was written.", err=True)
    return False


def append(config_path: Path, blocks: Sequence[str]) -> Config:
    """The configuration with the blocks behind it. Ends the command, with the file as it was, where that cannot be."""
    from crawler.config_errors import ConfigError  # noqa: PLC0415
    from scheduler.sources.blocks import append_blocks  # noqa: PLC0415

    try:
        return append_blocks(config_path, blocks)
    except ConfigError as error:
        raise ConfigurationError(f"{error}\nNothing was written.") from error
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ConfigurationError(f"{config_path}: cannot be written: {reason}; it is as it was") from error
