"""What a job is lent: of the addresses that are known, what it needs."""

from __future__ import annotations

from pathlib import Path

from crawler.jobs import asked_sites, own_sites
from scheduler.config.file import load_config
from scheduler.leasing import Planned, make_job
from storage import runs, sources
from storage.database import open_writer
from storage.identity import key_hash
from storage.records import CrawlJob
from tests.scheduler.simulated import write_config
from tests.scheduler.test_plan import NOW

KEY = "//a.test/1.html"


def _job(folder: Path, *, entries: bool) -> CrawlJob:
    """The job of a source of which one address is known, and pending."""
    config = load_config(write_config(folder, ["a"]))
    (source,) = config.enabled_sources
    with open_writer(folder / "news.db") as database, database.transaction():
        source_id = sources.ensure(database, source.name, source.home, NOW, None)
        (site,) = own_sites(source)
        database.execute(
            "INSERT INTO urls (key, key_hash, site, url, source_id, state, discovered_at, next_at)"
            " VALUES (?, ?, ?, ?, ?, 'pending', ?, ?)",
            (KEY, key_hash(KEY), site, f"https:{KEY}", source_id, "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
        )
        planned = Planned(
            source=source,
            run_id=runs.begin(database, "manual", NOW),
            entries=entries,
            forced=False,
            sites=frozenset(asked_sites(source)),
        )
        return make_job(config, database, planned, NOW, None)[0]


def test_a_job_that_asks_entry_points_takes_along_which_addresses_are_known(tmp_path: Path) -> None:
    job = _job(tmp_path, entries=True)
    assert job.entry_points
    assert job.known == key_hash(KEY)


def test_one_that_only_asks_pages_again_needs_none_of_them(tmp_path: Path) -> None:
    job = _job(tmp_path, entries=False)
    assert [page.key for page in job.pages] == [KEY]
    assert not job.entry_points
    assert job.known == b""
