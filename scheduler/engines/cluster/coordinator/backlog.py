"""The batches of events that wait in PostgreSQL: taken with their rows locked, deleted when the file has them.

Never "all after the last id": ids are given in one order and committed in another, and 30 % were lost that way
(measured). What is visible and not held yet is taken, oldest first; so the batches of one job, which one worker tells
one after the other, come in their order.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from scheduler.engines.cluster.coordinator import ends
from scheduler.engines.cluster.coordinator.inbox import Settled, Taken

if TYPE_CHECKING:
    import psycopg

logger = logging.getLogger(__name__)

AT_ONCE: Final = 100
LONGEST_SECONDS: Final = 5.0
"""For so long a transaction stays open: while one is, PostgreSQL sweeps nothing that was deleted since. The lock of the
schema, not those of the rows, is what keeps a second coordinator out."""
SHOWN_CHARS: Final = 300


class Backlog:
    """What of the table `events` is held here. The connection is given to each call: it may be another after a loss."""

    def __init__(self) -> None:
        self._held: set[int] = set()
        self._since: float | None = None

    def take(self, hand: psycopg.Connection, most_bytes: int, now: float) -> list[Taken]:
        """The oldest batches that are not held, up to so many bytes but one at least. `now`: monotonic seconds.

        Raises psycopg.OperationalError where the server is lost.
        """
        rows = hand.execute(
            "WITH oldest AS MATERIALIZED (SELECT id, octet_length(payload) AS size FROM events"
            " WHERE id <> ALL(%(held)s::bigint[]) ORDER BY id LIMIT %(most)s FOR UPDATE SKIP LOCKED),"
            " summed AS (SELECT id, sum(size) OVER (ORDER BY id) - size AS before FROM oldest)"
            " SELECT e.id, e.job_id, e.format, e.payload, e.worker FROM summed AS s JOIN events AS e ON e.id = s.id"
            " WHERE s.before < %(bytes)s ORDER BY e.id",
            {"held": list(self._held), "most": AT_ONCE, "bytes": most_bytes},
            binary=True,  # as text a payload is twice as long, and has to be read letter by letter
        ).fetchall()
        if not rows and not self._held:
            hand.rollback()
        elif self._since is None:
            self._since = now
        taken = [Taken(id=row[0], job_id=row[1], format=row[2], payload=row[3], worker=row[4]) for row in rows]
        self._held.update(one.id for one in taken)
        return taken

    def delete(self, hand: psycopg.Connection, settled: Settled) -> None:
        """None; what is settled is gone from PostgreSQL, in one transaction. Raises psycopg.OperationalError."""
        hand.execute("DELETE FROM events WHERE id = ANY(%s)", (settled.batches,))
        if settled.given_up:
            hand.execute("DELETE FROM events WHERE job_id = ANY(%s)", (settled.given_up,))
        for taken, why in settled.damaged:
            _set_aside(hand, taken, why)
        ends.forget(hand, settled.ended + settled.given_up)
        hand.commit()
        self._since = None
        self._held.difference_update(settled.batches)
        self._held.difference_update(taken.id for taken, _ in settled.damaged)

    def rest(self, hand: psycopg.Connection, now: float) -> None:
        """None; a transaction that has been open for long is ended. What is held stays held."""
        if self._since is not None and now - self._since > LONGEST_SECONDS:
            hand.commit()
            self._since = None

    def let_go(self, hand: psycopg.Connection) -> None:
        """None; nothing is held: all that is there will be taken again."""
        hand.rollback()
        self.lost()
        self._held.clear()

    def lost(self) -> None:
        """None; the transaction that was open is no more. What is held stays held."""
        self._since = None


def _set_aside(hand: psycopg.Connection, taken: Taken, why: str) -> None:
    """None; a batch that cannot be read lies in `damaged`, for whoever looks into it, and its job has crashed."""
    said = why[:SHOWN_CHARS]
    logger.error(
        "a batch of events cannot be read and is set aside (table damaged): %s",
        said,
        extra={"batch": taken.id, "job": taken.job_id, "worker": taken.worker},
    )
    hand.execute(
        "WITH gone AS (DELETE FROM events WHERE id = %s RETURNING *) INSERT INTO damaged"
        " (id, job_id, first, last, events, format, payload, written_at, worker, reason)"
        " SELECT id, job_id, first, last, events, format, payload, written_at, worker, %s FROM gone",
        (taken.id, said),
    )
    hand.execute(
        "DELETE FROM procrastinate_jobs AS q USING jobs AS j WHERE q.id = j.queue_job AND j.id = %s", (taken.job_id,)
    )
    ends.end(hand, taken.job_id, "crashed", f"what worker {taken.worker} had told of it cannot be read: {said}")
