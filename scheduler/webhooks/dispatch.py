"""What is due is sent, and what came of it is written: called by the one that owns the database, now and then."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from scheduler.webhooks import waiting
from scheduler.webhooks.dispatching import Dispatching
from scheduler.webhooks.sender import Message, Result, Sender
from scheduler.webhooks.targets import Target
from storage.database import Database
from storage.outbox import feeding, messages, sending
from storage.outbox.sending import GONE, Delivery, Failure

logger = logging.getLogger(__name__)

BATCH = 100
"""Messages of one webhook that are made at once."""
BATCH_BYTES = 8 * 1024**2


class Dispatcher(Dispatching[Target]):
    """Tells webhooks of changes. `wake` is called from a thread when there is something for `tick` to write.

    `delivered`, `failed`: attempts since it was made.
    """

    def __init__(
        self,
        targets: Sequence[Target],
        clock: Callable[[], datetime],
        wake: Callable[[], None] = lambda: None,
        chance: random.Random | None = None,
    ) -> None:
        self.delivered = self.failed = 0
        self._targets = tuple(targets)
        self._clock = clock
        self._chance = chance or random.Random()  # noqa: S311 - spreads attempts, guards nothing
        self._sender = Sender(clock, wake)
        self._busy: set[str] = set()
        self._unwritten: list[Result] = []

    def configure(self, targets: Sequence[Target]) -> None:
        """None; these are the webhooks from now on. What is on its way to others is still written."""
        self._targets = tuple(targets)

    def tick(self, database: Database) -> bool:
        """Whether anything is on its way now. What came back is written, the outbox is filled, what is due goes out.

        Nothing is written while there is nothing new. Raises StorageFault; then it is all done by the next tick.
        """
        self._unwritten += self._sender.results()
        new = feeding.unknown(database, [target.name for target in self._targets])
        behind = feeding.behind(database, [target.wanted for target in self._targets])
        if self._unwritten or new or behind:
            self._write(database, new)
        if not self._ending:
            for target in self._targets:
                if target.name not in self._busy:
                    self._send_out(database, target)
        return bool(self._busy)

    def _stop(self, *, at_once: bool) -> None:
        self._sender.end()
        if at_once:
            self._sender.close()

    def _wait(self, seconds: float) -> None:
        """None; results have come, so many that the next batch can go out, or for so long."""
        until = time.monotonic() + seconds
        while not any(result.last for result in self._unwritten) and (left := until - time.monotonic()) > 0:
            self._unwritten += self._sender.results(left)

    def _write(self, database: Database, new: Sequence[str]) -> None:
        now = self._clock()
        with database.transaction():
            for result in self._unwritten:
                self._settle(database, result, now)
            if new:
                feeding.adopt(database, new, now)
            for wanted in feeding.behind(database, [target.wanted for target in self._targets]):
                feeding.feed(database, wanted, now)
        for result in self._unwritten:
            self._note(result)
        self._unwritten = []

    def _settle(self, database: Database, result: Result, now: datetime) -> None:
        delivery, answer = _delivery(result), result.answer
        failures = sending.failures(database, delivery.webhook)
        if answer.error is None:
            assert answer.http_status is not None, "without an answer it was not taken"
            sending.delivered(database, delivery, answer.http_status, now)
            if failures:
                logger.info("webhook %s takes messages again", delivery.webhook)
            return
        failure = self._failure(result, failures + 1, now)
        sending.failed(database, delivery, failure, now)
        _tell(delivery, failure, failures)

    def _failure(self, result: Result, failures: int, now: datetime) -> Failure:
        """How long the delivery and its webhook are to wait: as long as was asked for, at least."""
        answer, attempts = result.answer, _delivery(result).attempts + 1
        asked_seconds = waiting.asked_seconds(answer.retry_after, now)
        asked = timedelta() if asked_seconds is None else timedelta(seconds=asked_seconds)
        of_delivery = max(waiting.after_attempt(attempts, self._chance), asked)
        of_webhook = max(waiting.of_webhook(failures, self._chance) or timedelta(), asked)
        return Failure(
            http_status=answer.http_status,
            error=answer.error or "",
            delivery_waits=None if attempts >= result.target.hook.max_attempts else of_delivery,
            webhook_waits=of_webhook or None,
        )

    def _note(self, result: Result) -> None:
        """None; counted, once it is in the file."""
        if result.answer.error is None:
            self.delivered += 1
        else:
            self.failed += 1
        if result.last:
            self._busy.discard(result.target.name)

    def _send_out(self, database: Database, target: Target) -> None:
        batch: list[Message] = []
        size = 0
        # A webhook that fails gets one message at a time: the first that it takes says that it is well again.
        limit = 1 if sending.failures(database, target.name) else BATCH
        for delivery in sending.due(database, target.name, self._clock(), limit):
            at, body = messages.body(database, delivery.seq, send_text=target.hook.send_text)
            batch.append(Message(id=messages.identity(target.name, delivery.seq, at), body=body, delivery=delivery))
            size += len(body)
            if size >= BATCH_BYTES:
                break
        if batch:
            self._busy.add(target.name)
            self._sender.submit(target, batch)


def _delivery(result: Result) -> Delivery:
    assert result.message.delivery is not None, "tests are not dispatched"
    return result.message.delivery


def _tell(delivery: Delivery, failure: Failure, failures: int) -> None:
    """Log what an operator should know: that it began to fail, that a delivery is dead, that nothing is sent more."""
    name = delivery.webhook
    extra = {"webhook": name, "seq": delivery.seq, "http_status": failure.http_status}
    if failure.http_status == GONE:
        again = f"dibao webhooks replay {name}"
        logger.error("webhook %s is gone (HTTP 410): it is told nothing more until `%s`", name, again, extra=extra)
    elif failure.delivery_waits is None:
        logger.error("webhook %s: change %d is given up: %s", name, delivery.seq, failure.error, extra=extra)
    elif not failures:
        logger.warning("webhook %s fails: %s; it is tried again", name, failure.error, extra=extra)
