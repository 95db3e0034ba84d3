"""Bounds what a server may send before the body of its answer, and how long it may take over TLS.

DOWNLOAD_MAXSIZE bounds bodies only: with header lines that do not end, a server brought plain Scrapy to 3 GB in 49 s
(measured). Here the lines and bytes from the status line on are counted for each request, those of interim answers
(100 Continue, 103 Early Hints) too, since Twisted forgets them and a server may send them without end. Twisted itself
bounds a line (16 KiB) and the trailers of a chunked body (64 KiB).

Scrapy's handler builds `_LenientHTTP11ClientProtocol`s, whose `request` swaps the parser's class: ours are subclasses
of both, so a Scrapy that has moved them does not start (ImportError) or is found by `check_seam`.
"""

from __future__ import annotations

from typing import Any, Final

from scrapy.core.downloader.handlers.http11 import (
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
    _LenientHTTPClientParser,
)
from twisted.internet.interfaces import IHandshakeListener
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from twisted.web._newclient import HTTPClientParser
from zope.interface import implementer

MAX_LINES: Final = 256
MAX_BYTES: Final = 64 * 1024
"""Of one answer's head. Real portals send at most 40 lines and 6 KB; browsers allow 256 KiB, servers 8 to 64 KiB."""
HANDSHAKE_SECONDS: Final = 8.0
"""From the connection on. A port that does not speak TLS often says nothing at all, and would take the whole time."""
LEAST_STATUS, MOST_STATUS = 100, 999


class BadHeaders(Exception):
    """The head of an answer is longer than any honest one, or none of HTTP."""


class SilentHandshake(Exception):
    """The server took the connection and did not answer in TLS: often it does not speak it on that port."""


class HeaderParser(_LenientHTTPClientParser):
    """Parses one answer. Its class is put on a parser that exists, so it has no constructor of its own."""

    _lines = 0
    _bytes = 0

    def lineReceived(self, line: bytes) -> None:  # noqa: N802
        """None; a line of the head is taken. Raises BadHeaders where it is one too many."""
        self._lines += 1
        self._bytes += len(line) + 1
        if self._lines > MAX_LINES:
            self._refuse(f"more than {MAX_LINES} lines")
        if self._bytes > MAX_BYTES:
            self._refuse(f"more than {MAX_BYTES} bytes")
        super().lineReceived(line)

    def lineLengthExceeded(self, line: bytes) -> None:  # noqa: N802
        """Raises BadHeaders."""
        self._refuse(f"a line of more than {len(line) - 1} bytes")

    def statusReceived(self, status: bytes) -> None:  # noqa: N802
        """None; the status line is taken. A number that is no status (0, 99999999999) would be told as one."""
        super().statusReceived(status)  # type: ignore[no-untyped-call]
        if not LEAST_STATUS <= self.response.code <= MOST_STATUS:
            self._refuse(f"status {str(self.response.code)[:20]}")

    def _refuse(self, what: str) -> None:
        # Aborted, not closed: over TLS a peer that does not take its leave could go on sending for ever.
        producer: Any = getattr(self.transport, "_producer", None)
        if producer is not None:
            producer.abortConnection()
        raise BadHeaders(what)


@implementer(IHandshakeListener)
class GuardedProtocol(_LenientHTTP11ClientProtocol):
    """One connection. Over TLS it has so many seconds to agree on keys; a plain port that waits would take them all."""

    _patience: Any = None

    def connectionMade(self) -> None:  # noqa: N802
        """None; the time for the handshake runs."""
        super().connectionMade()
        if hasattr(self.transport, "getPeerCertificate"):
            from twisted.internet import reactor  # noqa: PLC0415 - importing it earlier would choose a reactor

            clock: Any = reactor
            self._patience = clock.callLater(HANDSHAKE_SECONDS, self._give_up_handshake)

    def handshakeCompleted(self) -> None:  # noqa: N802
        """None; both sides speak TLS."""
        self._end_patience()

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802
        """None; whoever waits is told."""
        self._end_patience()
        super().connectionLost(reason)  # type: ignore[no-untyped-call]

    def request(self, request: Any) -> Any:
        """The Deferred of the response, of which no more than a decent head is read."""
        answer = super().request(request)
        if self._parser is not None:
            self._parser.__class__ = HeaderParser
        return answer

    def _give_up_handshake(self) -> None:
        self._patience = None
        transport: Any = self.transport
        reason = Failure(SilentHandshake(f"no TLS within {HANDSHAKE_SECONDS:g} s"))  # type: ignore[no-untyped-call]
        self._giveUp(reason)  # type: ignore[no-untyped-call]
        transport.abortConnection()

    def _end_patience(self) -> None:
        if self._patience is not None and self._patience.active():
            self._patience.cancel()
        self._patience = None


class GuardedFactory(_LenientHTTP11ClientFactory):
    """Builds the connections of a handler's pool."""

    def buildProtocol(self, _address: Any) -> GuardedProtocol:  # noqa: N802
        """A new connection."""
        return GuardedProtocol(self._quiescentCallback)  # type: ignore[no-untyped-call]


def check_seam() -> None:
    """None. Raises RuntimeError where Twisted no longer parses the head of an answer in the way that is guarded."""
    for owner, name in (
        (HTTPClientParser, "lineReceived"),
        (HTTPClientParser, "lineLengthExceeded"),
        (HTTPClientParser, "statusReceived"),
        (HTTPClientParser, "allHeadersReceived"),
        (_LenientHTTP11ClientProtocol, "_giveUp"),
        (_LenientHTTP11ClientProtocol, "request"),
    ):
        if not callable(getattr(owner, name, None)):
            raise RuntimeError(  # noqa: TRY004 - no argument is of a wrong type
                f"{owner.__name__}.{name} is gone: the guard over response headers must be looked at again before "
                "anything is fetched with this version of Twisted"
            )
