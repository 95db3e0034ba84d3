"""A custom robot of DingTalk (钉钉): a message of the type `markdown`, signed where a secret is set (加签).

Source: open.dingtalk.com/document/robots/custom-robot-access: `timestamp` in milliseconds, not older than an hour;
`sign` is HMAC-SHA256 by the secret over timestamp, line feed and secret, in base64; 20 messages a minute, and who sends
more is refused for ten minutes (`errcode` 130101, `send too fast`); a message has 20,000 bytes at most.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from urllib.parse import quote

from scheduler.alerting.notes import Message, Note, fitted
from scheduler.alerting.robots.answering import judged_by_code
from scheduler.alerting.robots.inert import inert
from scheduler.alerting.sinks import Sink
from scheduler.webhooks.answers import Answer

MOST_BYTES = 20_000
LIMITED = {130101: 600, 410100: 600, 90018: 60}
"""Seconds: `send too fast` (ccfos/nightingale#369) and its newer number, and the limit of the whole interface."""


def url(sink: Sink, message: Message) -> str:
    """Where it is sent, with the signature behind the token."""
    if not sink.secret:
        return sink.url
    timestamp = int(message.now.timestamp() * 1000)
    digest = hmac.digest(sink.secret.encode("utf-8"), f"{timestamp}\n{sink.secret}".encode(), hashlib.sha256)
    sign = quote(base64.b64encode(digest).decode("ascii"), safe="")
    joint = "&" if "?" in sink.url else "?"
    return f"{sink.url}{joint}timestamp={timestamp}&sign={sign}"


def body(sink: Sink, message: Message) -> bytes:  # noqa: ARG001 - as all robots have it
    """The message, as much of it as there is room for. Nobody is called by it, whatever stands in its text."""
    return fitted(message, _document, lambda text: len(text) <= MOST_BYTES)


def judged(answer: Answer) -> Answer:
    """The answer with what its body says."""
    return judged_by_code(answer, ("errcode", "errmsg"), LIMITED)


def _document(message: Message) -> bytes:
    markdown = {"title": inert(message.title), "text": _text(message)}
    document = {"msgtype": "markdown", "markdown": markdown, "at": {"atMobiles": [], "isAtAll": False}}
    return json.dumps(document, ensure_ascii=False).encode("utf-8")


def _text(message: Message) -> str:
    """Paragraphs, for a single line feed is none here."""
    parts = [f"### {inert(message.title)}"]
    for note in message.notes:
        parts += _parts(message, note)
    return "\n\n".join([*parts, *([message.rest] if message.rest else [])])


def _parts(message: Message, note: Note) -> list[str]:
    if message.brief:
        return [f"{message.label(note)} {inert(note.headline)}"]
    head = [f"**{message.label(note)} {inert(note.headline)}**"] if len(message.notes) > 1 else []
    advice = [inert(note.advice)] if note.advice else []
    link = [] if note.link is None else [f"[{message.see}]({note.link})"]
    return [*head, f"> {inert(note.text)}", *advice, *link]
