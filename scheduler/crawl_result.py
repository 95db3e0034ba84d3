"""What one crawl came to, whichever process has done it."""

from __future__ import annotations

from dataclasses import dataclass

from storage import runs


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlResult:
    """What one crawl came to. `run_id` is None where nothing was due."""

    run_id: int | None
    sources: tuple[runs.SourceRun, ...]
    interrupted: bool
    seconds: float

    @property
    def failed(self) -> tuple[str, ...]:
        """The sources that could not be crawled, wholly or in part, and not because somebody stopped the crawl."""
        bad = {"failed", "partial"} if self.interrupted else {"failed", "partial", "interrupted"}
        return tuple(one.source for one in self.sources if one.status in bad)

    def total(self, name: str) -> int:
        """The sum of one count over all sources."""
        return sum(int(getattr(one, name)) for one in self.sources)
