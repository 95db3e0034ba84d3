"""What a survey found: entry points with their evidence, samples, and what the operator should know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from crawler.onboarding.zones import Zone
from storage.records import Article, Candidate, EntryKind, JsonItems, Rejection

Sort = Literal["feed", "news sitemap", "sitemap", "listing", "api"]
RANKS: tuple[Sort, ...] = ("feed", "news sitemap", "sitemap", "listing", "api")
"""Which is asked rather than which: what names articles and their times most surely comes first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """An entry point that a site has. `where`: how it was found. `home`: it is the front page itself.

    `older`: it is a listing that goes on to older pages.
    """

    sort: Sort
    url: str
    where: str
    candidates: tuple[Candidate, ...] = ()
    title: str | None = None
    json: JsonItems | None = None
    home: bool = False
    older: bool = False

    @property
    def kind(self) -> EntryKind:
        """As a source's entry point."""
        if self.sort == "feed":
            return "feed"
        return "sitemap" if "sitemap" in self.sort else "listing"

    @property
    def times(self) -> tuple[datetime, ...]:
        """When its items were published, as far as it says."""
        return tuple(c.published_at for c in self.candidates if c.published_at is not None)

    @property
    def newest(self) -> datetime | None:
        """The newest of them."""
        return max(self.times, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A page that was fetched to see whether it is an article. `entry_url`: what named it."""

    url: str
    key: str
    entry_url: str
    result: Article | Rejection


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A finding with what became of it. `proof`: the article that was reached by it."""

    finding: Finding
    chosen: bool
    why: str
    proof: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Robots:
    """What robots.txt of the home's host says. `decision`: as crawler.fetching.robots has it."""

    decision: Literal["rules", "none", "suspect", "unreachable", "ignored"]
    crawl_delay_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What a site offers. `choices`: all that was found, the chosen first. `failure`: why nothing can be proposed.

    `per_day`: articles a day, None where the dates do not tell. `links`: pattern for the chosen listings.
    """

    asked: str
    home: str
    title: str | None = None
    choices: tuple[Choice, ...] = ()
    samples: tuple[Sample, ...] = ()
    links: str | None = None
    zone: Zone
    charset: str | None = None
    charset_evidence: str | None = None
    robots: Robots | None = None
    newest: datetime | None = None
    per_day: float | None = None
    times: tuple[datetime, ...] = ()
    requests: int = 0
    delay_seconds: float = 0.0
    warnings: tuple[str, ...] = ()
    failure: str | None = None

    @property
    def chosen(self) -> tuple[Finding, ...]:
        """The entry points that a source of this site should have."""
        return tuple(choice.finding for choice in self.choices if choice.chosen)
