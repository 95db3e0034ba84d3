"""Incidents are opened once and resolved once, and each sink is told of them as it should be."""

from datetime import timedelta

import pytest

from storage.faults import BadValue
from storage.retention.watched import prune_watched
from storage.watch import alerts, incidents
from tests.storage.conftest import START

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def file(desk):
    """The database of a desk whose file knows the sources a and b."""
    for source in "ab":
        desk.begin(source=source)
        desk.end()
    return desk.database


def opened(file, key="source_silent:a", now=START, **told):
    values = {"kind": "source_silent", "severity": "warning", "facts": {"expected": 4.5}, "source": "a"} | told
    with file.transaction():
        return incidents.open_(file, key=key, now=now, **values)


def resolved(file, incident_id, now):
    with file.transaction():
        return incidents.resolve(file, incident_id, now)


def updated(file, incident_id, now, **told):
    with file.transaction():
        return incidents.update(file, incident_id, now, **told)


def test_an_incident_is_read_as_it_was_opened(file):
    number = opened(file, sample={"before": [1], "after": [2]})
    found = incidents.find(file, number)
    assert found is not None
    assert incidents.open_incidents(file) == (found,)
    assert (found.kind, found.severity, found.source, found.sources) == ("source_silent", "warning", "a", ("a",))
    assert (found.opened_at, found.updated_at, found.updates, found.is_open) == (START, START, 0, True)
    assert (found.facts, found.sample) == ({"expected": 4.5}, {"before": [1], "after": [2]})
    assert incidents.find(file, 99) is None


def test_one_key_has_one_open_incident_at_a_time(file):
    first = opened(file)
    with pytest.raises(BadValue):
        opened(file)
    assert resolved(file, first, START + HOUR)
    assert not resolved(file, first, START + 2 * HOUR)
    second = opened(file, now=START + 3 * HOUR)
    assert [one.id for one in incidents.history(file)] == [second, first]
    (before,) = incidents.resolved_of_key(file, "source_silent:a", START)
    assert (before.id, before.resolved_at) == (first, START + HOUR)
    assert incidents.resolved_of_key(file, "source_silent:a", START + 2 * HOUR) == ()


def test_an_update_counts_only_where_something_is_another(file):
    number = opened(file)
    assert not updated(file, number, START + HOUR, facts={"expected": 4.5})
    assert updated(file, number, START + HOUR, facts={"expected": 6.0})
    assert updated(file, number, START + 2 * HOUR, facts={"expected": 6.0}, severity="error", sample={"after": [3]})
    found = incidents.find(file, number)
    assert (found.updates, found.severity, found.sample, found.updated_at) == (
        2, "error", {"after": [3]}, START + 2 * HOUR,
    )  # fmt: skip
    assert updated(file, number, START + 3 * HOUR, facts={"expected": 7.0})
    assert incidents.find(file, number).sample == {"after": [3]}
    resolved(file, number, START + 4 * HOUR)
    assert not updated(file, number, START + 5 * HOUR, facts={"expected": 9.0})


def test_an_incident_of_many_sources_names_them_and_takes_more(file):
    number = opened(file, "sources_many:failing", kind="sources_many", source=None, sources=["b"])
    assert incidents.find(file, number).sources == ("b",)
    assert updated(file, number, START + HOUR, facts={"expected": 4.5}, sources=["a", "b", "stranger"])
    assert incidents.find(file, number).sources == ("a", "b")
    rows = file.rows("SELECT incident_id, source FROM incident_sources ORDER BY source")
    assert [tuple(row) for row in rows] == [(number, "a"), (number, "b")]
    assert file.value("SELECT n_sources FROM incidents") == 2
    assert [one.id for one in incidents.history(file, source="a")] == [number]


def test_what_goes_on_is_told_gravest_first_and_the_past_page_by_page(file):
    mild, grave = opened(file, "k1"), opened(file, "k2", now=START + HOUR, severity="error", source="b")
    assert [one.id for one in incidents.open_incidents(file)] == [grave, mild]
    resolved(file, mild, START + 2 * HOUR)
    assert [one.id for one in incidents.history(file, limit=1)] == [grave]
    assert [one.id for one in incidents.history(file, before_id=grave)] == [mild]
    assert [one.id for one in incidents.history(file, since=START + 3 * HOUR)] == [grave]
    assert [one.id for one in incidents.history(file, source="b")] == [grave]
    assert incidents.history(file, kind="disk_low") == ()


def test_an_operator_acknowledges_once(file):
    number = opened(file)
    with file.transaction():
        assert incidents.acknowledge(file, number, START + HOUR)
        assert incidents.acknowledge(file, number, START + 2 * HOUR)
        assert not incidents.acknowledge(file, 99, START)
    assert incidents.find(file, number).acknowledged_at == START + HOUR


def queued(file, number, *sinks, event="opened", now=START, **values):
    with file.transaction():
        alerts.queue(file, number, sinks, event, now, **values)


def test_alerts_are_due_in_their_order_and_told_once(file):
    number = opened(file)
    queued(file, number, "desk", "night", not_before=START + HOUR)
    queued(file, number, "log", event="escalated")
    assert [one.sink for one in alerts.due(file, START)] == ["log"]
    assert alerts.next_due(file) == START
    assert [one.sink for one in alerts.due(file, START + HOUR)] == ["log", "desk", "night"]
    with file.transaction():
        alerts.done(file, [1, 3], START + HOUR)
    assert [one.sink for one in alerts.due(file, START + HOUR)] == ["night"]
    assert alerts.told(file, number) == ("desk", "log")
    (first, _, third) = alerts.of_incident(file, number)
    assert (first.state, first.sent_at, first.attempts, first.next_at) == ("sent", START + HOUR, 1, None)
    assert third.event == "escalated"


def test_an_alert_that_fails_is_tried_again_until_it_is_given_up_and_can_be_replayed(file):
    number = opened(file)
    queued(file, number, "desk")
    with file.transaction():
        alerts.failed(file, [1], "http_503", START + HOUR)
    (waiting,) = alerts.pending(file)
    assert (waiting.attempts, waiting.error, waiting.next_at) == (1, "http_503", START + HOUR)
    with file.transaction():
        alerts.failed(file, [1], "x" * 999, None)
    (dead,) = alerts.dead(file)
    assert (dead.attempts, len(dead.error), dead.next_at) == (2, alerts.LONGEST_ERROR, None)
    assert alerts.next_due(file) is None
    assert alerts.counts(file) == {("desk", "dead"): 1}
    with file.transaction():
        assert alerts.replay(file, START + DAY, [99]) == 0
        assert alerts.replay(file, START + DAY) == 1
    assert [one.attempts for one in alerts.due(file, START + DAY)] == [0]


def test_what_was_over_before_it_was_told_is_told_to_nobody(file):
    number = opened(file)
    queued(file, number, "desk")
    queued(file, number, "night", not_before=START + HOUR)
    with file.transaction():
        alerts.done(file, [1], START)
        assert alerts.drop(file, number) == ("night",)
    assert [one.state for one in alerts.of_incident(file, number)] == ["sent", "dropped"]
    assert alerts.told(file, number) == ("desk",)


def test_who_was_being_told_when_it_was_over_is_told_that_too(file):
    number = opened(file)
    queued(file, number, "desk")
    with file.transaction():
        alerts.drop(file, number)
        alerts.done(file, [1], START + HOUR)
    assert [(one.event, one.state) for one in alerts.of_incident(file, number)] == [
        ("opened", "sent"), ("resolved", "pending"),
    ]  # fmt: skip
    assert [one.id for one in alerts.due(file, START + HOUR)] == [2]


def test_what_is_put_off_was_not_tried(file):
    queued(file, opened(file), "desk")
    with file.transaction():
        alerts.put_off(file, [1], START + HOUR)
    assert alerts.due(file, START) == ()
    assert [(one.attempts, one.next_at) for one in alerts.pending(file)] == [(0, START + HOUR)]


def test_incidents_that_are_long_over_are_forgotten_with_all_that_was_told_of_them(file):
    for number in range(30):
        resolved(file, opened(file, f"k{number}", source=None, sources=["a"]), START + number * DAY)
        queued(file, number + 1, "desk")
    open_one = opened(file, now=START - 90 * DAY)
    for hour in ("2026-11-22T09:00:00Z", "2026-09-01T09:00:00Z"):
        file.execute("INSERT INTO hour_log (source_id, hour) VALUES (1, ?)", (hour,))
    assert list(prune_watched(file, 10 * 86_400, START + 30 * DAY)) == [1, 20]
    assert [one.id for one in incidents.history(file)] == [open_one, *range(30, 20, -1)]
    assert file.value("SELECT count(*) FROM alert_log") == 10
    assert file.value("SELECT count(*) FROM incident_source_log") == 10
    assert not file.rows("PRAGMA foreign_key_check")
    assert list(prune_watched(file, 10 * 86_400, START + 30 * DAY)) == []


def test_what_each_round_asks_is_found_by_an_index_however_much_was_told(file):
    asked = []
    file.connection.set_trace_callback(asked.append)
    alerts.pending(file)
    alerts.next_due(file)
    alerts.dead(file)
    alerts.last_told(file, "desk")
    alerts.told(file, 1)
    alerts.drop_others(file, ["desk"])
    incidents.open_incidents(file)
    incidents.resolved_of_key(file, "network_down", START)
    file.connection.set_trace_callback(None)
    assert len(asked) >= 8
    plans = [row[3] for sql in asked for row in file.rows(f"EXPLAIN QUERY PLAN {sql}")]
    assert [plan for plan in plans if plan.startswith("SCAN") and "INDEX" not in plan] == []
