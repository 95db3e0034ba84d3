"""What a batch of events teaches the watch, gathered page by page and written once, at the end of its transaction."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from typing import Any

from storage.database import Database
from storage.noted import Noted
from storage.records import EntryChecked, Extracted, JobFinished, Outcome, PageEvent, from_utc_text, utc_text
from storage.runs import SAME_TEXT
from storage.unstorable import costs_itself
from storage.watch.days import Counts
from storage.watch.lags import lag_seconds
from storage.watch.samples import Samples

logger = logging.getLogger(__name__)

LOST = "sums and samples lack what a batch adds to them, by a fault of Dibao, please report it; its pages are stored"


class Noting:
    """Of one batch. `from_web`: hosts have given the pages just now; what is imported is counted by day, no more.

    Only a fault of the file is raised: any other costs what it keeps from being counted, and no page.
    """

    def __init__(self, database: Database, *, from_web: bool) -> None:
        self._database = database
        self._from_web = from_web
        self._counts = Counts()
        self._samples = Samples(database)
        self._known_since: dict[int, datetime] = {}

    def page(self, event: PageEvent, noted: Noted, row: Any, source_id: int, now: datetime) -> None:
        """None; what became of a page is counted. `row`: its address in the ledger, as it was before."""
        with _costing_no_page():
            self._page(event, noted, row, source_id, now)

    def _page(self, event: PageEvent, noted: Noted, row: Any, source_id: int, now: datetime) -> None:
        assert noted.outcome is not None
        at = utc_text(event.fetched_at)
        counts: dict[str, float] = {noted.outcome.value: 1, "revised": noted.revised}
        if self._from_web:
            counts |= self._samples.take(noted, row, source_id, at)
            if _is_new(noted):
                self._counts.add_hour(source_id, at, new=1)
                self._lag(event, source_id, now)
        self._counts.add(source_id, at, counts)

    def _lag(self, event: PageEvent, source_id: int, now: datetime) -> None:
        if not isinstance(event, Extracted):
            return
        if source_id not in self._known_since:
            created = self._database.value("SELECT created_at FROM sources WHERE id = ?", (source_id,))
            self._known_since[source_id] = from_utc_text(created)
        lag = lag_seconds(event.article.published, self._known_since[source_id], now)
        if lag is not None:
            self._counts.add_lag(source_id, lag)

    def entry(self, event: EntryChecked, source_id: int, now: datetime) -> None:
        """None; the answer of an entry point is counted."""
        with _costing_no_page():
            self._entry(event, source_id, now)

    def _entry(self, event: EntryChecked, source_id: int, now: datetime) -> None:
        if event.status == "failed":
            self._counts.add(source_id, utc_text(now), {"polls_failed": 1})
            return
        empty = event.status == "ok" and not event.links and not self._is_index(event, source_id)
        counts = {"polls_ok": 1, "polls_empty": int(empty), "links": event.links, "new_links": event.new}
        self._counts.add(source_id, utc_text(now), counts)
        self._counts.add_hour(source_id, utc_text(now), polls=1)

    def _is_index(self, event: EntryChecked, source_id: int) -> bool:
        """Whether it names parts, which are read for themselves, in place of articles."""
        part = "SELECT 1 FROM entry_points WHERE source_id = ? AND parent = ? LIMIT 1"
        return self._database.row(part, (source_id, event.url)) is not None

    def job(self, event: JobFinished, source_id: int, now: datetime) -> None:
        """None; what a job has cost is counted."""
        costs = {"requests": event.requests, "body_bytes": event.body_bytes}
        self._counts.add(source_id, utc_text(now), costs)

    def write(self) -> None:
        """None; all of it is in the file, or nothing. The caller is in the transaction of the batch."""
        with _costing_no_page(), self._database.savepoint():
            self._counts.write(self._database)
            self._samples.write()


@contextmanager
def _costing_no_page() -> Iterator[None]:
    """A block whose faults are told and lived with, but for those of the file, which no page could be stored in."""
    try:
        yield
    except Exception as fault:
        if not costs_itself(fault):
            raise
        tell_once(type(fault).__name__)


@cache
def tell_once(_kind: str) -> None:
    """None; the fault that is being handled is in the log, if it is the first of its kind in this process."""
    logger.log(logging.ERROR, LOST, exc_info=True)


def _is_new(noted: Noted) -> bool:
    """Whether an article is stored that was not; a copy of another's text is one."""
    stored = noted.outcome is Outcome.STORED and not noted.revised
    return stored or (noted.outcome is Outcome.DUPLICATE and noted.reason == SAME_TEXT)
