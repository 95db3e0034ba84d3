"""The daemon's rhythm while the machine's clock is set: APScheduler itself, whose clock is ours."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise

import pytest
from apscheduler.schedulers import base
from hypothesis import given
from hypothesis import strategies as st

from scheduler.ticker import Every, StepWatch, Ticker

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
EVERY_SECONDS = 0.02
PATIENCE_SECONDS = 18.0
"""Less than the smallest step of the clock that is tried, after which a word comes by itself."""


class Clock:
    """A clock that goes, and can be set."""

    def __init__(self, start: datetime) -> None:
        self._start, self._began = start, time.monotonic()

    def __call__(self, zone: tzinfo = UTC) -> datetime:
        return (self._start + timedelta(seconds=time.monotonic() - self._began)).astimezone(zone)

    def set(self, by: timedelta) -> None:
        self._start += by


class Heard:
    """What a ticker has said, and since when."""

    def __init__(self) -> None:
        self.words: list[tuple[float, str]] = []
        self._more = threading.Condition()

    def __call__(self, word: str) -> None:
        with self._more:
            self.words.append((time.monotonic(), word))
            self._more.notify_all()

    def wait(self, more: int) -> None:
        """None, once so many more words have come."""
        with self._more:
            wanted = len(self.words) + more
            assert self._more.wait_for(lambda: len(self.words) >= wanted, PATIENCE_SECONDS), "the ticker is silent"


@contextmanager
def ticking(monkeypatch: pytest.MonkeyPatch, start: datetime = NOW) -> Iterator[tuple[Clock, Heard, Ticker]]:
    clock, heard = Clock(start), Heard()

    class Reckoned(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return clock(tz or UTC)

    monkeypatch.setattr(base, "datetime", Reckoned)
    ticker = Ticker(heard, clock, time.monotonic)
    try:
        yield clock, heard, ticker
    finally:
        ticker.close()


@pytest.mark.parametrize("step", [-HOUR, -400 * 24 * HOUR, timedelta(seconds=-20), HOUR, 400 * 24 * HOUR])
def test_a_clock_that_is_set_makes_no_word_late(monkeypatch: pytest.MonkeyPatch, step: timedelta) -> None:
    with ticking(monkeypatch) as (clock, heard, ticker):
        ticker.keep({"tick": EVERY_SECONDS, "heartbeat": EVERY_SECONDS})
        heard.wait(4)
        clock.set(step)
        ticker.look()
        heard.wait(6)
        assert {word for _, word in heard.words[-4:]} == {"tick", "heartbeat"}


def test_without_the_look_the_scheduler_is_silent_for_the_length_of_the_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Why the watch is there: what its library does."""
    with ticking(monkeypatch) as (clock, heard, ticker):
        ticker.keep({"tick": EVERY_SECONDS})
        heard.wait(2)
        clock.set(-HOUR)
        time.sleep(3 * EVERY_SECONDS)  # the word that was waited for when the clock was set may still come
        before = len(heard.words)
        time.sleep(10 * EVERY_SECONDS)
        assert len(heard.words) == before


def test_a_clock_that_is_set_from_1970_does_not_count_the_years(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody looks, and still the thread comes back: no slot of those that were missed is listed."""
    with ticking(monkeypatch, datetime(1970, 1, 1, tzinfo=UTC)) as (clock, heard, ticker):
        ticker.keep({"tick": EVERY_SECONDS})
        heard.wait(2)
        clock.set(timedelta(days=56 * 365))
        heard.wait(3)


def test_a_rhythm_is_kept_and_may_be_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    with ticking(monkeypatch) as (_, heard, ticker):
        ticker.keep({"tick": 0.05})
        heard.wait(6)
        gaps = [second - first for (first, _), (second, _) in pairwise(heard.words)]
        assert sum(gaps) / len(gaps) > 0.04
        ticker.keep({"tick": 3_600})
        time.sleep(0.06)
        before = len(heard.words)
        time.sleep(0.2)
        assert len(heard.words) == before


def test_a_rhythm_that_is_asked_for_again_and_again_goes_on_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """As by reloads that come more often than the hourly round of upkeep."""
    with ticking(monkeypatch) as (_, heard, ticker):
        until = time.monotonic() + 10 * EVERY_SECONDS
        while time.monotonic() < until:
            ticker.keep({"tick": 3 * EVERY_SECONDS})
            time.sleep(EVERY_SECONDS / 4)
        assert heard.words


def test_a_ticker_that_was_never_asked_for_anything_is_closed_in_peace() -> None:
    Ticker(print).close()


@given(
    st.floats(0.05, 31 * 86_400),
    st.integers(-(10**9), 10**9).map(lambda seconds: NOW + timedelta(seconds=seconds)),
)
def test_the_next_time_is_within_an_interval_however_the_clock_was_set(seconds: float, previous: datetime) -> None:
    after = Every(seconds).get_next_fire_time(previous, NOW)
    assert NOW < after <= NOW + timedelta(seconds=seconds)


def test_a_step_is_what_the_clock_says_beyond_what_passed() -> None:
    now, passed = NOW, 0.0
    watch = StepWatch(lambda: now, lambda: passed)
    now, passed = NOW + timedelta(seconds=90), 90.0
    assert watch.step() == timedelta(0)
    now, passed = NOW - HOUR + timedelta(seconds=100), 100.0
    assert watch.step() == -HOUR
    assert watch.step() == timedelta(0)
