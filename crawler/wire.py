"""Jobs and events as bytes: JSON of typed values, checked when they are read. No pickle on any pipe.

JSON, because MessagePack's own timestamps are UTC only and a publication time must keep the offset of its page.
"""

from __future__ import annotations

import math
import os
import socket
import struct
from dataclasses import dataclass
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
_decoders = {name: msgspec.json.Decoder(kind) for name, kind in _KINDS.items()}


def encode(message: Message) -> bytes:
    """The bytes of one message. A lone surrogate, which UTF-8 cannot say, is left out."""
    name = type(message).__name__
    try:
        return _encoder.encode((name, message))
    except UnicodeEncodeError:
        return _encoder.encode((name, _sayable(msgspec.to_builtins(message))))


def decode(data: bytes) -> Message:
    """The message in the bytes. Raises msgspec.MsgspecError for anything that is none."""
    kind, body = _envelope.decode(data)
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
