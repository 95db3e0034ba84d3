"""Telling webhooks of changes, over real HTTP: what is sent, and what becomes of it whatever they answer."""

from __future__ import annotations

import json
import logging
import threading
import time
from zlib import crc32

import pytest

from scheduler.webhooks import courier
from scheduler.webhooks.dispatch import Dispatcher
from scheduler.webhooks.waiting import PATIENCE
from storage.database import open_writer
from storage.faults import StorageFault
from storage.outbox import caring, feeding, messages
from tests.scheduler.webhooks.conftest import Stage, target
from tests.scheduler.webhooks.receiver import Receiver, Reply
from tests.storage.conftest import Desk, article


def test_each_change_is_told_once_in_order_with_a_signature_that_another_hand_verifies(stage: Stage) -> None:
    receiver = stage.receiver(strict=True)
    dispatcher = stage.dispatcher(target("newsroom", receiver.url))
    seqs = stage.changes(60)
    dispatcher.deliver(stage.database, 20)
    assert receiver.bad == []
    assert receiver.seqs == seqs
    assert len(receiver.taken) == 60
    assert receiver.connections == 1  # kept for all of them
    assert stage.states() == {"delivered": 60}
    assert dispatcher.delivered == stage.value("SELECT delivered FROM webhooks") == 60


def test_a_message_says_what_changed_and_how_the_article_is_now(stage: Stage) -> None:
    receiver = stage.receiver()
    dispatcher = stage.dispatcher(target("newsroom", receiver.url, send_text=True))
    first = stage.desk.stored("one", article("第一句话。", title="标题\x07一"))
    dispatcher.deliver(stage.database, 5)
    (told,) = receiver.told
    assert told.type == "article.insert"
    assert told.id.startswith("newsroom-1-")
    assert told.headers["content-type"] == "application/json"
    assert (told.data["seq"], told.data["op"], told.data["revision"]) == (1, "insert", 1)
    assert told.data["article"].items() >= {
        "id": first, "source": "a", "url": "https://a.cn/one", "title": "标题一", "text": "第一句话。",
        "authors": [], "story_id": first, "is_canonical": True, "revision": 1, "published_at": None,
    }.items()  # fmt: skip


def test_a_webhook_is_told_of_the_kinds_and_sources_that_it_wants_and_of_no_text_unless_it_does(stage: Stage) -> None:
    receiver = stage.receiver()
    dispatcher = stage.dispatcher(target("newsroom", receiver.url, ops=("insert",), sources=("b",)))
    stage.changes(2, source="a")
    (wanted,) = stage.changes(1, source="b")
    dispatcher.deliver(stage.database, 5)
    assert receiver.seqs == [wanted]
    assert "text" not in receiver.told[0].data["article"]
    assert stage.value("SELECT last_seq FROM webhooks") == wanted


def test_of_a_pruned_article_there_is_only_where_it_was(stage: Stage) -> None:
    receiver = stage.receiver()
    dispatcher = stage.dispatcher(target("newsroom", receiver.url, send_text=True))
    stage.changes(1)
    with stage.database.transaction():
        stage.database.execute("UPDATE article_heads SET pruned_at = '2026-11-22T00:00:00Z'")
    dispatcher.deliver(stage.database, 5)
    assert set(receiver.told[0].data["article"]) == {"id", "source", "url"}


def test_a_text_that_is_too_long_is_left_out_and_that_is_said(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    receiver = stage.receiver()
    dispatcher = stage.dispatcher(target("newsroom", receiver.url, send_text=True))
    monkeypatch.setattr(messages, "MAX_BODY_BYTES", 10_000)
    stage.changes(1, text="长" * 4_000)
    dispatcher.deliver(stage.database, 5)
    told = receiver.told[0].data["article"]
    assert told["text"] is None
    assert told["text_omitted"] is True
    assert told["characters"] > 4_000


def test_one_that_is_new_begins_at_the_end_of_the_feed(stage: Stage) -> None:
    receiver = stage.receiver()
    stage.changes(3)
    dispatcher = stage.dispatcher(target("newsroom", receiver.url))
    new = stage.changes(2)
    dispatcher.deliver(stage.database, 5)
    assert receiver.seqs == new


def test_an_idle_dispatcher_writes_nothing(stage: Stage) -> None:
    receiver = stage.receiver()
    dispatcher = stage.dispatcher(target("newsroom", receiver.url))
    stage.changes(1)
    dispatcher.deliver(stage.database, 5)
    before = stage.database.connection.total_changes
    for _ in range(5):
        assert dispatcher.tick(stage.database) is False
    assert stage.database.connection.total_changes == before
    assert not stage.database.connection.in_transaction


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(500), "HTTP 500 Internal Server Error"),
        (Reply(302, {"Location": "/other"}), "HTTP 302 Found; redirects are not followed"),
        (Reply(799), "HTTP 799"),
        (Reply(drop=True), "it closed the connection without an answer"),
        (Reply(stall_seconds=5), "no answer within 0.5 s"),
    ],
)
def test_an_attempt_that_fails_is_made_again_with_the_same_id_after_its_wait(
    stage: Stage, reply: Reply, error: str
) -> None:
    answers = iter([reply])
    receiver = stage.receiver(lambda _told: next(answers, Reply()))
    dispatcher = stage.dispatcher(target("newsroom", receiver.url))
    stage.changes(1)
    dispatcher.deliver(stage.database, 5)
    row = stage.database.row("SELECT state, attempts, error, next_at > last_at AS waits FROM deliveries")
    assert row is not None
    if row["error"] is not None:
        assert row["error"].startswith(("no connection: connection reset", error))
    assert (row["state"], row["attempts"], row["waits"]) == ("pending", 1, 1)
    dispatcher.deliver(stage.database, 5)
    assert len(receiver.told) == 1  # not before its time
    stage.later(seconds=6)
    dispatcher.deliver(stage.database, 5)
    assert len(receiver.told) == 2
    assert len({told.id for told in receiver.told}) == 1
    assert stage.states() == {"delivered": 1}
    assert stage.value("SELECT failures FROM webhooks") == 0


def test_nobody_at_home_is_a_failure_that_tells_nothing_of_the_address(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    with Receiver() as receiver:
        url = receiver.url
    dispatcher = stage.dispatcher(target("newsroom", url))
    stage.changes(1)
    dispatcher.deliver(stage.database, 5)
    error = stage.value("SELECT error FROM deliveries")
    assert error == "no connection: connection refused"
    assert "webhook newsroom fails" in caplog.text
    assert "t0ken" not in caplog.text


@pytest.mark.parametrize("reply", [Reply(200, body=b"x" * 50_000_000), Reply(200, body=b"x" * 400, drip=True)])
def test_an_answer_that_is_huge_or_slow_after_its_status_is_a_success(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, reply: Reply
) -> None:
    monkeypatch.setattr(courier, "BODY_SECONDS", 0.1)
    receiver = stage.receiver(lambda _told: reply)
    dispatcher = stage.dispatcher(target("newsroom", receiver.url))
    stage.changes(2)
    dispatcher.deliver(stage.database, 5)
    assert stage.states() == {"delivered": 2}


def test_retry_after_is_waited_for_by_all_of_the_webhook(stage: Stage) -> None:
    answers = iter([Reply(429, {"Retry-After": "120"})])
    receiver = stage.receiver(lambda _told: next(answers, Reply()))
    dispatcher = stage.dispatcher(target("newsroom", receiver.url))
    seqs = stage.changes(3)
    dispatcher.deliver(stage.database, 5)
    stage.later(seconds=100)
    dispatcher.deliver(stage.database, 5)
    assert len(receiver.told) == 1
    stage.later(seconds=25)
    dispatcher.deliver(stage.database, 5)
    dispatcher.deliver(stage.database, 5)
    assert receiver.seqs == seqs


def test_one_that_is_gone_is_left_alone_until_the_operator_says_so_and_loses_nothing(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    answers = iter([Reply(410)])
    receiver = stage.receiver(lambda _told: next(answers, Reply()))
    dispatcher = stage.dispatcher(target("newsroom", receiver.url))
    seqs = stage.changes(2)
    dispatcher.deliver(stage.database, 5)
    seqs += stage.changes(2)
    stage.later(days=30)
    dispatcher.deliver(stage.database, 5)
    assert len(receiver.told) == 1
    assert "dibao webhooks replay newsroom" in caplog.text
    with stage.database.transaction():
        caring.resume(stage.database, "newsroom", stage.clock())
    dispatcher.deliver(stage.database, 5)
    assert receiver.seqs == seqs
    assert stage.states() == {"delivered": 4}


def test_a_delivery_that_always_fails_is_dead_in_the_end_while_others_are_made(stage: Stage) -> None:
    bad = 2
    receiver = stage.receiver(lambda told: Reply(500 if told.data["seq"] == bad else 204))
    dispatcher = stage.dispatcher(target("newsroom", receiver.url, max_attempts=4))
    stage.changes(5)
    for _ in range(8):
        dispatcher.deliver(stage.database, 5)
        stage.later(minutes=10)
    assert receiver.seqs == [1, 3, 4, 5]
    assert stage.states() == {"dead": 1, "delivered": 4}
    (dead,) = caring.dead(stage.database)
    assert (dead.seq, dead.attempts, dead.error) == (bad, 4, "HTTP 500 Internal Server Error")
    bad = 0
    with stage.database.transaction():
        assert caring.replay(stage.database, "newsroom", [dead.id], stage.clock()) == 1
    dispatcher.deliver(stage.database, 5)
    assert receiver.seqs == [1, 3, 4, 5, 2]


def test_an_outage_costs_few_attempts_and_no_delivery(stage: Stage) -> None:
    down = True
    receiver = stage.receiver(lambda _told: Reply(503 if down else 204))
    dispatcher = stage.dispatcher(target("newsroom", receiver.url))
    seqs = stage.changes(20)
    for _ in range(4 * 8):  # eight hours, four looks an hour
        dispatcher.deliver(stage.database, 5)
        stage.later(minutes=15)
    assert PATIENCE < len(receiver.told) <= 40
    assert stage.states() == {"pending": 20}
    down = False
    for _ in range(3):
        dispatcher.deliver(stage.database, 5)
        stage.later(hours=16)
    assert sorted(receiver.seqs) == seqs


def test_one_that_hangs_delays_no_other(stage: Stage) -> None:
    hanging = stage.receiver(lambda _told: Reply(stall_seconds=30))
    well = stage.receiver()
    dispatcher = stage.dispatcher(
        target("hanging", hanging.url, timeout_seconds=20), target("well", well.url)
    )
    seqs = stage.changes(30)
    began = time.monotonic()
    while len(well.taken) < 30 and time.monotonic() - began < 60:
        dispatcher.tick(stage.database)
        time.sleep(0.01)
    assert well.seqs == seqs
    assert hanging.most_open == 1
    began = time.monotonic()
    dispatcher.close(stage.database, grace_seconds=0.1)
    assert time.monotonic() - began < 15
    assert stage.value("SELECT count(*) FROM deliveries WHERE webhook = 'hanging' AND state = 'pending'") == 30


def test_a_million_changes_take_a_window_of_rows(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeding, "WINDOW", 10)
    monkeypatch.setattr(feeding, "SCANNED", 7)
    down = True
    receiver = stage.receiver(lambda _told: Reply(503 if down else 204))
    dispatcher = stage.dispatcher(target("newsroom", receiver.url))
    seqs = stage.changes(45)
    for _ in range(5):
        dispatcher.deliver(stage.database, 5)
    assert stage.states() == {"pending": 10}
    (state,) = caring.states(stage.database)
    assert state.pending + state.lag == 45
    down = False
    stage.later(hours=1)
    dispatcher.deliver(stage.database, 20)
    assert sorted(receiver.seqs) == seqs


def test_nothing_is_missed_while_articles_come_in_and_transactions_are_rolled_back(stage: Stage) -> None:
    chance = [Reply(500), Reply(drop=True), *[Reply()] * 6]
    receiver = stage.receiver(lambda told: chance[crc32(f"{told.id} {len(receiver.told)}".encode()) % len(chance)])
    dispatcher = stage.dispatcher(target("newsroom", receiver.url, max_attempts=100))
    for _ in range(8):
        stage.changes(4)
        with pytest.raises(StorageFault), stage.database.transaction():
            stage.database.executemany(
                "INSERT INTO change_log (article_id, op, revision, at) VALUES (1, ?, 1, '2026-11-22T00:00:00Z')",
                [("back",), ("no such kind",)],
            )
        dispatcher.tick(stage.database)
        stage.later(minutes=1)
    for _ in range(16):
        dispatcher.deliver(stage.database, 5)
        stage.later(hours=17)
    assert sorted(receiver.seqs) == [row[0] for row in stage.database.rows("SELECT seq FROM changes")]


def test_what_could_not_be_written_is_written_later_and_sent_but_once(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver = stage.receiver()
    dispatcher = stage.dispatcher(target("newsroom", receiver.url))
    stage.changes(3)
    dispatcher.tick(stage.database)
    receiver.until(lambda: len(receiver.taken) == 3)
    with monkeypatch.context() as patch:
        def full(*_arguments: object) -> None:
            raise StorageFault("disk full")

        patch.setattr("storage.outbox.sending.delivered", full)
        for _ in range(2):
            with pytest.raises(StorageFault):
                dispatcher.deliver(stage.database, 5)
        with pytest.raises(StorageFault):
            dispatcher.tick(stage.database)
    dispatcher.deliver(stage.database, 5)
    assert stage.states() == {"delivered": 3}
    assert len(receiver.told) == 3


def test_what_is_on_its_way_at_the_end_is_written_if_it_comes_soon(stage: Stage) -> None:
    receiver = stage.receiver(lambda _told: Reply(stall_seconds=0.1))
    dispatcher = stage.dispatcher(target("newsroom", receiver.url))
    stage.changes(30)
    dispatcher.tick(stage.database)
    receiver.until(lambda: len(receiver.told) >= 1)
    dispatcher.close(stage.database)
    assert 1 <= stage.value("SELECT count(*) FROM deliveries WHERE state = 'delivered'") == len(receiver.told) < 5


def test_a_writer_and_the_deliverer_of_two_files_do_not_mix_up_their_numbers(stage: Stage) -> None:
    """The id holds the time of the change, for a file put back from a backup gives a number twice."""
    receiver = stage.receiver()
    dispatcher = stage.dispatcher(target("newsroom", receiver.url))
    stage.changes(1)
    dispatcher.deliver(stage.database, 5)
    other_path = stage.database.path.with_name("other.db")
    with open_writer(other_path) as other:
        again = Dispatcher([target("newsroom", receiver.url)], stage.clock)
        again.tick(other)
        desk = Desk(other)
        desk.now = stage.clock()
        desk.stored("anders")
        again.deliver(other, 5)
        again.close(other)
    assert len({told.id for told in receiver.told}) == 2
    assert len({told.data["seq"] for told in receiver.told}) == 1


def test_the_thread_is_started_by_the_first_message_and_ends_with_the_dispatcher(stage: Stage) -> None:
    def threads() -> int:
        return sum(thread.name == "webhooks" for thread in threading.enumerate())

    receiver = stage.receiver()
    dispatcher = stage.dispatcher(target("newsroom", receiver.url))
    assert threads() == 0
    stage.changes(1)
    dispatcher.deliver(stage.database, 5)
    assert threads() == 1
    dispatcher.close(stage.database)
    assert threads() == 0


def test_logs_and_texts_hold_no_secret(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    receiver = stage.receiver(lambda _told: Reply(500))
    made = target("newsroom", receiver.url)
    dispatcher = stage.dispatcher(made)
    stage.changes(1)
    dispatcher.deliver(stage.database, 5)
    stored = json.dumps([[tuple(row) for row in stage.database.rows(f"SELECT * FROM {table}")]
                         for table in ("webhooks", "outbox")])  # fmt: skip
    for text in (repr(made), caplog.text, stored):
        assert "t0ken" not in text
        assert "MfKQ9r8" not in text
