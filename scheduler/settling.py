"""What a job that has ended leaves with its source: success or failure, when it is asked again, what it has taught."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from scheduler import plan
from scheduler.config.file import Config
from scheduler.findings import findings_of
from scheduler.rhythm import Rhythm, observed, unwatched
from scheduler.running import Running
from storage import ended_pages, link_shapes, runs, sources
from storage.database import Database

BACKLOG_FOR = timedelta(days=1)


def settle(config: Config, database: Database, running: Running, result: runs.SourceRun, now: datetime) -> None:
    """None; the source's success or failure is written, as a part of the transaction that ends its job."""
    if result.status in {"ok", "partial"}:
        if running.entries:
            sources.succeeded(database, running.source_id, now, result.error)
            if running.retry_after_seconds is not None:
                pause = timedelta(seconds=running.retry_after_seconds)
                sources.pause(database, running.source_id, now + pause)
    elif result.status == "interrupted":
        if running.entries:
            sources.not_attempted(database, running.source_id)
    elif result.status == "failed":
        wait = _back_off(config, database, running, now)
        sources.failed(database, running.source_id, now + wait, result.error or "failed")


def _back_off(config: Config, database: Database, running: Running, now: datetime) -> timedelta:
    """How long a source that has failed is left alone."""
    failures = sources.failures(database, running.source_id) + 1
    rhythm = Rhythm.from_old_text(running.before.rhythm)
    period = plan.period_seconds(running.source, now, config.schedule, rhythm)
    wait = plan.back_off(failures, period, running.source.name)
    if running.retry_after_seconds is not None:
        wait = max(wait, timedelta(seconds=running.retry_after_seconds))
    return wait


def learn(database: Database, running: Running, now: datetime) -> None:
    """None; what the job has taught is kept, as a part of the transaction that ends it.

    It is taken from the file, which knows of what an earlier coordinator has stored of the job, too.
    """
    findings = findings_of(ended_pages.of_job(database, running.run_id, running.source_id))
    link_shapes.add(database, running.source_id, findings.shapes)
    if running.entries or findings.times:
        sources.set_rhythm(database, running.source_id, _rhythm(running, findings.times, now).text())


def _rhythm(running: Running, times: Sequence[datetime | None], now: datetime) -> Rhythm:
    """What is known of the source's hours after the job.

    What its first crawl brings is its backlog, and tells of the hours before; so does, for a day, what was left of it.
    Of the time in which an operator had it paused, and of what the first crawl after that brings, nothing is learned.
    """
    before = running.before
    known = Rhythm.from_old_text(before.rhythm)
    if before.paused_at is not None or known.resumed:
        return unwatched(known, now)
    backlog = before.pending_ready > 0 and now - before.created_at < BACKLOG_FOR
    since = None if backlog else before.last_success_at
    if since is not None:
        times = [at for at in times if at is None or at > since - BACKLOG_FOR]
    zone = ZoneInfo(running.source.timezone)
    return observed(known, since=since, until=now, times=times, zone=zone)
