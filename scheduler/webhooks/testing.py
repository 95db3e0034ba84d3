"""A message that only asks whether messages arrive."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime

from scheduler.webhooks.answers import Answer
from scheduler.webhooks.sender import Message, Sender
from scheduler.webhooks.targets import Target
from storage.records import utc_text


def send_test(target: Target, clock: Callable[[], datetime]) -> Answer:
    """What the webhook answers to a message of the type `webhook.test`, signed as all are."""
    now = clock()
    document = {"type": "webhook.test", "timestamp": utc_text(now), "data": {"webhook": target.name}}
    body = json.dumps(document, separators=(",", ":")).encode("utf-8")
    sender = Sender(clock)
    try:
        sender.submit(target, [Message(id=f"{target.name}-test-{int(now.timestamp() * 1000)}", body=body)])
        # The request has its own end; this is only for a thread that died.
        (result,) = sender.results(target.hook.timeout_seconds + 10)
        return result.answer
    finally:
        sender.close()
