"""dibao.toml for the demo world: the settings that let a crawler read loopback addresses, and one block a source."""

from __future__ import annotations

import json
from collections.abc import Sequence

from scheduler.demo.site import WorldSite
from scheduler.demo.static import StaticSite


def head(database: str, delay_seconds: float) -> str:
    """The part of a dibao.toml that comes before the sources."""
    return f"""[dibao]
database = {_quoted(database)}
contact = "demo@example.org"

[fetch]
allow_networks = ["127.0.0.0/8"]
delay_seconds = {delay_seconds}
"""


def source(site: WorldSite | StaticSite, base: str, every: str | None) -> str:
    """The `[[source]]` block of a site at the address `base`, with the entry points that a careful operator names.

    `every` None: the source is asked by its own rhythm.
    """
    lines = ["[[source]]", f"name = {_quoted(site.name)}", f"home = {_quoted(base + '/')}"]
    lines += [f"every = {_quoted(every)}"] if every is not None else []
    lines += ['timezone = "Asia/Shanghai"']
    lines += _entries(site, base) if isinstance(site, WorldSite) else [_listings([f"{base}/list.html"], None)]
    return "\n".join(lines) + "\n"


def _entries(site: WorldSite, base: str) -> list[str]:
    """The lines that name the site's entry points; its lists only where they lead to what nothing else does."""
    way = site.way
    links = site.kind_of.links if way.shaped else None
    lines = [
        f"{name} = [{', '.join(_quoted(base + path) for path in paths)}]"
        for name, paths in (("feeds", way.feeds), ("sitemaps", way.sitemaps))
        if paths
    ]
    if way.api is not None:
        listing = f"{base}{way.api}?page={{page}}"
        lines.append(f'listings = [{{ url = {_quoted(listing)}, items = "data.list", date = "pubtime" }}]')
    elif not lines or (not way.name and "listing" in site.kind_of.entries):
        lines.append(_listings([base + path for path in way.lists], links))
    return lines


def _listings(urls: Sequence[str], links: str | None) -> str:
    pattern = "" if links is None else f", links = {_quoted(links)}"
    return f"listings = [{', '.join(f'{{ url = {_quoted(url)}{pattern} }}' for url in urls)}]"


def _quoted(text: str) -> str:
    """A TOML basic string: JSON's escapes are a part of TOML's."""
    return json.dumps(text, ensure_ascii=False)
