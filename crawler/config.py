"""What an operator says about sources and fetching: the `[fetch]` and `[[source]]` parts of dibao.toml.

The spider may be run on its own (`scrapy crawl news`), so these parts are readable without the scheduler.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Self

import ada_url
from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from crawler.config_errors import Problem
from crawler.config_problems import spoken_key, validated
from crawler.config_values import (
    Age,
    Contact,
    Cron,
    Duration,
    Forbidden,
    Host,
    JsonLink,
    JsonPath,
    Links,
    ListingUrl,
    Network,
    Outlets,
    Proxy,
    SourceName,
    Switch,
    TimezoneName,
    Url,
    number,
)
from crawler.toml_file import TomlFile, read_toml
from storage.job_records import EntryPoint, JsonItems, Limits

ContactField = Annotated[
    Contact,
    Field(description="the e-mail or web address at which sites can reach you; it goes into the user agent"),
]


class Section(BaseModel):
    """A table of the configuration: fixed once read; a key that it does not know is an error.

    What checks it is built where it is first read: for a whole file once, and not for each of its sections too.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Listing(Section):
    """A page that lists articles: a front page, a channel, an archive; or, with `items`, an answer in JSON.

    `items`, `link`, `title` and `date` are paths of keys, `data.list` (storage.records.JsonItems). The address of a
    listing in JSON may hold `{page}`.
    """

    url: Annotated[ListingUrl, Field(description="the address of the listing page")]
    links: Links | None = None
    items: JsonPath | None = None
    link: JsonLink | None = None
    title: JsonPath | None = None
    date: JsonPath | None = None

    @model_validator(mode="after")
    def _paths_belong_to_json(self) -> Self:
        named = [name for name in ("link", "title", "date") if getattr(self, name) is not None]
        if self.items is None and named:
            raise ValueError(f'"{named[0]}" is a path in a JSON listing; name the path to its list with "items" too')
        if self.items is None and "{page}" in self.url:
            raise ValueError('only the address of a JSON listing (one with "items") may hold {page}')
        return self

    @property
    def entry_point(self) -> EntryPoint:
        """The listing as a job has it."""
        named = {name: path for name in ("link", "title", "date") if (path := getattr(self, name)) is not None}
        json = None if self.items is None else JsonItems(items=self.items, **named)
        return EntryPoint(kind="listing", url=self.url, links=self.links, json=json)


KeptBytes = Annotated[int, number("a whole number of bytes", 1_000_000, 10**15, whole=True)]


class Source(Section):
    """A site that the operator named. Where it gives no entry point, its home is read as a listing page.

    Asked every so often (`every`), at certain times (`cron`), or, with neither, as often as its own rhythm deserves,
    between `interval_floor` and `interval_ceiling`.

    `keep_for`, `keep_bytes`: how long, and how much of its text, is kept, where `[retention]` is not to hold.

    `outlet`: the names under which others tell where a text is from, the first as readers see it; one text will do.
    """

    name: Annotated[SourceName, Field(description="a short name of a-z, 0-9 and hyphens that stays the same")]
    home: Annotated[Url, Field(description="the address of the site's front page")]
    outlet: Outlets = ()
    every: Duration | None = None
    cron: Cron | None = None
    interval_floor: Duration | None = None
    interval_ceiling: Duration | None = None
    timezone: TimezoneName = "Asia/Shanghai"
    jitter_seconds: Annotated[int, number("a whole number of seconds", 0, 86_400, whole=True)] = 0
    feeds: tuple[Url, ...] = ()
    sitemaps: tuple[Url, ...] = ()
    listings: tuple[Listing, ...] = ()
    hosts: tuple[Host, ...] = ()
    enabled: Switch = True
    watch: Switch = True
    delay_seconds: Annotated[float, number("a number of seconds", 0, 3_600)] | None = None
    max_pages: Annotated[int, number("a whole number of pages", 1, 1_000_000, whole=True)] | None = None
    max_requests_per_hour: Annotated[int, number("a whole number of requests", 1, 1_000_000, whole=True)] | None = None
    keep_for: Age | None = None
    keep_bytes: KeptBytes | None = None

    @field_validator("cron")
    @classmethod
    def _one_schedule(cls, cron: str | None, info: ValidationInfo) -> str | None:
        if cron is not None and info.data.get("every") is not None:
            raise ValueError('a source has either "every" or "cron", and this one has both; remove one')
        return cron

    @field_validator("interval_floor", "interval_ceiling")
    @classmethod
    def _interval_is_adaptive(cls, interval: int | None, info: ValidationInfo) -> int | None:
        fixed = next((name for name in ("every", "cron") if info.data.get(name) is not None), None)
        if interval is not None and fixed is not None:
            raise ValueError(f'bounds of an adaptive interval, but this source has "{fixed}"; remove one of the two')
        return interval

    @model_validator(mode="after")
    def _floor_is_below_ceiling(self) -> Self:
        if self.interval_floor and self.interval_ceiling and self.interval_floor > self.interval_ceiling:
            raise ValueError('"interval_floor" is longer than "interval_ceiling"')
        return self

    @property
    def is_adaptive(self) -> bool:
        """Whether the source's own rhythm says when it is asked."""
        return self.every is None and self.cron is None

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
            *(listing.entry_point for listing in self.listings),
        )
        return points or (EntryPoint(kind="listing", url=self.home),)

    @property
    def names_entry_points(self) -> bool:
        """Whether the operator said where its articles are found; if not, it is for us to find out."""
        return bool(self.feeds or self.sitemaps or self.listings)


Bytes = Annotated[int, number("a whole number of bytes", 1_024, 1024**3, whole=True)]


class Fetch(Section):
    """How pages are asked for, of any source."""

    allow_networks: tuple[Network, ...] = ()
    allow_ports: tuple[Annotated[int, number("a port", 1, 65_535, whole=True)], ...] = ()
    proxy: Proxy | None = None
    delay_seconds: Annotated[float, number("a number of seconds", 0, 3_600)] = 1.0
    timeout_seconds: Annotated[float, number("a number of seconds", 0.1, 3_600)] = 30.0
    max_body_bytes: Bytes = 5 * 1024**2
    max_feed_bytes: Bytes = 15 * 1024**2
    max_sitemap_bytes: Bytes = 50 * 1024**2
    concurrency_per_host: Annotated[int, number("a whole number of requests", 1, 16, whole=True)] = 1
    max_pages_per_run: Annotated[int, number("a whole number of pages", 1, 1_000_000, whole=True)] = 200
    max_requests_per_hour: Annotated[int, number("a whole number of requests", 1, 1_000_000, whole=True)] | None = None
    max_listing_pages: Annotated[int, number("a whole number of pages", 0, 1_000, whole=True)] = 20
    run_timeout_seconds: Annotated[float, number("a number of seconds", 1, 7 * 86_400)] = 1_800.0
    extract_timeout_seconds: Annotated[float, number("a number of seconds", 0.1, 3_600)] = 20.0
    obey_robots: Switch = True
    robots_forbidden: Forbidden = "allow"

    def limits(self, source: Source) -> Limits:
        """What one job of that source may cost: these limits, or the source's own where it has them."""
        return Limits(
            max_pages=self.max_pages_per_run if source.max_pages is None else source.max_pages,
            max_body_bytes=self.max_body_bytes,
            max_feed_bytes=self.max_feed_bytes,
            max_sitemap_bytes=self.max_sitemap_bytes,
            timeout_seconds=self.timeout_seconds,
            extract_timeout_seconds=self.extract_timeout_seconds,
            delay_seconds=self.delay_seconds if source.delay_seconds is None else source.delay_seconds,
            concurrency_per_host=self.concurrency_per_host,
            max_listing_pages=self.max_listing_pages,
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
    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    contact: ContactField


class _CrawlerFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    dibao: _ContactOnly
    fetch: Fetch = Field(default={}, validate_default=True)
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
