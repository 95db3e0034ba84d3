"""What a running job stands for in the file, and what became of the events that it sent."""

from __future__ import annotations

from dataclasses import dataclass

from storage import runs
from storage.records import Event, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """What a running job stands for in the file. `home`, `entries`: addresses of its source that are no articles."""

    run_id: int
    source_id: int
    home: str = ""
    entries: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """What became of one event: the outcome that it gave its URL, with the reason where there is one."""

    event: Event
    outcome: Outcome | None = None
    reason: str | None = None
    title: str | None = None
    url: str | None = None
    """The address as it stands in the ledger."""
    article_id: int | None = None
    """The article that the address leads to now."""
    revised: bool = False
    result: runs.SourceRun | None = None
