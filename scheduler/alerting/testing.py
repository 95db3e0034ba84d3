"""A message that only asks whether messages arrive."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from scheduler.alerting.notes import Message, Note
from scheduler.alerting.sinks import Sink
from scheduler.alerting.telling_one import tell
from scheduler.webhooks.answers import Answer
from scheduler.webhooks.courier import Courier


def send_test(sink: Sink, clock: Callable[[], datetime]) -> Answer:
    """What the place answers to a message that says that it is a test, signed as all are."""
    message = message_of_test(sink, clock())
    courier = Courier[Answer]("alert-test")

    async def work() -> None:
        courier.hand_back(await tell(courier, sink, message))

    try:
        courier.begin(work())
        # The request has its own end; this is only for a thread that died.
        (answer,) = courier.results(sink.alert.timeout_seconds + 10)
        return answer
    finally:
        courier.close()


def message_of_test(sink: Sink, now: datetime) -> Message:
    """A message with one note, which is of no incident."""
    zh = sink.language == "zh"
    note = Note(
        id=0,
        incident_id=0,
        event="opened",
        kind="test",
        severity="warning",
        source=None,
        opened_at=now,
        resolved_at=None,
        headline="测试" if zh else "a test",
        text="这是一条测试消息，收到即表示告警可以送达。" if zh else "This is a test: alerts arrive here.",
        advice="",
        link=sink.settings.page_url,
    )
    return Message(notes=(note,), language=sink.language, now=now)
