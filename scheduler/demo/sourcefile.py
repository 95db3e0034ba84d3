"""dibao.toml for the demo world: the settings that let a crawler read loopback addresses, and one block a source."""

from __future__ import annotations

import json

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


def source(site: WorldSite | StaticSite, base: str, every: str) -> str:
    """The `[[source]]` block of a site at the address `base`."""
    lines = [
        "[[source]]",
        f"name = {_quoted(site.name)}",
        f"home = {_quoted(base + '/')}",
        f"every = {_quoted(every)}",
        'timezone = "Asia/Shanghai"',
    ]
    entries = site.kind_of.entries if isinstance(site, WorldSite) else ("listing",)
    if "feed" in entries:
        lines.append(f"feeds = [{_quoted(base + '/feed.xml')}]")
    if "sitemap" in entries:
        lines.append(f"sitemaps = [{_quoted(base + '/sitemap.xml')}]")
    if "listing" in entries:
        pattern = f", links = {_quoted(site.kind_of.links)}" if isinstance(site, WorldSite) else ""
        lines.append(f"listings = [{{ url = {_quoted(base + '/list.html')}{pattern} }}]")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A TOML basic string: JSON's escapes are a part of TOML's."""
    return json.dumps(text, ensure_ascii=False)
