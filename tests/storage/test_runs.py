from datetime import timedelta

import pytest

from storage import runs
from storage.faults import ConservationBroken
from storage.records import JobFinished

COUNTS = ("stored", "revised", "unchanged", "duplicate", "rejected", "failed", "pending")


def counts(result: runs.SourceRun) -> dict[str, int]:
    return {name: getattr(result, name) for name in COUNTS if getattr(result, name)}


def test_a_job_is_summed_up_by_outcome_and_reason(desk) -> None:
    desk.begin()
    desk.take(
        desk.discovered("1", "2", "copy", "alias", "bad", "worse", "down", "waits", taken=7),
        desk.extracted("1", "一。"),
        desk.extracted("2", "二。"),
        desk.extracted("copy", "一。"),
        desk.extracted("alias", "一。", to="1"),
    )
    desk.take(desk.rejected("bad"), desk.rejected("worse"), desk.failed("down"))
    result = desk.end()
    assert result.discovered == 8
    assert counts(result) == {"stored": 2, "duplicate": 2, "rejected": 2, "failed": 1, "pending": 1}
    assert result.reasons == {
        "duplicate:same_text": 1,
        "duplicate:same_address": 1,
        "rejected:no_text": 2,
        "failed:timeout": 1,
    }


def test_rechecks_count_as_discovered_and_revisions_are_within_stored(desk) -> None:
    desk.stored("1", "一。")
    desk.stored("2", "二。")
    desk.now += timedelta(hours=1)
    result = desk.recheck(desk.extracted("1", "改了。"), desk.unchanged("2"))
    assert result.discovered == 2
    assert counts(result) == {"stored": 1, "revised": 1, "unchanged": 1}


def test_what_a_job_did_not_get_to_is_pending_and_free(desk) -> None:
    desk.begin()
    desk.take(desk.discovered("1", "2"))
    assert counts(desk.end("stopped")) == {"pending": 2}
    assert desk.url("1")["lease_job"] is None


def test_a_job_ends_once(desk) -> None:
    desk.begin()
    first = desk.end()
    (again,) = desk.take(JobFinished(job_id=desk.job, number=0, reason="crashed"))
    assert again.result is None
    assert desk.ended == [first]


def test_requests_and_bytes_come_from_the_last_event(desk) -> None:
    desk.begin()
    (noted,) = desk.take(JobFinished(job_id=desk.job, number=0, reason="budget", requests=7, body_bytes=2**40))
    assert (noted.result.requests, noted.result.body_bytes, noted.result.with_entries) == (7, 2**40, True)


@pytest.mark.parametrize(
    ("checks", "reason", "status", "error"),
    [
        ([], "finished", "failed", "no entry point was asked; the job ended as finished"),
        (["ok", "unchanged"], "finished", "ok", None),
        (["ok", "failed"], "finished", "partial", "1 of 2 entry points failed: https://a.cn/1 (timeout)"),
        (
            ["failed", "failed"],
            "finished",
            "failed",
            "2 of 2 entry points failed: https://a.cn/0 (timeout), https://a.cn/1 (timeout)",
        ),
        (["ok"], "crashed", "failed", "crashed"),
        ([], "timeout", "failed", "timeout"),
        (["ok"], "timeout", "ok", None),
        (["failed"], "stopped", "interrupted", None),
        ([], "abandoned", "interrupted", None),
    ],
)
def test_the_status_of_a_job_follows_its_end_and_its_entry_points(desk, checks, reason, status, error) -> None:
    desk.begin()
    for at, state in enumerate(checks):
        desk.take(desk.checked(state, url=f"https://a.cn/{at}", reason="timeout" if state == "failed" else ""))
    result = desk.end(reason)
    assert (result.status, result.error) == (status, error)
    assert result.entries_ok == sum(state != "failed" for state in checks)


def test_an_entry_point_without_links_is_no_failure_but_is_named(desk) -> None:
    desk.begin()
    desk.take(desk.checked("ok", links=0))
    result = desk.end()
    assert (result.status, result.error) == ("ok", "no article links on https://a.cn/feed.xml")


def test_the_detail_of_a_crash_is_told(desk) -> None:
    desk.begin()
    (noted,) = desk.take(JobFinished(job_id=desk.job, number=0, reason="crashed", detail="signal 9"))
    assert noted.result.error == "crashed: signal 9"


@pytest.mark.parametrize("column", ["discovered", "stored", "failed"])
def test_counts_that_do_not_add_up_are_a_fault_and_the_job_has_not_ended(desk, column: str) -> None:
    desk.begin()
    desk.take(desk.discovered("1", "2"), desk.extracted("1"))
    desk.database.execute(f"UPDATE run_source_log SET {column} = {column} + 1")
    before = desk.digest()
    with pytest.raises(ConservationBroken, match="a: discovered"):
        desk.take(desk.rejected("2"), JobFinished(job_id=desk.job, number=0, reason="finished"))
    assert desk.digest() == before
    assert desk.ended == []


@pytest.mark.parametrize(
    ("ends", "status"),
    [
        ([], "ok"),
        (["finished"], "ok"),
        (["finished", "crashed"], "failed"),
        (["crashed", "stopped"], "interrupted"),
    ],
)
def test_a_run_is_as_good_as_its_worst_part(desk, ends: list[str], status: str) -> None:
    run = runs.begin(desk.database, "crawl", desk.now)
    for at, reason in enumerate(ends):
        desk.begin(source=f"s{at}")
        desk.database.execute("UPDATE run_source_log SET run_id = ? WHERE job_id = ?", (run, desk.job))
        desk.take(desk.checked("ok", url=f"https://a.cn/{at}"))
        desk.end(reason)
    assert runs.finish(desk.database, run, desk.now) == status
    row = desk.database.row("SELECT * FROM runs WHERE id = ?", (run,))
    assert (row["status"], row["finished_at"], row["trigger"]) == (status, "2026-11-22T09:30:00Z", "crawl")


def test_a_run_cannot_be_finished_before_its_jobs(desk) -> None:
    desk.begin()
    with pytest.raises(AssertionError, match="after its jobs"):
        runs.finish(desk.database, desk.leases[desk.job].run_id, desk.now)


def test_runs_that_a_dead_coordinator_left_open_are_summed_up_and_closed(desk) -> None:
    desk.begin()
    desk.take(desk.discovered("1", "2"), desk.extracted("1"))
    run = desk.leases[desk.job].run_id
    assert runs.close_abandoned(desk.database, desk.now) == 1
    assert runs.close_abandoned(desk.database, desk.now) == 0
    (result,) = runs.result(desk.database, run)
    assert (result.status, result.stored, result.pending) == ("interrupted", 1, 1)
    assert desk.database.value("SELECT status FROM runs WHERE id = ?", (run,)) == "interrupted"


def test_the_result_of_a_run_names_its_sources_in_order(desk) -> None:
    for name in "ba":
        desk.begin(source=name)
        desk.end()
    desk.database.execute("UPDATE run_source_log SET run_id = 1")
    assert [result.source for result in runs.result(desk.database, 1)] == ["a", "b"]
    assert runs.result(desk.database, 99) == ()
