"""Messages that come before there is an event loop wait for it; a pool that will be needed is loaded meanwhile."""

from __future__ import annotations

import queue
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from typing import Any

import pytest

from crawler import wire
from crawler.inbox import Inbox
from storage.records import CrawlJob, EntryPoint, PageRequest, Validators

PATIENCE_SECONDS = 20.0
JOB = CrawlJob(
    id="j", run_id=1, source="s", home="http://a.cn/", hosts=("a.cn",), timezone="UTC", user_agent="u",
    now=datetime(2026, 11, 23, tzinfo=UTC),
)  # fmt: skip
SEEN = EntryPoint(kind="feed", url="http://a.cn/feed", validators=Validators(etag='"1"'))
NEW = EntryPoint(kind="feed", url="http://a.cn/feed")


class Pool:
    """Counts how often it is made ready."""

    def __init__(self) -> None:
        self.prepared = 0

    def prepare(self) -> None:
        self.prepared += 1


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Connection, Inbox, Pool]]:
    """The coordinator's end, and an inbox whose process does not end with the pipe."""
    ended: queue.SimpleQueue[int] = queue.SimpleQueue()

    def end(code: int) -> None:
        ended.put(code)
        threading.Event().wait()

    monkeypatch.setattr("crawler.inbox.os._exit", end)
    ours, theirs = (Connection(end.detach()) for end in socket.socketpair())
    pool: Any = Pool()
    yield ours, Inbox(theirs, pool), pool
    ours.close()
    assert ended.get(timeout=PATIENCE_SECONDS) == 0
    theirs.close()


def test_what_comes_early_is_taken_first_and_in_order(said: tuple[Connection, Inbox, Pool]) -> None:
    ours, inbox, _ = said
    messages = [wire.Stop(job_id=str(number)) for number in range(20)]
    for message in messages[:10]:
        ours.send_bytes(wire.encode(message))
    taken: queue.SimpleQueue[wire.Message] = queue.SimpleQueue()
    inbox.deliver(taken.put)
    for message in messages[10:]:
        ours.send_bytes(wire.encode(message))
    assert [taken.get(timeout=PATIENCE_SECONDS) for _ in messages] == messages


@pytest.mark.parametrize(
    ("job", "prepared"),
    [
        (replace(JOB, entry_points=(SEEN,)), 0),
        (replace(JOB, entry_points=(SEEN, NEW)), 1),
        (replace(JOB, entry_points=(SEEN,), pages=(PageRequest(url="http://a.cn/1", key="//a.cn/1"),)), 1),
    ],
    ids=["all may be unchanged", "a new entry point", "pages"],
)
def test_a_job_that_has_something_to_read_makes_the_pool_ready(
    said: tuple[Connection, Inbox, Pool], job: CrawlJob, prepared: int
) -> None:
    ours, inbox, pool = said
    ours.send_bytes(wire.encode(job))
    ours.send_bytes(wire.encode(wire.Stop("last")))
    while len(inbox._early) < 2:
        pass  # its thread reads
    assert pool.prepared == prepared
    taken: queue.SimpleQueue[wire.Message] = queue.SimpleQueue()
    inbox.deliver(taken.put)
    assert taken.get(timeout=PATIENCE_SECONDS) == job
