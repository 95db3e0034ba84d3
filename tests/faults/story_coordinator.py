"""`python story_coordinator.py DATABASE [--batch N] [--twice] [--shuffled SEED]`: stores the recording.

It does what the coordinator does: takes the lock, puts in order what a dead one has left, and ingests batch by batch.
Started again, it is sent everything again. It says `stored` after each batch that changed something.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from storage import ledger, runs, sources
from storage.database import Database, open_writer
from storage.ingest import Ingest
from storage.lock import WriterLock
from storage.noted import Lease
from storage.rechecks import RecheckPolicy
from storage.records import JobFinished, utc_text
from storage.stories import decisions
from storage.stories.regrouping import regroup
from tests.faults.story_recording import DAY, SOURCES, START, Page, Recording, discovered, out_of_order

POLICY = RecheckPolicy(ages=tuple(DAY / 2 * count for count in range(1, 40)), gone_times=1, gone_after=timedelta(0))
SPLIT_AFTER, MERGED_AFTER = 2, 3
"""Days after which a person takes a story apart, and joins two."""


class Coordinator:
    """One day after the other of a recording goes into an open file."""

    def __init__(
        self, database: Database, *, batch: int = 25, twice: bool = False, shuffled: int | None = None
    ) -> None:
        self._database = database
        self._batch, self._twice, self._shuffled = batch, twice, shuffled
        self._leases: dict[str, Lease] = {}
        self._ingest = Ingest(database, self._leases, POLICY)
        with database.transaction():
            runs.close_abandoned(database, START)
            ledger.release_all(database)

    def take(self, recording: Recording) -> Iterator[int]:
        """After each batch, how many of its events counted."""
        for day, pages in enumerate(recording.days):
            order = pages if self._shuffled is None else out_of_order(pages, self._shuffled + day)
            yield from self._day(recording, day, order)

    def _day(self, recording: Recording, day: int, pages: Sequence[Page]) -> Iterator[int]:
        now = START + day * DAY
        jobs = self._begin(list(pages), day)
        events = (replace(recording.event(page), job_id=jobs[page.source]) for page in pages)
        for batch in _batches(events, self._batch):
            noted = self._ingest.batch([*batch, *batch] if self._twice else batch, now)
            yield sum(one.outcome is not None for one in noted)
        self._ingest.batch([JobFinished(job_id=job, number=9, reason="finished") for job in jobs.values()], now)
        with self._database.transaction():
            runs.finish(self._database, next(iter(self._leases.values())).run_id, now)
            self._decide(day)
        self._leases.clear()

    def _begin(self, pages: list[Page], day: int) -> dict[str, str]:
        """The job of each source, to which all is lent that the day brings."""
        now, jobs = START + day * DAY, {}
        with self._database.transaction():
            run = runs.begin(self._database, "crawl", now)
            for name in SOURCES:
                source = sources.ensure(self._database, name, f"https://{name}.test/", now)
                job = jobs[name] = f"{name}-{run}"
                lent = ledger.lease(
                    self._database, run_id=run, job_id=job, source_id=source, now=now, limit=9999, rechecks=9999
                )
                runs.add_source(self._database, run, source, job, now, planned=len(lent), with_entries=True)
                self._leases[job] = Lease(run_id=run, source_id=source)
        found = [replace(discovered(pages, name), job_id=job) for name, job in jobs.items()]
        self._ingest.batch([one for one in found if one.candidates], now)
        return jobs

    def _decide(self, day: int) -> None:
        """None; a person has taken the largest story apart, or joined the two largest."""
        at = START + day * DAY + DAY / 2
        if self._database.value("SELECT count(*) FROM story_decisions WHERE at = ?", (utc_text(at),)):
            return
        rows = self._largest_stories()
        if day == SPLIT_AFTER:
            story = rows[0]["id"]
            keys = self._database.rows(
                "SELECT h.id FROM fingerprints f JOIN article_heads h ON h.id = f.article_id WHERE f.story_id = ?"
                " ORDER BY h.key",
                (story,),
            )
            decided = decisions.split(self._database, story, [row["id"] for row in keys[1::2]], at)
        elif day == MERGED_AFTER:
            decided = decisions.merge(self._database, [row["id"] for row in rows[1:3]], at)
        else:
            return
        regroup(self._database, decided.articles, at, "decision")

    def _largest_stories(self) -> list[Any]:
        """By what does not depend on ids."""
        return self._database.rows(
            "SELECT s.id FROM story_heads s JOIN fingerprints f ON f.story_id = s.id"
            " JOIN article_heads h ON h.id = f.article_id GROUP BY s.id ORDER BY count(*) DESC, min(h.key) LIMIT 3"
        )


def _batches(events: Iterable[Any], size: int) -> Iterator[list[Any]]:
    events = iter(events)
    while batch := list(islice(events, size)):
        yield batch


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("database", type=Path)
    options.add_argument("--batch", type=int, default=25)
    options.add_argument("--twice", action="store_true")
    options.add_argument("--shuffled", type=int)
    given = options.parse_args()
    with WriterLock(given.database, wait_seconds=20), open_writer(given.database) as database:
        coordinator = Coordinator(database, batch=given.batch, twice=given.twice, shuffled=given.shuffled)
        for counted in coordinator.take(Recording()):
            if counted:
                print("stored", flush=True)


if __name__ == "__main__":
    main()
