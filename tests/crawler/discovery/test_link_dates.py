"""What dates of links say, in discovery and as the evidence of an article."""

import time

import pytest

from crawler.discovery.link_dates import LinkDates
from tests.crawler.extraction.pages import extracted, portal_page

CHINA = "+08:00"
FORMS = [
    # what the link says, the moment, whether the offset had to be assumed
    ("2026年11月21日 08:30", f"2026-11-21T08:30:00{CHINA}", True),
    ("2026年11月21日08时30分", f"2026-11-21T08:30:00{CHINA}", True),
    ("2026/11/21 8:30", f"2026-11-21T08:30:00{CHINA}", True),
    ("2026-11-21 08:30", f"2026-11-21T08:30:00{CHINA}", True),
    ("2026-11-21T08:30:00", f"2026-11-21T08:30:00{CHINA}", True),
    ("20261121083000", f"2026-11-21T08:30:00{CHINA}", True),
    ("Sat Nov 21 08:30:00 2026", f"2026-11-21T08:30:00{CHINA}", True),
    ("2026-11-21T08:30:00+08:00", f"2026-11-21T08:30:00{CHINA}", False),
    ("2026-11-21T08:30:00.123+0800", f"2026-11-21T08:30:00{CHINA}", False),
    ("2026-11-21T00:30:00Z", "2026-11-21T00:30:00+00:00", False),
    ("Sat, 21 Nov 2026 08:30:00 +0800", f"2026-11-21T08:30:00{CHINA}", False),
    ("21 Nov 2026 08:30 GMT", "2026-11-21T08:30:00+00:00", False),
    ("Mon, 21 Nov 2026 08:30:00 GMT", "2026-11-21T08:30:00+00:00", False),
    ("Sat, 21 Nov 2026 08:30:00 EST", "2026-11-21T08:30:00-05:00", False),
    ("Sat, 21 Nov 2026 08:30:00 GMT+8", f"2026-11-21T08:30:00{CHINA}", False),
    ("dom, 15 nov 2026 18:55:00 GMT", "2026-11-15T18:55:00+00:00", False),
    ("1795221000", f"2026-11-21T08:30:00{CHINA}", False),
    ("1795221000000", f"2026-11-21T08:30:00{CHINA}", False),
]
DAYS = ["2026-11-21", "2026/11/21", "2026年11月21日", "20261121", "2026.11.21", "21 Nov 2026"]
RARE_FORMS = [
    ("Sat, 21 Nov 2026 08:30:00 CST", f"2026-11-21T08:30:00{CHINA}"),
    ("Sat Nov 21 08:30:00 CST 2026", f"2026-11-21T08:30:00{CHINA}"),
    ("2026-11-21 08:30:00 +0800 CST", f"2026-11-21T08:30:00{CHINA}"),
    ("Sat, 21 Nov 26 08:30:00 +0800", f"2026-11-21T08:30:00{CHINA}"),
    ("Saturday, 21-Nov-26 08:30:00 GMT", "2026-11-21T08:30:00+00:00"),
    ("Sat, 21 Nov 2026 08:30:00 UT", "2026-11-21T08:30:00+00:00"),
    ("2026-11-21T08:30+08", f"2026-11-21T08:30:00{CHINA}"),
    ("/Date(1795221000000+0800)/", f"2026-11-21T08:30:00{CHINA}"),
    ("1795221000.0", f"2026-11-21T08:30:00{CHINA}"),
]


def read(raw, timezone="Asia/Shanghai"):
    return LinkDates(timezone).read(raw)


@pytest.mark.parametrize(("raw", "moment", "assumed"), FORMS)
def test_a_date_is_read_in_every_form_with_the_zone_of_its_source(raw, moment, assumed):
    date = read(raw)
    assert (date.at.isoformat(), date.assumed) == (moment, assumed)


@pytest.mark.parametrize(("raw", "moment"), RARE_FORMS)
def test_rare_forms_are_read_with_the_offset_that_they_mean(raw, moment):
    date = read(raw)
    assert (date.at.isoformat(), date.assumed) == (moment, False)


@pytest.mark.parametrize("raw", DAYS)
def test_a_day_is_its_local_midnight_and_assumes_nothing_of_a_clock(raw):
    date = read(raw)
    assert (date.at.isoformat(), date.assumed) == (f"2026-11-21T00:00:00{CHINA}", False)


@pytest.mark.parametrize(
    ("timezone", "offset", "assumed"),
    [("Asia/Shanghai", "+08:00", False), ("America/New_York", "-06:00", False), ("Europe/Berlin", "+01:00", True)],
)
def test_cst_means_what_it_means_where_the_source_is(timezone, offset, assumed):
    date = read("Sat, 21 Nov 2026 08:30:00 CST", timezone)
    assert (date.at.isoformat(), date.assumed) == (f"2026-11-21T08:30:00{offset}", assumed)


@pytest.mark.parametrize(
    "raw",
    [
        *(
            "11月21日",
            "11-21",
            "刚刚",
            "3小时前",
            "-1",
            "23",
            "x",
            "",
            None,
            " ",
            "2026-13-01",
            "2026-02-30",
            "0001-01-01",
        ),
        *("9999-12-31T23:59:59Z", "1969-12-31", "2026-11", "1001", "99999999999999999999", "2026-11-21 08:30 " * 5),
    ],
)
def test_what_is_no_full_date_is_none(raw):
    assert read(raw) is None


def test_an_unknown_zone_is_utc():
    assert read("2026-11-21 08:30", "Mars/Base").at.isoformat() == "2026-11-21T08:30:00+00:00"


def test_a_sitemap_of_dates_is_read_fast():
    dates = LinkDates("Asia/Shanghai")
    began = time.process_time()
    for number in range(50_000):
        dates.read(f"2026-11-21T08:30:{number % 60:02}+08:00")
    assert time.process_time() - began < 3


@pytest.mark.parametrize(("raw", "moment", "assumed"), FORMS)
def test_an_article_without_a_date_takes_that_of_its_link_and_says_what_was_assumed(raw, moment, assumed):
    published = extracted(portal_page(), link_published_raw=raw).published
    assert (published.at.isoformat(), published.where) == (moment, "link")
    assert published.offset_assumed is assumed


@pytest.mark.parametrize("raw", DAYS)
def test_an_article_takes_the_day_of_its_link_as_a_day(raw):
    published = extracted(portal_page(), link_published_raw=raw).published
    assert (published.local, published.precision, published.where) == ("2026-11-21", "day", "link")


@pytest.mark.parametrize(("raw", "moment"), RARE_FORMS)
def test_an_article_takes_the_rare_forms_of_its_link_with_the_string_as_it_was(raw, moment):
    published = extracted(portal_page(), link_published_raw=raw).published
    assert (published.at.isoformat(), published.where, published.raw) == (moment, "link", raw)
    assert not published.offset_assumed
