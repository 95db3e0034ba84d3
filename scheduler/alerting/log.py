"""Alerts as lines of Dibao's own log."""

from __future__ import annotations

import logging

from scheduler.alerting.notes import Message, Note
from scheduler.webhooks.answers import Answer

logger = logging.getLogger(__name__)


def tell(message: Message) -> Answer:
    """That it was taken; each alert is a line of its own, with the keys that all lines on incidents have."""
    for note in message.notes:
        extra = {"incident": note.incident_id, "kind": note.kind, "alert": note.event, "source": note.source}
        logger.log(_level(note), "%s: %s", note.headline, note.text, extra=extra)
    return Answer(http_status=None, error=None)


def _level(note: Note) -> int:
    if note.is_over:
        return logging.INFO
    return logging.ERROR if note.severity == "error" else logging.WARNING
