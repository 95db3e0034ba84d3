"""What keeps the file no larger than is wanted: while the daemon runs, and after a crawl."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from datetime import datetime

from scheduler.config.file import Config
from storage.database import Database
from storage.faults import StorageFault
from storage.retention import pruning
from storage.retention.choosing import Due, due, summed
from storage.retention.policy import Keep, Policy
from storage.retention.run_log import prune_runs
from storage.retention.watched import prune_watched

logger = logging.getLogger(__name__)

MOST_PRUNED = 10_000
"""Articles that one round gives up, some two minutes of work between which the crawl goes on; the next goes on."""


def policy(config: Config, only: tuple[str, ...] = ()) -> Policy:
    """What is kept of each source, as [retention] and the sources say. `only`: those that are looked at."""
    default = Keep(seconds=config.retention.keep_for, text_bytes=config.retention.keep_bytes)
    sources: Mapping[str, Keep] = {
        source.name: Keep(
            seconds=default.seconds if source.keep_for is None else source.keep_for,
            text_bytes=default.text_bytes if source.keep_bytes is None else source.keep_bytes,
        )
        for source in config.source
    }
    return Policy(default=default, sources=sources, only=only)


def give_up_old(config: Config, database: Database, now: datetime) -> Iterator[None]:
    """Nothing but pauses in which other work may be done: after each, what is too old or too much is a little less.

    Articles, raw pages, the log of runs, incidents that are over. Whoever stops asking leaves the rest for the next
    round. The caller is the writer, and in no transaction. Raises StorageFault.
    """
    yield from _give_up_articles(config, database, now)
    yield from _trim_archive(config, database, now)
    forgotten = 0
    for runs in prune_runs(database, config.retention.keep_runs_for, now):
        forgotten += runs
        yield
    for _ in prune_watched(database, config.retention.keep_runs_for, now):
        yield
    if forgotten:
        logger.info("%d old runs are forgotten", forgotten)


def after_crawl(config: Config, database: Database, now: datetime) -> None:
    """None; one round was made. Where the file cannot be written, that is logged: the crawl itself is done."""
    try:
        for _ in give_up_old(config, database, now):
            pass
    except StorageFault as fault:
        logger.error("what is too old could not be given up: %s", fault)  # noqa: TRY400 - no trace


def _give_up_articles(config: Config, database: Database, now: datetime) -> Iterator[None]:
    kept = policy(config)
    pruning.forget_pages(database, now)
    if kept.is_idle:
        return
    chosen = due(database, kept, now, MOST_PRUNED)
    for _ in pruning.in_batches(database, chosen, now):
        yield
    pages = pruning.forget_pages(database, now)
    _tell(chosen, pages)


def _trim_archive(config: Config, database: Database, now: datetime) -> Iterator[None]:
    """A pause; the files of raw pages are within their bounds. What is kept no more still grows old."""
    from storage.archive.trimming import trim  # noqa: PLC0415

    trim(database, keep_for_seconds=config.archive.keep_for, max_bytes=config.archive.max_bytes, now=now)
    yield


def _tell(chosen: list[Due], raw_pages: int) -> None:
    for lot in summed(one.lot for one in chosen):
        logger.info(
            "pruned %d articles of %s for %s, seen first from %s to %s",
            lot.articles,
            lot.source,
            lot.why,
            lot.oldest,
            lot.newest,
            extra={"source": lot.source, "articles": lot.articles, "text_bytes": lot.text_bytes, "why": lot.why},
        )
    if raw_pages:
        logger.info("%d raw pages of pruned articles are gone", raw_pages)
    if len(chosen) == MOST_PRUNED:
        logger.info("more articles may be due: the next round goes on, or `dibao prune` at once")
