"""The database for commands that only show what is in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from scheduler.cli.options import ConfigurationError, config_file, existing_file, read_config

if TYPE_CHECKING:
    from storage.database import Database

_NAMED = "dibao.database"
_CONFIG = "dibao.config"
Command = TypeVar("Command", bound=Callable[..., Any])


def file_options(command: Command) -> Command:
    """The command with `--config` and `--database`; it is called with `path`, the database that either names."""
    return _options(command, "A database file; no configuration is read then.", exists=True)


def place_options(command: Command) -> Command:
    """The same, for a database that may be absent."""
    return _options(command, "The place of the database; no configuration is read then.", exists=False)


def _options(command: Command, what: str, *, exists: bool) -> Command:
    # Click hands on what callbacks give back; --database is read first, for it makes a configuration needless.
    database = click.option(
        "--database",
        metavar="FILE",
        type=click.Path(exists=exists, dir_okay=False, path_type=Path),
        is_eager=True,
        expose_value=False,
        callback=_keep,
        help=what,
    )
    return config_file("path", _database_of)(database(command))


def _keep(context: click.Context, _option: click.Parameter, path: Path | None) -> None:
    context.meta[_NAMED] = path


def _database_of(context: click.Context, option: click.Parameter, config: Path) -> Path:
    named: Path | None = context.meta.get(_NAMED)
    if named is not None or context.resilient_parsing:
        return named or config
    try:
        context.meta[_CONFIG] = existing_file(context, option, config)
    except ConfigurationError as error:
        raise ConfigurationError(f"{error.message}, or a database file with --database") from None
    return read_config(context.meta[_CONFIG]).dibao.database


def config_read() -> Path | None:
    """The configuration that named the database of the command that runs; None where `--database` did."""
    config: Path | None = click.get_current_context().meta.get(_CONFIG)
    return config


@contextmanager
def current(path: Path, remedy: str = "dibao db migrate") -> Iterator[Database]:
    """A block with the file as it is now, whoever writes it meanwhile.

    Raises StorageFault where it is of an older version than this; `remedy`: the command that brings it up to date.
    """
    from storage.database import open_reader, refuse_older  # noqa: PLC0415

    with open_reader(path) as database:
        refuse_older(database, remedy)
        database.execute("BEGIN")
        yield database
