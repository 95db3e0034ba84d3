"""Jobs and events as bytes: JSON of typed values, checked when they are read. No pickle on any pipe.

JSON, because MessagePack's own timestamps are UTC only and a publication time must keep the offset of its page.
"""

from __future__ import annotations

import math
import os
import socket
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from storage.records import (
    CrawlJob,
    Discovered,
    EntryChecked,
    Event,
    Extracted,
    Failed,
    HostAsked,
    JobFinished,
    KeptBody,
    Rejected,
    RobotsFetched,
    Unchanged,
    Validators,
)


@dataclass(frozen=True, slots=True)
class Committed:
    """To the worker: these events, (job id, number) each, are safe in the database."""

    events: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Stop:
    """To the worker: start no new request, finish what is in flight, end the jobs (all of them, or one) as `reason`."""

    job_id: str | None = None
    reason: str = "stopped"


@dataclass(frozen=True, slots=True)
class Alive:
    """From the worker: its event loop turns. Memory in bytes, pages since its start.

    `moving`: the jobs of which something has come since it last said so (an answer, a part of one, an event), or which
    wait for the database.
    """

    resident_bytes: int
    pages: int
    jobs: int
    moving: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InHand:
    """From the worker: it reads a body now. `key`: of the page, or the address of an entry point; never committed.

    `suspect`: the page has broken its reader before, or the source failed; it is the only one of its kind in hand. A
    page then comes with its `body`.
    """

    job_id: str
    key: str
    suspect: bool = False
    body: KeptBody | None = None


@dataclass(frozen=True, slots=True)
class LetGo:
    """From the worker: that body is read, whatever came of it. The event of a page says the same."""

    job_id: str
    key: str


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of an Extracted that the worker knows; what the page says is not among them."""

    job_id: str
    number: int
    key: str
    url: str
    final_url: str
    final_key: str
    fetched_at: datetime
    validators: Validators
    observed: msgspec.Raw | None = None
    body: KeptBody | None = None


@dataclass(frozen=True, slots=True)
class Packed:
    """An Extracted on its way: `said` are its other fields as JSON, as the pool has made them. Read as an Extracted."""

    head: Head
    said: bytes

    @property
    def job_id(self) -> str:
        """Of the job."""
        return self.head.job_id

    @property
    def number(self) -> int:
        """Of the event."""
        return self.head.number

    @property
    def key(self) -> str:
        """Of the page."""
        return self.head.key

    def with_body(self, body: KeptBody) -> Packed:
        """The event of a suspect, whose body is kept where the article cannot be stored."""
        return Packed(msgspec.structs.replace(self.head, body=body), self.said)

    def unpacked(self) -> Extracted:
        """The event."""
        event = decode(encode(self))
        assert isinstance(event, Extracted)
        return event


class _Name(msgspec.Struct, frozen=True):
    """By what an event of a page is known."""

    job_id: str
    number: int
    key: str


@dataclass(frozen=True, slots=True)
class Passed:
    """An Extracted that is only passed on: what whoever passes it must know, and the message as it came, unread."""

    job_id: str
    number: int
    key: str
    message: bytes

    def read(self) -> Extracted:
        """The event. Raises msgspec.MsgspecError where it is none."""
        event = decode(self.message)
        assert isinstance(event, Extracted)
        return event


Message = CrawlJob | Committed | Stop | Alive | InHand | LetGo | Event

_KINDS: dict[str, type[Any]] = {
    kind.__name__: kind
    for kind in (
        CrawlJob,
        Committed,
        Stop,
        Alive,
        InHand,
        LetGo,
        Discovered,
        EntryChecked,
        Extracted,
        Unchanged,
        Rejected,
        Failed,
        RobotsFetched,
        HostAsked,
        JobFinished,
    )
}
_encoder = msgspec.json.Encoder()
_envelope = msgspec.json.Decoder(tuple[str, msgspec.Raw])
_frame = msgspec.json.Decoder(list[tuple[str, msgspec.Raw]])
_decoders = {name: msgspec.json.Decoder(kind) for name, kind in _KINDS.items()}
_name = msgspec.json.Decoder(_Name)


def encode(message: Message | Packed | Passed) -> bytes:
    """The bytes of one message. A lone surrogate, which UTF-8 cannot say, is left out."""
    if isinstance(message, Passed):
        return message.message
    if isinstance(message, Packed):
        # Two objects of JSON become one.
        return b'["Extracted",' + as_json(message.head)[:-1] + b"," + message.said[1:] + b"]"
    return as_json((type(message).__name__, message))


def as_json(value: Any) -> bytes:
    """A value of records, or of a mapping of them, as JSON; a lone surrogate is left out."""
    try:
        return _encoder.encode(value)
    except UnicodeEncodeError:
        return _encoder.encode(_sayable(msgspec.to_builtins(value)))


def frame(messages: Sequence[bytes]) -> bytes:
    """Several messages as one: what the reader of a pipe takes at a time."""
    return b"[" + b",".join(messages) + b"]"


def unframed(data: bytes, most: int | None = None) -> Iterator[Message]:
    """The messages of a frame, in order. Raises msgspec.MsgspecError for anything that is none, or has more of them."""
    messages = _frame.decode(data)
    if most is not None and len(messages) > most:
        raise msgspec.ValidationError(f"it has {len(messages)} messages; {most} are allowed")
    for kind, body in messages:
        yield _decoded(kind, body)


def unframed_to_pass(data: bytes) -> Iterator[Message | Passed]:
    """The messages of a frame, in order, with articles unread: to read and write them is a third of passing them on.

    Raises msgspec.MsgspecError for anything that is none, as far as it is read.
    """
    for kind, body in _frame.decode(data):
        if kind == Extracted.__name__:
            name = _name.decode(body)
            yield Passed(name.job_id, name.number, name.key, b'["Extracted",' + body + b"]")
        else:
            yield _decoded(kind, body)


def decode(data: bytes) -> Message:
    """The message in the bytes. Raises msgspec.MsgspecError for anything that is none."""
    return _decoded(*_envelope.decode(data))


def _decoded(kind: str, body: msgspec.Raw) -> Message:
    try:
        decoder = _decoders[kind]
    except KeyError:
        raise msgspec.ValidationError(f"no such message: {kind!r}") from None
    message: Message = decoder.decode(body)
    return message


def _sayable(value: Any) -> Any:
    match value:
        case str():
            return value.encode("utf-8", "ignore").decode()
        case dict():
            return {name: _sayable(part) for name, part in value.items()}
        case list() | tuple():
            return [_sayable(part) for part in value]
    return value


def set_patience(descriptor: int, seconds: float) -> None:
    """None; reading or writing half a message through this end of a pipe fails with OSError after that time.

    A process that stops in the middle of a message, or reads none, must not stop the one at the other end.
    """
    fraction, whole = math.modf(seconds)
    limit = struct.pack("ll", int(whole), int(fraction * 1e6))
    with socket.socket(fileno=os.dup(descriptor)) as pipe:
        pipe.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
        pipe.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
