"""Who is blamed for a worker that is lost: what it had in hand, the suspect alone where there is one."""

from __future__ import annotations

import asyncio
import hashlib
import socket
import zlib
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from multiprocessing.connection import Connection

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler import wire
from crawler.in_hand import InHandOf, kept_body, of_lost
from crawler.pipe_reporter import PipeReporter
from storage.records import CrawlJob, Event, Failed, JobFinished, Rejected

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
PATIENCE_SECONDS = 20.0
Received = Callable[[], Awaitable[wire.Message]]


def jobs(*names: str) -> dict[str, CrawlJob]:
    return {
        name: CrawlJob(
            id=name, run_id=1, source=name, home="http://a.cn/", hosts=(), timezone="UTC", user_agent="x", now=NOW
        )
        for name in names
    }


def lost(held: list[wire.InHand], *names: str, guilty: tuple[str, ...] = ()) -> list[Event]:
    in_hand = InHandOf()
    for one in held:
        in_hand.note(one)
    return of_lost(jobs(*names), in_hand, "it died", dict.fromkeys(names, NOW), guilty=guilty)


def told(events: list[Event]) -> tuple[set[tuple[str, str, bool]], dict[str, str]]:
    """The key, reason and poison of each page that failed, and how each job ended."""
    failed = {(event.key, event.reason, event.poison) for event in events if isinstance(event, Failed)}
    return failed, {event.job_id: event.reason for event in events if isinstance(event, JobFinished)}


def test_a_page_is_let_go_by_its_event_also_where_that_is_passed_on_unread() -> None:
    in_hand = InHandOf()
    in_hand.note(wire.InHand("a", "//a/1"))
    in_hand.note(wire.InHand("a", "//a/2"))
    in_hand.note(wire.Passed("a", 1, "//a/1", b""))
    assert [held.key for held in in_hand] == ["//a/2"]


def test_what_was_in_hand_is_struck_and_other_jobs_are_only_interrupted() -> None:
    failed, ends = told(lost([wire.InHand("a", "//a.cn/1"), wire.InHand("a", "//a.cn/2")], "a", "b"))
    assert failed == {("//a.cn/1", "worker_crashed", True), ("//a.cn/2", "worker_crashed", True)}
    assert ends == {"a": "crashed", "b": "interrupted"}


def test_a_suspect_in_hand_is_the_only_one_to_blame_and_its_body_is_told() -> None:
    body = kept_body(b"<p>", "http://a.cn/1", None)
    suspect = wire.InHand("a", "//a.cn/1", suspect=True, body=body)
    events = lost([suspect, wire.InHand("b", "//b.cn/1")], "a", "b")
    assert told(events) == ({("//a.cn/1", "worker_crashed", True)}, {"a": "crashed", "b": "interrupted"})
    assert [event.body for event in events if isinstance(event, Failed)] == [body]


def test_where_nothing_was_in_hand_every_job_has_crashed() -> None:
    assert told(lost([], "a", "b")) == (set(), {"a": "crashed", "b": "crashed"})


def test_a_job_for_whose_sake_a_worker_is_ended_is_stuck_and_nobody_is_struck() -> None:
    failed, ends = told(lost([wire.InHand("a", "//a.cn/1"), wire.InHand("b", "//b.cn/1")], "a", "b", guilty=("a",)))
    assert failed == {("//a.cn/1", "stuck", False)}
    assert ends == {"a": "crashed", "b": "interrupted"}


def test_what_was_let_go_or_told_of_is_in_hand_no_longer() -> None:
    in_hand = InHandOf()
    for key in "123":
        in_hand.note(wire.InHand("a", key))
    in_hand.note(wire.LetGo("a", "1"))
    in_hand.note(Rejected(job_id="a", number=1, key="2", fetched_at=NOW, reason="no_text"))
    assert [held.key for held in in_hand] == ["3"]


def test_a_job_that_has_ended_has_nothing_in_hand() -> None:
    in_hand = InHandOf()
    for job in "ab":
        in_hand.note(wire.InHand(job, "1", suspect=True))
    in_hand.note(JobFinished(job_id="a", number=1, reason="finished"))
    assert [held.job_id for held in in_hand] == ["b"]


HELD = st.builds(wire.InHand, st.sampled_from("abc"), st.sampled_from("123"), st.booleans())


@settings(max_examples=40)
@given(st.lists(HELD, max_size=9), st.sets(st.sampled_from("abc"), min_size=1), st.sets(st.sampled_from("abc")))
def test_each_job_ends_once_and_each_page_fails_at_most_once_and_before(
    held: list[wire.InHand], names: set[str], guilty: set[str]
) -> None:
    events = lost(held, *names, guilty=tuple(guilty & names))
    ends = [event.job_id for event in events if isinstance(event, JobFinished)]
    assert sorted(ends) == sorted(names)
    assert isinstance(events[len(events) - len(ends)], JobFinished)
    failed = [(event.job_id, event.key) for event in events if isinstance(event, Failed)]
    assert len(set(failed)) == len(failed)
    assert {job_id for job_id, _ in failed} <= names


def test_a_body_is_kept_as_it_came() -> None:
    body = kept_body("京".encode("gbk") * 9_000, "http://a.cn/1?x", "text/html")
    assert zlib.decompress(body.deflated) == "京".encode("gbk") * 9_000
    assert (body.size, body.sha256) == (18_000, hashlib.sha256("京".encode("gbk") * 9_000).hexdigest())


# What a worker tells


@pytest.fixture
def pipe() -> tuple[Connection, Connection]:
    ours, theirs = socket.socketpair()
    return Connection(ours.detach()), Connection(theirs.detach())


@pytest.fixture
def received(pipe: tuple[Connection, Connection]) -> Received:
    """Takes the next message that has come; several come at a time."""
    told: deque[wire.Message] = deque()

    async def take() -> wire.Message:
        while not told:
            assert await asyncio.to_thread(pipe[0].poll, PATIENCE_SECONDS)
            told.extend(wire.unframed(pipe[0].recv_bytes()))
        return told.popleft()

    return take


def test_a_suspect_waits_for_the_other_and_is_told_of_before_it_is_read(
    pipe: tuple[Connection, Connection], received: Received
) -> None:
    ours, theirs = pipe
    body = kept_body(b"<p>" * 1000, "http://a.cn/1", None)

    async def run() -> list[str]:
        reporter, order = PipeReporter(theirs), []

        async def read(key: str, *, suspect: bool) -> None:
            async with reporter.holding("job", key, body if suspect else None, suspect=suspect):
                assert await received() == wire.InHand("job", key, suspect=suspect, body=body if suspect else None)
                order.append(f"begin {key}")
                await asyncio.sleep(0.05)
                order.append(f"end {key}")
            assert await received() == wire.LetGo("job", key)

        await asyncio.gather(read("1", suspect=True), read("2", suspect=True))
        await read("3", suspect=False)
        return order

    assert asyncio.run(run()) == [f"{word} {key}" for key in "123" for word in ("begin", "end")]
    ours.close()
    theirs.close()


def test_a_suspect_that_is_laid_aside_lets_another_be_read_and_who_waits_for_one_is_not_stuck(
    pipe: tuple[Connection, Connection], received: Received
) -> None:
    ours, theirs = pipe
    body = kept_body(b"<p>", "http://a.cn/1", None)
    first, second = (wire.InHand(job, "1", suspect=True, body=body) for job in "ab")

    async def run() -> None:
        reporter, part, turn = PipeReporter(theirs), asyncio.Event(), asyncio.Event()

        async def other() -> None:
            async with reporter.holding("b", "1", body, suspect=True):
                await turn.wait()

        async with reporter.holding("a", "1", body, suspect=True):
            waits = asyncio.create_task(other())
            await asyncio.sleep(0.01)
            assert reporter.moved() == {"b"}
            async with reporter.laying_aside("a", "1"):  # its further page is asked for
                asyncio.get_running_loop().call_later(0.01, part.set)
                await part.wait()
                assert reporter.moved() == set()
                asyncio.get_running_loop().call_later(0.01, turn.set)
            await waits
        told = [await received() for _ in range(6)]
        let_go = [wire.LetGo(job, "1") for job in "ab"]
        assert told == [first, let_go[0], second, let_go[1], first, let_go[0]]

    asyncio.run(run())
    ours.close()
    theirs.close()


def test_a_suspect_that_is_given_up_while_it_waits_or_is_aside_keeps_nobody_waiting(
    pipe: tuple[Connection, Connection], received: Received
) -> None:
    ours, theirs = pipe

    async def run() -> None:
        reporter = PipeReporter(theirs)

        async def aside() -> None:
            async with reporter.holding("a", "1", suspect=True), reporter.laying_aside("a", "1"):
                raise KeyError

        async def held() -> None:
            async with reporter.holding("b", "1", suspect=True):
                await asyncio.sleep(PATIENCE_SECONDS)

        with pytest.raises(KeyError):
            await aside()
        tasks = [asyncio.create_task(held()) for _ in range(2)]
        await asyncio.sleep(0.01)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        async with asyncio.timeout(PATIENCE_SECONDS), reporter.holding("c", "1", suspect=True):
            assert reporter.moved() == set()

    asyncio.run(run())
    ours.close()
    theirs.close()


def test_an_event_that_cannot_be_said_takes_no_place_and_no_later_one_waits_for_it(
    pipe: tuple[Connection, Connection], received: Received
) -> None:
    ours, theirs = pipe

    async def run() -> None:
        reporter = PipeReporter(theirs)
        bad = Rejected(job_id="job", number=1, key="1", fetched_at=NOW, reason=object())  # type: ignore[arg-type]
        with pytest.raises(TypeError):
            await reporter.send(bad)
        assert reporter.moved() == set()
        good = Rejected(job_id="job", number=2, key="1", fetched_at=NOW, reason="x")
        await reporter.send(good)
        assert await received() == good
        assert reporter.moved() == {"job"}
        reporter.committed(wire.Committed((("job", 2),)))
        assert reporter.moved() == set()

    asyncio.run(run())
    ours.close()
    theirs.close()
