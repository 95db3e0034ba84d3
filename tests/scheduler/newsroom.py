"""A small world, its server, a dibao.toml and a database, with crawls of it at chosen times."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from scheduler.config.file import Config, load_config
from scheduler.crawl import CrawlResult, crawl
from scheduler.demo.server import WorldServer
from scheduler.demo.static import StaticSite
from scheduler.demo.world import World
from scheduler.engines.local import LocalEngine
from storage.database import open_reader

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


class Newsroom:
    """A context manager. Words given by name go into [fetch]: `timeout_seconds=1`."""

    def __init__(
        self, folder: Path, world: World, engine: LocalEngine, static: Sequence[StaticSite] = (), **fetch: object
    ) -> None:
        self.world = world
        self.server = WorldServer(world, static=static)
        self.path = folder / "dibao.toml"
        self.database = folder / "news.db"
        self._engine = engine
        self._fetch = fetch

    def __enter__(self) -> Self:
        self.server.__enter__()
        text = self.server.config_toml("news.db")
        more = "".join(f"{name} = {value}\n" for name, value in self._fetch.items())
        self.path.write_text(text.replace("[fetch]\n", f"[fetch]\n{more}", 1), encoding="utf-8")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.server.__exit__(kind, error, trace)

    @property
    def config(self) -> Config:
        return load_config(self.path)

    def crawl(
        self,
        *names: str,
        hours: float = 0,
        everything: bool = False,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> CrawlResult:
        """One crawl, so many hours after NOW."""
        return crawl(
            self.config,
            clock=lambda: NOW + timedelta(hours=hours),
            engine=self._engine,
            names=names,
            everything=everything,
            should_stop=should_stop,
        )

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with open_reader(self.database) as database:
            return [tuple(row) for row in database.rows(sql, values)]

    def ledger(self, article: Any) -> tuple[Any, ...]:
        """State, reason, HTTP status and next time of an article's address, or of an address."""
        url = article if isinstance(article, str) else self.server.url_of(article)
        return self.rows("SELECT state, reason, http_status, next_at FROM urls WHERE url = ?", url)[0]

    def article(self, article: Any) -> dict[str, Any]:
        """The row that readers see."""
        with open_reader(self.database) as database:
            row = database.row("SELECT * FROM articles WHERE url = ?", (self.server.url_of(article),))
        assert row is not None
        return dict(row)

    def paths(self) -> set[str]:
        """What was asked of all sites since the counts were reset."""
        return {request.path for request in self.server.requests()}
