"""Batches in the coordinator's hands: when each may be deleted, and what becomes of those that nobody can read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from crawler import wire
from scheduler.engines.cluster import batches
from scheduler.engines.cluster.coordinator import inbox
from scheduler.engines.cluster.coordinator.inbox import Inbox, Taken
from storage.records import Event, Failed, JobFinished

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


def page(job_id: str, number: int) -> Event:
    return Failed(job_id=job_id, number=number, key=f"//a.cn/{number}", fetched_at=NOW, reason="dns")


def end(job_id: str) -> JobFinished:
    return JobFinished(job_id=job_id, number=9, reason="finished")


def batch(number: int, job_id: str, events: Sequence[Event]) -> Taken:
    payload = batches.pack([wire.encode(event) for event in events])
    return Taken(id=number, job_id=job_id, format=1, payload=payload, worker="w")


def test_a_batch_is_settled_with_the_last_of_its_events_and_its_job_with_its_end() -> None:
    box = Inbox()
    box.put([batch(1, "a", [page("a", 1), page("a", 2)]), batch(2, "b", [page("b", 1)]), batch(3, "a", [end("a")])])
    first = box.events(3)
    assert [(event.job_id, event.number) for event in first] == [("a", 1), ("a", 2), ("b", 1)]
    box.committed(first[:1])
    assert not box.settled()
    box.committed(first[1:])
    assert box.settled().batches == [1, 2]
    assert box.settled().ended == []
    box.committed(box.events(9))
    settled = box.settled()
    assert (settled.batches, settled.ended) == ([1, 2, 3], ["a"])


def test_what_was_settled_while_the_rest_was_being_deleted_stays_to_be_deleted() -> None:
    box = Inbox()
    box.put([batch(1, "a", [page("a", 1)]), batch(2, "b", [end("b")])])
    box.committed(box.events(1))
    deleting = box.settled()
    box.committed(box.events(1))
    box.deleted(deleting)
    assert (box.settled().batches, box.settled().ended) == ([2], ["b"])


def test_the_end_of_a_job_that_was_given_up_is_not_taken_for_one_of_a_batch() -> None:
    box = Inbox()
    box.put([batch(1, "a", [page("a", 1), page("a", 2)])])
    box.committed([*box.events(1), end("a"), end("b")])
    settled = box.settled()
    assert (settled.given_up, settled.ended, settled.batches) == (["a", "b"], [], [])


def test_an_event_of_the_engine_itself_comes_first_and_no_batch_is_settled_by_it() -> None:
    box = Inbox()
    box.put([batch(1, "a", [page("a", 1)])])
    box.tell(end("c"))
    found = box.events(2)
    assert [event.job_id for event in found] == ["c", "a"]
    box.committed(found[:1])
    assert box.settled().batches == []


@pytest.mark.parametrize(
    "damaged",
    [
        Taken(id=1, job_id="a", format=1, payload=b"j[", worker="w"),
        Taken(id=1, job_id="a", format=2, payload=b"j[]", worker="w"),
        Taken(id=1, job_id="a", format=1, payload=b"j" + b"[" * 100_000, worker="w"),
        batch(1, "a", [page("a", 1), page("b", 1)]),
    ],
)
def test_a_batch_that_cannot_be_read_is_told_whole_and_the_next_is_read(damaged: Taken) -> None:
    box = Inbox()
    box.put([damaged, batch(2, "a", [page("a", 2)])])
    assert [event.number for event in box.events(9)] == [2]
    ((taken, why),) = box.settled().damaged
    assert taken is damaged
    assert why
    assert taken.payload


def test_a_batch_without_events_is_settled_when_it_is_read() -> None:
    box = Inbox()
    box.put([batch(1, "a", [])])
    assert box.events(9) == []
    assert box.settled().batches == [1]


def test_what_is_not_asked_for_is_bounded_by_its_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    box = Inbox()
    monkeypatch.setattr(inbox, "MOST_BYTES", 1_000)
    one = batch(1, "a", [page("a", 1)])
    box.put([one])
    assert box.free_bytes == 1_000 - len(one.payload)
    box.put([batch(number, "a", [page("a", number)]) for number in range(2, 20)])
    assert box.free_bytes == 0
    box.events(1_000)
    assert box.free_bytes == 1_000


def test_an_inbox_that_is_emptied_has_nothing_left_of_what_was_not_confirmed() -> None:
    box = Inbox()
    box.put([batch(1, "a", [page("a", 1), page("a", 2)]), batch(2, "a", [page("a", 3)])])
    handed = box.events(1)
    box.empty()
    assert box.events(9) == []
    assert box.free_bytes == inbox.MOST_BYTES
    box.committed(handed)
    assert not box.settled()
