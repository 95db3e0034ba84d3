"""What the operator of a viewer may wish, and the settings of Datasette that are changed where he wishes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

SETTINGS: Mapping[str, tuple[bool, bool]] = MappingProxyType(
    {
        # Who may type SQL may make the machine work: a viewer of a file needs none. `allow_sql` in the metadata allows
        # it to whom it names.
        "default_allow_sql": (True, False),
        # A file that is being written is no copy when it is downloaded; `dibao snapshot` makes one.
        "allow_download": (True, False),
        # All rows in one answer: `dibao export csv` has them, resumable and for less.
        "allow_csv_stream": (True, False),
        # Each look at a table would count its columns' values: seconds for large files.
        "suggest_facets": (True, False),
    }
)
"""Settings of Datasette by name: its own default, which is taken for "nobody chose", and ours."""

ZONE = "Asia/Shanghai"
"""In which our pages say times where nothing else is wished."""
_KEYS = frozenset({"hosts", "allow", "timezone", "home"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """`hosts`: names by which the viewer may be asked for, in lower case. `allow`: SETTINGS that stay as they are.

    `timezone`: in which our pages say times. `home`: whether `/` leads to our pages, and not to Datasette's.
    """

    hosts: frozenset[str] = frozenset()
    allow: frozenset[str] = frozenset()
    timezone: str = ZONE
    home: bool = False

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of our pages."""
        return ZoneInfo(self.timezone)


def read_wishes(config: Any) -> Wishes:
    """What `plugins.dibao` of the metadata says; None says nothing. Raises ValueError with a sentence."""
    if config is None:
        return Wishes()
    if not isinstance(config, dict) or not config.keys() <= _KEYS:
        raise ValueError(f"expected an object with some of {', '.join(sorted(_KEYS))}")
    hosts, allow = (_texts(config, name) for name in ("hosts", "allow"))
    for host in hosts:
        if not host or set(host) & set("/:@ *"):
            raise ValueError(f'"hosts": expected names alone, such as "news.example.org"; got {host!r}')
    for name in allow:
        if name not in SETTINGS:
            raise ValueError(f'"allow": {name!r} is none of {", ".join(SETTINGS)}')
    timezone, home = config.get("timezone", ZONE), config.get("home", False)
    if not isinstance(timezone, str) or not _is_zone(timezone):
        raise ValueError(f'"timezone": expected a name such as "Asia/Shanghai"; got {timezone!r}')
    if home not in (True, False):
        raise ValueError(f'"home": expected true or false; got {home!r}')
    known = frozenset(host.lower().rstrip(".") for host in hosts)
    return Wishes(hosts=known, allow=frozenset(allow), timezone=timezone, home=bool(home))


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # no name of a zone, a folder of zones, a zone that nobody knows
        return False
    return True


def _texts(config: dict[str, Any], name: str) -> list[str]:
    texts = config.get(name, [])
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise ValueError(f'"{name}": expected a list of texts')
    return texts
