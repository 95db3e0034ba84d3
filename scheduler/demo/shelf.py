"""What one site of the world has published: rules that make an article from its number, and what was changed since."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from scheduler.demo.site import WorldSite
from scheduler.demo.texts import Block, Draft, Story, compose, headline

State = Literal["live", "down"]
GAP = timedelta(minutes=47)
"""Time between two articles of a site before the world begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldArticle:
    """An article as it stands now; later changes to it give a new value. Its text is written when it is asked for.

    `origin` is the outlet that the text is from: the site's own, or the first outlet of a repost. `status` is what its
    address answers.
    """

    id: str
    site: str
    number: int
    path: str
    published: datetime
    modified: datetime
    origin: str
    reposted: bool
    home: WorldSite = field(repr=False)
    state: State
    status: int
    draft: Draft

    @property
    def story(self) -> Story:
        """The text and its authors."""
        return compose(self.draft)

    @property
    def editors(self) -> tuple[str, ...]:
        """Who edited it at this site."""
        return self.home.editors(self.number)

    @property
    def title(self) -> str:
        """The title, without the site's name."""
        return headline(self.draft).title

    @property
    def paragraphs(self) -> list[str]:
        """Paragraphs and headings of the body in order: what an extractor should find, and nothing else."""
        return self.story.paragraphs

    @property
    def blocks(self) -> tuple[Block, ...]:
        """Paragraphs, headings, pictures and tables in order."""
        return self.story.blocks

    @property
    def text(self) -> str:
        """The paragraphs with one blank line between them."""
        return "\n\n".join(self.paragraphs)

    @property
    def reporters(self) -> tuple[str, ...]:
        """Staff who wrote it."""
        return self.story.reporters

    @property
    def correspondents(self) -> tuple[str, ...]:
        """Contributors who wrote it (通讯员)."""
        return self.story.correspondents

    @property
    def photographer(self) -> str | None:
        """Who took its pictures; None where it has none."""
        return self.story.photographer


@dataclass(slots=True)
class Shelf:
    """All articles of one site. Only what differs from the rules is kept, so that 100,000 cost nothing.

    Not thread-safe by itself: the world guards it. `stride` spreads the serial numbers of texts over the sites.
    """

    site: WorldSite
    initial: int
    seed: int
    stride: int
    begin: datetime
    count: int = 0
    revision: int = 0
    changed: datetime = field(init=False)
    reprints: dict[int, tuple[Draft, str]] = field(default_factory=dict)
    times: dict[int, datetime] = field(default_factory=dict)
    edits: dict[int, int] = field(default_factory=dict)
    edited: dict[int, datetime] = field(default_factory=dict)
    down: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.count = self.initial
        self.changed = self.begin

    def published(self, number: int) -> datetime:
        """When article `number` appeared: every 47 minutes or so until the world began, then when it was published."""
        if number >= self.initial:
            return self.times[number]
        jitter = timedelta(seconds=(number * 7919 + self.site.number * 577 + self.seed * 131) % 1740)
        return self.begin - (self.initial - number) * GAP + jitter

    def draft(self, number: int) -> Draft:
        """What the text of article `number` depends on."""
        edits = self.edits.get(number, 0)
        if number in self.reprints:
            draft = self.reprints[number][0]
            return replace(draft, edits=draft.edits + edits)
        serial = number * self.stride + self.site.number
        return Draft(self.site.language, self.seed, serial, self.site.town, self.published(number).date(), edits)

    def article(self, number: int) -> WorldArticle:
        """Article `number` as it stands now."""
        published = self.published(number)
        return WorldArticle(
            id=f"{self.site.name}:{number}",
            site=self.site.name,
            number=number,
            path=self.site.address(number, published),
            published=published,
            modified=self.edited.get(number, published),
            origin=self.reprints[number][1] if number in self.reprints else self.site.outlet,
            reposted=number in self.reprints,
            home=self.site,
            state="down" if number in self.down else "live",
            status=self.down.get(number, 200),
            draft=self.draft(number),
        )

    def find(self, path: str) -> WorldArticle | None:
        """The article at this path, live or taken down; None where there never was one."""
        number = self.site.number_at(path)
        if number is None or number >= self.count:
            return None
        found = self.article(number)
        return found if found.path == path else None

    def live(self) -> list[int] | range:
        """Numbers of the articles that can be read, newest first."""
        newest_first = range(self.count - 1, -1, -1)
        return [number for number in newest_first if number not in self.down] if self.down else newest_first

    def touch(self, at: datetime) -> None:
        """Nothing: the site's lists changed at this time."""
        self.revision += 1
        self.changed = at

    def add(self, at: datetime, reprint: tuple[Draft, str] | None = None) -> WorldArticle:
        """The article that is published now: the next one of the site's own, or a reprint with its first outlet."""
        number = self.count
        self.count += 1
        self.times[number] = at
        if reprint is not None:
            self.reprints[number] = reprint
        self.touch(at)
        return self.article(number)
