"""The sources of a world's sites as `dibao add` writes them; as a careful operator would, where it finds nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from scheduler.demo.server import WorldServer
from scheduler.demo.site import WorldSite
from scheduler.demo.sourcefile import head

HERE = Path(__file__).parent


@dataclass(frozen=True, kw_only=True)
class Written:
    """The `[[source]]` block of a site. `by_add`: as `dibao add` proposed it, after so many requests."""

    site: WorldSite
    toml: str
    by_add: bool
    requests: int


def written(server: WorldServer, folder: Path, now: datetime) -> list[Written]:
    """A block for each site of the world."""
    config, spec = folder / "empty.toml", folder / "add.json"
    config.write_text(head("add.db", 0.0), encoding="utf-8")
    homes = {site.name: f"{server.url(site)}/" for site in server.world.sites}
    spec.write_text(json.dumps({"config": str(config), "homes": homes, "now": now.isoformat()}), encoding="utf-8")
    command = [sys.executable, str(HERE / "add_side.py"), str(spec)]
    blocks = json.loads(subprocess.run(command, stdout=subprocess.PIPE, timeout=300, check=True).stdout)
    return [
        Written(
            site=site,
            toml=blocks[site.name] or server.source_toml(site),
            by_add=blocks[site.name] is not None,
            requests=sum(server.hits(site).values()),
        )
        for site in server.world.sites
    ]
