"""The demo world's sites: towns, templates, and how each numbers its addresses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Literal

from scheduler.demo.grammar import Language, chance, stock
from scheduler.demo.texts import person
from scheduler.demo.ways import PORTALS, WAYS, Way, own_way

Entry = Literal["feed", "sitemap", "listing"]
Fact = Literal["date", "origin", "reporters", "editors"]
FIRST_ID = 10_000
"""Number in the address of a site's first article."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A template of a portal. `address`, `links`: the form of its article addresses and the pattern that they match.

    `charset_in` names the places that declare the charset; `declared` what they declare. `shows` are the facts that
    stand on its article pages; `precision` is that of the date, None where there is none. `teasers`: links to other
    articles come with a sentence of theirs.
    """

    name: str
    language: Language
    encoding: str
    declared: str
    charset_in: frozenset[Literal["header", "meta"]]
    address: str
    links: str
    entries: tuple[Entry, ...]
    shows: frozenset[Fact]
    precision: Literal["day", "minute", "second"] | None
    validators: frozenset[Literal["etag", "modified"]] = frozenset({"etag", "modified"})
    teasers: bool = False
    outlets: tuple[str, ...]

    @property
    def content_type(self) -> str:
        """The Content-Type header of its pages."""
        return f"text/html; charset={self.declared}" if "header" in self.charset_in else "text/html"


_BOTH: frozenset[Literal["header", "meta"]] = frozenset({"header", "meta"})
_HEADER: frozenset[Literal["header", "meta"]] = frozenset({"header"})
_META: frozenset[Literal["header", "meta"]] = frozenset({"meta"})
_ALL_FACTS: frozenset[Fact] = frozenset({"date", "origin", "reporters", "editors"})

_KINDS = (
    Kind(
        name="mirror",
        language="hans",
        encoding="utf-8",
        declared="utf-8",
        charset_in=_BOTH,
        address="/{desk}/{at:%Y/%m/%d}/{id}.html",
        links="/{any}/{id}/{id}/{id}/{id}.html",
        entries=("feed", "sitemap"),
        shows=_ALL_FACTS - {"editors"},
        precision="second",
        outlets=("{town}日报",),
    ),
    Kind(
        name="city",
        language="hans",
        encoding="gbk",
        declared="gb2312",
        charset_in=_META,
        address="/news/show-{id}.aspx",
        links="/news/show-{id}.aspx",
        entries=("listing",),
        shows=_ALL_FACTS - {"date"},
        precision=None,
        validators=frozenset({"modified"}),
        teasers=True,
        outlets=("{town}新闻网", "{town}晚报"),
    ),
    Kind(
        name="bay",
        language="hant",
        encoding="big5",
        declared="Big5",
        charset_in=_HEADER,
        address="/a/{at:%Y%m%d}/c{id}.shtml",
        links="/a/{id}/c{id}.shtml",
        entries=("sitemap", "listing"),
        shows=_ALL_FACTS,
        precision="minute",
        validators=frozenset({"etag"}),
        outlets=("{town}時報",),
    ),
    Kind(
        name="gazette",
        language="en",
        encoding="utf-8",
        declared="UTF-8",
        charset_in=_BOTH,
        address="/?p={id}",
        links="/?p={id}",
        entries=("feed", "sitemap"),
        shows=_ALL_FACTS,
        precision="second",
        outlets=("The {town} Gazette",),
    ),
    Kind(
        name="blog",
        language="hans",
        encoding="utf-8",
        declared="UTF-8",
        charset_in=_HEADER,
        address="/{id}.html",
        links="/{id}.html",
        entries=("feed", "listing"),
        shows=frozenset({"origin", "editors"}),
        precision=None,
        teasers=True,
        outlets=("{town}生活圈",),
    ),
    Kind(
        name="party",
        language="hans",
        encoding="gbk",
        declared="gb2312",
        charset_in=_META,
        address="/{at:%Y/%m%d}/{id}.html",
        links="/{id}/{id}/{id}.html",
        entries=("listing",),
        shows=frozenset({"date", "origin", "reporters"}),
        precision="day",
        validators=frozenset({"modified"}),
        outlets=("{town}先锋",),
    ),
    Kind(
        name="daily",
        language="hans",
        encoding="utf-8",
        declared="utf-8",
        charset_in=_BOTH,
        address="/n1/{at:%Y/%m%d}/c{id}.html",
        links="/n1/{id}/{id}/c{id}.html",
        entries=("sitemap",),
        shows=_ALL_FACTS,
        precision="minute",
        outlets=("{town}日报", "{town}早报"),
    ),
)
KINDS: dict[str, Kind] = {kind.name: kind for kind in _KINDS}
"""All templates, in the order in which a world's sites take them."""

_TOWNS = (
    ("yunze", "云泽", "雲澤", "Fernmouth"),
    ("liuti", "柳堤", "柳堤", "Oxmere"),
    ("shipu", "石浦", "石浦", "Harrowgate Vale"),
    ("lanting", "兰汀", "蘭汀", "Saltwick"),
    ("qinglan", "青岚", "青嵐", "Dunbrook"),
    ("wangchuan", "望川", "望川", "Thornleigh"),
    ("moxi", "墨溪", "墨溪", "Larkstone"),
    ("tongpo", "桐陂", "桐陂", "Wexcombe"),
    ("lumen", "鹿门", "鹿門", "Ironbeck"),
    ("nanting", "南汀", "南汀", "Marlhythe"),
    ("danlu", "丹麓", "丹麓", "Quillton"),
    ("mailong", "麦垄", "麥壟", "Bramford Isle"),
    ("yanzhou", "雁洲", "雁洲", "Coldharbour"),
    ("weihu", "苇湖", "葦湖", "Reedwater"),
    ("luping", "芦坪", "蘆坪", "Penhallow"),
    ("songdu", "松渡", "松渡", "Rookferry"),
)


@dataclass(frozen=True, slots=True)
class WorldSite:
    """A site of the world. `name` is a valid source name; `outlet` is the paper whose name stands on its pages.

    `portal`: what it was asked for as: "daily", "gz-index", "party+calendar".
    """

    name: str
    number: int
    town: str
    outlet: str
    kind_of: Kind
    seed: int
    portal: str
    way: Way

    @property
    def kind(self) -> str:
        """Name of its template."""
        return self.kind_of.name

    @property
    def encoding(self) -> str:
        """Codec in which its pages are sent (which may be wider than the charset they declare)."""
        return self.kind_of.encoding

    @property
    def language(self) -> Language:
        """Language and script of its own articles."""
        return self.kind_of.language

    @property
    def list_path(self) -> str:
        """The path that its pages give for "all news": the first of its listings, or its home where it has none."""
        return self.way.lists[0] if self.way.lists else self.way.home

    def address(self, number: int, published: datetime, desk: str = "bendi") -> str:
        """The path of its article `number`, with the query if it has one."""
        return self.kind_of.address.format(id=FIRST_ID + number, at=published, desk=desk)

    def number_at(self, path: str) -> int | None:
        """The number of the article that this path would be, if it were one; None if it cannot be one."""
        found = re.search(r"(\d+)(?:\.\w+)?$", path)
        return int(found[1]) - FIRST_ID if found and int(found[1]) >= FIRST_ID else None

    def editors(self, number: int) -> tuple[str, ...]:
        """Who edited article `number` here: one or two of the site's few editors."""
        luck = chance(self.seed, self.name, number, "editors")
        return tuple(luck.sample(_staff(self), luck.choice((1, 1, 2))))


@lru_cache(maxsize=512)
def _staff(site: WorldSite) -> tuple[str, ...]:
    """The four editors of a site."""
    words, luck = stock(site.language).words, chance(site.seed, site.name, "staff")
    staff: dict[str, None] = {}
    while len(staff) < 4:  # noqa: PLR2004
        staff[person(words, luck, site.language)] = None
    return tuple(staff)


def build_sites(count: int, seed: int, kinds: Sequence[str] | None) -> tuple[WorldSite, ...]:
    """`count` sites that take the kinds in turn; raises ValueError for a kind that does not exist."""
    portals = [(name, *portal(name)) for name in kinds or KINDS]
    return tuple(_site(number, *portals[number % len(portals)], seed) for number in range(count))


def portal(name: str) -> tuple[Kind, Way]:
    """Template and way of a kind of portal: a template, one of ways.PORTALS, or "TEMPLATE+WAY".

    Raises ValueError for one that does not exist.
    """
    kind, _, way = name.partition("+")
    if name in PORTALS:
        kind, way = PORTALS[name]
    if kind not in KINDS or (way and way not in WAYS):
        existing = f"{', '.join(KINDS)}, {', '.join(PORTALS)}"
        raise ValueError(
            f"there is no kind of site called {name!r}; there are {existing}, "
            f"and the first {len(KINDS)} with one of {', '.join('+' + each for each in WAYS)}"
        )
    return KINDS[kind], WAYS[way] if way else own_way(KINDS[kind].entries)


def _site(number: int, portal: str, kind: Kind, way: Way, seed: int) -> WorldSite:
    slug, hans, hant, english = _TOWNS[number % len(_TOWNS)]
    town = {"hans": hans, "hant": hant, "en": english}[kind.language]
    slug = english.lower().replace(" ", "-") if kind.language == "en" else slug
    lap = number // len(_TOWNS)
    name = f"{slug}-{portal.replace('+', '-')}" + (f"-{lap + 1}" if lap else "")
    outlet = kind.outlets[0].format(town=town)
    return WorldSite(name, number, town, outlet, kind, seed, portal, way)
