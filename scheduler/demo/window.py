"""A site at one moment as its pages need it, and the pages that are made from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from scheduler.demo.portals.page import Link
from scheduler.demo.shelf import WorldArticle
from scheduler.demo.site import WorldSite
from scheduler.demo.ways import section_of
from scheduler.demo.world import SiteView


@dataclass(frozen=True, slots=True)
class Made:
    """A page before it is sent. Text is encoded as the site does it; bytes go as they are.

    `content_type` None: that of the site's pages. `modified` None: the time of the site's last change.
    """

    body: str | bytes
    content_type: str | None = None
    modified: datetime | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """What is known when a page is made. `link` gives the link to an article by its number.

    `base`: the site's address without a slash at the end. `list_size`, `feed_size`: articles on a page of a list, and
    in a feed.
    """

    view: SiteView
    base: str
    link: Callable[[int], Link]
    list_size: int
    feed_size: int

    @property
    def site(self) -> WorldSite:
        """The site."""
        return self.view.site

    def row(self, numbers: Iterable[int]) -> list[Link]:
        """Links to these articles."""
        return [self.link(number) for number in numbers]

    def hot(self) -> list[Link]:
        """Links to some articles that are not the newest."""
        return self.row(self.view.live[5:60:7])

    def articles(self, numbers: Iterable[int]) -> list[WorldArticle]:
        """These articles as they stand now."""
        return [self.view.shelf.article(number) for number in numbers]

    def section(self, section: int | None) -> Sequence[int]:
        """Numbers of the readable articles of a section, or of all of them, newest first."""
        if section is None:
            return self.view.live
        return [number for number in self.view.live if section_of(number) == section]
