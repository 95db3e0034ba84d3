"""The database for commands that only show what is in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from scheduler.cli.options import config_file, existing_file, read_config

if TYPE_CHECKING:
    from storage.database import Database

_NAMED = "dibao.database"
Command = TypeVar("Command", bound=Callable[..., Any])


def file_options(command: Command) -> Command:
    """The command with `--config` and `--database`; it is called with `path`, the database that either names."""
    # Click hands on what callbacks give back; --database is read first, for it makes a configuration needless.
    database = click.option(
        "--database",
        metavar="FILE",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        is_eager=True,
        expose_value=False,
        callback=_keep,
        help="A database file; no configuration is read then.",
    )
    return config_file("path", _database_of)(database(command))


def _keep(context: click.Context, _option: click.Parameter, path: Path | None) -> None:
    context.meta[_NAMED] = path


def _database_of(context: click.Context, option: click.Parameter, config: Path) -> Path:
    named: Path | None = context.meta.get(_NAMED)
    if named is not None or context.resilient_parsing:
        return named or config
    return read_config(existing_file(context, option, config)).dibao.database


@contextmanager
def current(path: Path, remedy: str) -> Iterator[Database]:
    """A block with the file as it is now, whoever writes it meanwhile.

    Raises StorageFault where it is of an older version than this; `remedy`: the command that brings it up to date.
    """
    from storage import schema  # noqa: PLC0415
    from storage.database import open_reader  # noqa: PLC0415
    from storage.faults import StorageFault  # noqa: PLC0415

    with open_reader(path) as database:
        if database.value("PRAGMA user_version") < schema.VERSION:
            raise StorageFault(f"{path} is of an older Dibao and has not all that is asked for; run `{remedy}` once")
        database.execute("BEGIN")
        yield database
