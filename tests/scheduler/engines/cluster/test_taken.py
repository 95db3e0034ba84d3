"""What a worker tells at a time: batches that a reader unpacks, whatever its jobs have found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from crawler import wire
from scheduler.demo.server import WorldServer
from scheduler.engines.cluster import batches
from scheduler.engines.cluster.formats import FORMAT
from scheduler.engines.cluster.worker import taken
from scheduler.engines.cluster.worker.taken import TakenJob
from storage.records import Article, Candidate, Discovered, Event, Extracted, Failed, JobFinished, RawPage
from tests.scheduler.engines.cluster.hand_worker import HandWorker
from tests.scheduler.engines.cluster.job_desk import JobDesk
from tests.scheduler.engines.cluster.stage import Cluster
from tests.scheduler.engines.jobs import NOW, short

pytestmark = pytest.mark.cluster

PAGE = "http://a.cn/1"
ARTICLE = Article(title=None, text="一句话。", encoding="utf-8", encoding_evidence="meta", extractor="0")


def extracted(number: int, *, text: int = 0, raw: int = 0) -> Extracted:
    kept = (RawPage(record=bytes(raw), url=PAGE, fetched_at=NOW),) if raw else ()
    article = replace(ARTICLE, text=ARTICLE.text + "x" * text)
    return Extracted(
        job_id="job",
        number=number,
        key=PAGE,
        url=PAGE,
        final_url=PAGE,
        final_key=PAGE,
        fetched_at=NOW,
        article=article,
        digest="d",
        raw=kept,
    )


def discovered(*candidates: Candidate) -> Discovered:
    return Discovered(job_id="job", number=1, entry_url=PAGE, candidates=candidates, taken=len(candidates))


@pytest.fixture
def told(cluster: Cluster, sites: WorldServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[JobDesk, HandWorker]]:
    """A worker that has a job, in a cluster where 20 kB are very much."""
    monkeypatch.setattr(batches, "MOST_BYTES", 20_000)
    monkeypatch.setattr(taken, "ROW_BYTES", 5_000)
    monkeypatch.setattr(taken, "STATEMENT_BYTES", 12_000)
    with JobDesk(cluster) as desk, HandWorker(cluster, "by hand") as worker:
        desk.place(short(sites, "job"), payload=b"?")
        assert worker.take() == "job"
        yield desk, worker


def tell(worker: HandWorker, *events: Event | wire.Passed) -> list[tuple[str, int, bool]]:
    """All answers to the telling of these events of its job."""
    job = TakenJob(queue_job=worker.queue_job, job_id="job", source="a", sites=())
    for event in events:
        job.add(event)
    answers = []
    while job.encoded:
        ((job_id, count, is_safe),) = taken.tell(worker.session, worker.worker, FORMAT, [job])
        assert job.drop(count) == list(events[job.told : job.told + count])
        job.told += count
        answers.append((job_id, count, is_safe))
    return answers


def test_much_is_told_in_several_batches_and_statements_whose_last_one_ends_the_job(
    told: tuple[JobDesk, HandWorker], sites: WorldServer
) -> None:
    desk, worker = told
    end = JobFinished(job_id="job", number=8, reason="finished")
    events: list[Event] = [*(extracted(number, text=3_000) for number in range(1, 8)), end]
    answers = tell(worker, *events)
    assert sum(count for _, count, _ in answers) == 8
    assert len(answers) > 1
    assert all(is_safe for _, _, is_safe in answers)
    assert desk.events(short(sites, "job")) == events
    assert desk.value("SELECT count(*) FROM events") >= 4
    assert desk.value("SELECT count(*) FROM procrastinate_jobs") == 0


@pytest.mark.parametrize(
    ("event", "instead"),
    [
        (extracted(1, raw=30_000), extracted(1)),
        (wire.Passed("job", 1, PAGE, wire.encode(extracted(1, raw=30_000))), extracted(1)),
        (
            extracted(1, text=30_000),
            Failed(job_id="job", number=1, key=PAGE, fetched_at=NOW, reason="unstorable", poison=True),
        ),
        (
            discovered(Candidate(url="x" * 30_000, key="x")),
            discovered(),
        ),
    ],
)
def test_an_event_that_no_reader_unpacks_is_told_without_what_is_too_large(
    told: tuple[JobDesk, HandWorker], sites: WorldServer, event: Event | wire.Passed, instead: Event
) -> None:
    desk, worker = told
    assert tell(worker, event) == [("job", 1, True)]
    (found,) = desk.events(short(sites, "job"))
    if isinstance(found, Failed):
        assert "too large" in found.detail
        found = replace(found, detail="")
    assert found == instead
