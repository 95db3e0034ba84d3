"""An operator's pause: not asked, not due, nothing learned of the time, and asked by name all the same."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from crawler.config import Source
from scheduler import plan
from scheduler.config.file import Schedule
from scheduler.demo.world import World
from scheduler.forecast import coming, next_of_each
from scheduler.plan import SourceState
from scheduler.rhythm import NOTHING, Rhythm, observed, rate, unwatched
from scheduler.sources import pausing
from scheduler.sources.naming import UnknownSource, configured, switched_on
from storage.database import open_writer
from tests.scheduler.newsroom import NOW, Newsroom

SHANGHAI = ZoneInfo("Asia/Shanghai")
HOUR = timedelta(hours=1)


def source(name: str = "a", **more: object) -> Source:
    return Source.model_validate({"name": name, "home": "https://news.example.cn/", **more})


def test_a_paused_source_is_not_due_and_the_plan_says_why() -> None:
    states = {"a": SourceState(name="a", stopped_at=NOW - HOUR, stopped_why="redesign", pending_ready=3)}
    assert plan.due([source()], states, NOW, Schedule()) == ()
    found = plan.next_due(source(), states["a"], NOW, Schedule())
    assert (found.at, found.kind, found.why) == (plan.NEVER, "paused", "paused: redesign")
    ordered = next_of_each([source(), source("b")], states, NOW, Schedule())
    assert [one.name for one, _ in ordered] == ["b", "a"]
    polls = coming([source(), source("b")], states, NOW, Schedule())
    assert {next(polls)[0].name for _ in range(20)} == {"b"}


def test_a_pause_is_kept_in_the_file_and_asks_a_source_only_by_name(newsroom: Callable[..., Newsroom]) -> None:
    room = newsroom(World(sites=2, articles=2, kinds=["daily", "city"]))
    first, second = (source.name for source in room.config.source)
    with open_writer(room.database) as database:
        changed = pausing.pause(database, room.config.source[:1], NOW, "redesign")
    assert changed == pausing.Changed(names=(first,), already=())
    assert [one.source for one in room.crawl().sources] == [second]
    assert [one.source for one in room.crawl(everything=True).sources] == [second]
    assert [one.source for one in room.crawl(first, hours=1).sources] == [first]
    assert room.rows("SELECT name, paused_at, paused_why FROM sources WHERE paused_at IS NOT NULL") == [
        (first, "2026-11-22T02:00:00Z", "redesign")
    ]
    with open_writer(room.database) as database:
        again = pausing.pause(database, room.config.source, NOW + HOUR)
        assert again == pausing.Changed(names=(second,), already=(first,))
        assert pausing.resume(database, room.config.source[:1], NOW + 2 * HOUR).names == (first,)
        assert pausing.resume(database, room.config.source[:1], NOW + 2 * HOUR).already == (first,)
    assert room.crawl(hours=24 * 60).sources[0].source == first


def test_of_the_time_of_a_pause_and_of_what_came_then_no_rhythm_learns(newsroom: Callable[..., Newsroom]) -> None:
    room = newsroom(World(sites=1, articles=6, kinds=["daily"]))
    room.crawl()
    room.crawl(hours=6)
    (paused,) = room.config.source
    before = Rhythm.from_text(room.rows("SELECT rhythm FROM sources")[0][0])
    with open_writer(room.database) as database:
        pausing.pause(database, [paused], NOW + 7 * HOUR)
        pausing.resume(database, [paused], NOW + 200 * HOUR)
    room.world.publish(room.world.sites[0].name, 5)
    room.crawl(hours=201)
    after = Rhythm.from_text(room.rows("SELECT rhythm FROM sources")[0][0])
    assert (after.items, after.hours) == (before.items, before.hours)
    assert after.seen_until == (NOW + 201 * HOUR).timestamp()
    assert not after.resumed
    room.crawl(hours=202)
    learned = Rhythm.from_text(room.rows("SELECT rhythm FROM sources")[0][0])
    assert sum(learned.hours) > sum(after.hours)


def test_a_rhythm_after_a_pause_is_what_it_was_but_less_lively_of_late() -> None:
    times = [NOW - timedelta(minutes=5 * count) for count in range(24)]
    busy = observed(NOTHING, since=None, until=NOW, times=times, zone=SHANGHAI)
    busy = observed(busy, since=NOW, until=NOW + HOUR, times=[NOW + HOUR / 2] * 40, zone=SHANGHAI)
    later = NOW + 24 * 7 * HOUR
    rested = unwatched(busy, later + HOUR, resumed=True)
    assert Rhythm.from_text(rested.text()).resumed
    assert rate(rested, later + HOUR, SHANGHAI) == pytest.approx(rate(busy, later + HOUR, SHANGHAI))
    assert unwatched(NOTHING, later, resumed=True) == NOTHING


@pytest.mark.parametrize(
    ("name", "said"),
    [("enshi-dialy", 'did you mean "enshi-daily"?'), ("zzz", "there are: enshi-daily, bay")],
)
def test_a_name_that_nobody_has_is_met_with_those_that_it_may_mean(name: str, said: str) -> None:
    sources = [source("enshi-daily"), source("bay"), source("off", enabled=False)]
    with pytest.raises(UnknownSource) as caught:
        switched_on(sources, [name])
    assert said in str(caught.value)
    assert [one.name for one in configured(sources, ["off", "bay", "off"])] == ["off", "bay"]
    with pytest.raises(UnknownSource, match="no source 'off' is switched on"):
        switched_on(sources, ["off"])


