"""`python serve_varied.py FOLDER SITES PAGES`: as many different pages as are asked for, in the dress of real ones.

Each page is one of FOLDER whose title and paragraphs are other words, so that no two tell one story; it is made when it
is asked for. Prints one JSON line, {"pid", "sites": {name: url}}, and serves until SIGTERM. The listing of a site is
`/list.html`; articles are `/p/NUMBER.html`.
"""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

from news_texts import Newsroom  # its neighbour: this is run as a program

from scheduler.demo.server import WorldServer
from scheduler.demo.static import StaticSite
from scheduler.demo.world import World

FIRST_NUMBER = 10_000
LEAST_PARAGRAPHS = 3
_PARAGRAPH = re.compile(rb"(<p(?:\s[^>]*)?>)(.*?)(</p\s*>)", re.IGNORECASE | re.DOTALL)
_TITLE = re.compile(rb"(<(title|h1)(?:\s[^>]*)?>)(.*?)(</\2\s*>)", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(rb"<[^>]*>")
# A paragraph of the real page that is shorter is no part of the text: a date, a name, a number.
_LEAST_BYTES = 60


class Pages(Mapping[str, tuple[bytes, str | None]]):
    """Pages by path, made when they are asked for."""

    def __init__(self, dresses: list[bytes], numbers: range) -> None:
        self._dresses = dresses
        self._numbers = numbers
        self._newsroom = Newsroom(characters=785)

    def __getitem__(self, path: str) -> tuple[bytes, str | None]:
        number = int(path.removeprefix("/p/").removesuffix(".html"))
        return self._page(number - FIRST_NUMBER), "text/html"

    def __contains__(self, path: object) -> bool:
        match = re.fullmatch(r"/p/(\d+)\.html", str(path))
        return match is not None and int(match[1]) - FIRST_NUMBER in self._numbers

    def __iter__(self) -> Iterator[str]:
        return (f"/p/{FIRST_NUMBER + number}.html" for number in self._numbers)

    def __len__(self) -> int:
        return len(self._numbers)

    def _page(self, number: int) -> bytes:
        item = self._newsroom.item(number)
        sentences = iter(item.text.split("。"))
        page = self._dresses[number % len(self._dresses)]
        page = _TITLE.sub(lambda found: found[1] + _references(item.title) + found[4], page)
        return _PARAGRAPH.sub(lambda found: _other(found, sentences), page)


def _other(found: re.Match[bytes], sentences: Iterator[str]) -> bytes:
    """The paragraph with other words of about its length; without any, where there are no more."""
    if len(_TAG.sub(b"", found[2])) < _LEAST_BYTES:
        return found[0]
    words = ""
    while len(words) < len(found[2]) // 3 and (sentence := next(sentences, None)) is not None:
        words += f"{sentence}。"
    return found[1] + _references(words) + found[3]


def _references(text: str) -> bytes:
    """The text as character references, which mean the same in every charset."""
    return text.encode("ascii", "xmlcharrefreplace")


def dresses(folder: Path) -> list[bytes]:
    """The pages of the folder that have paragraphs to be filled in."""
    pages = [file.read_bytes() for file in sorted(folder.iterdir())]
    return [page for page in pages if _long_paragraphs(page) >= LEAST_PARAGRAPHS]


def _long_paragraphs(page: bytes) -> int:
    return sum(len(_TAG.sub(b"", found[2])) >= _LEAST_BYTES for found in _PARAGRAPH.finditer(page))


def main(folder: str, sites: str, pages: str) -> None:
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    dressed, many, each = dresses(Path(folder)), int(sites), -(-int(pages) // int(sites))
    parts = [Pages(dressed, range(site * each, (site + 1) * each)) for site in range(many)]
    static = [StaticSite(f"varied-{site}", part) for site, part in enumerate(parts)]
    with WorldServer(World(sites=0), static=static) as server:
        greeting = {"pid": os.getpid(), "sites": {site.name: server.url(site) for site in static}}
        sys.stdout.write(json.dumps(greeting) + "\n")
        sys.stdout.flush()
        ended.wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
