"""Why a request brought no page, and how long a server wants to be left alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy import exceptions
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.fetching import faults
from crawler.fetching.address_guard import AddressRefused
from crawler.fetching.refusals import RobotsDisallowed, RobotsUnreachable

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
        (RuntimeError("?"), "fetch_error", False),
    ],
)
def test_a_failed_download_has_a_stable_reason(error: Exception, reason: str, final: bool) -> None:  # noqa: FBT001
    fault = faults.of_failure(Failure(error))
    assert (fault.reason, fault.final, fault.http_status) == (reason, final, None)


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
        (b"0", 0.0),
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
def test_retry_after_is_seconds_or_a_date_and_a_day_at_most(header: bytes, seconds: float | None) -> None:
    assert faults.retry_after(header, NOW) == seconds


@given(st.binary(max_size=60) | st.text(max_size=40).map(str.encode))
def test_no_retry_after_header_does_harm(header: bytes) -> None:
    seconds = faults.retry_after(header, NOW)
    assert seconds is None or 0 <= seconds <= faults.LONGEST_RETRY_AFTER_SECONDS
