"""Content-Encoding undone, in place of Scrapy's middleware: within bounds, and to the very end or not at all.

Scrapy takes what there is of a gzip, deflate, br or zstd body that ends early and says nothing (5,428 of 40,013 bytes
became an article, measured); it undoes any number of layers, and knows one bound for all. Here a body has at most two
layers, each of which must come to its end (with its checksum, where it has one) before the request's own
`download_maxsize` is passed.
"""

from __future__ import annotations

import asyncio
import re
import sys
import zlib
from collections.abc import Callable, Generator, Iterator, Sequence
from functools import partial
from typing import Any, Final, Self

import brotli
from scrapy.crawler import Crawler
from scrapy.http import Request, Response, TextResponse
from scrapy.responsetypes import responsetypes

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

HEAD_ONLY: Final = "dibao_head_only"
"""Key of a request's meta: so many bytes of its body are wanted, and what follows them does not matter."""
ACCEPTED: Final = b"gzip, deflate, br, zstd"
MAX_LAYERS: Final = 2
MAX_MEMBERS: Final = 1000
"""Of gzip or zstd, one behind the other. The 64 KiB blocks of bgzip make 800 of 50 MB."""
LARGEST_WINDOW_LOG: Final = 23
"""8 MiB, the most that zstd may ask for on the web (RFC 9659); the library allows 128 MiB by itself."""
GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"

_PIECE_BYTES = 64 * 1024
_IN_LOOP_BYTES = 8 * 1024 * 1024
_SNIFFED_BYTES, _ENOUGH_TEXT = 1024, 64
_IDENTITY = frozenset({"", "identity", "none"})
_CONTROLS = bytes({*range(32)} - {9, 10, 12, 13, 27})
_BOM = b"\xef\xbb\xbf"
_DEFLATE = 8
_BAD_END = re.compile("incorrect (data|length) check")  # zlib's words for a checksum that does not fit
OK, REDIRECTION = 200, 300


class BadBody(Exception):
    """A body that is none. `reason`: bad_encoding, truncated or too_large."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class BodiesMiddleware:
    """Asks for packed bodies and undoes what comes, in the place of Scrapy's HttpCompressionMiddleware."""

    def __init__(self, most: int) -> None:
        self._most = most

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """The middleware of one crawl."""
        return cls(crawler.settings.getint("DOWNLOAD_MAXSIZE"))

    def process_request(self, request: Request) -> None:
        """None; the request says which encodings we can undo."""
        request.headers.setdefault("Accept-Encoding", ACCEPTED)

    async def process_response(self, request: Request, response: Response) -> Response:
        """The response with its body as it is meant. Raises BadBody.

        Answers without a page (304, 404 ...) are let through as they came: their status is what they say.
        """
        encodings = _encodings(response)
        head_only = request.meta.get(HEAD_ONLY)
        if not OK <= response.status < REDIRECTION or not response.body:
            return response
        if encodings:
            most = head_only or request.meta.get("download_maxsize", self._most) or sys.maxsize
            cut = "download_stopped" in response.flags
            undo = partial(decoded, response.body, encodings, most, head_only=bool(head_only), cut=cut)
            # 50 MB of a sitemap would hold up all jobs for half a second.
            body = await asyncio.to_thread(undo) if most > _IN_LOOP_BYTES else undo()
        else:
            body = response.body[:head_only]
        return _with_body(response, body)


def decoded(
    body: bytes, encodings: Sequence[str], most: int, *, head_only: bool = False, cut: bool = False
) -> bytes:
    """A body without its encodings, the last of which was put on last. Raises BadBody.

    `most`: bytes of any layer; beyond them it is too_large or, with `head_only`, cut off. `cut`: the body was cut off
    by us, so that an early end is none of its faults. A body that is plain text whatever its header says is taken as
    it is: servers label what they have forgotten to pack.
    """
    if len(encodings) > MAX_LAYERS:
        raise BadBody("bad_encoding", f"{len(encodings)} layers: {', '.join(encodings)[:100]}")
    for number, encoding in enumerate(reversed(encodings)):
        try:
            body = _undone(body, encoding, most, head_only=head_only, cut=cut)
        except BadBody as error:
            if number or error.reason == "too_large" or not is_text(body):
                raise
            return body[:most] if head_only else body
    return body


def is_text(body: bytes) -> bool:
    """Whether a body reads as text from its first bytes: no control characters, and some length or whole markup."""
    head = body[:_SNIFFED_BYTES].removeprefix(_BOM).strip()
    if head.startswith((GZIP, ZSTD)) or len(head) != len(head.translate(None, _CONTROLS)):
        return False
    return len(head) >= _ENOUGH_TEXT or (head[:1] + head[-1:]) in {b"<>", b"{}", b"[]"}


def _undone(body: bytes, encoding: str, most: int, *, head_only: bool, cut: bool) -> bytes:
    unpack = _UNPACK.get(encoding)
    if unpack is None:
        raise BadBody("bad_encoding", f"unknown encoding {encoding[:50]!r}")
    output = bytearray()
    try:
        for piece in unpack(body):
            output += piece
            if len(output) > most:
                if head_only:
                    return bytes(output[:most])
                raise BadBody("too_large", f"more than {most} bytes in {len(body)} of {encoding}")
    except (zlib.error, brotli.error, zstd.ZstdError) as error:
        broken = "truncated" if _BAD_END.search(str(error)) else "bad_encoding"
        raise BadBody(broken, f"{encoding}: {error}"[:200]) from error
    except EOFError as error:
        if not cut:
            raise BadBody("truncated", f"{encoding}: ends early, after {len(output)} bytes") from error
    return bytes(output)


def _unpacked_gzip(body: bytes) -> Iterator[bytes]:
    """The bytes of all members; what follows the last one is padding. Raises EOFError for an early end."""
    position = members = 0
    while members == 0 or body.startswith(GZIP, position):
        members += 1
        if members > MAX_MEMBERS:
            raise BadBody("bad_encoding", f"more than {MAX_MEMBERS} gzip members")
        member = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        position = yield from _inflated(member, body, position)
        if not member.eof:
            raise EOFError


def _unpacked_deflate(body: bytes) -> Iterator[bytes]:
    """The bytes of a zlib stream (RFC 1950), or of a bare deflate stream, which some servers send under that name."""
    wrapped = bool(body) and body[0] & 15 == _DEFLATE and int.from_bytes(body[:2], "big") % 31 == 0
    stream = zlib.decompressobj(wbits=zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS)
    yield from _inflated(stream, body, 0)
    if not stream.eof:
        raise EOFError


def _inflated(stream: Any, body: bytes, position: int) -> Generator[bytes, None, int]:
    """The bytes of one stream, as it gives them; at last the position behind it."""
    while position < len(body) and not stream.eof:
        piece = body[position : position + _PIECE_BYTES]
        position += len(piece)
        output = b""
        while not stream.eof and (piece or len(output) == _PIECE_BYTES):
            output = stream.decompress(piece, _PIECE_BYTES)
            yield output
            piece = stream.unconsumed_tail
    return position - len(stream.unused_data)


def _unpacked_brotli(body: bytes) -> Iterator[bytes]:
    """The bytes of a stream. Raises EOFError for an early end."""
    stream = brotli.Decompressor()
    for position in range(0, len(body), _PIECE_BYTES):
        output = stream.process(body[position : position + _PIECE_BYTES], output_buffer_limit=_PIECE_BYTES)
        yield output
        # It may want no more data and have more to give, or want more and have some left.
        while not stream.is_finished() and (output or not stream.can_accept_more_data()):
            output = stream.process(b"", output_buffer_limit=_PIECE_BYTES)
            yield output
        if stream.is_finished():
            return
    raise EOFError


def _unpacked_zstd(body: bytes) -> Iterator[bytes]:
    """The bytes of all frames. Raises EOFError for an early end."""
    options: dict[int, int] = {zstd.DecompressionParameter.window_log_max: LARGEST_WINDOW_LOG}
    position = frames = 0
    while frames == 0 or body.startswith(ZSTD, position):
        frames += 1
        if frames > MAX_MEMBERS:
            raise BadBody("bad_encoding", f"more than {MAX_MEMBERS} zstd frames")
        frame = zstd.ZstdDecompressor(options=options)
        while not frame.eof:
            piece = body[position : position + _PIECE_BYTES] if frame.needs_input else b""
            if frame.needs_input and not piece:
                raise EOFError
            position += len(piece)
            yield frame.decompress(piece, _PIECE_BYTES)
        position -= len(frame.unused_data)


_UNPACK: dict[str, Callable[[bytes], Iterator[bytes]]] = {
    "gzip": _unpacked_gzip,
    "x-gzip": _unpacked_gzip,
    "deflate": _unpacked_deflate,
    "br": _unpacked_brotli,
    "zstd": _unpacked_zstd,
}


def _encodings(response: Response) -> list[str]:
    """The encodings of a body, in the order in which they were put on."""
    written = b",".join(response.headers.getlist("Content-Encoding")).decode("latin-1").lower()
    return [name for part in written.split(",") if (name := part.strip()) not in _IDENTITY]


def _with_body(response: Response, body: bytes) -> Response:
    if body is response.body or (body == response.body and b"Content-Encoding" not in response.headers):
        return response
    response.headers.pop("Content-Encoding", None)
    kind = responsetypes.from_args(headers=response.headers, url=response.url, body=body)
    more: dict[str, Any] = {"encoding": None} if issubclass(kind, TextResponse) else {}
    return response.replace(cls=kind, body=body, **more)
