"""Jobs that went on while no coordinator was there: what it takes to go on with them, kept beside each job.

SQLite says which jobs are open, the engine which are out. Those that are both are taken up as if the coordinator had
never ended; one that only SQLite knows was never sent, or is lost, and comes again; one that only the engine knows is
told to stop, and what it tells is let go.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import msgspec
from pydantic import ValidationError

from crawler.config import Source
from scheduler.engines.engine import Engine, JobOut
from scheduler.running import Running
from storage import runs
from storage.database import Database
from storage.noted import Lease
from storage.records import Event, JobFinished
from storage.sources import SourceRow

logger = logging.getLogger(__name__)

VERSION: Final = 1
"""Of a memo. One of another version is not taken up: its job is told to stop, its pages come again."""

LEFT_BEHIND: Final = (
    "crawls ran on other machines until now: jobs that may still be under way there ask the same sites as this machine,"
    " and what they find is not stored. Stop those workers (`dibao cluster drain --all`)"
)


class Memo(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be known of a job beside the job. `source`: as JSON, for it may have left the configuration since."""

    version: int
    source: str
    run_id: int
    source_id: int
    entries: bool
    sites: tuple[str, ...]
    delay_seconds: float
    suspect: bool
    before: SourceRow
    home: str
    addresses: tuple[str, ...]


@dataclass(slots=True)
class Adopted:
    """The jobs that are taken up, by id. `strange`: those that the file does not know, or cannot go on with.

    `over`: those that it has seen the end of.
    """

    running: dict[str, Running] = field(default_factory=dict)
    leases: dict[str, Lease] = field(default_factory=dict)
    strange: list[str] = field(default_factory=list)
    over: list[str] = field(default_factory=list)


def memo_of(running: Running, lease: Lease) -> bytes:
    """What brings both back."""
    memo = Memo(
        version=VERSION,
        source=running.source.model_dump_json(exclude_unset=True),
        run_id=running.run_id,
        source_id=running.source_id,
        entries=running.entries,
        sites=tuple(sorted(running.sites)),
        delay_seconds=running.delay_seconds,
        suspect=running.suspect,
        before=running.before,
        home=lease.home,
        addresses=tuple(sorted(lease.entries)),
    )
    return msgspec.json.encode(memo)


def adopted(database: Database, jobs: Iterable[JobOut]) -> Adopted:
    """What of these jobs the file still waits for, and of which it does not."""
    found = Adopted()
    for job in jobs:
        if not runs.is_known(database, job.job_id):
            found.strange.append(job.job_id)
        elif runs.is_open(database, job.job_id):
            _adopt(found, job)
        else:
            found.over.append(job.job_id)
    return found


def send_home(engine: Engine, found: Adopted) -> None:
    """None; the jobs that are not taken up are told to stop. Of those that are over, most have ended already."""
    for job_id in (*found.strange, *found.over):
        engine.stop_job(job_id)
    if found.strange:
        logger.warning(
            "%d jobs go on that this file does not know, or was not told enough of: it may be an older copy. They are"
            " told to stop, and what they have found is fetched again",
            len(found.strange),
            extra={"jobs": found.strange[:10]},
        )


def _adopt(found: Adopted, job: JobOut) -> None:
    try:
        memo = msgspec.json.decode(job.memo, type=Memo)
        source = Source.model_validate_json(memo.source)
    except (msgspec.MsgspecError, ValidationError):
        found.strange.append(job.job_id)
        return
    if memo.version != VERSION:
        found.strange.append(job.job_id)
        return
    found.leases[job.job_id] = Lease(
        run_id=memo.run_id, source_id=memo.source_id, home=memo.home, entries=frozenset(memo.addresses)
    )
    found.running[job.job_id] = Running(
        source=source,
        run_id=memo.run_id,
        source_id=memo.source_id,
        entries=memo.entries,
        sites=frozenset(memo.sites),
        delay_seconds=memo.delay_seconds,
        suspect=memo.suspect,
        before=memo.before,
    )


class Strangers:
    """Jobs that the engine has and the file has not. What comes of them is let go, and counted."""

    def __init__(self, job_ids: Iterable[str] = ()) -> None:
        self._dropped = dict.fromkeys(job_ids, 0)

    def note(self, event: Event) -> None:
        """None; where the event is of such a job, it is counted, and told of with the job's end."""
        if event.job_id not in self._dropped:
            return
        if not isinstance(event, JobFinished):
            self._dropped[event.job_id] += 1
        elif dropped := self._dropped.pop(event.job_id):
            logger.warning("what a strange job had found was let go", extra={"job": event.job_id, "events": dropped})
