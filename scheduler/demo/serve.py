"""`python -m scheduler.demo.serve`: the demo world as a process of its own.

Prints one JSON line, {"pid", "sites": {name: url}, "control": url, "config": a whole dibao.toml}, and serves until
SIGTERM or SIGINT. remote.RemoteWorld is the client for its control address.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
from collections.abc import Sequence
from datetime import datetime

from scheduler.demo.control import control_app
from scheduler.demo.server import WorldServer
from scheduler.demo.site import KINDS
from scheduler.demo.ways import PORTALS
from scheduler.demo.world import BEGIN, FEED_SIZE, LIST_SIZE, World


def arguments(words: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line's values; ends the process with a usage message where they are wrong."""
    parser = argparse.ArgumentParser(prog="python -m scheduler.demo.serve", description="Serve the demo news world.")
    parser.add_argument("--sites", type=int, default=4, help="number of sites (default 4)")
    parser.add_argument("--articles", type=int, default=20, help="articles of each site (default 20)")
    parser.add_argument("--seed", type=int, default=0, help="the same seed gives the same world")
    parser.add_argument("--port", type=int, default=0, help="port of the sites (default: a free one)")
    kinds = f"{','.join(KINDS)},{','.join(PORTALS)}; all: the last {len(PORTALS)}"
    parser.add_argument("--kinds", help=f"kinds of portal, parted by commas: {kinds}")
    parser.add_argument("--list-size", type=int, default=LIST_SIZE, help=f"articles on a list page ({LIST_SIZE})")
    parser.add_argument("--feed-size", type=int, default=FEED_SIZE, help=f"articles in a feed ({FEED_SIZE})")
    parser.add_argument("--now", type=datetime.fromisoformat, default=BEGIN, help="the world's time, with an offset")
    parser.add_argument("--database", default="news.db", help="database named in the printed configuration")
    parser.add_argument("--every", default="15m", help='interval in it (default 15m), "" for the sources\' own rhythm')
    parser.add_argument("--delay-seconds", type=float, default=0.0, help="delay in the printed configuration")
    return parser.parse_args(words)


def main(words: Sequence[str] | None = None) -> None:
    """Nothing: serves until the process is told to end."""
    asked = arguments(words)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    kinds = list(PORTALS) if asked.kinds == "all" else asked.kinds.split(",") if asked.kinds else None
    sizes = {"list_size": asked.list_size, "feed_size": asked.feed_size}
    world = World(asked.sites, asked.articles, asked.seed, kinds, asked.now, **sizes)
    with WorldServer(world, asked.port, control=control_app) as server:
        greeting = {
            "pid": os.getpid(),
            "sites": {site.name: server.url(site) for site in world.sites},
            "control": server.control_url,
            "config": server.config_toml(asked.database, asked.delay_seconds, asked.every or None),
        }
        sys.stdout.write(json.dumps(greeting, ensure_ascii=False) + "\n")
        sys.stdout.flush()
        ended.wait()


if __name__ == "__main__":
    main()
