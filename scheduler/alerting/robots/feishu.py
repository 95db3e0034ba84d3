"""A custom bot of Feishu (飞书, Lark): an interactive card of plain texts, signed where a secret is set (签名校验).

Source: open.feishu.cn/document/client-docs/bot-v3/add-custom-bot: `timestamp` in seconds, not older than an hour;
`sign` is HMAC-SHA256 over nothing by the key timestamp, line feed and secret, in base64; 100 messages a minute and 5 a
second; a request has 20 kB at most. `code` is 0 where it was taken, 11232 or 9499 (`too many request`) where too many
came; in older answers it is `StatusCode`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

from scheduler.alerting.notes import Message, Note, fitted
from scheduler.alerting.robots.answering import judged_by_code
from scheduler.alerting.robots.inert import inert
from scheduler.alerting.sinks import Sink
from scheduler.webhooks.answers import Answer

MOST_BYTES = 20_000
LIMITED = {11232: 60, 9499: 60}
"""Seconds. 9499 is also what a malformed request is answered; both come with HTTP 400 (ccfos/nightingale#1437)."""
_COLOURS = {"error": "red", "warning": "orange", "resolved": "green"}


def url(sink: Sink, message: Message) -> str:  # noqa: ARG001 - as all robots have it
    """Where it is sent; the signature stands in the body."""
    return sink.url


def body(sink: Sink, message: Message) -> bytes:
    """The message, as much of it as there is room for."""
    return fitted(message, lambda part: _document(sink, part), lambda text: len(text) <= MOST_BYTES)


def judged(answer: Answer) -> Answer:
    """The answer with what its body says."""
    return judged_by_code(answer, ("code", "msg"), LIMITED, also=("StatusCode",))


def _document(sink: Sink, message: Message) -> bytes:
    header = {"title": _plain(message.title), "template": _COLOURS[message.severity]}
    elements = [element for note in message.notes for element in _elements(message, note)]
    if message.rest:
        elements.append({"tag": "div", "text": _plain(message.rest)})
    card = {"config": {"wide_screen_mode": True}, "header": header, "elements": elements}
    document = {**_signature(sink, message), "msg_type": "interactive", "card": card}
    return json.dumps(document, ensure_ascii=False).encode("utf-8")


def _signature(sink: Sink, message: Message) -> dict[str, str]:
    if not sink.secret:
        return {}
    timestamp = int(message.now.timestamp())
    digest = hmac.digest(f"{timestamp}\n{sink.secret}".encode(), b"", hashlib.sha256)
    return {"timestamp": str(timestamp), "sign": base64.b64encode(digest).decode("ascii")}


def _plain(text: str) -> dict[str, str]:
    """A text in which the card looks for no tags, as it would in `lark_md`."""
    return {"tag": "plain_text", "content": inert(text)}


def _elements(message: Message, note: Note) -> list[dict[str, Any]]:
    lines = [f"{message.label(note)} {note.headline}"] if len(message.notes) > 1 or message.brief else []
    if not message.brief:
        lines += [note.text, *([note.advice] if note.advice else [])]
    elements: list[dict[str, Any]] = [{"tag": "div", "text": _plain(line)} for line in lines]
    if note.link is not None and not message.brief:
        button = {"tag": "button", "text": _plain(message.see), "type": "default", "url": note.link}
        elements.append({"tag": "action", "actions": [button]})
    return elements
