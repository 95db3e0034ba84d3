"""What a coordinator frees that no job holds: after one before it was killed, and after a fault of ours."""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import datetime

from storage import ledger, quarantine, runs, sources
from storage.database import Database

logger = logging.getLogger(__name__)


def take_up(database: Database, extractor: str, now: datetime, *, out: Collection[str] = ()) -> None:
    """None; what a killed coordinator left behind is free again and its runs are closed.

    Pages that broke an extractor of another name than `extractor` are asked for again. `out`: jobs that go on without
    it (scheduler.adopting); they keep what they hold, and the runs that they take part in stay open.
    """
    with database.transaction():
        for source_id in sources.cut_short(database, but=out):
            sources.not_attempted(database, source_id)
        freed = ledger.release_all(database, but=out)
        let_out = quarantine.retry_others(database, extractor, now)
        closed = runs.close_abandoned(database, now, but=out)
    if freed or closed:
        logger.warning("took up after an unclean end", extra={"runs": closed, "urls": freed})
    if let_out:
        logger.info("the extractor is another: what broke the old one is asked for again", extra={"pages": let_out})


def free_strays(database: Database, job_ids: Collection[str]) -> None:
    """None; what jobs hold on loan that are not out, as only a fault of ours can bring about, is free again."""
    with database.transaction():
        strays = ledger.release_strays(database, job_ids)
    for job_id, many in strays.items():
        logger.error("a job that is not out had addresses on loan", extra={"job": job_id, "urls": many})
