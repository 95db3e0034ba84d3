from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest

from scheduler.config.file import Webhook
from scheduler.webhooks.waiting import JITTER, PATIENCE, after_attempt, asked_seconds, of_webhook

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


class Middle(random.Random):
    """Chance without chance."""

    def uniform(self, a: float, b: float) -> float:
        return (a + b) / 2


def test_the_attempts_of_a_delivery_take_about_three_days() -> None:
    waits = [after_attempt(attempt, Middle()).total_seconds() for attempt in range(1, 12)]
    assert waits == [5, 20, 80, 320, 1_280, 5_120, 20_480, 57_600, 57_600, 57_600, 57_600]
    assert Webhook.model_fields["max_attempts"].default == len(waits) + 1
    assert 71 < sum(waits) / 3_600 < 72


def test_waits_differ_by_chance_but_not_much() -> None:
    chance = random.Random(3)
    waits = [after_attempt(4, chance).total_seconds() for _ in range(200)]
    assert len(set(waits)) > 20
    assert all(320 * (1 - JITTER) <= wait <= 320 * (1 + JITTER) + 1 for wait in waits)
    assert after_attempt(10_000, chance).total_seconds() <= 57_600 * 1.1 + 1


def test_a_webhook_is_left_alone_when_several_attempts_have_failed_but_never_for_long() -> None:
    assert of_webhook(PATIENCE - 1, Middle()) is None
    waits = [of_webhook(failures, Middle()) for failures in range(PATIENCE, 10)]
    assert [wait.total_seconds() for wait in waits if wait] == [5, 20, 80, 320, 900, 900, 900]


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("120", 120),
        (" 7 ", 7),
        ("0", 0),
        ("-5", None),
        ("1e9", None),
        ("９", None),
        ("9" * 400, 86_400),
        ("Sun, 22 Nov 2026 09:31:00 GMT", 60),
        ("Sun, 22 Nov 2026 09:31:00", 60),
        ("Sun, 22 Nov 2026 09:29:00 GMT", None),
        ("Sun, 22 Nov 9999 09:29:00 GMT", 86_400),
        ("Sun, 99 Nov 2026", None),
        ("soon", None),
    ],
)
def test_retry_after_is_seconds_or_a_time_of_at_most_a_day(header: str | None, seconds: float | None) -> None:
    assert asked_seconds(header, NOW) == seconds
