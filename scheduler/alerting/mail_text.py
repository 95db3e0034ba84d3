"""A message as plain text: of an e-mail, and for programs that show one."""

from __future__ import annotations

from collections.abc import Iterator

from scheduler.alerting.notes import Message, Note, fitted

MOST_CHARACTERS = 100_000
"""Of an e-mail's text; a thousand alerts have as many."""


def text_of(message: Message) -> str:
    """The notes, one below the other; headlines only where they would be a book."""
    return fitted(message, _whole, lambda text: len(text) <= MOST_CHARACTERS, most_notes=len(message.notes))


def _whole(message: Message) -> str:
    between = "\n" if message.brief else "\n\n"
    parts = ["\n".join(_lines(message, note)) for note in message.notes]
    return between.join([*parts, *([message.rest] if message.rest else [])])


def _lines(message: Message, note: Note) -> Iterator[str]:
    colon = "：" if message.language == "zh" else ": "
    yield f"{message.label(note)}{colon}{note.headline}"
    if message.brief:
        return
    yield note.text
    if note.advice:
        yield note.advice
    if note.link is not None:
        yield note.link
