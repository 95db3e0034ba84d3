"""What sends messages to webhooks: one message of a webhook at a time, all webhooks side by side."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from scheduler.webhooks.answers import Answer
from scheduler.webhooks.courier import Courier, Post
from scheduler.webhooks.doors import door_of
from scheduler.webhooks.signing import signed_headers
from scheduler.webhooks.targets import Target
from storage.outbox.sending import Delivery

BATCH_SECONDS = 5.0
"""A batch ends after this, for its messages were made when it began and should say what is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What is sent. `delivery`: None for a test, which nobody counts."""

    id: str
    body: bytes
    delivery: Delivery | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of a message. `last`: nothing more comes of its batch; those not tried are due as before."""

    target: Target
    message: Message
    answer: Answer
    last: bool


class Sender:
    """Runs a thread from the first batch until `close`. `clock` gives the time that is signed."""

    def __init__(self, clock: Callable[[], datetime], wake: Callable[[], None] = lambda: None) -> None:
        self._clock = clock
        self._courier = Courier[Result]("webhooks", wake)

    def submit(self, target: Target, messages: Sequence[Message]) -> None:
        """None; the messages are sent in their order, until one fails or BATCH_SECONDS have passed."""
        self._courier.begin(self._send_all(target, messages))

    def results(self, wait_seconds: float = 0.0) -> list[Result]:
        """What has come since it was last asked, after waiting for the first for at most so long."""
        return self._courier.results(wait_seconds)

    def end(self) -> None:
        """None; batches end with the message that is on its way."""
        self._courier.ending.set()

    def close(self) -> None:
        """None; what is on its way is given up, and the thread has ended. Whether it was taken is not known."""
        self._courier.close()

    async def _send_all(self, target: Target, messages: Sequence[Message]) -> None:
        until = time.monotonic() + BATCH_SECONDS
        for message in messages:
            answer = await self._courier.post(self._post(target, message))
            last = (
                message is messages[-1]
                or answer.error is not None
                or time.monotonic() >= until
                or self._courier.ending.is_set()
            )
            self._courier.hand_back(Result(target=target, message=message, answer=answer, last=last), wake=last)
            if last:
                return

    def _post(self, target: Target, message: Message) -> Post:
        """The request of a message. Signed now: receivers refuse what is five minutes old."""
        hook = target.hook
        return Post(
            url=hook.url,
            body=message.body,
            headers=signed_headers(message.id, int(self._clock().timestamp()), message.body, target.keys),
            timeout_seconds=hook.timeout_seconds,
            door=door_of(hook.url, hook.allow_networks),
        )
