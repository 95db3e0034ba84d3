"""An incoming webhook of Slack: blocks of the type `plain_text`, in which nothing is a link, a mention or an emoji.

Source: docs.slack.dev/messaging/sending-messages-using-incoming-webhooks and the reference of blocks: a header has 150
characters at most, the text of a section 3000, a message 50 blocks. The answer is the word `ok`, or HTTP 4xx with a
word such as `invalid_payload`; HTTP 429 has a Retry-After.
"""

from __future__ import annotations

import json
from typing import Any

from scheduler.alerting.notes import Message, Note, cut, fitted
from scheduler.alerting.robots.answering import LONGEST_SAID, refused
from scheduler.alerting.robots.inert import inert
from scheduler.alerting.sinks import Sink
from scheduler.webhooks.answers import Answer

MOST_OF_HEADER = 150
MOST_OF_SECTION = 3000


def url(sink: Sink, message: Message) -> str:  # noqa: ARG001 - as all robots have it
    """Where it is sent: the address alone authorizes."""
    return sink.url


def body(sink: Sink, message: Message) -> bytes:  # noqa: ARG001 - as all robots have it
    """The message, as much of it as there is room for."""
    text = fitted(message, _text, lambda text: len(text) <= MOST_OF_SECTION)
    title = inert(message.title)
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": _plain(cut(title, MOST_OF_HEADER))},
        {"type": "section", "text": _plain(text)},
    ]
    link = message.notes[0].link
    if len(message.notes) == 1 and link is not None:
        blocks.append({"type": "section", "text": {"type": "mrkdwn", "text": f"<{link}|{message.see}>"}})
    # What a notification shows; it is read as mrkdwn, in which what is inert means nothing.
    return json.dumps({"text": title, "blocks": blocks}, ensure_ascii=False).encode("utf-8")


def judged(answer: Answer) -> Answer:
    """The answer with what its body says."""
    said = answer.excerpt[:LONGEST_SAID].decode("utf-8", "replace").strip()
    shown = "".join(one if one.isprintable() else " " for one in said)
    if answer.http_status is None or (answer.error is None and said == "ok"):
        return answer
    if answer.error is None:
        return refused(answer, f"it answered no `ok`: {shown}".rstrip(": "))
    return refused(answer, f"{answer.error}: {shown}".rstrip(": "), 60 if answer.http_status == 429 else None)  # noqa: PLR2004


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}


def _text(message: Message) -> str:
    lines = [line for note in message.notes for line in _lines(message, note)]
    return "\n".join([*lines, *([message.rest] if message.rest else [])])


def _lines(message: Message, note: Note) -> list[str]:
    head = [inert(f"{message.label(note)} {note.headline}")] if len(message.notes) > 1 or message.brief else []
    if message.brief:
        return head
    return [*head, inert(note.text), *([inert(note.advice)] if note.advice else [])]
