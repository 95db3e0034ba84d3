"""One message to one place, in the way of its kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Protocol

from scheduler.alerting import log, mail, program
from scheduler.alerting.notes import Message
from scheduler.alerting.robots import dingtalk, feishu, slack, wecom
from scheduler.alerting.sinks import Sink
from scheduler.webhooks.answers import Answer
from scheduler.webhooks.courier import Courier, Post
from scheduler.webhooks.doors import door_of


class Robot(Protocol):
    """What each file in `robots` has."""

    def url(self, sink: Sink, message: Message) -> str:
        """Where a message is sent."""

    def body(self, sink: Sink, message: Message) -> bytes:
        """The message, no larger than the chat takes it."""

    def judged(self, answer: Answer) -> Answer:
        """The answer with what its body says."""


ROBOTS: Mapping[str, Robot] = MappingProxyType({
    "wecom": wecom, "dingtalk": dingtalk, "feishu": feishu, "slack": slack,
})  # fmt: skip
_JSON = MappingProxyType({"Content-Type": "application/json; charset=utf-8"})


async def tell(courier: Courier[Any], sink: Sink, message: Message) -> Answer:
    """What became of a message. Nothing that the place keeps to itself stands in it."""
    match sink.alert.kind:
        case "log":
            answer = log.tell(message)
        case "email":
            answer = await mail.send(sink, message)
        case "json":
            content = program.body(message)
            answer = await courier.post(_post(sink, sink.url, content, program.headers(sink, message, content)))
        case kind:
            robot = ROBOTS[kind]
            post = _post(sink, robot.url(sink, message), robot.body(sink, message), _JSON)
            answer = robot.judged(await courier.post(post))
    return answer if answer.error is None else replace(answer, error=sink.without_secrets(answer.error))


def _post(sink: Sink, url: str, content: bytes, headers: Mapping[str, str]) -> Post:
    return Post(
        url=url,
        body=content,
        headers=headers,
        timeout_seconds=sink.alert.timeout_seconds,
        door=door_of(sink.url, sink.alert.allow_networks),
    )
