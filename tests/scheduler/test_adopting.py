"""A coordinator whose jobs go on without it: the next one takes them up, and nothing is lost or asked twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from crawler.config import Source
from scheduler.adopting import Memo, adopted, memo_of
from scheduler.batch import BATCH_EVENTS
from scheduler.config.file import Config, load_config
from scheduler.coordinator import Coordinator
from scheduler.crawl import crawl
from scheduler.engines.engine import EngineAway, JobOut
from scheduler.importing import take_up
from scheduler.running import Running
from storage import elsewhere
from storage.database import Database, open_writer
from storage.identity import key_of_canonical
from storage.noted import Lease
from storage.records import CrawlJob, EntryChecked, Event, Failed, JobFinished
from tests.scheduler.outliving import NOW, Desk, Far, Server, finish, found, page_of
from tests.scheduler.simulated import write_config

pytestmark = pytest.mark.usefixtures("quick_files")


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return load_config(write_config(tmp_path, ["a", "b"]))


@pytest.fixture
def database(config: Config) -> Iterator[Database]:
    with open_writer(config.dibao.database) as opened:
        yield opened


@pytest.fixture
def desk(config: Config, database: Database) -> Desk:
    return Desk(config, database)


def rest_of(job: CrawlJob) -> list[Event]:
    key = key_of_canonical(page_of(job))
    return [
        Failed(job_id=job.id, number=2, key=key, fetched_at=NOW, reason="http_500"),
        EntryChecked(job_id=job.id, number=3, url=job.home, status="ok", kind="listing", links=1, new=1),
        JobFinished(job_id=job.id, number=4, reason="finished", requests=2),
    ]


def test_jobs_that_went_on_are_taken_up_and_their_runs_end_as_if_nothing_had_been(desk: Desk) -> None:
    desk.begun()  # and killed
    again = desk.coordinator()
    assert again.running == {"a", "b"}
    assert again.due() == ()
    assert desk.rows("SELECT count(*) FROM urls WHERE lease_job IS NOT NULL") == [(2,)]
    for job, _ in list(desk.server.jobs.values()):
        desk.server.events += rest_of(job)
    finish(again)
    assert desk.rows("SELECT status, discovered, failed FROM run_source_log") == [("ok", 1, 1)] * 2
    assert desk.rows("SELECT status FROM run_log") == [("ok",)]
    assert desk.rows("SELECT failures, last_success_at IS NULL FROM sources") == [(0, 0)] * 2
    assert desk.server.jobs == {}


def test_what_was_folded_in_and_not_yet_deleted_comes_again_and_changes_nothing(desk: Desk) -> None:
    first = desk.begun()
    for job, _ in list(desk.server.jobs.values()):
        desk.server.events += rest_of(job)
    kept, jobs = list(desk.server.events), dict(desk.server.jobs)
    finish(first)
    before = desk.rows("SELECT * FROM run_source_log"), desk.rows("SELECT * FROM urls")
    desk.server.events, desk.server.jobs = kept, jobs  # the coordinator was killed between the file and the server
    again = desk.coordinator()
    assert again.jobs == 0
    for _ in range(3):
        again.step(0)
    assert (desk.rows("SELECT * FROM run_source_log"), desk.rows("SELECT * FROM urls")) == before
    assert desk.server.events == []


def test_a_job_that_was_written_down_and_never_sent_is_free_and_its_source_due_again(desk: Desk) -> None:
    desk.begun()
    lost = next(job for job, _ in desk.server.jobs.values() if job.source == "a")
    del desk.server.jobs[lost.id]
    again = desk.coordinator()
    assert again.running == {"b"}
    assert [one.source.name for one in again.due()] == ["a"]
    states = dict(desk.rows("SELECT s.name, r.status FROM run_source_log r JOIN sources s ON s.id = r.source_id"))
    assert states == {"a": "interrupted", "b": "running"}
    assert desk.rows("SELECT finished_at FROM run_log") == [(None,)]
    for job, _ in list(desk.server.jobs.values()):
        desk.server.events += rest_of(job)
    finish(again)
    assert desk.rows("SELECT status FROM run_log") == [("interrupted",)]


def test_a_job_that_an_older_copy_of_the_file_does_not_know_is_stopped_and_its_events_let_go(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.begun()
    jobs = [job for job, _ in desk.server.jobs.values()]
    with desk.database.transaction():
        for table in ("urls", "run_source_log", "run_log"):
            desk.database.execute(f"DELETE FROM {table}")
    again = desk.coordinator()
    assert again.jobs == 0
    assert sorted(desk.server.stopped) == sorted(job.id for job in jobs)
    for job in jobs:
        desk.server.events += rest_of(job)
    for _ in range(5):
        again.step(0)
        again.flush()
    assert desk.rows("SELECT count(*) FROM urls") == [(0,)]
    assert desk.server.events == []
    told = [one for one in caplog.records if "strange job" in one.getMessage()]
    assert [one.events for one in told] == [2, 2]  # type: ignore[attr-defined]
    assert "2 jobs go on that this file does not know" in caplog.text


@pytest.mark.parametrize("memo", [b"", b"{}", b"\xff", None])
def test_a_job_with_a_memo_that_this_version_cannot_read_is_stopped_and_its_pages_are_free(
    desk: Desk, memo: bytes | None
) -> None:
    desk.begun()
    for job_id, (job, known) in desk.server.jobs.items():
        other = known.replace(b'"version":1', b'"version":2')
        assert other != known
        desk.server.jobs[job_id] = (job, other if memo is None else memo)
    again = desk.coordinator()
    assert again.jobs == 0
    assert len(desk.server.stopped) == 2
    assert desk.rows("SELECT count(*) FROM urls WHERE lease_job IS NOT NULL") == [(0,)]
    assert desk.rows("SELECT status FROM run_log") == [("interrupted",)]


def test_a_source_that_left_the_configuration_meanwhile_comes_to_its_end(desk: Desk, tmp_path: Path) -> None:
    desk.begun()
    desk.config = load_config(write_config(tmp_path, ["b"]))
    again = desk.coordinator()
    assert again.running == {"a", "b"}
    for job, _ in list(desk.server.jobs.values()):
        desk.server.events += rest_of(job)
    finish(again)
    assert desk.rows("SELECT status FROM run_source_log") == [("ok",)] * 2


def test_a_job_that_the_file_has_seen_the_end_of_is_stopped_where_it_still_goes_on(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    """It was given up, and the coordinator died before the server knew; nobody waits for it."""
    coordinator = desk.begun()
    given_up = dict(desk.server.jobs)
    coordinator.abandon()
    desk.server.jobs = given_up
    assert desk.coordinator().running == set()
    assert set(desk.server.stopped) == set(given_up)
    assert "older copy" not in caplog.text


def test_no_more_than_a_batch_is_heard_while_the_file_cannot_be_written(desk: Desk) -> None:
    """What waits at the server is safe there, and may be more than fits into memory."""
    coordinator = desk.begun()
    (job, _), *_ = desk.server.jobs.values()
    desk.server.events += [found(job)] * (3 * BATCH_EVENTS)
    for _ in range(3 * BATCH_EVENTS):
        coordinator.listen(0)
    assert len(coordinator._batch.events) == BATCH_EVENTS


def test_a_crawl_waits_for_a_server_that_is_away_until_nobody_wants_it_any_more(desk: Desk) -> None:
    desk.server.is_away = True
    asked = iter((False, False, True))
    result = crawl(desk.config, clock=lambda: NOW, engine=Far(desk.server), should_stop=lambda: next(asked))
    assert result.interrupted
    assert result.run_id is None


def test_a_crawl_does_not_wait_longer_for_a_server_than_it_was_told_to(desk: Desk) -> None:
    desk.server.is_away = True
    hasty = desk.config.model_copy(
        update={"engine": desk.config.engine.model_copy(update={"connect_seconds": 0.01})}
    )
    with pytest.raises(EngineAway):
        crawl(hasty, clock=lambda: NOW, engine=Far(desk.server))


def test_nothing_begins_and_nothing_is_freed_while_it_is_not_known_what_is_out(desk: Desk) -> None:
    desk.begun()
    desk.server.is_away = True
    again = desk.coordinator(recovers=False)
    with pytest.raises(EngineAway):
        again.recover()
    assert again.awaits_engine
    assert again.due() == ()
    again.step(0)
    assert desk.rows("SELECT count(*) FROM urls WHERE lease_job IS NOT NULL") == [(2,)]
    desk.server.is_away = False
    again.recover()
    assert not again.awaits_engine
    assert again.running == {"a", "b"}


def test_who_leaves_closes_what_had_not_begun_and_leaves_the_jobs_out(desk: Desk) -> None:
    coordinator = desk.begun()
    waiting = coordinator.start_run(plan_again(desk, coordinator), "asked")
    coordinator.leave()
    assert dict(desk.rows("SELECT id, status FROM run_log")) == {waiting - 1: "running", waiting: "interrupted"}
    assert len(desk.server.jobs) == 2
    assert desk.coordinator().running == {"a", "b"}


def plan_again(desk: Desk, coordinator: Coordinator):  # type: ignore[no-untyped-def]
    """What would be asked if it were asked now: it has to wait for the job that is out."""
    from scheduler import plan  # noqa: PLC0415

    return plan.asked_for(desk.config.enabled_sources[:1], NOW)


def test_a_crawl_after_one_that_was_killed_carries_its_jobs_to_their_end(desk: Desk) -> None:
    desk.begun()
    for job, _ in list(desk.server.jobs.values()):
        desk.server.events += rest_of(job)
    desk.database.close()
    result = crawl(desk.config, clock=lambda: NOW, engine=Far(desk.server))
    assert [(one.source, one.status) for one in result.sources] == [("a", "ok"), ("b", "ok")]
    assert desk.server.jobs == {}


def test_an_import_between_two_coordinators_leaves_the_jobs_alone_that_are_out(desk: Desk) -> None:
    desk.begun()
    take_up(desk.database, NOW)
    assert desk.coordinator().running == {"a", "b"}


def test_the_file_says_that_jobs_go_on_only_while_they_do(desk: Desk) -> None:
    with desk.database.transaction():
        elsewhere.note(desk.database, elsewhere=True)
        elsewhere.note(desk.database, elsewhere=True)
    assert elsewhere.may_go_on(desk.database)
    with desk.database.transaction():
        elsewhere.note(desk.database, elsewhere=False)
    assert not elsewhere.may_go_on(desk.database)


def test_who_goes_back_to_one_machine_is_told_of_the_jobs_that_are_left_elsewhere(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.begun()
    engine = Far(Server())
    engine.outlives = False
    Coordinator(desk.config, desk.database, engine, lambda: NOW).recover()
    assert "dibao cluster drain --all" in caplog.text
    assert desk.rows("SELECT count(*) FROM urls WHERE lease_job IS NOT NULL") == [(0,)]
    assert not elsewhere.may_go_on(desk.database)


def test_a_file_has_a_name_of_its_own_that_a_copy_has_too(desk: Desk, tmp_path: Path) -> None:
    path = desk.config.dibao.database
    copy, other = tmp_path / "copy.db", tmp_path / "other.db"
    desk.database.execute("VACUUM INTO ?", (str(copy),))
    open_writer(other).close()
    assert elsewhere.file_id(path) == elsewhere.file_id(copy) != elsewhere.file_id(other)


def test_a_memo_brings_back_all_that_a_source_says(desk: Desk) -> None:
    settings = {
        "name": "a", "home": "https://a.cn/", "outlet": ["甲日报", "甲报"], "cron": "*/5 * * * *", "keep_for": "30d",
        "listings": [{"url": "https://a.cn/list", "links": "/2026/{id}.html"}], "hosts": ["b.cn"], "max_pages": 7,
    }  # fmt: skip
    source = Source.model_validate(settings)
    desk.begun()
    (job_id, (_, memo)), *_ = desk.server.jobs.items()
    known = adopted(desk.database, [JobOut(job_id, memo)])
    running: Running = known.running[job_id]
    running.source, lease = source, Lease(run_id=7, source_id=8, home="x", entries=frozenset({"y", "z"}))
    again = adopted(desk.database, [JobOut(job_id, memo_of(running, lease))])
    assert again.running[job_id] == running
    assert msgspec.json.decode(memo_of(running, lease), type=Memo).addresses == ("y", "z")
    assert again.leases[job_id].entries == frozenset({"y", "z"})
