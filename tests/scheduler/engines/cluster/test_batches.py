"""Jobs and events as the bytes that lie in PostgreSQL: they come back as they were; nothing else is taken for one."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime

import msgspec
import pytest

from crawler import wire
from scheduler.engines.cluster import batches
from storage.records import CrawlJob, Event, Failed, JobFinished

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
JOB = CrawlJob(
    id="job",
    run_id=1,
    source="a",
    home="https://a.cn/",
    hosts=("a.cn",),
    timezone="Asia/Shanghai",
    user_agent="dibao-test",
    now=NOW,
)


def told(count: int) -> list[Event]:
    failed = [
        Failed(job_id="job", number=one, key=f"//a.cn/{one}", fetched_at=NOW, reason="http_500") for one in range(count)
    ]
    return [*failed, JobFinished(job_id="job", number=count, reason="finished")]


@pytest.mark.parametrize(("count", "kind"), [(0, b"j"), (3, b"j"), (200, b"z")])
def test_events_come_back_as_they_were_in_their_order_and_packed_where_it_pays(count: int, kind: bytes) -> None:
    packed = batches.pack([wire.encode(event) for event in told(count)])
    assert packed[:1] == kind
    assert list(batches.unpack(packed)) == told(count)
    if kind == b"z":
        assert len(packed) < 3_000


@pytest.mark.parametrize("known", [b"", bytes(range(256)) * 400])
def test_a_job_comes_back_as_it_was(known: bytes) -> None:
    job = replace(JOB, known=known)
    assert batches.unpack_job(batches.pack_job(job)) == job


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"j",
        b"j{}",
        b'j[["Stop", {}]]',
        b'j[["CrawlJob", {}]]',
        b'j[["NoSuchEvent", {}]]',
        b"x[]",
        b"z[]",
        b"z" + zstd.compress(b"[]")[:-1],
        b"z" + zstd.compress(b"[]") + b"more",
        b"\x80\x04]\x94.",  # a pickle
    ],
)
def test_what_is_no_batch_is_refused(data: bytes) -> None:
    with pytest.raises(msgspec.MsgspecError):
        list(batches.unpack(data))


@pytest.mark.parametrize("data", [b"", b"j[]", b'j["JobFinished", {}]', batches.pack([wire.encode(told(0)[0])])])
def test_what_is_no_job_is_refused(data: bytes) -> None:
    with pytest.raises(msgspec.MsgspecError):
        batches.unpack_job(data)


def test_a_bomb_is_not_unpacked_and_nothing_is_packed_that_would_be_one(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = b"z" + zstd.compress(b"[" + b" " * 2_000_000 + b"]")
    assert len(bomb) < 1_000
    assert list(batches.unpack(bomb)) == []
    monkeypatch.setattr(batches, "MOST_BYTES", 1_000_000)
    with pytest.raises(msgspec.DecodeError, match="too large"):
        list(batches.unpack(bomb))
    with pytest.raises(batches.TooLarge, match="1000000 are allowed"):
        batches.pack_job(replace(JOB, known=bytes(1_000_000)))


def test_more_events_than_any_worker_has_are_no_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = batches.pack([wire.encode(event) for event in told(20)])
    monkeypatch.setattr(batches, "MOST_EVENTS", 21)
    assert len(list(batches.unpack(packed))) == 21
    monkeypatch.setattr(batches, "MOST_EVENTS", 20)
    with pytest.raises(msgspec.ValidationError, match="21 messages; 20 are allowed"):
        list(batches.unpack(packed))
