"""The state of the demo world: its articles, what is published, edited, copied and taken down, and what goes wrong.

No networking here: server.py puts a world on the loopback addresses of this machine.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import get_args

from scheduler.demo.faults import Fault, Faults, Trouble
from scheduler.demo.rendered import Lie
from scheduler.demo.shelf import Shelf, WorldArticle
from scheduler.demo.site import WorldSite, build_sites

LOCAL = timezone(timedelta(hours=8))
BEGIN = datetime(2026, 11, 21, 8, 0, tzinfo=LOCAL)
"""When the world begins if it is not told: everything in it is earlier, and what is scripted comes a minute apart."""
MINUTE = timedelta(minutes=1)
LIST_SIZE = 20
"""Articles on one page of a list."""
FEED_SIZE = 50
"""Newest articles that a feed lists."""

Target = WorldArticle | WorldSite | str
"""An article (or its id), a site (or its name), a path on every site ("/a.txt") or on one ("liuti-city/a.txt")."""


@dataclass(frozen=True, slots=True)
class SiteView:
    """A site at one moment, for rendering. `live`: numbers of its readable articles, newest first."""

    site: WorldSite
    shelf: Shelf
    live: Sequence[int]
    revision: int
    changed: datetime


class World:
    """Sites with articles, the same for the same seed. Every change moves the world's clock on by a minute.

    `articles` is the number of each site at the beginning; `kinds` the kinds of portal that the sites take in turn
    (site.portal names them; the templates of site.KINDS if not given). `list_size`, `feed_size`: articles on one page
    of a list, and in a feed. Safe to use from several threads.
    """

    def __init__(
        self,
        sites: int = 4,
        articles: int = 20,
        seed: int = 0,
        kinds: Sequence[str] | None = None,
        now: datetime = BEGIN,
        *,
        list_size: int = LIST_SIZE,
        feed_size: int = FEED_SIZE,
    ) -> None:
        self.list_sizes = (list_size, feed_size)
        self.sites: tuple[WorldSite, ...] = build_sites(sites, seed, kinds)
        self.seed = seed
        self._now = _whole_second(now)
        self._lock = threading.RLock()
        self._faults = Faults()
        self._shelves = {site.name: Shelf(site, articles, seed, sites, self._now) for site in self.sites}

    @property
    def now(self) -> datetime:
        """The world's time: that of the last change."""
        with self._lock:
            return self._now

    def site(self, site: WorldSite | str) -> WorldSite:
        """The site of this name; raises KeyError where there is none."""
        return self._shelves[_name(site)].site

    def articles(self, site: WorldSite | str | None = None) -> list[WorldArticle]:
        """All articles of a site, or of all sites, as they stand now: oldest first, those taken down included."""
        with self._lock:
            shelves = [self._shelves[_name(site)]] if site is not None else list(self._shelves.values())
            return [shelf.article(number) for shelf in shelves for number in range(shelf.count)]

    def article(self, article: WorldArticle | str) -> WorldArticle:
        """The article, or the one with this id ("yunze-city:3"), as it stands now; raises KeyError if there is none."""
        name, _, number = (article.id if isinstance(article, WorldArticle) else article).rpartition(":")
        with self._lock:
            shelf = self._shelves[name]
            if not 0 <= int(number) < shelf.count:
                raise KeyError(article)
            return shelf.article(int(number))

    def find(self, site: WorldSite | str, path: str) -> WorldArticle | None:
        """The article at a path of a site; None where there never was one."""
        with self._lock:
            return self._shelves[_name(site)].find(path)

    def view(self, site: WorldSite | str) -> SiteView:
        """A site as it stands now."""
        with self._lock:
            shelf = self._shelves[_name(site)]
            return SiteView(shelf.site, shelf, shelf.live(), shelf.revision, shelf.changed)

    def publish(self, site: WorldSite | str, n: int = 1, at: datetime | None = None) -> list[WorldArticle]:
        """The `n` new articles that the site has from now on.

        `at`: when they appear, all at once; the clock is moved on to then. Raises ValueError if that has passed.
        """
        with self._lock:
            if at is not None:
                self.move_on(at)
            return [self._shelves[_name(site)].add(self._tick() if at is None else self._now) for _ in range(n)]

    def move_on(self, now: datetime) -> None:
        """Nothing: it is so late now, and what happens next is later. Raises ValueError for an earlier time."""
        with self._lock:
            if _whole_second(now) < self._now:
                raise ValueError(f"the world's clock only goes forward: it is {self._now.isoformat()} already")
            self._now = _whole_second(now)

    def edit(self, article: WorldArticle | str) -> WorldArticle:
        """The article with a number corrected and a paragraph added, at the same address, modified now."""
        with self._lock:
            shelf, number, at = self._touch(article)
            shelf.edits[number] = shelf.edits.get(number, 0) + 1
            shelf.edited[number] = at
            return shelf.article(number)

    def repost(
        self, article: WorldArticle | str, to_site: WorldSite | str, *, cut: bool = False
    ) -> WorldArticle:
        """The copy on another site: title and text as they are now, that site's chrome and editor, the first outlet.

        `cut`: only the first half of the text, under a headline of the other site's making.
        """
        with self._lock:
            source = self.article(article)
            draft = replace(source.draft, cut=source.draft.cut or cut)
            return self._shelves[_name(to_site)].add(self._tick(), (draft, source.origin))

    def take_down(self, article: WorldArticle | str, status: int = 410) -> WorldArticle:
        """The article after its address answers `status`; it is gone from the site's lists."""
        with self._lock:
            shelf, number, _ = self._touch(article)
            shelf.down[number] = status
            return shelf.article(number)

    def fail(
        self,
        target: Target,
        status: int = 503,
        times: int | None = None,
        retry_after: float | str | None = None,
    ) -> None:
        """Nothing: the target answers `status`, `times` times or until healed. `retry_after`: seconds or a date."""
        text = None if retry_after is None else str(retry_after)
        self._faults.add(Fault("fail", self._where(target), times, status=status, retry_after=text))

    def stall(self, target: Target, seconds: float, times: int | None = None) -> None:
        """Nothing: the target waits so long before it answers."""
        self._faults.add(Fault("stall", self._where(target), times, seconds=seconds))

    def redirect(self, article: Target, to: WorldArticle | str, status: int = 301) -> None:
        """Nothing: the address leads to another one: an article (of any site), a path, or any URL."""
        location = f"article:{to.id}" if isinstance(to, WorldArticle) else f"article:{to}" if self._is_id(to) else to
        self._faults.add(Fault("redirect", self._where(article), status=status, location=location))

    def lie(self, target: Target, how: Lie = "same-etag") -> None:
        """Nothing: the target's validators say from now on that it is unchanged, whatever it is.

        "same-etag": its entity tag is one and the same, and its only validator; "always-304": every request with a
        condition is answered so.
        """
        if how not in get_args(Lie):
            raise ValueError(f"no lie is called {how!r}; there are {', '.join(get_args(Lie))}")
        self._faults.add(Fault("lie", self._where(target), how=how))

    def heal(self, target: Target | None = None) -> None:
        """Nothing: what fail, stall, redirect, lie and take_down did to the target ends; to everything if None."""
        self._faults.heal(None if target is None else self._where(target))
        with self._lock:
            everything = [shelf.article(number) for shelf in self._shelves.values() for number in shelf.down]
            for article in everything:
                if target is None or self._where(target) == article.site + article.path:
                    shelf, number, _ = self._touch(article)
                    del shelf.down[number]

    def trouble(self, site: WorldSite | str, path: str) -> Trouble:
        """What goes wrong with a request for this path of a site; counts as one of the fault's times."""
        return self._faults.trouble(_name(site), path)

    def _where(self, target: Target) -> str:
        """The target as the faults know it: a site's name, a path, or both in one."""
        if isinstance(target, WorldArticle):
            return target.site + target.path
        name = _name(target)
        if self._is_id(name):
            return self._where(self.article(name))
        if not name.startswith("/") and name.partition("/")[0] not in self._shelves:
            raise KeyError(f"{name!r} is neither a site of this world nor a path")
        return name

    def _is_id(self, text: str) -> bool:
        """True for what looks like the id of an article of this world."""
        return text.rpartition(":")[0] in self._shelves

    def _touch(self, article: WorldArticle | str) -> tuple[Shelf, int, datetime]:
        """Shelf and number of an article that changes now, and the time it is."""
        current = self.article(article)
        shelf, at = self._shelves[current.site], self._tick()
        shelf.touch(at)
        return shelf, current.number, at

    def _tick(self) -> datetime:
        self._now += MINUTE
        return self._now


def _whole_second(moment: datetime) -> datetime:
    """The moment in the world's own time zone. Raises ValueError for one without offset."""
    if moment.tzinfo is None:
        raise ValueError(f"the world's time needs an offset: {moment!r}")
    return moment.astimezone(LOCAL).replace(microsecond=0)


def _name(site: WorldSite | str) -> str:
    return site.name if isinstance(site, WorldSite) else site


__all__ = ["BEGIN", "LOCAL", "SiteView", "World", "WorldArticle", "WorldSite"]
