"""What a job teaches of its source is the same, whichever coordinators have folded in its events."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from scheduler.config.file import load_config
from scheduler.coordinator import Coordinator
from scheduler.rhythm import Rhythm
from scheduler.week import CELLS
from storage.database import open_writer
from storage.identity import content_digest, key_of_canonical
from storage.records import (
    Article,
    Candidate,
    CrawlJob,
    Discovered,
    EntryChecked,
    Event,
    Extracted,
    JobFinished,
    PublicationTime,
    Rejected,
)
from tests.scheduler.outliving import NOW, Desk, Far, finish
from tests.scheduler.simulated import write_config

pytestmark = pytest.mark.usefixtures("quick_files")

def pages_of(job: CrawlJob) -> list[Event]:
    """Three articles of one form and a page that is none, found and fetched one after the other."""
    urls = [f"{job.home}2026/{name}" for name in ("101.html", "102.html", "103.html", "about.html")]
    candidates = tuple(Candidate(url=url, key=key_of_canonical(url), position=at) for at, url in enumerate(urls))
    found = Discovered(job_id=job.id, number=1, entry_url=job.home, candidates=candidates, taken=4)
    articles = [article_at(url, job, number) for number, url in enumerate(urls[:3], 2)]
    other = Rejected(job_id=job.id, number=5, key=candidates[3].key, fetched_at=NOW, reason="listing", host="a.cn")
    checked = EntryChecked(job_id=job.id, number=6, url=job.home, status="ok", kind="listing", links=4, new=4)
    return [found, *articles, other, checked, JobFinished(job_id=job.id, number=7, reason="finished", requests=5)]


def article_at(url: str, job: CrawlJob, number: int) -> Extracted:
    published = PublicationTime(at=NOW - timedelta(hours=number), precision="minute", raw="", where="meta")
    article = Article(
        title=f"{url} 的标题", text=f"{url} 的正文。", published=published, encoding="utf-8",
        encoding_evidence="meta", extractor="test",
    )  # fmt: skip
    key = key_of_canonical(url)
    return Extracted(
        job_id=job.id, number=number, key=key, url=url, final_url=url, final_key=key, fetched_at=NOW, article=article,
        digest=content_digest(article),
    )  # fmt: skip


LEARNED = (
    "SELECT s.name, s.rhythm, l.shape, l.articles, l.others FROM sources s"
    " LEFT JOIN link_shapes l ON l.source_id = s.id ORDER BY s.name, l.shape"
)


class Killed(Exception):
    """The coordinator is no more."""


@pytest.fixture
def desks(tmp_path: Path) -> Iterator[tuple[Desk, Desk]]:
    """Two, with a file of its own each."""
    config = load_config(write_config(tmp_path, ["a", "b"]))
    with open_writer(tmp_path / "one.db") as one, open_writer(tmp_path / "other.db") as other:
        yield Desk(config, one), Desk(config, other)


def one_coordinator(desk: Desk) -> None:
    coordinator = begun(desk)
    for _ in told(desk):
        pass
    finish(coordinator)


def one_for_each_event(desk: Desk) -> None:
    coordinator = begun(desk)
    for _ in told(desk):
        _flushed(coordinator)
        coordinator = desk.coordinator()
    assert coordinator.is_idle


def one_for_each_event_killed_before_the_server_knows(desk: Desk) -> None:
    """What each has stored comes again; the last finds jobs at the server of which the file has the end."""
    coordinator = begun(desk)
    for _ in told(desk):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Far, "committed", _die)
            with pytest.raises(Killed):
                _flushed(coordinator)
        coordinator = desk.coordinator()
    assert coordinator.jobs == 0
    assert len(desk.server.jobs) == 2


@pytest.mark.parametrize("restarted", [one_for_each_event, one_for_each_event_killed_before_the_server_knows])
def test_a_job_teaches_the_same_whoever_has_stored_its_pages(
    desks: tuple[Desk, Desk], restarted: Callable[[Desk], None]
) -> None:
    desk, whole = desks
    restarted(desk)
    one_coordinator(whole)
    learned = desk.rows(LEARNED)
    assert learned == whole.rows(LEARNED)
    assert [(name, *counts) for name, _, _, *counts in learned] == [("a", 0, 1), ("a", 3, 0), ("b", 0, 1), ("b", 3, 0)]
    rhythm = Rhythm.from_text(str(learned[0][1]))
    # The oldest article of a first backlog says where that begins, and no more.
    assert sum(rhythm.items[:CELLS]) == pytest.approx(2, abs=0.1)


def begun(desk: Desk) -> Coordinator:
    """A coordinator with a job of each source out."""
    made = desk.coordinator()
    made.start_run(made.due(), "daemon")
    made.step(0)
    return made


def told(desk: Desk) -> Iterator[None]:
    """Once after each event that the jobs have told the server."""
    for events in zip(*(pages_of(job) for job, _ in desk.server.jobs.values()), strict=True):
        desk.server.events += events
        yield


def _die(_engine: Far, _events: Iterable[Event]) -> None:
    raise Killed


def _flushed(coordinator: Coordinator) -> None:
    coordinator.step(0)
    coordinator.flush()
