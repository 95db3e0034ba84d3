"""Dates as pages write them."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.extraction.facts.dates import Clock, find_dates, parse_date, parse_url_date, parse_yearless

CLOCK = Clock("Asia/Shanghai", datetime(2026, 11, 22, tzinfo=UTC))


@pytest.mark.parametrize(
    ("raw", "local"),
    [
        ("2026年11月21日 08:30", "2026-11-21T08:30+08:00"),
        ("2026年11月21日08时30分", "2026-11-21T08:30+08:00"),
        ("2026/11/21 8:30", "2026-11-21T08:30+08:00"),
        ("2026-11-21", "2026-11-21"),
        ("2026.11.21 08:30:05", "2026-11-21T08:30:05+08:00"),
        ("2026-11-21T08:30:00+08:00", "2026-11-21T08:30:00+08:00"),
        ("2026-11-21T00:30:00Z", "2026-11-21T00:30:00+00:00"),
        ("2026-11-21T08:30:00.123-0500", "2026-11-21T08:30:00-05:00"),
        ("２０２６年１１月２１日　０８：３０", "2026-11-21T08:30+08:00"),
        ("2026年11月21日 下午3:05", "2026-11-21T15:05+08:00"),
        ("2026年11月21日 上午12:05", "2026-11-21T00:05+08:00"),
        ("2026年11月21日 中午12:05", "2026-11-21T12:05+08:00"),
        ("2026年11月21日 星期六 08:30", "2026-11-21T08:30+08:00"),
        ("2026年11月21日(周六)晚上8点05分", "2026-11-21T20:05+08:00"),
        ("民國101年1月17日 14:10", "2012-01-17T14:10+08:00"),
        ("101/01/17 12:00", "2012-01-17T12:00+08:00"),
        ("二〇一二年一月十七日", "2012-01-17"),
        ("二○二五年十二月三十一日", "2025-12-31"),
        ("Sat, 21 Nov 2026 08:30:00 +0800", "2026-11-21T08:30:00+08:00"),
        ("Sat, 21 Nov 2026 08:30:00 GMT", "2026-11-21T08:30:00+00:00"),
        ("November 21, 2026 8:30 PM", "2026-11-21T20:30+08:00"),
        ("14.12.2011 19:00", "2011-12-14T19:00+08:00"),
        ("20120112165602", "2012-01-12T16:56:02+08:00"),
        ("1326336962", "2012-01-12T10:56:02+08:00"),
        ("2026-11-21 00:00", "2026-11-21"),
        ("2026-11-21T00:00:00+08:00", "2026-11-21"),
        ("2026-11-21 25:10", "2026-11-21"),
    ],
)
def test_a_date_is_read_with_the_precision_it_shows(raw, local):
    assert parse_date(raw, CLOCK, "meta").local == local


@pytest.mark.parametrize(
    ("raw", "local"),
    [
        ("January 5, 2024 at 3:45 p.m. EST", "2024-01-05T15:45-05:00"),
        ("5 Jan 2024 15:45 GMT", "2024-01-05T15:45+00:00"),
        ("10:56 AM EST, Fri January 5, 2024", "2024-01-05T10:56-05:00"),
        ("July 5, 2024 3pm PT", "2024-07-05T15:00-07:00"),
        ("Jan. 5, 2024 / 3:05 PM ET", "2024-01-05T15:05-05:00"),
        ("5. Januar 2024, 15:45 Uhr", "2024-01-05T15:45+08:00"),
        ("5 janvier 2024 à 15h45", "2024-01-05T15:45+08:00"),
        ("5 de enero de 2024 a las 15:45", "2024-01-05T15:45+08:00"),
        ("5 de janeiro de 2024 às 15h45", "2024-01-05T15:45+08:00"),
        ("5 gennaio 2024 alle 15:45", "2024-01-05T15:45+08:00"),
        ("5 января 2024 г. в 15:45", "2024-01-05T15:45+08:00"),
        ("令和6年1月5日(金) 15時45分", "2024-01-05T15:45+08:00"),
        ("2024년 1월 5일 오후 3:45", "2024-01-05T15:45+08:00"),
        ("2024.01.05. 오후 3:45", "2024-01-05T15:45+08:00"),
        ("Fri Jan 05 10:30:00 CST 2024", "2024-01-05T10:30:00+08:00"),
        ("20240105T103000Z", "2024-01-05T10:30:00+00:00"),
        ("2024 01/05 10:30:25", "2024-01-05T10:30:25+08:00"),
        ("2024-01-05 10:30 (UTC+8)", "2024-01-05T10:30+08:00"),
    ],
)
def test_dates_of_other_languages_and_systems_are_read_with_clock_and_zone(raw, local):
    assert parse_date(raw, CLOCK, "head").local == local


def test_zone_names_that_mean_several_offsets_say_nothing():
    assert parse_date("2024-01-05 10:30 CST", CLOCK, "head").offset_assumed
    assert parse_date("5 Jan 2024 10:30 IST", CLOCK, "head").offset_assumed
    assert not parse_date("5 Jan 2024 10:30 JST", CLOCK, "head").offset_assumed


@pytest.mark.parametrize(
    ("line", "label"),
    [
        ("发布时间：2026-11-20", "published"),
        ("最后更新：2026-11-20", "updated"),
        ("Updated 10:00 a.m. on Nov 20, 2026", "updated"),
        ("报名时间：2026-11-20", "other"),
        ("2026-11-20", ""),
    ],
)
def test_the_words_before_a_date_label_it(line, label):
    assert [found.label for found in find_dates(line, CLOCK, "head")] == [label]


@pytest.mark.parametrize(
    "raw",
    [
        "",
        None,
        "-1",
        "x",
        "23",
        "2012-02-30",
        "2012-13-01",
        "1980-01-01",
        "2026-11-25",
        "2099-01-01",
        "3/4/2024",
        "11:30",
        "12345",
        "二〇一二年十十月十十日",
    ],
)
def test_what_is_no_plausible_date_is_none(raw):
    assert parse_date(raw, CLOCK, "meta") is None


def test_an_offset_of_the_page_is_kept_and_a_missing_one_is_marked_as_assumed():
    assert not parse_date("2026-11-21T08:30:00+09:00", CLOCK, "meta").offset_assumed
    assert parse_date("2026-11-21T08:30:00", CLOCK, "meta").offset_assumed


def test_an_impossible_offset_counts_as_none():
    time_ = parse_date("2024-01-02T03:04:05+99:99", CLOCK, "meta")
    assert (time_.local, time_.offset_assumed) == ("2024-01-02T03:04:05+08:00", True)


def test_the_timezone_of_the_source_is_used_where_the_page_names_none():
    clock = Clock("America/Vancouver", CLOCK.now)
    assert parse_date("2026-07-21 08:30", clock, "meta").local == "2026-07-21T08:30-07:00"


def test_an_unknown_timezone_counts_as_utc():
    assert parse_date("2026-07-21 08:30", Clock("Mars/Base", CLOCK.now), "meta").local == "2026-07-21T08:30+00:00"


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("http://a.cn/2012/01/17/x.html", "2012-01-17"),
        ("http://a.cn/2012-01/17/c_1.htm", "2012-01-17"),
        ("http://a.cn/t20120117_123.html", "2012-01-17"),
        ("http://a.cn/20120117/1.html", "2012-01-17"),
        ("http://a.cn/1234567890123.html", None),
        ("http://a.cn/2012/31/17.html", None),
        ("http://2012-01-17.cn/", None),
    ],
)
def test_an_address_may_carry_the_day(url, day):
    found = parse_url_date(url, CLOCK)
    assert (found and found.local) == day


def test_a_month_and_day_alone_lie_in_the_last_twelve_months():
    assert parse_yearless("11-20 08:30", CLOCK, "head").local == "2026-11-20T08:30+08:00"
    assert parse_yearless("12月30日", CLOCK, "head").local == "2025-12-30"


def test_long_strings_cost_no_more_than_short_ones():
    start = time.process_time()
    for hostile in ("a " * 100_000, "2012-" * 100_000, "1" * 500_000, "2012年1月" * 50_000):
        parse_date(hostile, CLOCK, "meta")
        parse_yearless(hostile, CLOCK, "head")
    assert time.process_time() - start < 1


@given(st.text(alphabet="0123456789-/年月日: TZ+上下午民國〇一二十.,", max_size=80))
def test_no_string_raises_or_gives_a_time_outside_the_bounds(raw):
    found = parse_date(raw, CLOCK, "meta")
    assert found is None or (found.at.year >= 1995 and (found.at - CLOCK.now).days <= 2)
