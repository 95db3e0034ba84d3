"""An event that cannot be stored costs itself, whatever it raises; a fault of the file stops the batch."""

from __future__ import annotations

from typing import Any

import pytest

from storage import articles, ledger, runs
from storage.faults import StorageFault
from storage.records import Candidate, Discovered, JobFinished, KeptBody
from tests.storage.conftest import Desk, key, url

FAULTS = (RecursionError("deep"), KeyError("x"), MemoryError(), AssertionError("no"), TypeError("t"), RuntimeError("r"))


def break_on(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, error: BaseException, bad: str) -> None:
    """From now on a function of a module raises where anything that it is given names the bad address."""
    real = getattr(module, name)

    def broken(*arguments: Any, **named: Any) -> Any:
        if any(getattr(one, "key", None) == bad for one in arguments):
            raise error
        return real(*arguments, **named)

    monkeypatch.setattr(module, name, broken)


@pytest.mark.parametrize("fault", FAULTS, ids=repr)
def test_a_page_on_which_the_writer_itself_fails_is_struck_and_its_neighbours_are_stored(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    break_on(monkeypatch, articles, "store", fault, key("2"))
    names = [str(number) for number in range(20)]
    body = KeptBody(url=url("2"), content_type=None, size=0, sha256="", deflated=b"")
    for strikes in (1, 2):
        desk.begin(limit=100)
        found = [desk.extracted(name, f"第{name}条。", body=body if name == "2" else None) for name in names]
        desk.take(desk.discovered(*names), *found)
        result = desk.end()
        assert (result.failed, result.reasons) == (1, {"failed:internal_error": 1})
        assert (desk.url("2")["strikes"], desk.url("2")["reason"]) == (strikes, "internal_error")
        desk.now = desk.now.replace(hour=desk.now.hour + 1)
    assert desk.database.value("SELECT count(*) FROM articles") == 19
    (page,) = desk.database.rows("SELECT reason, body_kept FROM quarantined_pages")
    assert (page["reason"], page["body_kept"]) == ("internal_error", 1)


def test_a_fault_of_the_file_is_not_taken_for_one_of_an_event(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    break_on(monkeypatch, articles, "store", StorageFault("the disk is full"), key("2"))
    desk.begin()
    with pytest.raises(StorageFault):
        desk.take(desk.discovered("1", "2"), desk.extracted("1"), desk.extracted("2"))
    assert desk.database.value("SELECT count(*) FROM urls") == 0


def candidates(count: int, bad: set[int]) -> tuple[Candidate, ...]:
    return tuple(
        Candidate(url=url(str(at)), key=key(str(at)), position=2**63 if at in bad else at) for at in range(count)
    )


@pytest.mark.parametrize("bad", [{0}, {99}, {3, 4, 50}, set(range(0, 100, 7))], ids=repr)
def test_a_bad_candidate_costs_itself(desk: Desk, bad: set[int]) -> None:
    desk.begin()
    desk.take(
        Discovered(job_id=desk.job, number=1, entry_url="https://a.cn/", candidates=candidates(100, bad), taken=40),
        desk.discovered("here-too"),
    )
    found = {row["url"]: row["lease_job"] for row in desk.database.rows("SELECT url, lease_job FROM urls")}
    assert found.keys() == {url("here-too"), *(url(str(at)) for at in range(100) if at not in bad)}
    assert {address for address, lease in found.items() if lease} == {
        url("here-too"), *(url(str(at)) for at in range(40) if at not in bad)
    }  # fmt: skip
    assert desk.end().discovered == 101 - len(bad)


def test_an_entry_point_that_cannot_be_stored_costs_its_candidates_at_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = 0

    def discover(*_: Any, **__: Any) -> int:
        nonlocal tries
        tries += 1
        raise RuntimeError

    monkeypatch.setattr(ledger, "discover", discover)
    desk.begin()
    desk.take(Discovered(job_id=desk.job, number=1, entry_url="x", candidates=candidates(1000, set()), taken=0))
    assert (tries, desk.end().discovered) == (2, 0)


def test_a_batch_of_which_one_event_is_bad_is_not_taken_one_by_one(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_on(monkeypatch, articles, "store", RuntimeError(), key("77"))
    names = [str(number) for number in range(100)]
    desk.begin()
    desk.take(desk.discovered(*names))
    commits: list[int] = []
    together = desk.ingest._together

    def counted(events: Any, now: Any) -> Any:
        commits.append(len(events))
        return together(events, now)

    monkeypatch.setattr(desk.ingest, "_together", counted)
    desk.take(*(desk.extracted(name, f"第{name}条。") for name in names))
    assert len(commits) <= 2 * 8 + 1
    assert desk.end().stored == 99


def test_an_end_that_cannot_be_told_of_frees_what_the_job_held(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def settle(*_: object) -> None:
        raise KeyError("nothing")

    desk.begin()
    desk.take(desk.discovered("1"))
    desk.ingest._job_ended = settle
    (noted,) = desk.take(JobFinished(job_id=desk.job, number=1, reason="finished"))
    assert noted.result is not None
    assert (noted.result.status, noted.result.pending) == ("failed", 1)
    assert desk.url("1")["lease_job"] is None
    with desk.database.transaction():
        assert runs.finish(desk.database, 1, desk.now) == "failed"


@pytest.mark.parametrize("failed", [2, 3, 4])
def test_a_run_of_which_most_pages_failed_is_no_success(desk: Desk, failed: int) -> None:
    names = [str(number) for number in range(6)]
    desk.begin()
    desk.take(desk.discovered(*names), desk.checked())
    desk.take(*(desk.failed(name, "timeout") for name in names[:failed]))
    desk.take(*(desk.extracted(name, f"第{name}条。") for name in names[failed:]))
    result = desk.end()
    expected = ("partial", "4 of 6 pages failed: timeout 4") if failed == 4 else ("ok", None)
    assert (result.status, result.error) == expected


@pytest.mark.parametrize(
    ("reason", "status"),
    [("stuck", "partial"), ("interrupted", "interrupted"), ("timeout", "ok"), ("crashed", "failed")],
)
def test_how_a_job_ended_is_its_status(desk: Desk, reason: str, status: str) -> None:
    desk.begin()
    desk.take(desk.discovered("1"), desk.checked(), desk.extracted("1"))
    assert desk.end(reason).status == status


def test_a_job_that_was_stuck_and_brought_nothing_has_failed(desk: Desk) -> None:
    desk.begin()
    assert desk.end("stuck").status == "failed"
