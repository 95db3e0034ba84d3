from datetime import UTC, datetime

import pytest

from scheduler.bench import benching, crawling, disk, pages, reading, starting, storing
from scheduler.bench.starting import Start
from tests.scheduler.bench.results import crawls

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("quick_files")


def test_the_disk_is_measured_and_nothing_stays_on_it(tmp_path):
    found = disk.measure(tmp_path, commits=3)
    assert found.commits_second > 0
    assert found.bytes_second > 0
    assert found.free_bytes > 0
    assert list(tmp_path.iterdir()) == []


def test_pages_are_read_stored_and_found_again(tmp_path):
    read, found = reading.measure(pages.pages(pages.sites(2, 4, NOW)), 2, NOW)
    assert read.pages == len(found) == 8
    assert 0 < read.ratio < 1
    stored, searched = storing.measure(tmp_path / "bench.db", found, NOW)
    assert stored.articles == 8
    assert stored.article_ms > 0
    assert 0 <= searched.median_ms <= searched.dear_ms


TINY = benching.Size(sites=1, articles=3, compared=1, commits=2, starts=1)


@pytest.fixture
def nothing_started(monkeypatch):
    """The programs' crawls are told, not made: each of them starts six processes."""
    monkeypatch.setattr(starting, "measure", lambda *_: Start(help_seconds=0.1, status_seconds=0.3))
    monkeypatch.setattr(crawling, "measure", lambda *_: crawls())


@pytest.mark.usefixtures("nothing_started")
def test_all_is_measured_in_turn_and_the_folder_is_as_before(tmp_path):
    said = []
    found = benching.bench(tmp_path, TINY, NOW, said.append)
    assert found.stored.articles == 3
    assert found.estimate.sources > 0
    assert said[0] == "the disk"
    assert said[-1].startswith("a crawl")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("nothing_started")
def test_who_interrupts_it_leaves_nothing_either(tmp_path):
    def interrupt(what):
        if what == "reading pages":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        benching.bench(tmp_path, TINY, NOW, interrupt)
    assert list(tmp_path.iterdir()) == []
