"""What one message says: a note for each alert in it, in the language of its receiver."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar

from scheduler.alerting.sinks import Sink
from storage.watch import wording
from storage.watch.alerts import QueuedAlert
from storage.watch.incidents import Incident

Made = TypeVar("Made")

ELLIPSIS = "…"
MOST_HEADLINES = 50
"""In a message of a chat: more are scrolled past; `dibao incidents` and the web page have all."""
_ORDER = {"error": 0, "warning": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One alert in words; each of its texts is one line. `link`: its page, where the operator named one.

    `facts`: those of the incident, which only programs are told.
    """

    id: int
    incident_id: int
    event: str
    kind: str
    severity: str
    source: str | None
    sources: tuple[str, ...] = ()
    opened_at: datetime
    resolved_at: datetime | None
    headline: str
    text: str
    advice: str
    link: str | None
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_over(self) -> bool:
        """Whether it tells that all is well again."""
        return self.event == "resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What one place is told at once. `brief`: headlines only. `left_out`: further notes that found no room.

    `now`: when it is made, so that it can be signed.
    """

    notes: tuple[Note, ...]
    language: str
    now: datetime
    left_out: int = 0
    brief: bool = False

    @property
    def severity(self) -> str:
        """The worst of what is not over: error or warning, or resolved where all is well again."""
        going_on = [note.severity for note in self.notes if not note.is_over]
        return min(going_on, key=_ORDER.__getitem__, default="resolved")

    @property
    def title(self) -> str:
        """One line. It begins with Dibao, so that robots that want a keyword can have this one."""
        zh = self.language == "zh"
        total = len(self.notes) + self.left_out
        if total == 1:
            colon = "：" if zh else ": "
            return f"Dibao {self.label(self.notes[0])}{colon}{self.notes[0].headline}"
        over = sum(note.is_over for note in self.notes)
        if zh:
            return f"Dibao {total} 条告警" + (f"，其中 {over} 条已恢复" if over and not self.left_out else "")
        return f"Dibao: {total} alerts" + (f", {over} of them resolved" if over and not self.left_out else "")

    def label(self, note: Note) -> str:
        """`warning`, `worse now`, `resolved`: what a headline is preceded by."""
        if note.event == "opened":
            return wording.severity_name(note.severity, self.language)
        return wording.event_name(note.event, self.language)

    def identity(self, sink: str) -> str:
        """What tells this message from all others, also after the file was put back to what it was; 24 hex digits."""
        told = " ".join(f"{note.id} {note.opened_at.isoformat()} {note.event}" for note in self.notes)
        return hashlib.sha256(f"{sink} {told}".encode()).hexdigest()[:24]

    @property
    def rest(self) -> str:
        """What is said of those that are left out; empty where none is."""
        if not self.left_out:
            return ""
        if self.language == "zh":
            return f"另有 {self.left_out} 条，见 dibao incidents"
        return f"and {self.left_out} more: dibao incidents"

    @property
    def see(self) -> str:
        """The word of a link."""
        return "查看详情" if self.language == "zh" else "details"


def note_of(alert: QueuedAlert, incident: Incident, sink: Sink) -> Note:
    """The alert in the words of its sink."""
    language, page = sink.language, sink.settings.page_url
    over = alert.event == "resolved"
    told = wording.resolution_sentence if over else None
    return Note(
        id=alert.id,
        incident_id=incident.id,
        event=alert.event,
        kind=incident.kind,
        severity=incident.severity,
        source=incident.source,
        sources=incident.sources,
        opened_at=incident.opened_at,
        resolved_at=incident.resolved_at,
        headline=wording.headline(incident.kind, incident.source, language),
        text=told(incident.facts, language, sink.zone)
        if told
        else wording.sentence(incident.kind, incident.facts, language, sink.zone),
        advice="" if over else wording.advice(incident.kind, incident.source, language),
        link=None if page is None else f"{page.rstrip('/')}/-/dibao/incidents/{incident.id}",
        facts=incident.facts,
    )


def message_of(notes: Sequence[Note], language: str, now: datetime) -> Message:
    """The message of these notes: what is not over before what is, errors before warnings, the oldest first."""
    ordered = sorted(notes, key=lambda note: (note.is_over, _ORDER[note.severity], note.id))
    return Message(notes=tuple(ordered), language=language, now=now)


def fitted(
    message: Message, make: Callable[[Message], Made], fits: Callable[[Made], bool], most_notes: int = MOST_HEADLINES
) -> Made:
    """What `make` makes of the message, or of as much of it as fits: headlines alone, then as many as there is room.

    A text is cut at a character and ends in an ellipsis.
    """
    whole = make(message)
    if fits(whole) and len(message.notes) <= most_notes:
        return whole
    if len(message.notes) == 1:
        (note,) = message.notes
        return _largest(lambda size: make(replace(message, notes=(_cut(note, size),))), len(note.text), fits)
    notes, total = message.notes, len(message.notes)

    def made(count: int) -> Made:
        return make(replace(message, notes=notes[:count], left_out=total - count, brief=True))

    return _largest(made, min(total, most_notes), fits)


def cut(text: str, most: int) -> str:
    """The text in at most so many characters."""
    return text if len(text) <= most else f"{text[: most - 1]}{ELLIPSIS}"


def _cut(note: Note, size: int) -> Note:
    return replace(note, text=cut(note.text, max(1, size)))


def _largest(make: Callable[[int], Made], most: int, fits: Callable[[Made], bool]) -> Made:
    """What is made of the largest number that fits, or of 1 where none does."""
    low, high = 1, most
    while low < high:
        middle = (low + high + 1) // 2
        if fits(make(middle)):
            low = middle
        else:
            high = middle - 1
    return make(low)
