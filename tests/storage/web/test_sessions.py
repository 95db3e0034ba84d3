"""The token, the sessions that begin with it, and what wrong ones cost."""

from __future__ import annotations

import pytest

from storage.web.sessions import (
    FREE_FAILURES,
    LONGEST_SECONDS,
    LONGEST_WAIT_SECONDS,
    Attempts,
    BadToken,
    Sessions,
    checked,
)

TOKEN = "correct-horse-battery"  # noqa: S105


class Clock:
    def __init__(self) -> None:
        self.seconds = 1_000_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.mark.parametrize(
    "token", ["", "short", "x" * 15, "a token with blanks in it", "令牌" * 10, "tabs\tand\nlines-are-no"]
)
def test_a_token_that_is_short_or_cannot_be_sent_is_refused(token: str) -> None:
    with pytest.raises(BadToken):
        checked(token)
    assert checked("x" * 16) == "x" * 16


def test_only_the_whole_token_is_the_token() -> None:
    sessions = Sessions(TOKEN, Clock())
    assert sessions.is_token(TOKEN)
    for said in ("", TOKEN[:-1], f"{TOKEN} ", TOKEN.upper(), "\ud800"):
        assert not sessions.is_token(said)


def test_a_cookie_has_nothing_of_the_token_and_opens_for_thirty_days() -> None:
    clock = Clock()
    sessions = Sessions(TOKEN, clock)
    cookie = sessions.begun()
    assert TOKEN not in cookie
    assert cookie != sessions.begun()
    assert sessions.is_open(cookie)
    clock.seconds += LONGEST_SECONDS - 1
    assert sessions.is_open(cookie)
    clock.seconds += 1
    assert not sessions.is_open(cookie)


def test_a_cookie_that_was_changed_or_made_by_another_token_opens_nothing() -> None:
    clock = Clock()
    sessions = Sessions(TOKEN, clock)
    end, number, mac = sessions.begun().split(".")
    changed = (f"{int(end) + 9}.{number}.{mac}", f"{end}.x{number}.{mac}", f"{end}.{number}.", f"{end}.{number}.{mac}0")
    for cookie in ("", ".", "..", "é.é.é", *changed):
        assert not sessions.is_open(cookie)
    assert not Sessions(f"{TOKEN}-2", clock).is_open(f"{end}.{number}.{mac}")
    assert Sessions(TOKEN, clock).is_open(f"{end}.{number}.{mac}")


def test_a_session_that_was_ended_stays_so_for_a_copied_cookie() -> None:
    sessions = Sessions(TOKEN, Clock())
    cookie, other = sessions.begun(), sessions.begun()
    sessions.end(cookie)
    assert not sessions.is_open(cookie)
    assert sessions.is_open(other)


def test_wrong_tokens_cost_ever_more_time_up_to_a_minute() -> None:
    clock = Clock()
    attempts = Attempts(clock)
    for _ in range(FREE_FAILURES - 1):
        attempts.failed("192.0.2.1")
    assert attempts.wait("192.0.2.1") == 0
    waits = []
    for _ in range(60):
        attempts.failed("192.0.2.1")
        waits.append(attempts.wait("192.0.2.1"))
        clock.seconds += waits[-1]
    assert waits[:4] == [1, 2, 4, 8]
    assert max(waits) == waits[-1] == LONGEST_WAIT_SECONDS
    assert attempts.wait("192.0.2.2") == 0
    attempts.failed("192.0.2.1")
    attempts.succeeded("192.0.2.1")
    assert attempts.wait("192.0.2.1") == 0


def test_addresses_of_one_customer_are_one_and_the_memory_of_them_is_bounded() -> None:
    attempts = Attempts(Clock())
    for number in range(FREE_FAILURES):
        attempts.failed(f"2001:db8::{number:x}")
    assert attempts.wait("2001:db8::ffff") > 0
    assert attempts.wait("2001:db8:0:1::1") == 0
    for number in range(3000):
        attempts.failed(f"10.{number >> 8}.{number & 255}.1")
    assert len(attempts._failures) == 1000
