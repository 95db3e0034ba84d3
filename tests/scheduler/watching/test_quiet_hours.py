"""A night from end to end: real portals fail, crawls find it, quiet hours keep it, the morning brings one message."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from scheduler.alerting.sending import Sending
from scheduler.alerting.sinks import read_sinks
from scheduler.demo.world import World
from storage.database import open_writer
from tests.scheduler.alerting.chats import chat, text_of
from tests.scheduler.newsroom import NOW, Newsroom

pytestmark = pytest.mark.faults

ALERTS = """
[alerts]
quiet_hours = "22:00-07:00"
timezone = "Asia/Shanghai"
group_seconds = 0
[[alert]]
name = "duty"
kind = "wecom"
url_env = "DUTY"
"""


def delivered(room: Newsroom, url: str, hours: float) -> None:
    """None; what is to be told at that hour after NOW, which is 10:00 in Shanghai, was told."""
    sending = Sending(read_sinks(room.config, room.path, {"DUTY": url}), lambda: NOW + timedelta(hours=hours))
    with open_writer(room.database) as database:
        sending.deliver(database, 20)


def test_what_goes_wrong_at_night_and_is_still_wrong_is_one_message_in_the_morning(
    newsroom: Callable[..., Newsroom],
) -> None:
    room = newsroom(World(sites=4, articles=1, kinds=["daily"]))
    room.path.write_text(room.path.read_text(encoding="utf-8") + ALERTS, encoding="utf-8")
    one, other, over, well = room.server.names
    with chat("wecom") as duty:
        room.crawl(everything=True, hours=12)  # 22:00
        for name in (one, other, over):
            room.world.fail(name, 500)
        for hours in (13, 14, 16):
            room.crawl(one, other, over, hours=hours)
            delivered(room, duty.url, hours)
        found = room.rows("SELECT kind FROM incidents WHERE resolved_at IS NULL")
        assert found == [("source_failing",)] * 3
        room.world.heal(over)
        for hours in (19, 20):
            room.crawl(over, hours=hours)
        delivered(room, duty.url, 20.9)
        assert duty.taken == []
        delivered(room, duty.url, 21.1)  # 07:06
        (message,) = (text_of("wecom", taken) for taken in duty.taken)
        assert one in message
        assert other in message
        assert over not in message
        assert well not in message
    states = room.rows("SELECT source, event, a.state FROM alerts a JOIN incidents i ON i.id = a.incident_id")
    assert sorted(states) == sorted([(one, "opened", "sent"), (other, "opened", "sent"), (over, "opened", "dropped")])
