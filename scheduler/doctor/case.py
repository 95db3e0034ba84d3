"""What is examined, as far as it can be had: a configuration that may be wrong, a database that may not be there."""

from __future__ import annotations

import os
import shutil
import socket
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from crawler.config_errors import ConfigError

if TYPE_CHECKING:
    from scheduler.config.file import Config
    from storage.database import Database

DEFAULT_DATABASE = "news.db"

Level = Literal["ok", "warn", "fail"]
Resolve = Callable[[str], tuple[str, ...]]
Usage = Callable[[Path], tuple[int, int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check found. `step`: what to do next, where that is not well."""

    check: str
    level: Level
    says: str
    step: str | None = None


def addresses(host: str) -> tuple[str, ...]:
    """The addresses of a host, as this machine resolves names. Raises OSError where there is none."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(place[4][0]) for place in found))


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One machine. `config`: None where it cannot be read, for the reasons in `problems`; `database` may be absent.

    What asks the system is given, so that a broken one can be shown.
    """

    config_path: Path
    config: Config | None
    problems: tuple[str, ...]
    database: Path
    now: datetime
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    resolve: Resolve = addresses
    usage: Usage = shutil.disk_usage
    clock: Callable[[], datetime] = _now

    @contextmanager
    def file(self) -> Iterator[Database]:
        """A block with the database, to be read. Raises StorageFault where it cannot be, or is of another version."""
        from storage.database import open_reader, refuse_older  # noqa: PLC0415

        with open_reader(self.database) as database:
            refuse_older(database)
            yield database


def read_case(config_path: Path, now: datetime) -> Case:
    """The case of a configuration, whatever is wrong with it."""
    from scheduler.config.file import load_config  # noqa: PLC0415

    try:
        config = load_config(config_path)
    except ConfigError as error:
        problems = tuple(str(error).splitlines())
    except OSError as error:
        problems = (f"{config_path} cannot be read: {error.strerror or error}",)
    else:
        return Case(config_path=config_path, config=config, problems=(), database=config.dibao.database, now=now)
    place = database_of(config_path)
    return Case(config_path=config_path, config=None, problems=problems, database=place, now=now)


def database_of(config_path: Path) -> Path:
    """Where the database of a configuration is, without looking at the rest of it; where nothing is said, news.db."""
    folder = config_path.absolute().parent
    try:
        with config_path.open("rb") as file:
            named = tomllib.load(file)["dibao"]["database"]
        return folder / Path(named).expanduser()
    except (OSError, ValueError, KeyError, TypeError, RuntimeError):
        return folder / DEFAULT_DATABASE
