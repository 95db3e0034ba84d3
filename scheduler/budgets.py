"""Requests an hour: sources that share a site share its budget, which is the smallest that any of them names."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from crawler.config import Source
from crawler.jobs import asked_sites
from scheduler.config.file import Config
from storage import runs, sources
from storage.database import Database

HOUR = timedelta(hours=1)


class Budgets:
    """The budgets that a configuration names. Costs nothing where it names none."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self._general = config.fetch.max_requests_per_hour
        self._by_site: dict[str, list[Source]] = defaultdict(list)
        if self._general is not None or any(source.max_requests_per_hour for source in config.enabled_sources):
            for source in config.enabled_sources:
                for site in asked_sites(source):
                    self._by_site[site].append(source)

    @property
    def are_named(self) -> bool:
        """Whether there is any budget: what is left of it changes with the time."""
        return bool(self._by_site)

    def left(self, database: Database, source: Source, now: datetime) -> tuple[int | None, datetime | None]:
        """How many requests the source's hosts may still be sent this hour, and when there will be more.

        None, None: any number.
        """
        if not self._by_site:
            return None, None
        group = {other.name: other for site in asked_sites(source) for other in self._by_site[site]}
        budgets = [budget for other in group.values() if (budget := self._of(other)) is not None]
        if not budgets:
            return None, None
        sent, first = runs.requests_since(database, sources.ids(database, group), now - HOUR)
        return max(0, min(budgets) - sent), first + HOUR if first else None

    def _of(self, source: Source) -> int | None:
        return self._general if source.max_requests_per_hour is None else source.max_requests_per_hour
