"""What is queued in the file arrives: grouped, at least once, and no place waits for another."""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scheduler.alerting.alerting import alerting
from scheduler.alerting.failing import failing_sinks
from scheduler.config.alerting import Alerts
from scheduler.webhooks import telling
from storage.watch import alerts, wording
from tests.scheduler.alerting.chats import Reply, text_of
from tests.scheduler.alerting.conftest import Stage, sink
from tests.scheduler.alerting.post_office import PostOffice


def test_alerts_that_come_together_are_one_message_and_wait_for_others(stage: Stage) -> None:
    server = stage.chat("wecom")
    place = sink("wecom", server.url, settings=Alerts(group_seconds=60))
    sending = stage.sending(place)
    stage.opened("on-wecom")
    assert not sending.tick(stage.database)
    stage.later(seconds=59)
    stage.opened("on-wecom")
    assert not sending.tick(stage.database)
    stage.later(seconds=2)
    stage.deliver(sending)
    (message,) = server.taken
    assert "Dibao 2 条告警" in text_of("wecom", message)
    assert stage.states() == {"sent": 2}
    assert sending.told == 2


def test_a_crawl_does_not_wait_for_others(stage: Stage) -> None:
    server = stage.chat("wecom")
    sending = stage.sending(sink("wecom", server.url, settings=Alerts(group_seconds=60)), gathers=False)
    stage.opened("on-wecom")
    stage.deliver(sending)
    assert len(server.taken) == 1


@pytest.mark.parametrize("kind", ["wecom", "dingtalk", "feishu", "slack", "json"])
def test_what_fails_is_tried_again_later_each_time_and_given_up_at_last(stage: Stage, kind: str) -> None:
    server = stage.chat(kind)
    server.say = lambda _number: Reply(500)
    sending = stage.sending(sink(kind, server.url, max_attempts=4))
    stage.opened(f"on-{kind}")
    waits = []
    for attempt in range(1, 5):
        stage.deliver(sending)
        assert server.asked == attempt
        stage.deliver(sending)  # it is not due
        (row,) = stage.rows()
        assert row.attempts == attempt
        if row.next_at is not None:
            waits.append((row.next_at - stage.clock()).total_seconds())
            stage.later(seconds=waits[-1] + 1)
    assert all(0.85 * said - 2 <= wait <= 1.15 * said + 1 for wait, said in zip(waits, (5, 20, 80), strict=True))
    assert (row.state, row.error) == ("dead", "HTTP 500 Internal Server Error")
    (failing,) = failing_sinks(stage.database, [f"on-{kind}"])
    assert (failing.given_up, failing.waiting, failing.error) == (1, 0, "HTTP 500 Internal Server Error")


def test_a_place_that_limits_is_left_alone_as_long_as_it_says_and_loses_nothing(stage: Stage) -> None:
    server = stage.chat("dingtalk")
    server.say = lambda number: Reply(document={"errcode": 130101, "errmsg": "send too fast"}) if number == 1 else None
    sending = stage.sending(sink("dingtalk", server.url))
    stage.opened("on-dingtalk")
    stage.deliver(sending)
    stage.later(seconds=300)
    stage.opened("on-dingtalk")  # what comes meanwhile waits too
    stage.deliver(sending)
    assert server.asked == 1
    stage.later(seconds=301)
    stage.deliver(sending)
    assert "Dibao 2 条告警" in text_of("dingtalk", server.taken[0])
    assert stage.states() == {"sent": 2}


def test_after_an_outage_a_new_alert_brings_the_old_ones_along(stage: Stage) -> None:
    server = stage.chat("slack")
    server.say = lambda _number: Reply(503)
    sending = stage.sending(sink("slack", server.url))
    stage.opened("on-slack")
    for _ in range(8):
        stage.later(hours=6.5)
        stage.deliver(sending)
    (row,) = stage.rows()
    assert row.attempts == 8
    assert row.next_at is not None
    assert row.next_at - stage.clock() > timedelta(hours=14)
    assert failing_sinks(stage.database, ["on-slack"])[0].waiting == 1
    server.say = lambda _number: None
    stage.opened("on-slack")
    stage.later(minutes=17)
    stage.deliver(sending)
    stage.later(seconds=1)
    stage.deliver(sending)
    assert stage.states() == {"sent": 2}
    assert failing_sinks(stage.database, ["on-slack"]) == ()


def test_one_slow_place_holds_up_no_other(stage: Stage) -> None:
    with PostOffice() as office:
        office.pause = lambda: office.over.wait(60)
        slow, stuck = stage.chat("json"), stage.chat("feishu")
        slow.say = stuck.say = lambda _number: Reply(stall_seconds=60)
        quick = stage.chat("wecom")
        sinks = [
            sink("email", smtp_port=office.port, smtp_security="none"), sink("json", slow.url),
            sink("feishu", stuck.url), sink("wecom", quick.url),
        ]  # fmt: skip
        sending = stage.sending(*sinks)
        stage.opened("on-email", "on-json", "on-feishu", "on-wecom")
        began = time.monotonic()
        assert sending.tick(stage.database)
        assert time.monotonic() - began < 30
        quick.until(lambda: len(quick.taken) == 1, 30)
        while "sent" not in stage.states() and time.monotonic() - began < 50:
            sending.deliver(stage.database, 0.3)
        assert {row.sink: row.state for row in stage.rows()}["on-wecom"] == "sent"
        assert stage.states() == {"sent": 1, "pending": 3}
        began = time.monotonic()
        sending.close(stage.database, 0.1)
        assert time.monotonic() - began < 30


def test_quiet_hours_hold_back_what_can_wait_and_what_is_over_by_then_is_not_told(stage: Stage) -> None:
    server = stage.chat("wecom")
    night = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)  # 23:00 in Shanghai
    stage.ahead = night - datetime.now(UTC)
    sending = stage.sending(sink("wecom", server.url, settings=Alerts(group_seconds=0, quiet_hours="22:00-07:00")))
    over = stage.opened("on-wecom")
    stage.opened("on-wecom", kind="source_failing", severity="error")
    stage.opened("on-wecom", kind="disk_low", severity="error")
    stage.deliver(sending)
    (first,) = server.taken
    assert "磁盘空间不足" in text_of("wecom", first)
    assert stage.states() == {"sent": 1, "pending": 2}
    stage.resolved(over)
    stage.later(hours=7, minutes=59)
    stage.deliver(sending)
    assert len(server.taken) == 1
    stage.later(minutes=2)
    stage.deliver(sending)
    assert "抓取失败" in text_of("wecom", server.taken[1])
    assert "久无新稿" not in text_of("wecom", server.taken[1])
    assert stage.states() == {"sent": 2, "dropped": 1}


def test_what_was_dropped_while_it_was_on_its_way_is_told_to_be_over(stage: Stage) -> None:
    server = stage.chat("wecom")
    sending = stage.sending(sink("wecom", server.url))
    incident = stage.opened("on-wecom")
    sending.tick(stage.database)
    server.until(lambda: len(server.taken) == 1)
    stage.resolved(incident)
    stage.deliver(sending)
    stage.later(seconds=1)
    stage.deliver(sending)
    assert [row.event for row in stage.rows()] == ["opened", "resolved"]
    assert stage.states() == {"sent": 2}
    assert "已恢复" in text_of("wecom", server.taken[1])


def test_the_log_is_told_each_alert_on_a_line_of_its_own(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    sending = stage.sending(sink("log"))
    stage.opened("on-log", facts={"quiet_seconds": 9, "links": "a\nb"})
    incident = stage.opened("on-log", kind="disk_low", severity="error")
    stage.resolved(incident, "on-log")
    with caplog.at_level(logging.INFO):
        stage.deliver(sending)
    records = [record for record in caplog.records if hasattr(record, "incident")]
    assert [record.levelname for record in records] == ["WARNING", "INFO"]
    assert [record.name for record in records] == ["scheduler.alerting.log"] * 2
    assert all("\n" not in record.getMessage() for record in records)
    assert stage.states() == {"sent": 2, "dropped": 1}


def test_a_program_gets_a_thousand_alerts_in_ten_documents_and_people_in_one_message(stage: Stage) -> None:
    with PostOffice() as office:
        program, robot = stage.chat("json"), stage.chat("wecom")
        places = [
            sink("json", program.url), sink("wecom", robot.url),
            sink("email", smtp_port=office.port, smtp_security="none"),
        ]  # fmt: skip
        sending = stage.sending(*places)
        with stage.database.transaction():
            pass
        for _ in range(1_000):
            stage.opened("on-json", "on-wecom", "on-email")
        began = time.monotonic()
        stage.deliver(sending)
        print(f"3,000 alerts to 3 places in {time.monotonic() - began:.2f} s")
        assert stage.states() == {"sent": 3_000}
        assert len(robot.taken) == len(office.letters) == 1
        ids = [alert["id"] for document in program.taken for alert in document["alerts"]]
        assert (len(program.taken), len(ids), len(set(ids))) == (10, 1_000, 1_000)


def test_a_message_that_cannot_be_made_is_a_failure_and_harms_no_other(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, other = stage.chat("wecom"), stage.chat("slack")

    def broken(*_: Any) -> bytes:
        raise ZeroDivisionError

    monkeypatch.setattr("scheduler.alerting.robots.wecom.body", broken)
    sending = stage.sending(sink("wecom", server.url), sink("slack", other.url))
    stage.opened("on-wecom", "on-slack")
    stage.deliver(sending)
    first, second = stage.rows()
    assert (first.state, first.error) == ("pending", "its message could not be made: ZeroDivisionError")
    assert second.state == "sent"


def test_a_daemon_looks_each_second_and_takes_new_places(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "LOOK_SECONDS", 0.0)
    server = stage.chat("wecom")
    told = alerting((), stage.clock, lambda: None)
    stage.opened("on-wecom")
    assert not told.tick(stage.database)
    told.configure((sink("wecom", server.url),))
    assert told.tick(stage.database)
    server.until(lambda: len(server.taken) == 1)
    told.close(stage.database)
    assert stage.states() == {"sent": 1}


def test_a_place_that_took_nothing_yet_is_not_failing_before_it_failed_thrice(stage: Stage) -> None:
    for _ in range(2):
        stage.opened("on-wecom")
    rows = [row.id for row in stage.rows()]
    with stage.database.transaction():
        alerts.failed(stage.database, rows, "HTTP 500", stage.clock())
    assert failing_sinks(stage.database, ["on-wecom"]) == ()
    with stage.database.transaction():
        alerts.failed(stage.database, rows[:1], "HTTP 500", None)
    assert failing_sinks(stage.database, ["on-wecom"])[0].given_up == 1
    assert failing_sinks(stage.database, ["other"]) == ()
    later = stage.clock() + timedelta(seconds=2)
    with stage.database.transaction():
        alerts.done(stage.database, rows[1:], later)
    assert failing_sinks(stage.database, ["on-wecom"]) == ()


def test_what_a_message_says_is_what_the_incident_says_in_the_language_of_the_place(stage: Stage) -> None:
    zh, en = stage.chat("json"), stage.chat("json")
    settings = Alerts(group_seconds=0, page_url="https://desk.example.org/dibao/")
    sending = stage.sending(
        sink("json", zh.url, name="zh", settings=settings),
        sink("json", en.url, name="en", settings=settings, language="en"),
    )
    facts = {"free_bytes": 9 * 1024**2, "floor_bytes": 1024**3, "folder": "/srv"}
    incident = stage.opened("zh", "en", kind="disk_low", facts=facts)
    stage.deliver(sending)
    (of_zh,), (of_en,) = (server.taken[0]["alerts"] for server in (zh, en))
    assert of_zh["text"] == wording.sentence("disk_low", facts, "zh") != of_en["text"]
    assert of_en["text"] == wording.sentence("disk_low", facts, "en")
    assert "9.0 MiB" in of_zh["text"]
    assert of_en["link"] == f"https://desk.example.org/dibao/-/dibao/incidents/{incident}"
    assert of_en["facts"] == facts


def test_a_clock_that_is_set_back_leaves_no_place_alone_for_as_long(stage: Stage) -> None:
    place = stage.chat("wecom")
    place.say = lambda _number: Reply(503)
    sending = stage.sending(sink("wecom", place.url))
    stage.later(days=365)
    stage.opened("on-wecom")
    stage.deliver(sending)
    place.say = lambda _number: None
    stage.later(days=-365)
    stage.opened("on-wecom")
    stage.deliver(sending)
    assert len(place.taken) >= 1
