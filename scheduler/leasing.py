"""From a source that is due to its job: what the ledger lends it, what is remembered of it, and what it may cost."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from crawler.config import Source
from crawler.jobs import asked_sites, build_job, own_sites
from scheduler import entry_rest
from scheduler.config.file import Config
from scheduler.entry_rest import EntryHistory
from storage import chrome, entry_points, gaps, host_states, ledger, link_shapes, runs, sources
from storage.database import Database
from storage.entry_points import EntryRow
from storage.host_states import HostState
from storage.noted import Lease
from storage.records import CrawlJob, EntryPoint, KnownSitemap, Limits
from storage.sources import SourceRow

# Entry points that we found: the ledger remembers them, the configuration does not.
FOUND = frozenset({"robots", "page"})
# Addresses with a session in them are others at each poll: no more than these are asked, or told to a job.
MOST_FOUND = 30
MOST_SITEMAPS = 2_000
LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A source that waits for its sites to be free. `entries`: whether its entry points are to be asked.

    `forced`: the operator asks for it, so no entry point rests. `suspect`: it failed last time. `sites`: what no other
    job may be asking meanwhile: its sites, and the addresses that serve them.
    """

    source: Source
    run_id: int
    entries: bool
    forced: bool
    suspect: bool = False
    sites: frozenset[str]


def group_of(database: Database, source: Source, now: datetime) -> frozenset[str]:
    """The sites that a source asks and the addresses that serve them: sources that share one share a queue."""
    sites = asked_sites(source)
    return sites | host_states.state(database, sites, now).addresses


def make_job(
    config: Config, database: Database, planned: Planned, now: datetime, max_requests: int | None
) -> tuple[CrawlJob, Lease, SourceRow]:
    """The job, its lease, and what was known of the source before. Call it in a transaction, which ends before it goes.

    `max_requests`: how many its hosts may still be sent this hour.
    """
    source = planned.source
    source_id = sources.ensure(database, source.name, source.home, now, source.outlet)
    before = sources.state(database, source_id, now)
    hosts = host_states.state(database, asked_sites(source), now)
    limits = _limits(config, source, hosts, max_requests)
    entries, sitemaps = _entries(database, source, source_id, planned, now)
    draft = build_job(
        source,
        config.fetch,
        config.dibao.contact,
        now=now,
        run_id=planned.run_id,
        entry_points=entry_points.prepared(database, source_id, entries, own_sites(source), now),
    )
    pages = ledger.lease(
        database,
        run_id=planned.run_id,
        job_id=draft.id,
        source_id=source_id,
        now=now,
        limit=limits.max_pages,
        rechecks=int(limits.max_pages * config.recheck.share) if planned.entries else 0,
        lying=hosts.lying,
    )
    runs.add_source(
        database, planned.run_id, source_id, draft.id, now, planned=len(pages), with_entries=planned.entries
    )
    if planned.entries:
        sources.attempted(database, source_id, now)
    job = replace(
        draft,
        pages=pages,
        limits=limits,
        sitemaps=sitemaps,
        # Who asks by hand may have heard that a site is well again: it is not kept out by what it said before.
        robots=tuple(one for one in hosts.robots if not (planned.forced and host_states.is_closed(one))),
        # Who asks no entry point meets no candidate.
        known=ledger.known(database, own_sites(source), source_id) if planned.entries else b"",
        known_since_gap=gaps.found_since(database, source_id, {entry.url for entry in entries}),
        chrome=chrome.for_job(database, source_id),
        shapes=link_shapes.for_job(database, source_id),
        keep_raw=config.archive.enabled,
        suspect=before.failures > 0,
    )
    named = frozenset(entry.url for entry in (*source.entry_points, *entries))
    lease = Lease(run_id=planned.run_id, source_id=source_id, home=source.home, entries=named)
    return job, lease, before


def _limits(config: Config, source: Source, hosts: HostState, max_requests: int | None) -> Limits:
    limits = config.fetch.limits(source)
    return replace(limits, delay_seconds=limits.delay_seconds * hosts.slower, max_requests=max_requests)


def _entries(
    database: Database, source: Source, source_id: int, planned: Planned, now: datetime
) -> tuple[tuple[EntryPoint, ...], tuple[KnownSitemap, ...]]:
    """The entry points to ask, longest unasked first, and those that others name and that were read before."""
    if not planned.entries:
        return (), ()
    rows = entry_points.rows(database, source_id, now)
    named = {entry.url: entry for entry in source.entry_points}
    found = () if source.names_entry_points else _livelier(row for row in rows if row.found_by in FOUND)
    candidates = {row.url: _found(row) for row in found} | named
    new = candidates.keys() - {row.url for row in rows}
    # One that the source names is not what it was when something else had named it.
    histories = [
        replace(_history(row), found_by=None) if row.url in named else _history(row)
        for row in rows
        if row.url in candidates or row.found_by == "index"
    ]
    chosen, needs_fallback = entry_rest.choose(histories, now)
    awake = set(candidates) if planned.forced else chosen | new
    asked = {row.url: row.last_checked_at or LONG_AGO for row in rows}
    entries = [entry for url, entry in candidates.items() if url in awake]
    entries.sort(key=lambda entry: asked.get(entry.url, LONG_AGO))
    if source.home not in candidates and ((needs_fallback and not new) or gaps.is_open(database, source_id, awake)):
        entries.append(EntryPoint(kind="listing", url=source.home, found_by="fallback"))
    return tuple(entries), tuple(_sitemaps((row for row in rows if row.url not in named), now))


def _livelier(rows: Iterable[EntryRow]) -> list[EntryRow]:
    """Of entry points that nobody named, as many as a poll may ask: those that brought something last."""
    return sorted(rows, key=lambda row: row.last_new_at or LONG_AGO, reverse=True)[:MOST_FOUND]


def _sitemaps(rows: Iterable[EntryRow], now: datetime) -> Iterable[KnownSitemap]:
    """Those that a job may meet again, the last asked first: an index whose parts change their names has no end."""
    known = [row for row in rows if row.found_by in FOUND | {"index"}]
    known.sort(key=lambda row: row.last_checked_at or LONG_AGO, reverse=True)
    for row in known[:MOST_SITEMAPS]:
        yield KnownSitemap(
            url=row.url,
            lastmod=row.lastmod,
            validators=row.validators,
            rest=entry_rest.asked_at(_history(row), now) > now,
            failing=row.failures > 0,
            seen=row.seen,
        )


def _found(row: EntryRow) -> EntryPoint:
    return EntryPoint(kind=row.kind, url=row.url, found_by=row.found_by, parent=row.parent)


def _history(row: EntryRow) -> EntryHistory:
    return EntryHistory(
        url=row.url,
        kind=row.kind,
        found_by=row.found_by,
        first_seen_at=row.first_seen_at,
        last_checked_at=row.last_checked_at,
        last_new_at=row.last_new_at,
        failures=row.failures,
        last_reason=row.last_reason,
        parent=row.parent,
    )
