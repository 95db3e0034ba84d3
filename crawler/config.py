"""What an operator says about sources and fetching: the `[fetch]` and `[[source]]` parts of dibao.toml.

The spider may be run on its own (`scrapy crawl news`), so these parts are readable without the scheduler.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import ada_url
from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from crawler.config_errors import Problem
from crawler.config_problems import spoken_key, validated
from crawler.config_values import (
    Contact,
    Cron,
    Duration,
    Host,
    Links,
    Network,
    SourceName,
    Switch,
    TimezoneName,
    Url,
    number,
)
from crawler.toml_file import TomlFile, read_toml
from storage.records import EntryPoint, Limits

DEFAULT_EVERY = "15m"

ContactField = Annotated[
    Contact,
    Field(description="the e-mail or web address at which sites can reach you; it goes into the user agent"),
]


class Section(BaseModel):
    """A table of the configuration: fixed once read; a key that it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Listing(Section):
    """A page that lists articles: a front page, a channel, an archive."""

    url: Annotated[Url, Field(description="the address of the listing page")]
    links: Links | None = None


class Source(Section):
    """A site that the operator named. Where it gives no entry point, its home is read as a listing page."""

    name: Annotated[SourceName, Field(description="a short name of a-z, 0-9 and hyphens that stays the same")]
    home: Annotated[Url, Field(description="the address of the site's front page")]
    every: Duration | None = None
    cron: Cron | None = None
    timezone: TimezoneName = "Asia/Shanghai"
    jitter_seconds: Annotated[int, number("a whole number of seconds", 0, 86_400, whole=True)] = 0
    feeds: tuple[Url, ...] = ()
    sitemaps: tuple[Url, ...] = ()
    listings: tuple[Listing, ...] = ()
    hosts: tuple[Host, ...] = ()
    enabled: Switch = True
    delay_seconds: Annotated[float, number("a number of seconds", 0, 3_600)] | None = None
    max_pages: Annotated[int, number("a whole number of pages", 1, 1_000_000, whole=True)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _scheduled_by_default(cls, data: Any) -> Any:
        """The data with the default period where it gives neither a period nor a cron expression."""
        if isinstance(data, dict) and data.get("every") is None and data.get("cron") is None:
            return {**data, "every": DEFAULT_EVERY}
        return data

    @field_validator("cron")
    @classmethod
    def _one_schedule(cls, cron: str | None, info: ValidationInfo) -> str | None:
        if cron is not None and info.data.get("every") is not None:
            raise ValueError('a source has either "every" or "cron", and this one has both; remove one')
        return cron

    @property
    def own_hosts(self) -> tuple[str, ...]:
        """The hosts whose pages belong to the source: that of its home, then those that the operator added."""
        return tuple(dict.fromkeys((ada_url.URL(self.home).hostname, *self.hosts)))

    @property
    def entry_points(self) -> tuple[EntryPoint, ...]:
        """Where its articles are found: feeds, sitemaps and listings in that order, or its home where it has none."""
        points = (
            *(EntryPoint(kind="feed", url=url) for url in self.feeds),
            *(EntryPoint(kind="sitemap", url=url) for url in self.sitemaps),
            *(EntryPoint(kind="listing", url=listing.url, links=listing.links) for listing in self.listings),
        )
        return points or (EntryPoint(kind="listing", url=self.home),)


class Fetch(Section):
    """How pages are asked for, of any source."""

    allow_networks: tuple[Network, ...] = ()
    delay_seconds: Annotated[float, number("a number of seconds", 0, 3_600)] = 1.0
    timeout_seconds: Annotated[float, number("a number of seconds", 0.1, 3_600)] = 30.0
    max_body_bytes: Annotated[int, number("a whole number of bytes", 1_024, 1024**3, whole=True)] = 8 * 1024**2
    concurrency_per_host: Annotated[int, number("a whole number of requests", 1, 16, whole=True)] = 1
    max_pages_per_run: Annotated[int, number("a whole number of pages", 1, 1_000_000, whole=True)] = 200
    run_timeout_seconds: Annotated[float, number("a number of seconds", 1, 7 * 86_400)] = 1_800.0
    extract_timeout_seconds: Annotated[float, number("a number of seconds", 0.1, 3_600)] = 20.0
    obey_robots: Switch = True

    def limits(self, source: Source) -> Limits:
        """What one job of that source may cost: these limits, or the source's own where it has them."""
        return Limits(
            max_pages=self.max_pages_per_run if source.max_pages is None else source.max_pages,
            max_body_bytes=self.max_body_bytes,
            timeout_seconds=self.timeout_seconds,
            extract_timeout_seconds=self.extract_timeout_seconds,
            delay_seconds=self.delay_seconds if source.delay_seconds is None else source.delay_seconds,
            concurrency_per_host=self.concurrency_per_host,
            job_timeout_seconds=self.run_timeout_seconds,
        )


@dataclass(frozen=True, slots=True)
class CrawlerSections:
    """The parts of dibao.toml that a crawl needs."""

    contact: str
    fetch: Fetch
    sources: tuple[Source, ...]

    def source(self, name: str) -> Source:
        """The source of that name. Raises KeyError that names those there are."""
        for source in self.sources:
            if source.name == name:
                return source
        raise KeyError(f"no source {name!r}; there are: {', '.join(s.name for s in self.sources) or 'none'}")


class _ContactOnly(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    contact: ContactField


class _CrawlerFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    dibao: _ContactOnly
    fetch: Fetch = Fetch()
    source: tuple[Source, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _sections_may_be_absent(cls, data: Any) -> Any:
        return {"dibao": {}, **data}


def load_crawler_sections(path: Path) -> CrawlerSections:
    """The contact, fetch settings and sources of a dibao.toml; other sections are not looked at. Raises ConfigError."""
    toml = read_toml(path)
    file = validated(_CrawlerFile, toml, repeated_names(toml))
    return CrawlerSections(file.dibao.contact, file.fetch, file.source)


def repeated_names(toml: TomlFile) -> tuple[Problem, ...]:
    """A problem for each source whose name an earlier one has, naming the lines of both."""
    problems: list[Problem] = []
    first: dict[str, int] = {}
    sources = toml.data.get("source")
    for index, source in enumerate(sources if isinstance(sources, list) else ()):
        name = source.get("name") if isinstance(source, dict) else None
        if not isinstance(name, str):
            continue
        line = toml.line_of(("source", index, "name"))
        if name in first:
            key = spoken_key(("source", index, "name"), toml.data)
            message = f"the source on line {first[name]} has this name too; names must be unique"
            problems.append(Problem(file=str(toml.path), line=line, key=key, message=message))
        first.setdefault(name, line)
    return tuple(problems)
