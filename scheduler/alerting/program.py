"""Alerts for programs: one JSON document over HTTP, signed as standardwebhooks.com says where a secret is set.

`title`, `body`, `type` and `format` are what the HTTP interface of Apprise takes (github.com/caronc/apprise-api), so
that every service which it knows can be reached through it; `alerts` holds all facts.
"""

from __future__ import annotations

import json
from typing import Any

from scheduler.alerting.mail_text import text_of
from scheduler.alerting.notes import Message, Note
from scheduler.alerting.sinks import Sink
from scheduler.webhooks.signing import signed_headers
from storage.records import utc_text

TYPES = {"error": "failure", "warning": "warning", "resolved": "success"}


def body(message: Message) -> bytes:
    """The document, with every alert of the message."""
    document = {
        "title": message.title,
        "body": text_of(message),
        "type": TYPES[message.severity],
        "format": "text",
        "timestamp": utc_text(message.now),
        "alerts": [_alert(note) for note in message.notes],
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def headers(sink: Sink, message: Message, content: bytes) -> dict[str, str]:
    """The headers of a message. Its identity is that of its alerts: who has seen `webhook-id` has seen them all."""
    identity = f"{sink.name}-{message.identity(sink.name)}"
    if not sink.keys:
        return {"webhook-id": identity}
    return signed_headers(identity, int(message.now.timestamp()), content, sink.keys)


def _alert(note: Note) -> dict[str, Any]:
    return {
        "id": note.id,
        "incident": note.incident_id,
        "event": note.event,
        "kind": note.kind,
        "severity": note.severity,
        "source": note.source,
        "sources": list(note.sources),
        "opened_at": utc_text(note.opened_at),
        "resolved_at": None if note.resolved_at is None else utc_text(note.resolved_at),
        "headline": note.headline,
        "text": note.text,
        "advice": note.advice,
        "link": note.link,
        "facts": dict(note.facts),
    }
