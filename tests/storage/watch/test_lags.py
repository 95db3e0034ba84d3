"""How fresh articles were when they were stored."""

from datetime import timedelta

import pytest

from storage.records import PublicationTime
from storage.watch.lags import LAG_BUCKETS_SECONDS, Lags, lag_seconds, of_row
from tests.storage.conftest import START, article

MINUTE = timedelta(minutes=1)


def at(moment, precision="minute"):
    return PublicationTime(at=moment, precision=precision, raw="", where="head")


@pytest.mark.parametrize(
    ("published", "seconds"),
    [
        (at(START + 30 * MINUTE), 5400.0),
        (at(START + 30 * MINUTE, "second"), 5400.0),
        (at(START), 7200.0),
        (at(START - MINUTE), None),  # the backlog of a source that is new
        (at(START + 30 * MINUTE, "day"), None),
        (at(START + 124 * MINUTE), 0.0),  # its clock is a little ahead of ours
        (at(START + 126 * MINUTE), None),
        (None, None),
    ],
)
def test_only_what_says_how_fast_we_are_has_a_lag(published, seconds):
    assert lag_seconds(published, known_since=START, stored_at=START + 120 * MINUTE) == seconds


def test_a_lag_falls_into_the_first_bucket_whose_bound_it_does_not_pass():
    found = Lags().with_more([0, 60, 60.5, *LAG_BUCKETS_SECONDS, 10**7])
    assert found.buckets == (3, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1)
    assert (found.count, found.seconds) == (14, 120.5 + sum(LAG_BUCKETS_SECONDS) + 10**7)


def test_the_lags_of_batches_add_up_to_those_of_the_source(desk):
    for number in range(3):
        desk.begin()
        desk.now += 20 * MINUTE
        pages = [
            desk.extracted(f"{number}-{late}", article(f"{number} {late}", published=at(desk.now - late * MINUTE)))
            for late in (1, 10, 300)
        ]
        desk.take(desk.discovered(*(f"{number}-{late}" for late in (1, 10, 300))), *pages)
        desk.end()
    found = of_row(desk.database.row("SELECT * FROM total_log"))
    assert found.buckets == (3, 0, 3, *(0,) * 8)
    assert (found.count, found.seconds) == (6, 3 * 60.0 + 3 * 600.0)
