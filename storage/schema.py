"""The schema of the file: append-only migrations. One that was released is never edited; a new one is added.

Private tables hold the data; the views are what readers use (storage.contract). Times are ISO-8601 UTC text to the
second.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from storage.migrations import crawling, finding, product, reading, smaller, stories, trust, watching

if TYPE_CHECKING:
    from sqlite_utils import Database, Migrations

STEPS = (
    crawling.m001_sources,
    crawling.m002_runs,
    crawling.m003_articles,
    crawling.m004_ledger,
    crawling.m005_views,
    reading.m006_facts,
    reading.m007_counts,
    reading.m008_chrome,
    finding.m009_discovery,
    stories.m010_stories,
    product.m011_product,
    trust.m012_trust,
    watching.m013_watching,
    smaller.m014_smaller,
)
NAMES: tuple[str, ...] = tuple(step.__name__ for step in STEPS)
VERSION = len(NAMES)


@cache
def migrations() -> Migrations:
    """All steps, as sqlite-utils takes them."""
    from sqlite_utils import Migrations  # noqa: PLC0415 - with numpy, .15 s; a file of today's schema needs neither

    made = Migrations("dibao")
    for step in STEPS:
        made()(step)
    return made


def apply(db: Database) -> None:
    """None; every pending migration is applied inside the transaction that the caller holds."""
    migrations().apply(db)


def applied(db: Database) -> tuple[str, ...]:
    """The names of the migrations that a file has, in the order in which it got them."""
    return tuple(migration.name for migration in migrations().applied(db))
