"""Options that several commands share, and what comes of them."""

from __future__ import annotations

import gc
import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeVar

import click

from crawler.config_errors import ConfigError
from scheduler.cli.exit_codes import CONFIGURATION

if TYPE_CHECKING:
    from scheduler.config.file import Config

DEFAULT_CONFIG = "dibao.toml"

Command = TypeVar("Command", bound=Callable[..., Any])


class ConfigurationError(click.ClickException):
    """Ends a command with exit code 2; its message stands on stderr as it is, so that editors can follow file:line."""

    exit_code = CONFIGURATION

    def show(self, file: IO[Any] | None = None) -> None:
        """Nothing comes back; the message is printed."""
        click.echo(self.message, file=file or sys.stderr)


def config_option(command: Command) -> Command:
    """The command with `--config`; it is called with `config_path`, a file that exists."""
    return config_file("config_path", existing_file)(command)


def config_file(name: str, callback: Callable[..., Path]) -> Callable[[Command], Command]:
    """What gives a command `--config`; it is called with what `callback` makes of the file, under that name."""
    return click.option(
        "--config",
        "-c",
        name,
        envvar="DIBAO_CONFIG",
        default=DEFAULT_CONFIG,
        show_default=True,
        show_envvar=True,
        metavar="FILE",
        type=click.Path(path_type=Path),
        callback=callback,
        help="The configuration file.",
    )


def read_config(path: Path) -> Config:
    """The configuration in that file. Ends the command with every problem on stderr and exit code 2 otherwise."""
    with _collector_at_rest():
        from scheduler.config.file import load_config  # noqa: PLC0415 - what asks for health must be cheap

        try:
            return load_config(path)
        except ConfigError as error:
            raise ConfigurationError(str(error)) from error


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """A block that loads what stays: the garbage collector never goes through it (a fifth of `dibao status`)."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def existing_file(context: click.Context, _parameter: click.Parameter, path: Path) -> Path:
    """The configuration that is named, or is here by its default name. Raises what ends the command with code 2."""
    if context.resilient_parsing or path.is_file():
        return path
    if path.is_dir():
        raise ConfigurationError(f"{path}: a folder; name the file in it, such as {path / DEFAULT_CONFIG}")
    argument = "" if path == Path(DEFAULT_CONFIG) else f" {path}"
    raise ConfigurationError(
        f'{path}: no such file; run "dibao init{argument}" to write one, or name another with --config'
    )


def log_options(command: Command) -> Command:
    """The command with `--log-format` and `--log-level`; it is called with `log_format` and `log_level`."""
    level = click.option(
        "--log-level",
        type=click.Choice(["DEBUG", "INFO", "WARNING", "ERROR"], case_sensitive=False),
        default="WARNING" if command.__name__ == "crawl" else "INFO",
        show_default=True,
        envvar="DIBAO_LOG_LEVEL",
        show_envvar=True,
        help="What is worth a line on standard error.",
    )
    form = click.option(
        "--log-format",
        type=click.Choice(["auto", "text", "json", "journal"]),
        default="auto",
        show_default=True,
        envvar="DIBAO_LOG_FORMAT",
        show_envvar=True,
        help="Lines for people, JSON lines for machines, or lines for systemd's journal where that is (auto).",
    )
    return form(level(command))


def _no_nan(_context: click.Context, _option: click.Parameter, seconds: float) -> float:
    if math.isnan(seconds):
        raise click.BadParameter("nan is no number of seconds")
    return seconds


def json_option(command: Command) -> Command:
    """The command with `--json`; it is called with `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")(command)


def wait_option(command: Command) -> Command:
    """The command with `--wait`; it is called with `wait_seconds`."""
    return click.option(
        "--wait",
        "wait_seconds",
        type=click.FloatRange(min=0),
        callback=_no_nan,
        default=0.0,
        metavar="SECONDS",
        help="How long to wait for another writer of the database.",
    )(command)
