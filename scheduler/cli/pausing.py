"""What `dibao pause`, `dibao resume` and `dibao errors` share: the sources that are named, the file, what is said."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scheduler.cli.options import ConfigurationError

if TYPE_CHECKING:
    from crawler.config import Source
    from scheduler.config.file import Config
    from storage.database import Database


def asked_for(config: Config, config_path: Path, names: tuple[str, ...]) -> tuple[Source, ...]:
    """The sources of these names, enabled or not. Ends the command with code 2 for none, or one that nobody has."""
    from scheduler.sources.naming import UnknownSource, configured  # noqa: PLC0415

    if not names:
        there = ", ".join(source.name for source in config.source)
        raise click.UsageError(f"Missing argument 'SOURCE'; there are: {there or 'none yet; add one: dibao add URL'}")
    try:
        return configured(config.source, names)
    except UnknownSource as error:
        raise ConfigurationError(f"{config_path}: {error}") from error


@contextmanager
def written(config: Config, wait_seconds: float) -> Iterator[Database]:
    """A block with the file, which is made if it is not there. Raises LockHeld or StorageFault."""
    from storage.database import open_writer  # noqa: PLC0415
    from storage.lock import WriterLock  # noqa: PLC0415

    path = config.dibao.database
    with WriterLock(path, wait_seconds=wait_seconds), open_writer(path) as database:
        yield database


def say(changed: tuple[str, ...], already: tuple[str, ...], done: str, was_so: str) -> None:
    """None; a line for what was done, and one for what needed nothing."""
    for names, what in ((changed, done), (already, was_so)):
        if names:
            click.echo(f"{what}: {', '.join(names)}")
