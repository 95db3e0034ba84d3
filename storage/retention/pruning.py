"""Giving up what is too old or too much, a few articles at a time: a crawl goes on meanwhile, a kill leaves no half.

First the database, then the files: what was pruned has no row that shows it, and its raw pages go next. Whoever is
killed between the two has a note of it in the file, and the next round takes their pages away first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.archive.forgetting import forget_pruned
from storage.database import Database
from storage.progress import Progress, untold
from storage.records import utc_text
from storage.retention.choosing import Due, Lot, asked, due, every_due, summed
from storage.retention.giving_up import give_up
from storage.retention.policy import Policy

BATCH = 50
"""Articles of one transaction: a third of a second at 100,000 articles, measured with stories and search."""

ROUND = 10_000
"""Articles after which their raw pages are taken out of the archive, whose files are written anew for that."""

# In `meta` while pages of pruned articles may still be in the archive.
_UNFORGOTTEN = "unforgotten_pages"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """What was given up, or would be, by source and reason. `raw_pages`: taken out of the archive."""

    lots: tuple[Lot, ...]
    raw_pages: int = 0

    @property
    def articles(self) -> int:
        """How many in all."""
        return sum(lot.articles for lot in self.lots)


def prune(
    database: Database,
    policy: Policy,
    now: datetime,
    *,
    dry_run: bool = False,
    progress: Progress = untold,
) -> Pruned:
    """What was given up: all that the policy does not keep. The caller is the writer, unless it is a `dry_run`.

    `progress`: called with how many articles are done, of how many. Raises UnknownSource and StorageFault; what was
    done by then stays done.
    """
    if dry_run:
        return Pruned(lots=summed(one.lot for one in every_due(database, policy, now)))
    of = sum(1 for _ in every_due(database, policy, now))
    given_up: tuple[Lot, ...] = ()
    done = 0
    progress(0, of)
    pages = forget_pages(database, now)
    while chosen := due(database, policy, now, ROUND):
        for batch in in_batches(database, chosen, now):
            given_up = summed([*given_up, *(one.lot for one in batch)])
            done += len(batch)
            progress(done, of)
        pages += forget_pages(database, now)
    return Pruned(lots=given_up, raw_pages=pages)


def prune_articles(database: Database, articles: Sequence[int], now: datetime) -> Pruned:
    """What was given up of articles that somebody asked to be forgotten; nothing of those that were before.

    No query shows them any more; of their texts, freed pages of the file may hold pieces until `storage.vacuum`. The
    caller is the writer.
    """
    chosen = asked(database, articles)
    for _ in in_batches(database, chosen, now):
        pass
    return Pruned(lots=summed(one.lot for one in chosen), raw_pages=forget_pages(database, now))


def in_batches(database: Database, chosen: Sequence[Due], now: datetime) -> Iterator[Sequence[Due]]:
    """The articles, given up a batch at a time, each in a transaction of its own; their raw pages are still there."""
    for start in range(0, len(chosen), BATCH):
        batch = chosen[start : start + BATCH]
        with database.transaction():
            database.execute("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", (_UNFORGOTTEN, utc_text(now)))
            for why in sorted({one.why for one in batch}):
                give_up(database, [one.article_id for one in batch if one.why == why], why, now)
        yield batch


def forget_pages(database: Database, now: datetime) -> int:
    """How many raw pages of pruned articles were taken out of the archive: all that were left there."""
    if database.value("SELECT 1 FROM meta WHERE name = ?", (_UNFORGOTTEN,)) is None:
        return 0
    pages = forget_pruned(database, now)
    with database.transaction():
        database.execute("DELETE FROM meta WHERE name = ?", (_UNFORGOTTEN,))
    return pages
