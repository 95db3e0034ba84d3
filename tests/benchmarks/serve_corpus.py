"""`python serve_corpus.py FOLDER COPIES`: real pages as sites of a process of their own, each copy with a marker.

Prints one JSON line, {"pid", "sites": {name: url}, "pages": addresses of each}, and serves until SIGTERM. The listing
is `/list.html`; articles are `/p/NUMBER.html`. Pages are sent as they are saved, without a charset in the header.
"""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import threading
from pathlib import Path

from scheduler.demo.server import WorldServer
from scheduler.demo.static import StaticSite
from scheduler.demo.world import World

SITES = 4
FIRST_NUMBER = 10_000
_PARAGRAPH = re.compile(rb"<p(?:\s[^>]*)?>|<br\s*/?>", re.IGNORECASE)


def marked(page: bytes, copy: int) -> bytes:
    """The page with the copy's number in every paragraph, so that no two copies have one text.

    The number is ASCII, which every charset of the corpus contains.
    """
    return page if copy == 0 else _PARAGRAPH.sub(lambda tag: tag[0] + b"[%d] " % copy, page)


def corpus_sites(folder: Path, copies: int) -> list[StaticSite]:
    """The pages of the folder, each so many times, over a few sites."""
    files = sorted(folder.iterdir())
    bodies = [marked(file.read_bytes(), copy) for copy in range(copies) for file in files]
    return [
        StaticSite(
            f"corpus-{site}",
            {f"/p/{FIRST_NUMBER + n}.html": (body, "text/html") for n, body in enumerate(bodies) if n % SITES == site},
        )
        for site in range(SITES)
    ]


def main(folder: str, copies: str) -> None:
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    sites = corpus_sites(Path(folder), int(copies))
    with WorldServer(World(sites=0), static=sites) as server:
        greeting = {
            "pid": os.getpid(),
            "sites": {site.name: server.url(site) for site in sites},
            "pages": [server.url(site) + path for site in sites for path in site.pages],
        }
        sys.stdout.write(json.dumps(greeting) + "\n")
        sys.stdout.flush()
        ended.wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
