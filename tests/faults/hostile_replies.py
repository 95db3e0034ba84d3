"""What broken and malicious servers send: one script each, with the outcomes that are right for it.

`expected`: reasons of failures and rejections, or "stored" for a page that is an article after all. Where there are
several, either would do, and which one comes depends on where the bytes were cut.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

import brotli

from tests.faults.hostile import Piece, Reply, Step, answer, endless

SENTENCE = "市政府今天上午召开会议，研究部署今年冬季供暖工作，要求各部门落实责任，确保群众温暖过冬。"


def page(title: str = "冬季供暖工作会议召开") -> bytes:
    """An article."""
    text = "".join(f"<p>{SENTENCE}第{number}段，{title}。</p>" for number in range(6))
    return f"<html><head><title>{title}</title></head><body><h1>{title}</h1><div>{text}</div></body></html>".encode()


PAGE = page()


class Hostile(NamedTuple):
    """A reply and what it may end as. `slow`: it takes the whole time that an answer has."""

    reply: Reply
    expected: frozenset[str]
    slow: bool = False


def _case(*steps: Step, end: str = "close", expect: str, slow: bool = False) -> Hostile:
    return Hostile(Reply(steps, end), frozenset(expect.split()), slow)  # type: ignore[arg-type]


def _head(*lines: str, status: str = "HTTP/1.1 200 OK") -> bytes:
    return ("\r\n".join([status, "Content-Type: text/html; charset=utf-8", *lines]) + "\r\n\r\n").encode("latin-1")


def _chunked(*pieces: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)


CHUNKED = _head("Transfer-Encoding: chunked")
LENGTH = f"Content-Length: {len(PAGE)}"
PACKED = gzip.compress(PAGE)


def packed(body: bytes, encoding: str) -> bytes:
    """A whole answer with a body of that Content-Encoding."""
    return _head(f"Content-Encoding: {encoding}", f"Content-Length: {len(body)}") + body


REPLIES: dict[str, Hostile] = {
    # The head of the answer.
    "nothing": _case(expect="connection"),
    "reset at once": _case(end="reset", expect="connection"),
    "garbage": _case(bytes(range(256)) * 20, expect="bad_headers"),
    "a mail server": _case(b"220 mail.example ESMTP ready\r\n500 what?\r\n", expect="bad_headers"),
    "HTTP/0.9": _case(PAGE, expect="bad_headers connection"),
    "status line only": _case(b"HTTP/1.1 200 OK", expect="connection"),
    "head cut off": _case(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Le", expect="connection"),
    "status without a number": _case(b"HTTP/1.1 OK\r\n\r\n", expect="bad_headers"),
    "status of words": _case(b"HTTP/1.1 abc Fine\r\nContent-Length: 0\r\n\r\n", expect="bad_headers"),
    "status 0": _case(b"HTTP/1.1 0 Zero\r\nContent-Length: 0\r\n\r\n", expect="bad_headers"),
    "status negative": _case(b"HTTP/1.1 -200 OK\r\nContent-Length: 0\r\n\r\n", expect="bad_headers"),
    "status of 30 digits": _case(b"HTTP/1.1 " + b"9" * 30 + b" OK\r\nContent-Length: 0\r\n\r\n", expect="bad_headers"),
    "status of 5000 digits": _case(b"HTTP/1.1 " + b"2" * 5000 + b" OK\r\n\r\n", expect="bad_headers"),
    "status 999": _case(b"HTTP/1.1 999 No\r\nContent-Length: 0\r\n\r\n", expect="http_999"),
    "version of words": _case(b"HTTP/x.y 200 OK\r\nContent-Length: 0\r\n\r\n", expect="bad_headers"),
    "version 9.9": _case(_head(LENGTH, status="HTTP/9.9 200 OK") + PAGE, expect="stored bad_headers"),
    "bare line feeds": _case((_head(LENGTH) + PAGE).replace(b"\r\n", b"\n"), expect="stored"),
    "a line without a colon": _case(_head("this is no header", LENGTH) + PAGE, expect="stored"),
    "a folded header": _case(_head("X-Long: a", "  b", "\tc", LENGTH) + PAGE, expect="stored"),
    "a header without a name": _case(_head(": empty", LENGTH) + PAGE, expect="stored bad_headers"),
    "a header named in UTF-8": _case("HTTP/1.1 200 OK\r\n标题: 值\r\n".encode() + _head(LENGTH)[17:] + PAGE,
                                     expect="stored bad_headers"),
    "NUL in a header": _case(_head("X-Bad: a\0b", LENGTH) + PAGE, expect="stored bad_headers"),
    "a header line of 100 kB": _case(_head("X-Long: " + "a" * 100_000, LENGTH) + PAGE, expect="bad_headers"),
    "300 header lines": _case(_head(*(f"X-{n}: {n}" for n in range(300)), LENGTH) + PAGE, expect="bad_headers"),
    "90 kB of headers": _case(_head(*(f"X-{n}: {'v' * 900}" for n in range(100)), LENGTH) + PAGE, expect="bad_headers"),
    "5000 cookies": _case(_head(*(f"Set-Cookie: c{n}={'v' * 4000}" for n in range(5000))) + PAGE, expect="bad_headers"),
    "endless headers": _case(b"HTTP/1.1 200 OK\r\n", endless(b"X-More: " + b"a" * 200 + b"\r\n"), expect="bad_headers"),
    "endless folded header": _case(b"HTTP/1.1 200 OK\r\nX-A: b\r\n", endless(b"  more\r\n"), expect="bad_headers"),
    "endless 100 Continue": _case(endless(b"HTTP/1.1 100 Continue\r\n\r\n"), expect="bad_headers"),
    "endless 103 Early Hints": _case(endless(b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"),
                                     expect="bad_headers"),
    "one 100 Continue": _case(b"HTTP/1.1 100 Continue\r\n\r\n" + _head(LENGTH) + PAGE, expect="stored"),
    "101 Switching Protocols": _case(b"HTTP/1.1 101 Switching\r\nUpgrade: ws\r\n\r\n", expect="connection bad_headers"),
    # Its length.
    "two lengths": _case(_head(LENGTH, "Content-Length: 5") + PAGE, expect="bad_headers"),
    "the same length twice": _case(_head(LENGTH, LENGTH) + PAGE, expect="stored bad_headers"),
    "a negative length": _case(_head("Content-Length: -1") + PAGE, expect="bad_headers"),
    "a length with a plus": _case(_head(f"Content-Length: +{len(PAGE)}") + PAGE, expect="bad_headers"),
    "a length of words": _case(_head("Content-Length: many") + PAGE, expect="bad_headers"),
    "a length of 10^30": _case(_head("Content-Length: 1" + "0" * 30) + PAGE, expect="too_large"),
    "a length of 900 MB": _case(_head("Content-Length: 900000000") + PAGE, expect="too_large"),
    "less than its length": _case(_head(f"Content-Length: {len(PAGE) * 2}") + PAGE, expect="truncated"),
    "more than its length": _case(_head(LENGTH) + PAGE + b"<p>more</p>" * 1000, expect="stored"),
    "another answer behind it": _case(_head(LENGTH) + PAGE + _head("Content-Length: 5") + b"hello", end="keep",
                                      expect="stored"),
    "length and chunks": _case(_head("Content-Length: 5", "Transfer-Encoding: chunked") + _chunked(PAGE, b""),
                               expect="stored bad_headers"),
    "no length at all": _case(_head("Connection: close") + PAGE, expect="stored"),
    "length 0": _case(_head("Content-Length: 0"), expect="empty not_html no_content"),
    # Its chunks.
    "chunks": _case(CHUNKED + _chunked(PAGE[:100], PAGE[100:], b""), expect="stored"),
    "chunks without an end": _case(CHUNKED + _chunked(PAGE), expect="truncated"),
    "a chunk that is cut off": _case(CHUNKED + b"5000\r\n" + PAGE, expect="truncated"),
    "a chunk size of words": _case(CHUNKED + b"zz\r\n" + PAGE, expect="truncated"),
    "a negative chunk": _case(CHUNKED + b"-5\r\n" + PAGE, expect="truncated"),
    "a chunk of 10^18 bytes": _case(CHUNKED + b"de0b6b3a7640000\r\n" + PAGE, expect="truncated"),
    "a chunk size without an end": _case(CHUNKED, endless(b"0" * 1000), expect="truncated"),
    "a chunk extension without an end": _case(CHUNKED + b"5;", endless(b"a" * 1000), expect="truncated"),
    "endless trailers": _case(CHUNKED + _chunked(PAGE) + b"0\r\n", endless(b"X-T: a\r\n"), expect="truncated stored"),
    "an unknown transfer encoding": _case(_head("Transfer-Encoding: gzip, chunked") + b"0\r\n\r\n",
                                          expect="bad_headers"),
    "a transfer encoding of words": _case(_head("Transfer-Encoding: whatever") + PAGE, expect="bad_headers"),
    # Its body.
    "endless": _case(_head(), endless(b"<p>" + b"a" * 60_000), expect="too_large"),
    "endless chunks": _case(CHUNKED, endless(_chunked(b"a" * 60_000)), expect="too_large"),
    "reset in the body": _case(_head(LENGTH) + PAGE[:500], 0.05, end="reset", expect="truncated connection"),
    "a page in drops": _case(_head(LENGTH), lambda: _drops(PAGE, 40, 0.01), expect="stored"),
    "a PDF as text/html": _case(_head() + b"%PDF-1.7\n" + b"1 0 obj\n" * 100, expect="not_html"),
    "a zip as text/html": _case(_head() + b"PK\x03\x04" + bytes(range(256)) * 10, expect="not_html"),
    "zeros as text/html": _case(_head() + bytes(5000), expect="not_html"),
    # Its encoding.
    "truncated gzip": _case(packed(PACKED[: len(PACKED) // 2], "gzip"), expect="truncated"),
    "gzip without its checksum": _case(packed(PACKED[:-8], "gzip"), expect="truncated"),
    "gzip with a wrong checksum": _case(packed(PACKED[:-8] + b"abcd" + PACKED[-4:], "gzip"), expect="truncated"),
    "truncated deflate": _case(packed(zlib.compress(PAGE)[:-40], "deflate"), expect="truncated"),
    "truncated br": _case(packed(brotli.compress(PAGE)[:-20], "br"), expect="truncated"),
    "text that says gzip": _case(packed(PAGE, "gzip"), expect="stored"),
    "zeros that say gzip": _case(packed(bytes(3000), "gzip"), expect="bad_encoding"),
    "noise that says br": _case(packed(bytes(range(256)) * 8, "br"), expect="bad_encoding truncated"),
    "an encoding of its own": _case(packed(b"\1\2\3" * 500, "x-secret"), expect="bad_encoding"),
    "three layers": _case(packed(gzip.compress(gzip.compress(PACKED)), "gzip, gzip, gzip"), expect="bad_encoding"),
    "two layers": _case(packed(gzip.compress(PACKED), "gzip, gzip"), expect="stored"),
    "304 out of the blue": _case(_head(status="HTTP/1.1 304 Not Modified"), expect="http_304"),
    "204": _case(_head(status="HTTP/1.1 204 No Content"), expect="http_204"),
    # Where it leads.
    "an empty Location": _case(_head("Location: ", "Content-Length: 0", status="HTTP/1.1 302 Found"),
                               expect="redirect_loop bad_redirect http_302"),
    "a Location that is none": _case(_head("Location: http://[::1", "Content-Length: 0", status="HTTP/1.1 302 Found"),
                                     expect="bad_redirect"),
    "no Location": _case(_head("Content-Length: 0", status="HTTP/1.1 301 Moved"), expect="http_301"),
    "a Location to a file": _case(_head("Location: file:///etc/passwd", "Content-Length: 0",
                                        status="HTTP/1.1 302 Found"), expect="bad_redirect"),
    # Silence; each takes as long as it may.
    "silence": _case(end="hang", expect="timeout", slow=True),
    "silence after the head": _case(_head(LENGTH), end="hang", expect="timeout", slow=True),
    "headers in drops": _case(b"HTTP/1.1 200 OK\r\n", endless(b"X", 0.2), expect="timeout", slow=True),
    "a body in drops": _case(_head(LENGTH), endless(b" ", 0.2), expect="timeout", slow=True),
}  # fmt: skip

HOSTILE: tuple[Reply, ...] = tuple(
    case.reply for case in REPLIES.values() if "stored" not in case.expected and not case.slow
)
"""Replies that bring no article and take no time, for a server of which a part is hostile."""


def _drops(body: bytes, pieces: int, pause: float) -> Iterator[Piece]:
    size = -(-len(body) // pieces)
    for start in range(0, len(body), size):
        yield body[start : start + size]
        yield pause


def redirects(most: int) -> Callable[[str], Reply]:
    """A server of which each path leads on to the next, `most` times, and then to an article."""

    def reply(path: str) -> Reply:
        number = int(path.rpartition("/")[2] or 0)
        if number == most:
            return answer(PAGE)
        return answer("", "302 Found", location=f"/{number + 1}")

    return reply
