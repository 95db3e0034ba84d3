"""When a source publishes, as its page tells it: in its own time zone, and by the time that it was really watched."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from lxml import html

from storage.database import open_writer
from storage.records import utc_text
from storage.web.pages import frame
from tests.storage.web import operated
from tests.storage.web.conftest import Viewer

NOW = operated.NOW.replace(minute=0)


@pytest.fixture
def other(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A function that makes a viewer of a file."""
    monkeypatch.setattr(frame, "now", lambda: operated.NOW)
    made: list[Viewer] = []

    def make(path: Path) -> Viewer:
        made.append(Viewer(path))
        return made[-1]

    yield make
    for viewer in made:
        viewer.close()


def filled(path: Path, hours: int, *, zone: str | None = "Asia/Shanghai", backlog: int = 0) -> None:
    """None; the file has a source that was first crawled so many hours ago, and brought one article an hour since."""
    first = NOW - timedelta(hours=hours)
    with open_writer(path) as database, database.transaction():
        database.execute(
            "INSERT INTO sources (id, name, home, created_at, last_attempt_at)"
            " VALUES (1, 'a', 'https://a.cn/', ?1, ?1)",
            (utc_text(first - timedelta(minutes=40)),),
        )
        began, ended = utc_text(first - timedelta(minutes=40)), utc_text(first - timedelta(minutes=20))
        database.execute("INSERT INTO run_log VALUES (1, 'crawl', ?, ?, 'ok')", (began, ended))
        database.execute(
            "INSERT INTO run_source_log (run_id, source_id, job_id, started_at, finished_at, status, with_entries)"
            " VALUES (1, 1, 'j', ?, ?, 'ok', 1)",
            (began, ended),
        )
        each = [(utc_text(first + timedelta(hours=at)), 1) for at in range(hours)]
        first_hour = (utc_text((first - timedelta(minutes=40)).replace(minute=0)), backlog)
        database.executemany("INSERT INTO hour_log VALUES (1, ?, 1, ?)", [first_hour, *each])
        database.execute(
            "INSERT INTO source_watch (source_id, at, state, zone) VALUES (1, ?, 'ok', ?)", (utc_text(NOW), zone)
        )
        week = [float(hour) for hour in range(168)]
        database.execute("INSERT INTO source_memory (source_id, week) VALUES (1, ?)", (json.dumps(week),))


def told(viewer: Viewer) -> tuple[str, list[str]]:
    """What the page of the source says, and what each square of its heat map says."""
    root = html.fromstring(viewer.get("/-/dibao/source/a", headers={"accept-language": "en"}).text)
    squares = root.xpath("//*[@class='heat']//*[local-name()='rect']")
    return " ".join(root.text_content().split()), [square.text_content() for square in squares]


@pytest.mark.parametrize("days", [4, 10, 11, 40])
def test_one_article_an_hour_is_168_a_week_however_long_it_was_watched(tmp_path: Path, other: Any, days: int) -> None:
    filled(tmp_path / "a.db", 24 * days, backlog=500)
    said, squares = told(other(tmp_path / "a.db"))
    assert "About 168 a week." in said
    means = [float(mean) for square in squares for mean in re.findall(r", ([\d.]+) on average", square)]
    assert len(means) == 168
    assert set(means) <= {0.0, 1.0}
    assert means.count(1.0) == min(168, 24 * days)


def test_of_less_than_three_days_no_week_is_told_and_of_a_backlog_no_rhythm(tmp_path: Path, other: Any) -> None:
    filled(tmp_path / "young.db", 71, backlog=500)
    assert "a week." not in told(other(tmp_path / "young.db"))[0]
    filled(tmp_path / "new.db", 0, backlog=500)
    said, squares = told(other(tmp_path / "new.db"))
    assert "there is no rhythm to show" in said
    assert squares == []


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Shanghai", "Asia/Kolkata"])
def test_the_map_is_in_the_zone_of_the_source_and_names_it(tmp_path: Path, other: Any, zone: str) -> None:
    filled(tmp_path / "a.db", 2, zone=zone)
    said, squares = told(other(tmp_path / "a.db"))
    assert f"({zone})" in said
    local = (NOW - timedelta(hours=1)).astimezone(ZoneInfo(zone))
    at = local.weekday() * 24 + local.hour
    assert "1.0 on average" in squares[at]
    assert f"{at:.1f} expected" in squares[at]


def test_without_a_zone_of_its_own_the_page_tells_no_expectation(tmp_path: Path, other: Any) -> None:
    for zone in (None, "No/Where"):
        filled(tmp_path / f"{zone is None}.db", 2, zone=zone)
        said, squares = told(other(tmp_path / f"{zone is None}.db"))
        assert "(Asia/Shanghai)" in said
        assert not any("expected" in square for square in squares)


def test_today_begins_at_midnight_of_the_source(tmp_path: Path, other: Any) -> None:
    def today(zone: str) -> str:
        path = tmp_path / f"{zone[:4]}.db"
        filled(path, 100, zone=zone)
        root = html.fromstring(other(path).get("/-/dibao", headers={"accept-language": "en"}).text)
        (cell,) = root.xpath("//td[@data-label='New today']/text()")
        return str(cell)

    assert (today("Asia/Shanghai"), today("Europe/Berlin")) == ("16", "9")
