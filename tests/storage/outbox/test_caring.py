"""The outbox without any HTTP: what is forgotten, what is kept, and where a webhook stands."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage.database import Database
from storage.outbox import caring, feeding, sending
from storage.outbox.feeding import Wanted
from tests.storage.conftest import START, Desk

ALL = Wanted(name="newsroom", ops=("insert", "revise", "link", "gone", "back", "prune"))


@pytest.fixture
def fed(database: Database) -> Desk:
    """Three changes that wait for one webhook."""
    desk = Desk(database)
    with database.transaction():
        feeding.adopt(database, [ALL.name], START)
    for name in ("one", "two", "three"):
        desk.stored(name, f"正文{name}。")
    with database.transaction():
        feeding.feed(database, ALL, START)
    return desk


def due(database: Database) -> list[sending.Delivery]:
    return sending.due(database, ALL.name, START, 10)


def fail(database: Database, delivery: sending.Delivery, *, status: int = 500, dead: bool = False) -> None:
    waits = None if dead else timedelta(minutes=5)
    failure = sending.Failure(http_status=status, error="HTTP 500", delivery_waits=waits, webhook_waits=None)
    with database.transaction():
        sending.failed(database, delivery, failure, START)


def test_deliveries_that_were_made_are_forgotten_after_a_week_and_stay_counted(fed: Desk, database: Database) -> None:
    first, second, third = due(database)
    with database.transaction():
        sending.delivered(database, first, 204, START)
        sending.delivered(database, second, 204, START + timedelta(days=6))
    fail(database, third, dead=True)
    changed = database.connection.total_changes
    assert caring.forget_delivered(database, START + caring.KEPT_FOR) == 0
    assert database.connection.total_changes == changed
    assert caring.forget_delivered(database, START + caring.KEPT_FOR + timedelta(seconds=1)) == 1
    assert caring.forget_delivered(database, START + timedelta(days=400)) == 1
    (state,) = caring.states(database)
    assert (state.delivered, state.dead, state.pending) == (2, 1, 0)


def test_a_delivery_is_due_when_its_time_and_that_of_its_webhook_have_come(fed: Desk, database: Database) -> None:
    first, *_ = due(database)
    fail(database, first)
    assert [delivery.seq for delivery in due(database)] == [2, 3]
    later = START + timedelta(minutes=5)
    assert [delivery.seq for delivery in sending.due(database, ALL.name, later, 10)] == [1, 2, 3]
    with database.transaction():
        database.execute("UPDATE webhooks SET not_before = '2026-11-22T10:00:00Z'")
    assert sending.due(database, ALL.name, later, 10) == []
    assert len(sending.due(database, ALL.name, START + timedelta(hours=1), 10)) == 3


def test_one_that_is_gone_keeps_its_delivery_and_its_place_in_the_feed(fed: Desk, database: Database) -> None:
    first, *_ = due(database)
    fail(database, first, status=410, dead=True)
    fed.stored("four", "正文four。")
    assert due(database) == []
    assert feeding.behind(database, [ALL]) == []
    with database.transaction():
        assert caring.resume(database, ALL.name, START) == 3
    assert feeding.behind(database, [ALL]) == [ALL]
    assert [delivery.seq for delivery in due(database)] == [1, 2, 3]


def test_an_answer_to_what_was_dropped_meanwhile_changes_nothing(fed: Desk, database: Database) -> None:
    first, *_ = due(database)
    with database.transaction():
        caring.replay_from(database, ALL.name, 1, START)
        feeding.feed(database, ALL, START)
    fail(database, first)
    assert [delivery.seq for delivery in due(database)] == [1, 2, 3]


def test_to_begin_further_on_is_refused_for_changes_would_be_passed_over(fed: Desk, database: Database) -> None:
    with pytest.raises(caring.BadReplay, match="up to 3; name 4 or a smaller number"), database.transaction():
        caring.replay_from(database, ALL.name, 5, START)
    with database.transaction():
        assert caring.replay_from(database, "new", 2, START) == 2
    assert database.value("SELECT last_seq FROM webhooks WHERE name = 'new'") == 1


def test_a_webhook_that_is_forgotten_begins_anew_at_the_end(fed: Desk, database: Database) -> None:
    with database.transaction():
        caring.forget_webhook(database, ALL.name)
        feeding.adopt(database, [ALL.name], START)
    assert due(database) == []
    assert database.value("SELECT last_seq FROM webhooks") == 3
    with pytest.raises(caring.UnknownWebhook, match="there are: newsroom"):
        caring.dead(database, "nobody")
