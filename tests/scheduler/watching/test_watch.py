"""Rounds over a real file: each incident is told once, whatever befalls the process, its clock or its settings."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import timedelta

import pytest

from scheduler.alerting.failing import FailingSink
from scheduler.disk_floor import Room
from scheduler.watching.machine import MachineFacts
from scheduler.watching.verdicts import Finding
from scheduler.watching.watch import Watch
from storage.faults import StorageFault
from storage.watch import incidents, pauses
from storage.watch.reading import WebhookSeen
from tests.scheduler.watching.desk import SINKS, Desk

Desks = Callable[..., Desk]
FAILING = "source_failing"


def error(kind: str = FAILING) -> Finding:
    return Finding(kind=kind, severity="error", facts={"failures": 9})  # type: ignore[arg-type]


def test_an_incident_is_told_when_it_opens_and_when_it_is_over_and_not_in_between(desk: Desks) -> None:
    at = desk("a", "b")
    at.wrong["a"] = [FAILING]
    assert at.round().opened == 1
    assert at.open == ["source_failing:a"]
    assert at.alerts == [("log", "opened", "pending")]
    assert at.send() == 1
    for _ in range(30):
        at.round()
    assert at.alerts == [("log", "opened", "sent")]
    at.wrong.clear()
    at.round()
    at.round(29)
    assert at.open == ["source_failing:a"]
    at.round()
    assert at.open == []
    assert at.alerts == [("log", "opened", "sent"), ("log", "resolved", "pending")]
    (one,) = at.all
    assert (one.resolved_at, one.facts["resolution"]) == (at.now, "recovered")


def test_what_comes_and_goes_is_one_incident(desk: Desks) -> None:
    at = desk("a")
    for number in range(40):
        at.wrong["a"] = [FAILING] if number % 2 else []
        at.round(14)
        at.send("all")
    assert len(at.all) == 1
    assert at.alerts == [("log", "opened", "sent")]


def test_who_was_not_told_of_it_does_not_hear_that_it_is_over(desk: Desks) -> None:
    at = desk("a")
    at.wrong["a"] = [FAILING]
    at.round()
    at.wrong.clear()
    at.round()
    at.round(30)
    assert at.alerts == [("log", "opened", "dropped")]


def test_one_that_becomes_worse_is_told_once_more_also_to_those_who_hear_of_errors_alone(desk: Desks) -> None:
    at = desk("a")
    at.wrong["a"] = [FAILING]
    at.round()
    at.send()
    at.wrong["a"] = [error()]
    at.round()
    assert at.alerts[1:] == [("log", "escalated", "pending"), ("errors", "escalated", "pending")]
    at.send("all")
    at.wrong["a"] = [FAILING]
    at.round(20)
    at.wrong["a"] = [error()]
    at.round(20)
    assert len(at.alerts) == 3
    at.wrong.clear()
    at.round()
    at.round(30)
    assert at.alerts[3:] == [("errors", "resolved", "pending"), ("log", "resolved", "pending")]


def test_one_that_an_operator_has_seen_is_not_told_again_when_it_becomes_worse(desk: Desks) -> None:
    at = desk("a")
    at.wrong["a"] = [FAILING]
    at.round()
    at.send()
    with at.database.transaction():
        incidents.acknowledge(at.database, at.all[0].id, at.now)
    at.wrong["a"] = [error()]
    at.round()
    assert at.alerts == [("log", "opened", "sent")]
    assert at.all[0].severity == "error"


def test_a_new_process_opens_and_tells_nothing_twice(desk: Desks) -> None:
    at = desk("a", "b")
    at.wrong["a"] = [FAILING]
    at.round()
    for _ in range(3):
        at.watch = Watch(at._judge)
        at.round()
    assert len(at.all) == len(at.alerts) == 1


@pytest.mark.parametrize("statement", ["alert_log", "incident_log", "source_watch", "COMMIT"])
def test_a_round_that_cannot_be_written_leaves_nothing_and_the_next_tells_it_all(
    desk: Desks, statement: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = desk("a")
    at.wrong["a"] = [FAILING]
    execute, many = at.database.execute, at.database.executemany

    def failing(call: Callable[..., object]) -> Callable[..., object]:
        def run(sql: str, *values: object) -> object:
            if statement in sql and not sql.lstrip().startswith("SELECT"):
                raise StorageFault("the disk is full")
            return call(sql, *values)

        return run

    with monkeypatch.context() as patch:
        patch.setattr(at.database, "execute", failing(execute))
        patch.setattr(at.database, "executemany", failing(many))
        with pytest.raises(StorageFault):
            at.round()
    if at.database.connection.in_transaction:
        at.database.execute("ROLLBACK")
    assert (at.all, at.alerts, at.state("a")) == ((), [], None)
    at.round()
    assert (len(at.all), at.alerts) == (1, [("log", "opened", "pending")])
    assert at.state("a").state == "failing"


@pytest.mark.parametrize("way", ["paused", "off", "removed", "unwatched"])
def test_a_source_that_nobody_is_to_watch_has_no_incident_any_more(desk: Desks, way: str) -> None:
    at = desk("a", "b")
    at.wrong["a"] = [FAILING]
    at.round()
    at.send()
    match way:
        case "paused":
            with at.database.transaction():
                pauses.pause(at.database, "a", at.now, "they relaunch")
        case "off":
            at.write(a='name = "a"\nenabled = false\n')
        case "unwatched":
            at.write(a='name = "a"\nwatch = false\n')
        case "removed":
            at.write(a='name = "other"\n')
    at.round()
    assert at.open == []
    assert at.all[0].facts["resolution"] == way
    assert at.alerts == [("log", "opened", "sent"), ("log", "resolved", "pending")]
    at.round()
    assert len(at.all) == 1


def test_a_storm_is_one_incident_of_which_is_told_once(desk: Desks) -> None:
    names = [f"s{number}" for number in range(12)]
    at = desk(*names)
    at.wrong = {name: [FAILING] for name in names[:2]}
    at.round()
    at.wrong = {name: [FAILING] for name in names[:8]}
    at.round()
    (storm,) = incidents.open_incidents(at.database)
    assert storm.kind == "sources_many"
    assert storm.sources == tuple(sorted(names[:8]))
    assert at.alerts == [
        ("log", "opened", "dropped"), ("log", "opened", "dropped"), ("log", "opened", "pending"),
        ("errors", "opened", "pending"),
    ]  # fmt: skip
    at.send()
    at.wrong = {name: [FAILING] for name in names[:10]}
    at.round()
    assert len(at.alerts) == 4
    assert len(incidents.open_incidents(at.database)[0].sources) == 10
    at.wrong = {names[0]: [FAILING]}
    at.round(60)
    assert at.open == [storm.key]
    at.wrong = {}
    at.round()
    at.round(30)
    assert at.open == []
    assert at.alerts[4:] == [("errors", "resolved", "pending"), ("log", "resolved", "pending")]


def test_a_group_of_which_a_source_cannot_be_judged_goes_on(desk: Desks) -> None:
    names = [f"s{number}" for number in range(6)]
    at = desk(*names)
    at.wrong = {name: [FAILING] for name in names}
    at.round()
    at.wrong, at.unsure = {}, {"s3": {FAILING}}
    at.round()
    at.round(60)
    assert len(at.open) == 1
    at.unsure = {}
    at.round()
    at.round(30)
    assert at.open == []


def test_an_incident_of_which_the_detector_is_not_sure_stays_as_it_is(desk: Desks) -> None:
    at = desk("a")
    at.wrong["a"] = ["source_drift"]
    at.round()
    at.wrong["a"], at.unsure["a"] = [FAILING], {"source_drift"}
    for _ in range(5):
        at.round(30)
    assert sorted(at.open) == ["source_drift:a", "source_failing:a"]
    at.wrong, at.unsure = {}, {}
    at.round()
    at.round(30)
    assert at.open == []


def test_a_fault_in_the_judgment_of_one_source_is_logged_once_and_the_others_are_judged(
    desk: Desks, caplog: pytest.LogCaptureFixture
) -> None:
    at = desk("a", "b")
    at.wrong = {"a": [FAILING], "b": [FAILING]}
    at.round()
    at.broken = {"a"}
    at.wrong = {}
    at.round()
    at.round(40)
    assert at.open == ["source_failing:a"]
    assert at.state("a").state == "failing"
    assert at.state("b").state == "ok"
    said = [one for one in caplog.records if "cannot be judged" in one.message]
    assert len(said) == 1
    assert said[0].levelno == logging.ERROR


def test_a_clock_in_doubt_is_an_incident_and_says_nothing_of_sources(desk: Desks) -> None:
    at = desk("a", "b")
    at.wrong["a"] = [FAILING]
    at.round()
    doubted = MachineFacts(doubted=True, ahead_seconds=9e8)
    at.wrong = {"b": [FAILING]}
    judged = len(at.judged)
    at.round(60 * 24 * 365 * 30, doubted)
    at.round(60, doubted)
    assert sorted(at.open) == ["clock_doubted", "source_failing:a"]
    assert len(at.judged) == judged
    at.now -= timedelta(days=365 * 30)
    at.round()
    at.round(30)
    at.round(30)
    assert at.open == ["source_failing:b"]
    assert len(at.all) == 3


def test_nothing_is_judged_while_the_clock_is_not_set(desk: Desks) -> None:
    at = desk("a")
    at.wrong["a"] = [FAILING]
    at.now -= timedelta(days=365 * 50)
    assert at.round().opened == 0
    assert at.all == ()


def test_what_is_wrong_with_the_machine_is_told(desk: Desks, tmp_path_factory: pytest.TempPathFactory) -> None:
    at = desk("a")
    folder = tmp_path_factory.mktemp("disk")
    machine = MachineFacts(
        disk=Room(folder=folder, free=5, floor=9, enough=12),
        log_bytes=1 << 30,
        readers="process 7 (python)",
        webhooks=(WebhookSeen(name="desk", failures=9, waiting=4, error="timeout"),),
        sinks=(FailingSink(sink="log", given_up=2, waiting=1, error="timeout"),),
    )
    at.round(1, machine)
    assert sorted(at.open) == ["alert_failing:log", "disk_low", "log_held", "webhook_failing:desk"]
    told = {(one[0], one[1]) for one in at.alerts}
    assert told == {("log", "opened"), ("errors", "opened")}
    # A place that is not reached is not told of that; the disk is an error.
    assert [sink for sink, _, _ in at.alerts].count("log") == 3
    at.round()
    at.round(5)
    assert at.open == []


def test_the_state_of_each_source_is_written_where_it_is_another(desk: Desks) -> None:
    at = desk("a", "b")
    at.round()
    first = at.state("a")
    assert (first.state, first.reason, first.at) == ("ok", None, at.now)
    assert first.next_run_kind == "never_crawled"
    assert json.loads(first.memory) == {"n": 1}
    at.round(5)
    assert at.state("a") == first
    at.wrong["a"] = [FAILING]
    at.round()
    failing = at.state("a")
    assert (failing.state, failing.reason, dict(failing.facts), failing.at) == (
        "failing", FAILING, {"failures": 3}, at.now,
    )  # fmt: skip
    assert at.state("b") == at.state("b")
    with at.database.transaction():
        pauses.pause(at.database, "a", at.now, "they relaunch")
    at.round()
    assert at.state("a").next_run_at is None
    assert at.state("a").paused_why == "they relaunch"


def test_a_source_that_the_file_learns_of_later_is_written_then(desk: Desks) -> None:
    at = desk("a")
    at.write('[[source]]\nname = "late"\nhome = "http://127.9.9.9/"\n')
    at.round()
    assert at.state("late") is None
    from storage import sources  # noqa: PLC0415

    with at.database.transaction():
        sources.ensure(at.database, "late", "http://127.9.9.9/", at.now)
    at.round()
    assert at.state("late").state == "ok"


def test_sources_of_an_upgraded_file_are_judged_in_several_rounds_and_the_others_in_each(desk: Desks) -> None:
    names = [f"s{number}" for number in range(6)]
    at = desk(*names)
    seconds = iter(range(1_000))
    at.watch = Watch(at._judge, monotonic=lambda: next(seconds) * 0.6)
    at.wrong = {name: ["source_drift"] for name in names[:2]}
    assert 0 < at.round().waiting < len(names)
    assert 0 < len(at.judged) < len(names)
    for _ in range(6):
        at.judged.clear()
        at.round()
    assert len(at.judged) == len(names)
    assert len(at.open) == 2


def test_who_was_told_of_an_incident_hears_nothing_when_a_group_takes_its_place(desk: Desks) -> None:
    names = [f"s{number}" for number in range(6)]
    at = desk(*names, *(f"w{number}" for number in range(9)))
    at.wrong = {names[0]: [FAILING]}
    at.round()
    at.send()
    at.wrong = {name: [FAILING] for name in names}
    at.round()
    assert at.alerts == [("log", "opened", "sent"), ("log", "opened", "pending")]
    assert [one.facts.get("resolution") for one in at.all] == [None, "grouped"]


def test_a_source_that_was_removed_is_off_whatever_was_wrong_with_it_and_due_no_more(desk: Desks) -> None:
    one = desk("a", "b")
    one.wrong = {"b": [FAILING]}
    one.round()
    assert (one.state("b").state, one.state("b").next_run_at is None) == ("failing", False)
    text = one.path.read_text(encoding="utf-8")
    kept = [part for part in text.split("[[source]]") if 'name = "b"' not in part]
    one.path.write_text("[[source]]".join(kept) + SINKS, encoding="utf-8")
    one.round()
    gone = one.state("b")
    assert (gone.state, gone.reason, gone.facts, gone.next_run_at, gone.memory) == ("off", None, {}, None, '{"n":1}')
    one.round(minutes=60)
    assert one.state("b").at == gone.at
    one.path.write_text(text, encoding="utf-8")
    one.round()
    assert one.state("b").state == "failing"


def test_what_waits_for_a_place_that_was_removed_is_dropped(desk: Desks) -> None:
    one = desk("a")
    one.wrong = {"a": [error()]}
    one.round()
    text = one.path.read_text(encoding="utf-8")
    one.path.write_text(text.replace('[[alert]]\nname = "log"\nkind = "log"\n', ""), encoding="utf-8")
    one.round()
    assert one.alerts == [("log", "opened", "dropped"), ("errors", "opened", "pending")]
    one.wrong = {}
    for _ in range(3):
        one.round(minutes=40)
    assert {state for sink, _, state in one.alerts if sink == "log"} == {"dropped"}


def test_a_round_tells_the_time_zone_of_each_source_and_that_it_is_another(desk: Desks) -> None:
    a_desk = desk("a", "b")
    a_desk.write(b='name = "b"\ntimezone = "America/New_York"\n')
    a_desk.round()
    assert [a_desk.state(name).zone for name in "ab"] == ["Asia/Shanghai", "America/New_York"]
    a_desk.write(a='name = "a"\ntimezone = "Asia/Urumqi"\n')
    a_desk.round()
    assert [a_desk.state(name).zone for name in "ab"] == ["Asia/Urumqi", "America/New_York"]
