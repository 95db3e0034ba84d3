"""A dibao.toml and a database for sites that are served already, with crawls of them at chosen times."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from scheduler.config.file import load_config
from scheduler.crawl import CrawlResult, crawl
from scheduler.demo.server import WorldServer
from scheduler.demo.shelf import WorldArticle
from scheduler.demo.site import WorldSite
from scheduler.demo.sourcefile import head
from scheduler.demo.variants import variant
from scheduler.engines.engine import Engine
from storage.database import open_reader


class Reader:
    """One reader of a world. `sources`: the `[[source]]` blocks; `more`: further sections of the file."""

    def __init__(
        self,
        folder: Path,
        server: WorldServer,
        engine: Engine,
        sources: Iterable[str],
        *,
        more: str = "",
        fetch: str = "",
    ) -> None:
        folder.mkdir(exist_ok=True)
        self.path, self.database = folder / "dibao.toml", folder / "news.db"
        text = "\n".join([head("news.db", 0.0) + fetch, more, *sources])
        self.path.write_text(text, encoding="utf-8")
        self.config = load_config(self.path)
        self.server = server
        self._engine = engine

    def crawl(self, now: datetime, *, everything: bool = False) -> CrawlResult:
        """One crawl of what is due then."""
        return crawl(self.config, clock=lambda: now, engine=self._engine, everything=everything)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with open_reader(self.database) as database:
            return [tuple(row) for row in database.rows(sql)]

    def stored(self) -> list[tuple[str, str]]:
        """Source and path of each stored article."""
        bases = {self.server.url(name): name for name in self.server.names}
        urls = [url for (url,) in self.rows("SELECT url FROM articles")]
        return [(bases[base], path) for url in urls for base, path in [_parted(url)] if base in bases]


def told_apart(site: WorldSite, articles: Iterable[WorldArticle], paths: Iterable[str]) -> tuple[set[str], int, int]:
    """Of the stored paths of a site: the articles that they are, how many are stored twice, and how many are none."""
    truth = {article.path for article in articles}
    own = [path if path in truth else variant(site, path).path for path in paths]
    found = [path for path in own if path in truth]
    return set(found), len(found) - len(set(found)), len(own) - len(found)


def _parted(url: str) -> tuple[str, str]:
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host}", slash + path
