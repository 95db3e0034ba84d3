"""The whole of dibao.toml as one fixed value: `load_config` reads, checks and completes it."""

from __future__ import annotations

from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import field_validator, model_validator

from crawler.config import ContactField, Fetch, Section, Source, repeated_names
from crawler.config_problems import shown, validated
from crawler.config_values import Duration, number
from crawler.toml_file import read_toml

TEMPLATE: str = "template.toml"
"""The commented configuration that `dibao init` writes, a data file of this package."""


def template_text() -> str:
    """The commented configuration, in which `contact` is still to be filled in."""
    return files("scheduler").joinpath(TEMPLATE).read_text(encoding="utf-8")


class DibaoSection(Section):
    """The service itself: its file, its owner, its processes and their rhythm."""

    database: Path = Path("news.db")
    contact: ContactField
    workers: Annotated[int, number("a whole number of processes", 1, 64, whole=True)] = 1
    extract_processes: Annotated[int, number("a whole number of processes", 0, 256, whole=True)] = 0
    worker_recycle_pages: Annotated[int, number("a whole number of pages", 100, 100_000_000, whole=True)] = 20_000
    tick_seconds: Annotated[float, number("a number of seconds", 0.05, 3_600)] = 5.0
    heartbeat_seconds: Annotated[float, number("a number of seconds", 0.05, 3_600)] = 10.0
    maintenance_seconds: Annotated[float, number("a number of seconds", 1, 31 * 86_400)] = 3_600.0
    shutdown_seconds: Annotated[float, number("a number of seconds", 0, 3_600)] = 30.0

    @field_validator("database", mode="before")
    @classmethod
    def _database_is_a_file(cls, value: Any) -> Any:
        if not isinstance(value, str | Path) or not str(value).strip() or str(value).endswith(("/", "\\")):
            raise ValueError(f'expected the path of a file, such as "news.db"; got {shown(value)}')
        try:
            return Path(value).expanduser()
        except RuntimeError:
            raise ValueError(f"there is no such user's home on this machine: {shown(str(value))}") from None


class Schedule(Section):
    """How often sources with neither `every` nor `cron` are asked: as their rhythm says, between these bounds."""

    interval_floor: Duration = 300
    interval_ceiling: Duration = 6 * 3_600

    @model_validator(mode="after")
    def _floor_is_below_ceiling(self) -> Self:
        if self.interval_floor > self.interval_ceiling:
            raise ValueError('"interval_floor" is longer than "interval_ceiling"')
        return self


class Recheck(Section):
    """When a stored article is asked again, because portals correct and withdraw what they published.

    `share`: the most of a run's pages that may be spent on it. `gone_times`, `gone_after`: an article is gone when its
    address has said so as often, and over that time at least.
    """

    after: tuple[Duration, ...] = (3_600, 6 * 3_600, 86_400, 3 * 86_400, 7 * 86_400)
    share: Annotated[float, number("a share", 0, 1)] = 0.5
    gone_times: Annotated[int, number("a whole number of answers", 1, 100, whole=True)] = 3
    gone_after: Duration = 6 * 3_600

    @field_validator("after")
    @classmethod
    def _ages_grow(cls, after: tuple[int, ...]) -> tuple[int, ...]:
        if any(second <= first for first, second in pairwise(after)):
            raise ValueError('expected ages that grow, such as ["1h", "6h", "1d"]')
        return after


class Config(Section):
    """What dibao.toml says. `dibao.database` is absolute when it was read from a file."""

    dibao: DibaoSection
    fetch: Fetch = Fetch()
    schedule: Schedule = Schedule()
    recheck: Recheck = Recheck()
    source: tuple[Source, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _sections_may_be_absent(cls, data: Any) -> Any:
        return {"dibao": {}, **data} if isinstance(data, dict) else data

    @property
    def enabled_sources(self) -> tuple[Source, ...]:
        """The sources that are crawled, in the order of the file."""
        return tuple(source for source in self.source if source.enabled)


def load_config(path: Path) -> Config:
    """The configuration in that file; a relative database path starts at the file's folder.

    Raises ConfigError with all problems at once.
    """
    toml = read_toml(path)
    config = validated(Config, toml, repeated_names(toml))
    database = path.absolute().parent / config.dibao.database
    return config.model_copy(update={"dibao": config.dibao.model_copy(update={"database": database})})
