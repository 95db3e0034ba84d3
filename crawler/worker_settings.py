"""The settings of Scrapy in a worker: those of `scrapy crawl`, but for what only a command of its own needs."""

from __future__ import annotations

from typing import Any, Self

from scrapy.settings import Settings, SettingsAttribute

from crawler import settings


class SharedSettings(Settings):
    """Settings whose copies share their values, which nobody changes: a deep copy cost half of a small job's time."""

    def copy(self) -> Self:
        """Settings that may be given other values."""
        twin = type(self).__new__(type(self))
        twin.frozen = False
        twin.attributes = dict(self.attributes)
        return twin

    def set(self, name: Any, value: Any, priority: int | str = "project") -> None:
        """None; the setting has that value here, and in no copy."""
        if name in self.attributes:
            shared = self.attributes[name]
            self.attributes[name] = SettingsAttribute(shared.value, shared.priority)
        super().set(name, value, priority)


def worker_settings() -> Settings:
    """What all jobs of a worker have in common; a job's own come on top (crawler.settings.for_job)."""
    result = SharedSettings()
    result.setmodule(settings, priority="project")
    result.set("STATS_DUMP", value=False)
    result.set("STATS_CLASS", "scrapy.statscollectors.DummyStatsCollector")
    result.set("EXTENSIONS_BASE", {})
    return result
