"""Why a request brought no page, and how long a server wants to be left alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from OpenSSL import SSL
from scrapy import exceptions
from scrapy.http import Response
from twisted.internet.error import ConnectionLost
from twisted.python.failure import Failure
from twisted.web._newclient import ParseError, ResponseFailed

from crawler.fetching import faults
from crawler.fetching.address_guard import AddressRefused
from crawler.fetching.bodies import BadBody
from crawler.fetching.header_guard import BadHeaders, SilentHandshake
from crawler.fetching.refusals import RobotsDisallowed, RobotsUnreachable


def failed(reason: Exception) -> Exception:
    """What Scrapy raises where Twisted says that a response has failed, for a reason that it wraps."""
    error = exceptions.DownloadFailedError("response failed")
    error.__cause__ = ResponseFailed([Failure(reason)])
    return error


NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("error", "reason", "final"),
    [
        (RobotsDisallowed("forbidden by robots.txt"), "robots_disallowed", True),
        (exceptions.IgnoreRequest("max redirections reached"), "redirect_loop", True),
        (exceptions.IgnoreRequest("something else"), "ignored", True),
        (exceptions.DownloadCancelledError("body too large"), "too_large", True),
        (exceptions.UnsupportedURLSchemeError("gopher"), "bad_url", True),
        (exceptions.DownloadTimeoutError("slow"), "timeout", False),
        (exceptions.CannotResolveHostError("nowhere"), "dns", False),
        (exceptions.DownloadConnectionRefusedError("no"), "refused", False),
        (exceptions.ResponseDataLossError("half"), "truncated", False),
        (exceptions.DownloadFailedError("reset"), "connection", False),
        (ConnectionResetError("reset"), "connection", False),
        (TimeoutError("slow"), "timeout", False),
        (AddressRefused("127.0.0.1", "loopback"), "blocked_address", True),
        (BadBody("bad_encoding", "unknown"), "bad_encoding", False),
        (BadBody("truncated", "ends early"), "truncated", False),
        (BadBody("too_large", "more"), "too_large", True),
        (BadHeaders("more than 256 lines"), "bad_headers", False),
        (failed(BadHeaders("more than 256 lines")), "bad_headers", False),
        (failed(ParseError("non-integer status code", b"x")), "bad_headers", False),
        (failed(SSL.Error([("SSL routines", "", "certificate verify failed")])), "tls", False),
        (failed(SilentHandshake("no TLS")), "tls", False),
        (failed(ConnectionLost()), "connection", False),
        (RuntimeError("?"), "fetch_error", False),
    ],
)
def test_a_failed_download_has_a_stable_reason(error: Exception, reason: str, final: bool) -> None:  # noqa: FBT001
    fault = faults.of_failure(Failure(error))
    assert (fault.reason, fault.final, fault.http_status) == (reason, final, None)


@pytest.mark.parametrize(
    ("error", "silence"),
    [
        (exceptions.DownloadTimeoutError("slow"), True),
        (exceptions.CannotResolveHostError("nowhere"), True),
        (exceptions.DownloadConnectionRefusedError("no"), True),
        (failed(SilentHandshake("no TLS")), True),
        (failed(ConnectionLost()), False),
        (failed(BadHeaders("more than 256 lines")), False),
        (BadBody("truncated", "ends early"), False),
    ],
)
def test_silence_is_what_may_cost_the_next_request_as_much(error: Exception, silence: bool) -> None:  # noqa: FBT001
    assert faults.is_silence(error) is silence


@pytest.mark.parametrize("status", [404, 405, 410, 414])
def test_answers_that_asking_again_will_not_change_are_final(status: int) -> None:
    fault = faults.of_status(Response("http://a/", status=status), NOW)
    assert fault == faults.Fault(reason=f"http_{status}", http_status=status, final=True)


@pytest.mark.parametrize("status", [202, 204, 300, 304, 400, 401, 403, 408, 412, 418, 429, 500, 502, 503, 599])
def test_answers_that_say_not_now_are_asked_again(status: int) -> None:
    fault = faults.of_status(Response("http://a/", status=status, headers={"Retry-After": "60"}), NOW)
    assert fault == faults.Fault(reason=f"http_{status}", http_status=status, retry_after_seconds=60.0)


@pytest.mark.parametrize(
    ("asked", "kept"),
    [("http://www.example.cn/1", True), ("https://m.example.cn/", True), ("http://b.cn/1", False), ("nothing", False)],
)
def test_what_a_host_says_is_not_told_of_an_address_of_another_site(asked: str, kept: bool) -> None:  # noqa: FBT001
    answers = Response("http://www.example.cn/busy", status=503, headers={"Retry-After": "60"})
    closed = RobotsUnreachable("http_429", http_status=429, retry_after_seconds=60.0, origin="http://www.example.cn/")
    for fault, status in ((faults.of_status(answers, NOW), 503), (faults.of_error(closed), 429)):
        assert fault is not None
        told = faults.as_told_of(asked, fault)
        assert told.reason == fault.reason
        assert (told.http_status, told.retry_after_seconds) == ((status, 60.0) if kept else (None, None))


def test_a_final_answer_of_another_site_keeps_its_status() -> None:
    fault = faults.of_status(Response("http://a.cn/", status=404), NOW)
    assert fault is not None
    assert faults.as_told_of("http://b.cn/", fault).http_status == 404


def test_an_answer_with_a_page_is_no_fault() -> None:
    assert faults.of_status(Response("http://a/"), NOW) is None


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (b"0", 60.0),
        (b"59", 60.0),
        (b" 120 ", 120.0),
        (format_datetime(NOW + timedelta(minutes=5), usegmt=True).encode(), 300.0),
        (b"Sunday, 22-Nov-26 02:05:00 GMT", 300.0),
        (b"Sun, 22 Nov 2026 02:05:00 -0000", 300.0),
        (b"Sun, 22 Nov 2026 10:05:00 +0800", 300.0),
        (format_datetime(NOW - timedelta(minutes=5), usegmt=True).encode(), None),
        (b"99999999", faults.LONGEST_RETRY_AFTER_SECONDS),
        (b"9" * 400, faults.LONGEST_RETRY_AFTER_SECONDS),
        (b"Fri, 31 Dec 9999 23:59:59 GMT", faults.LONGEST_RETRY_AFTER_SECONDS),
        (b"Mon, 01 Jan 99999999999 00:00:00 GMT", None),
        (b"Mon, 01 Jan 2027 00:00:00 +9999999999", None),
        (b"Mon, 01 Jan 2027 00:00:00 +99999999999999999999", None),
        (b"-5", None),
        (b"1e3", None),
        (b"soon", None),
        (b"", None),
        (b"\xff\xfe", None),
        ("３０".encode(), None),
    ],
)
def test_retry_after_is_seconds_or_a_date_a_minute_to_a_day(header: bytes, seconds: float | None) -> None:
    assert faults.retry_after(header, NOW) == seconds


@given(st.binary(max_size=60) | st.text(max_size=40).map(str.encode))
def test_no_retry_after_header_does_harm(header: bytes) -> None:
    seconds = faults.retry_after(header, NOW)
    assert seconds is None or faults.SHORTEST_RETRY_AFTER_SECONDS <= seconds <= faults.LONGEST_RETRY_AFTER_SECONDS


@pytest.mark.parametrize(
    ("error", "detail"),
    [
        (failed(ConnectionLost()), "ConnectionLost: Connection to the other side was lost in a non-clean fashion."),
        (exceptions.DownloadFailedError("reset"), "DownloadFailedError: reset"),
        (exceptions.DownloadCancelledError(), "DownloadCancelledError: more than a body of its kind may have"),
        (exceptions.ResponseDataLossError(), "ResponseDataLossError: it ended before its end"),
    ],
)
def test_the_detail_says_in_words_what_was_wrong(error: Exception, detail: str) -> None:
    assert faults.of_error(error).detail == detail
