"""`dibao schedule`: what is crawled next, when, and why."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from crawler.config import Source
from scheduler.cli import schedule
from scheduler.config.file import Config, Schedule
from scheduler.demo.world import World
from scheduler.engines.local import LocalEngine
from scheduler.forecast import coming, next_of_each
from scheduler.plan import SourceState
from scheduler.rhythm import NOTHING, Rhythm, observed
from tests.scheduler import newsroom
from tests.scheduler.newsroom import Newsroom

Run = Callable[..., "subprocess.CompletedProcess[str]"]
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
SOURCES = """
[dibao]
contact = "desk@example.org"
[[source]]
name = "by-rhythm"
home = "https://a.example.cn/"
[[source]]
name = "by-interval"
home = "https://b.example.cn/"
every = "15m"
[[source]]
name = "by-cron"
home = "https://c.example.cn/"
cron = "0 6 29 2 *"
[[source]]
name = "off"
home = "https://d.example.cn/"
enabled = false
"""


def source(name: str, **values: Any) -> Source:
    return Source(name=name, home="https://a.example.cn/", **values)


def busy() -> Rhythm:
    """Nine articles an hour by day, none at night."""
    zone, rhythm = ZoneInfo("Asia/Shanghai"), NOTHING
    for hour in range(14 * 24, 0, -1):
        since = NOW - hour * HOUR
        items = 9 if 8 <= since.astimezone(zone).hour < 20 else 0
        rhythm = observed(rhythm, since=since, until=since + HOUR, times=[None] * items, zone=zone)
    return rhythm


def states(**of_each: Any) -> dict[str, SourceState]:
    """Each source as it was left at NOW, with what is named of it in place of that."""
    return {
        name.replace("_", "-"): SourceState(name=name.replace("_", "-"), **{"last_attempt_at": NOW, **values})
        for name, values in of_each.items()
    }


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config.model_validate(
        {
            "dibao": {"contact": "desk@example.org", "database": str(tmp_path / "news.db")},
            "source": [
                {"name": "by-rhythm", "home": "https://a.example.cn/"},
                {"name": "by-interval", "home": "https://b.example.cn/", "every": "15m"},
                {"name": "by-cron", "home": "https://c.example.cn/", "cron": "0 6 * * *"},
                {"name": "off", "home": "https://d.example.cn/", "enabled": False},
            ],
        }
    )


def report(config: Config, monkeypatch: pytest.MonkeyPatch, known: dict[str, SourceState], **values: Any) -> Any:
    monkeypatch.setattr(schedule, "_states", lambda *_: known)
    return schedule.report(config, NOW, **values)


def test_without_a_database_every_source_is_next_and_none_is_made(dibao: Run, tmp_path: Path) -> None:
    (tmp_path / "dibao.toml").write_text(SOURCES)
    done = dibao("schedule", "--json")
    document = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert {(row["source"], row["kind"]) for row in document["polls"]} == {
        ("by-rhythm", "never_crawled"),
        ("by-interval", "never_crawled"),
        ("by-cron", "never_crawled"),
    }
    assert not (tmp_path / "news.db").exists()


def test_a_pipe_gets_tab_separated_lines(dibao: Run, tmp_path: Path) -> None:
    (tmp_path / "dibao.toml").write_text(SOURCES)
    done = dibao("schedule", "by-cron", "by-interval")
    heading, *lines = [line.split("\t") for line in done.stdout.splitlines()]
    assert tuple(heading) == schedule.COLUMNS
    assert [line[0] for line in lines] == ["by-cron", "by-interval"]
    assert {len(line) for line in lines} == {len(heading)}


def test_the_number_of_lines_can_be_limited_and_that_is_said(dibao: Run, tmp_path: Path) -> None:
    (tmp_path / "dibao.toml").write_text(SOURCES)
    done = dibao("schedule", "-n", "1", "--within", "2h")
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 2)
    assert "there is more" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("by-cronn",), "no source 'by-cronn' is switched on; there are: by-rhythm, by-interval, by-cron"),
        (("off",), "no source 'off' is switched on"),
        (("--within", "soon"), "expected a duration with units"),
        (("-n", "0"), "0 is not in the range"),
    ],
)
def test_what_cannot_be_meant_is_exit_code_2(
    arguments: tuple[str, ...], message: str, dibao: Run, tmp_path: Path
) -> None:
    (tmp_path / "dibao.toml").write_text(SOURCES)
    done = dibao("schedule", *arguments)
    assert done.returncode == 2
    assert message in done.stderr


def test_a_foreign_file_is_exit_code_4(config_file: Path, dibao: Run) -> None:
    (config_file.parent / "news.db").write_text("my diary")
    assert dibao("schedule").returncode == 4


def test_each_kind_is_told_soonest_first(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    known = states(by_rhythm={"rhythm": busy()}, by_interval={}, by_cron={"pending_ready": 3})
    polls = report(config, monkeypatch, known)["polls"]
    assert {row["source"]: row["kind"] for row in polls} == {
        "by-cron": "unfinished",
        "by-rhythm": "rhythm",
        "by-interval": "interval",
    }
    assert [row["at"] for row in polls] == sorted(row["at"] for row in polls)
    held = states(
        by_rhythm={"failures": 3, "not_before": NOW + HOUR},
        by_interval={"not_before": NOW + 2 * HOUR},
        by_cron={"paused_until": NOW + 20 * HOUR, "pause_why": "its host answered 429"},
    )
    rows = {row["source"]: (row["kind"], row["why"]) for row in report(config, monkeypatch, held)["polls"]}
    assert rows == {
        "by-rhythm": ("back_off", "again after 3 failures in a row"),
        "by-interval": ("retry_after", "the site asked for a pause"),
        "by-cron": ("host_pause", "its host answered 429"),
    }


def test_an_adaptive_source_shows_its_interval_what_is_expected_and_its_day(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = states(by_rhythm={"rhythm": busy()}, by_interval={}, by_cron={})
    rows = {row["source"]: row for row in report(config, monkeypatch, known)["polls"]}
    row = rows["by-rhythm"]
    assert 300 < row["interval_seconds"] < 600
    assert 8 < row["expected_per_hour"] < 10
    assert len(row["today"]) == 24
    assert max(row["today"][:7]) < 0.1
    assert min(row["today"][9:19]) > 5
    assert rows["by-interval"]["today"] is None
    assert rows["by-cron"]["interval_seconds"] is None


def test_the_polls_of_a_day_are_foreseen(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    known = states(by_rhythm={"rhythm": busy()}, by_interval={}, by_cron={})
    document = report(config, monkeypatch, known, within_seconds=86_400)
    polls = document["polls"]
    assert not document["more"]
    assert [row["at"] for row in polls] == sorted(row["at"] for row in polls)
    counted = {name: sum(row["source"] == name for row in polls) for name in ("by-interval", "by-cron")}
    assert counted == {"by-interval": 96, "by-cron": 1}
    zone = ZoneInfo("Asia/Shanghai")
    hours = [datetime.fromisoformat(row["at"]).astimezone(zone).hour for row in polls if row["source"] == "by-rhythm"]
    assert sum(9 <= hour < 19 for hour in hours) > 5 * sum(hour < 6 for hour in hours) > 0


def test_a_long_time_is_foreseen_no_further_than_is_shown(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    document = report(config, monkeypatch, {}, within_seconds=365 * 86_400)
    assert (len(document["polls"]), document["more"]) == (schedule.MOST_POLLS, True)


def test_what_is_unfinished_is_done_first_and_then_the_schedule_goes_on() -> None:
    left = states(a={"pending_ready": 9})
    kinds = [due.kind for _, due in islice(coming([source("a", every="1h")], left, NOW, Schedule()), 4)]
    assert kinds == ["unfinished", "interval", "interval", "interval"]


def test_after_a_failure_the_schedule_goes_on_as_if_all_were_well() -> None:
    failed = states(a={"failures": 9, "not_before": NOW + 5 * HOUR})
    polls = [due for _, due in islice(coming([source("a", every="1h")], failed, NOW, Schedule()), 5)]
    assert [due.kind for due in polls] == ["back_off", *["interval"] * 4]
    assert {later.at - sooner.at for sooner, later in pairwise(polls[1:])} == {HOUR}


def test_a_source_of_every_four_years_does_not_keep_the_others_waiting() -> None:
    sources = [source("leap", cron="0 6 29 2 *"), source("quick", every="10s")]
    found = next_of_each(sources, states(leap={}, quick={}), NOW, Schedule())
    assert [one.name for one, _ in found] == ["quick", "leap"]


def test_a_day_is_drawn_with_a_bar_for_each_hour() -> None:
    assert schedule.sparkline([0, 1, 2, 4]) == "▁▃▅█"
    assert schedule.sparkline([0.0] * 3) == "▁▁▁"
    assert not schedule.sparkline([])


def test_people_get_a_table_with_the_day_in_it(
    config: Config, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    paused = {"paused_until": NOW + 20 * HOUR, "pause_why": "its host said [red]no"}
    schedule._show(report(config, monkeypatch, states(by_rhythm={"rhythm": busy()}, by_cron=paused)), NOW)
    shown = capsys.readouterr().out
    assert "rhythm: about 9.3 new an hour then, asked after 7 min" in shown
    assert "▁▁▁▁▁▁▁▁▅███████████▅▁▁▁" in shown
    assert "its host said [red]no" in shown


def test_after_a_real_crawl_the_file_says_what_is_next_and_is_not_written_to(
    tmp_path: Path, engine: LocalEngine
) -> None:
    with Newsroom(tmp_path, World(sites=2, articles=2), engine) as room:
        room.world.fail(room.world.sites[1], status=500)
        room.crawl()
        before = room.database.read_bytes()
        polls = schedule.report(room.config, newsroom.NOW)["polls"]
        assert room.database.read_bytes() == before
    assert [row["kind"] for row in polls if row["source"] == room.config.source[1].name] == ["back_off"]
    assert [row["kind"] for row in polls if row["source"] == room.config.source[0].name] != ["never_crawled"]
