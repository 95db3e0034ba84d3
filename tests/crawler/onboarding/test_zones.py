"""What tells a site's time zone."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from crawler.onboarding.looks import GlanceInput, glance
from crawler.onboarding.pace import past, per_day
from crawler.onboarding.zones import _BY_COUNTRY, _BY_LANGUAGE, offset_minutes, zone_of

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("host", "language", "dates", "zone"),
    [
        ("news.example.cn", None, (), "Asia/Shanghai"),
        ("example.com.tw", "zh", (), "Asia/Taipei"),
        ("example.hk", "en", (), "Asia/Hong_Kong"),
        ("example.com", "zh", (), "Asia/Shanghai"),
        ("example.com", "zh-hant", (), "Asia/Taipei"),
        ("example.com", "en", (), "UTC"),
        ("example.com", None, (), "UTC"),
        ("example.com", "en", ("Sat, 21 Nov 2026 08:30:00 +0800",), "Asia/Shanghai"),
        ("example.com.tw", "en", ("2026-11-21T08:30:00+08:00",), "Asia/Taipei"),
        ("example.com", "ru", ("Sat, 21 Nov 2026 08:30:00 +0300",), "Etc/GMT-3"),
        ("example.com", "es", ("2026-11-21T08:30:00-05:00",), "Etc/GMT+5"),
        ("example.com", "en", ("2026-11-21T08:30:00+05:45",), "UTC"),
        ("example.com", "zh", ("Sat, 21 Nov 2026 00:30:00 GMT",) * 20, "Asia/Shanghai"),
        ("example.com", "en", ("2026-11-21T08:30:00Z",), "UTC"),
        ("example.com", "en", ("2026-11-21T08:30:00+99:99", "soon", ""), "UTC"),
    ],
)
def test_offsets_of_dates_tell_first_then_the_country_then_the_language(
    host: str, language: str | None, dates: tuple[str, ...], zone: str
) -> None:
    assert zone_of(host, language, dates).name == zone


def test_every_zone_that_may_be_proposed_is_one() -> None:
    for name in (*_BY_COUNTRY.values(), *_BY_LANGUAGE.values(), "Etc/GMT-14", "Etc/GMT+12"):
        assert ZoneInfo(name)


@pytest.mark.parametrize(
    ("date", "minutes"),
    [("2026-11-21 08:30", None), ("2026-11-21", None), ("21 Nov 2026 08:30:00 +0800", 480), ("08:30 GMT", 0)],
)
def test_a_day_of_the_month_is_no_offset(date: str, minutes: int | None) -> None:
    assert offset_minutes(date) == minutes


def test_the_pace_falls_while_nothing_comes() -> None:
    times = [NOW - timedelta(hours=hour) for hour in range(48)]
    assert per_day(times, NOW) == pytest.approx(24.5, abs=0.6)
    assert per_day(times, NOW + timedelta(days=30)) < 2
    assert per_day(times[:2], NOW) is None
    assert past([NOW + timedelta(days=400), *times], NOW)[0] == NOW


def test_the_language_is_that_of_what_is_read_and_not_of_the_markup() -> None:
    words = "云泽的居民告诉记者，便民桥今天通车"
    markup = "<script>" + "function name() { return value } " * 50 + "</script><!-- comment --><style>body{}</style>"
    for page in (
        f"<html><body>{markup}<p class='{'long-name ' * 50}'>{words}</p></body></html>",
        f"<p>{words}<script>",
    ):
        assert glance(GlanceInput(url="http://a.test/", body=page.encode())).language == "zh"
    told = {"en": None, "zh-tw": words, "ja": "東京の天気はあしたも晴れでしょう"}
    for language, text in told.items():
        body = f"<html lang='{language}'>{markup}{text or 'The bridge was opened today'}</html>".encode()
        assert glance(GlanceInput(url="http://a.test/", body=body)).language == language
    hostile = (b"<script>" * 9_000, b"<!--" * 16_000, b"<" * 65_536, b"<style " * 9_000)
    begun = time.process_time()
    assert [glance(GlanceInput(url="http://a.test/", body=body)).language for body in hostile] == [None] * 4
    assert time.process_time() - begun < 5  # some hundredths


@pytest.mark.parametrize(
    ("body", "form"),
    [
        (b"<?xml version='1.0'?><rss><channel/></rss>", "feed"),
        (b"<urlset></urlset>", "sitemap"),
        (b"\x1f\x8b\x08 packed", "sitemap"),
        (b'{"version": "https://jsonfeed.org/version/1.1"}', "feed"),
        (b'{"data": []}', "json"),
        (b"<!DOCTYPE html><html></html>", "page"),
        (b"", "page"),
    ],
)
def test_what_a_body_is_shows_at_a_glance(body: bytes, form: str) -> None:
    assert glance(GlanceInput(url="http://a.test/", body=body)).form == form
