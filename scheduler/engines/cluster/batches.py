"""Events and jobs as the bytes that lie in PostgreSQL: JSON frames of `crawler.wire`, packed with zstd where it pays.

No pickle. The first byte says whether the rest is packed; unpacking is bounded, whoever wrote it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from crawler import wire
from storage.records import CrawlJob, Event

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MOST_BYTES: Final = 64 * 1024**2
"""Of one batch or job when it is unpacked. A page of thirty parts of 5 MB, with the raw bytes of all, stays below. What
is read of so many bytes takes ten times as much memory where it is made for that."""
MOST_EVENTS: Final = 10_000
"""Of one batch. A worker process has 500 under way (crawler.pipe_reporter.MAX_UNCOMMITTED)."""
PACKED_FROM_BYTES: Final = 1024
LEVEL: Final = 3
"""zstd's own default: of a batch of articles it leaves a quarter, at several hundred MB/s."""
LARGEST_WINDOW_LOG: Final = 23

_PLAIN, _ZSTD = b"j", b"z"


class TooLarge(ValueError):
    """What is to be packed is longer than any reader unpacks."""


def pack(messages: Sequence[bytes]) -> bytes:
    """One batch of events, each as `wire.encode` has made it. Raises TooLarge above MOST_BYTES."""
    return _packed(wire.frame(messages))


def unpack(data: bytes) -> Iterator[Event]:
    """The events of a batch, in order. Raises msgspec.MsgspecError for anything that is none."""
    for message in wire.unframed(_unpacked(data), MOST_EVENTS):
        match message:
            case CrawlJob() | wire.Committed() | wire.Stop() | wire.Alive() | wire.InHand() | wire.LetGo():
                raise msgspec.ValidationError(f"a {type(message).__name__} is no event")
        yield message


def pack_job(job: CrawlJob) -> bytes:
    """A job. Raises TooLarge above MOST_BYTES."""
    return _packed(wire.encode(job))


def unpack_job(data: bytes) -> CrawlJob:
    """The job. Raises msgspec.MsgspecError for anything that is none."""
    message = wire.decode(_unpacked(data))
    if not isinstance(message, CrawlJob):
        raise msgspec.ValidationError(f"a {type(message).__name__} is no job")
    return message


def _packed(data: bytes) -> bytes:
    if len(data) > MOST_BYTES:
        raise TooLarge(f"{len(data)} bytes are too many to be sent at once; {MOST_BYTES} are allowed")
    return _PLAIN + data if len(data) < PACKED_FROM_BYTES else _ZSTD + zstd.compress(data, LEVEL)


def _unpacked(data: bytes) -> bytes:
    """The JSON. Raises msgspec.DecodeError for bytes that nobody has packed, or that unpack to too many."""
    kind, rest = data[:1], data[1:]
    if kind == _PLAIN:
        return rest
    if kind != _ZSTD:
        raise msgspec.DecodeError(f"packed in no known way: {kind!r}")
    options: dict[int, int] = {zstd.DecompressionParameter.window_log_max: LARGEST_WINDOW_LOG}
    frame = zstd.ZstdDecompressor(options=options)
    try:
        unpacked: bytes = frame.decompress(rest, MOST_BYTES + 1)
    except zstd.ZstdError as error:
        raise msgspec.DecodeError(f"packed wrongly: {error}") from error
    if not frame.eof or frame.unused_data:
        raise msgspec.DecodeError("packed wrongly: it ends early, has more behind it, or is too large unpacked")
    return unpacked
