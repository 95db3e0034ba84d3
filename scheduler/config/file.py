"""The whole of dibao.toml as one fixed value: `load_config` reads, checks and completes it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Self, TypeVar

from pydantic import Field, WithJsonSchema, field_validator, model_validator

from crawler.config import ContactField, Fetch, KeptBytes, Section, Source, repeated_names
from crawler.config_problems import shown, suggestion, validated
from crawler.config_values import Age, Duration, Network, SourceName, Switch, Url, number
from crawler.toml_file import read_toml
from scheduler.config.alerting import SECRET_FILES, Alert, Alerts, Watch
from scheduler.config.engine import EngineSection
from scheduler.config.tables import table_problems

Table = TypeVar("Table", bound=Section)

TEMPLATE = Path(__file__).with_name("template.toml")
"""The commented configuration that `dibao init` writes, a data file of this package."""


def template_text() -> str:
    """The commented configuration, in which `contact` is still to be filled in."""
    return TEMPLATE.read_text(encoding="utf-8")


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
    shutdown_seconds: Annotated[float, number("a number of seconds", 0, 3_600)] = 15.0
    min_free_bytes: Annotated[int, number("a whole number of bytes", 0, 10**15, whole=True)] = 1024**3
    allow_old_sqlite: Switch = False

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


class Archive(Section):
    """The raw pages of stored articles, kept in WARC files beside the database so that they can be read again."""

    enabled: Switch = True
    keep_for: Age = 365 * 86_400
    max_bytes: Annotated[int, number("a whole number of bytes", 1_000_000, 10**15, whole=True)] = 20 * 1024**3
    file_bytes: Annotated[int, number("a whole number of bytes", 100_000, 10**12, whole=True)] = 128 * 1024**2

    @model_validator(mode="after")
    def _files_are_smaller_than_all(self) -> Self:
        if self.file_bytes > self.max_bytes:
            raise ValueError('"file_bytes" is larger than "max_bytes", and only whole files are deleted')
        return self


class Retention(Section):
    """How long articles are kept, and how many bytes of text of each source; None: for ever, and all.

    `keep_runs_for`: how long it is known what each crawl came to.
    """

    keep_for: Age | None = None
    keep_bytes: KeptBytes | None = None
    keep_runs_for: Age = 400 * 86_400


OPS: tuple[str, ...] = ("insert", "revise", "link", "gone", "back", "prune")
"""The kinds of change, as the column `op` of `changes` has them."""


Op = Annotated[str, WithJsonSchema({"type": "string", "enum": list(OPS)})]


class Webhook(Section):
    """A program that is told of changes (standardwebhooks.com). Its secret stands in the environment or in a file.

    `allow_networks`: private networks in which its host may be; an address that is written in `url` needs none.
    """

    name: Annotated[SourceName, Field(description="a short name of a-z, 0-9 and hyphens that stays the same")]
    url: Annotated[Url, Field(description="the address to which changes are sent")]
    secret_env: str | None = None
    secret_file: Path | None = None
    allow_networks: tuple[Network, ...] = ()
    ops: tuple[Op, ...] = ("insert", "revise", "gone", "back", "prune")
    sources: tuple[str, ...] = ()
    send_text: Switch = False
    timeout_seconds: Annotated[float, number("a number of seconds", 0.1, 300)] = 15.0
    max_attempts: Annotated[int, number("a whole number of attempts", 1, 100, whole=True)] = 12

    @field_validator("secret_env")
    @classmethod
    def _secret_is_not_here(cls, name: str | None) -> str | None:
        if name is not None and name.startswith("whsec_"):
            raise ValueError("this is the secret itself; name a variable that holds it, and make a new secret")
        if name is not None and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            raise ValueError("expected the name of an environment variable of A-Z, 0-9 and _")
        return name

    @field_validator("secret_file")
    @classmethod
    def _home_is_there(cls, path: Path | None) -> Path | None:
        try:
            return path and path.expanduser()
        except RuntimeError:
            raise ValueError(f"there is no such user's home on this machine: {shown(str(path))}") from None

    @field_validator("ops")
    @classmethod
    def _ops_are_known(cls, ops: tuple[str, ...]) -> tuple[str, ...]:
        for op in ops:
            if op not in OPS:
                raise ValueError(f"no such change: {shown(op)}; {suggestion(op, OPS)}")
        if not ops:
            raise ValueError(f"expected at least one change of {', '.join(OPS)}")
        return tuple(dict.fromkeys(ops))

    @model_validator(mode="after")
    def _has_one_secret(self) -> Self:
        if (self.secret_env is None) == (self.secret_file is None):
            raise ValueError('a webhook names its secret with either "secret_env" or "secret_file"')
        return self


class Config(Section):
    """What dibao.toml says. `dibao.database` is absolute when it was read from a file."""

    dibao: DibaoSection
    fetch: Fetch = Field(default={}, validate_default=True)
    schedule: Schedule = Field(default={}, validate_default=True)
    recheck: Recheck = Field(default={}, validate_default=True)
    archive: Archive = Field(default={}, validate_default=True)
    retention: Retention = Field(default={}, validate_default=True)
    engine: EngineSection = Field(default={}, validate_default=True)
    webhook: tuple[Webhook, ...] = ()
    watch: Watch = Field(default={}, validate_default=True)
    alerts: Alerts = Field(default={}, validate_default=True)
    alert: tuple[Alert, ...] = ()
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
    """The configuration in that file; relative paths in it start at the file's folder. Secrets are not read.

    Raises ConfigError with all problems at once.
    """
    toml = read_toml(path)
    among = (*repeated_names(toml), *table_problems(toml, "webhook"), *table_problems(toml, "alert"))
    config = validated(Config, toml, among)
    folder = path.absolute().parent
    section = config.dibao.model_copy(update={"database": folder / config.dibao.database})
    webhooks = tuple(_with_files_in(folder, hook, ("secret_file",)) for hook in config.webhook)
    alerts = tuple(_with_files_in(folder, alert, SECRET_FILES) for alert in config.alert)
    engine = _with_files_in(folder, config.engine, ("url_file",))
    return config.model_copy(update={"dibao": section, "engine": engine, "webhook": webhooks, "alert": alerts})


def _with_files_in(folder: Path, table: Table, names: Iterable[str]) -> Table:
    """The table with its paths of these names made absolute."""
    paths = {name: folder / path for name in names if (path := getattr(table, name)) is not None}
    return table.model_copy(update=paths)
