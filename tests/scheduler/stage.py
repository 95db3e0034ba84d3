"""A file at work beside real servers, and a clock that tests move."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from storage.database import Database


@dataclass
class ClockedStage:
    """A database, what is closed with it, and a clock that goes with the real one, so many seconds ahead."""

    database: Database
    stack: ExitStack
    ahead: timedelta = timedelta()
    number: int = 0

    def clock(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def later(self, **span: float) -> None:
        self.ahead += timedelta(**span)
