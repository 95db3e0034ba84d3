"""Jobs for the sites of a small world, and the events of one from its engine."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

from scheduler.demo.server import WorldServer
from scheduler.demo.world import World
from scheduler.engines.engine import Engine
from storage.records import CrawlJob, EntryPoint, Event, JobFinished, Limits

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
PATIENCE_SECONDS = 60.0
SITES = 4


@contextmanager
def small_world() -> Iterator[WorldServer]:
    """Sites of which the first one's sitemap never comes: a job for it runs until something ends it."""
    world = World(sites=SITES, articles=2, kinds=["daily"])
    world.stall(f"{world.sites[0].name}/sitemap.xml", seconds=600)
    with WorldServer(world) as running:
        yield running


def endless(server: WorldServer, name: str = "job", known: bytes = b"") -> CrawlJob:
    """A job that does not end by itself."""
    return _job(server, 0, name, known)


def short(server: WorldServer, name: str = "short", site: int = 1, *, delay_seconds: float = 0.0) -> CrawlJob:
    """A job of four requests."""
    job = _job(server, site, name)
    return replace(job, limits=replace(job.limits, delay_seconds=delay_seconds))


def sites_of(job: CrawlJob) -> frozenset[str]:
    """The host that a job asks: what no other may ask meanwhile."""
    return frozenset({job.home.split("/")[2].split(":")[0]})


def _job(server: WorldServer, site: int, name: str, known: bytes = b"") -> CrawlJob:
    base = server.url(server.world.sites[site])
    return CrawlJob(
        id=name,
        run_id=1,
        source=f"source of {name}",
        home=f"{base}/",
        hosts=tuple(host for host, _ in server.addresses.values()),
        timezone="Asia/Shanghai",
        user_agent="dibao-test",
        now=NOW,
        entry_points=(EntryPoint(kind="sitemap", url=f"{base}/sitemap.xml"),),
        known=known,
        limits=Limits(delay_seconds=0, timeout_seconds=600),
        allow_networks=("127.0.0.0/8",),
    )


def collected(engine: Engine, *job_ids: str, limit: int = 100) -> list[Event]:
    """The events of jobs up to the end of each, in the order in which they came; all that come are confirmed."""
    found: list[Event] = []
    open_jobs = set(job_ids)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        events = engine.poll(0.5, limit=limit)
        engine.committed(events)
        found += [event for event in events if event.job_id in job_ids]
        open_jobs -= {event.job_id for event in events if isinstance(event, JobFinished)}
        if not open_jobs:
            return found
    raise AssertionError(f"jobs {sorted(open_jobs)} did not end")


def end(events: list[Event], job_id: str) -> JobFinished:
    """The one end of a job; there must be no other, and nothing behind it."""
    of_job = [event for event in events if event.job_id == job_id]
    ends = [event for event in of_job if isinstance(event, JobFinished)]
    assert len(ends) == 1, ends
    assert of_job[-1] is ends[0]
    return ends[0]
