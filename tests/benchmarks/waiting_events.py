"""A backlog in PostgreSQL: the events of jobs that have ended while nobody took them, as workers tell them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg

from crawler import wire
from scheduler.engines.cluster.batches import pack
from scheduler.engines.cluster.formats import FORMAT
from storage.identity import content_digest
from storage.records import Article, Extracted, JobFinished
from tests.benchmarks.news_texts import Newsroom

EVENTS_OF_JOB = 100
EVENTS_OF_BATCH = 25
"""What a worker gathers of one job before it tells; four batches and the end of each job."""
_NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
_JOB = "job-0000000"
_TEXTS = 500


def fill(connection: psycopg.Connection, jobs: int) -> tuple[int, int]:
    """Events that wait now, and their bytes as JSON. Each job has as many, of articles of some 600 characters."""
    templates = _templates()
    unpacked = 0
    with connection.transaction(), connection.cursor() as cursor:
        with cursor.copy("COPY jobs (id, queue_job, source, lock, sites, format, payload) FROM STDIN") as copy:
            for number in range(jobs):
                copy.write_row((_name(number), number, f"s{number}", f"host:h{number}", [], FORMAT, b""))
        with cursor.copy(
            "COPY events (job_id, first, last, events, format, payload, worker) FROM STDIN"
        ) as copy:
            for number in range(jobs):
                for first, messages in _batches(number, templates):
                    unpacked += sum(map(len, messages))
                    last = first + len(messages) - 1
                    copy.write_row((_name(number), first, last, len(messages), FORMAT, pack(messages), "one"))
    return jobs * EVENTS_OF_JOB, unpacked


def _batches(number: int, templates: list[bytes]) -> Iterator[tuple[int, list[bytes]]]:
    name = _name(number).encode()
    start = number * EVENTS_OF_JOB
    told = [templates[(start + n) % _TEXTS].replace(_JOB.encode(), name) for n in range(EVENTS_OF_JOB - 1)]
    told.append(wire.encode(JobFinished(job_id=_name(number), number=EVENTS_OF_JOB, reason="finished")))
    for first in range(0, EVENTS_OF_JOB, EVENTS_OF_BATCH):
        yield first + 1, told[first : first + EVENTS_OF_BATCH]


def _templates() -> list[bytes]:
    newsroom = Newsroom(copies=0, forms=0)
    return [_event(number, newsroom) for number in range(_TEXTS)]


def _event(number: int, newsroom: Newsroom) -> bytes:
    item = newsroom.item(number)
    article = Article(title=item.title, text=item.text, encoding="utf-8", encoding_evidence="meta", extractor="none")
    key = f"//h.example.cn/{number}.html"
    return wire.encode(
        Extracted(
            job_id=_JOB,
            number=number + 1,
            key=key,
            url=f"https:{key}",
            final_url=f"https:{key}",
            final_key=key,
            fetched_at=_NOW,
            article=article,
            digest=content_digest(article),
        )
    )


def _name(number: int) -> str:
    return f"job-{number:07}"
