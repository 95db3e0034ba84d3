"""Stories are a function of what was stored: killed, repeated, shuffled or on a full disk, the same ones come out."""

from __future__ import annotations

import os
import random
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

from storage.database import Database, open_writer
from storage.faults import StorageFault
from tests.faults import story_digest
from tests.faults.story_coordinator import Coordinator
from tests.faults.story_recording import SOURCES, Recording
from tests.nightly import long_form, thinned

pytestmark = pytest.mark.faults

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 600


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a coordinator that nobody disturbs."""
    path = tmp_path_factory.mktemp("undisturbed") / "news.db"
    _finish(path)
    return path


def test_the_recording_holds_what_it_is_to_try(undisturbed: Path) -> None:
    recording = Recording()
    assert len(recording) >= 1400
    assert {page.source for day in recording.days for page in day} == set(SOURCES)
    found = story_digest.by_keys(undisturbed)
    sizes = [len(story) for story in found["stories"]]
    assert max(sizes) >= 4
    assert sum(size > 1 for size in sizes) > 100
    with open_writer(undisturbed) as database:
        assert {row[0] for row in database.rows("SELECT verdict FROM pairs")} >= {"same", "template"}
        assert database.value("SELECT count(*) FROM hot_anchors") > 0
        assert database.value("SELECT count(*) FROM story_aliases") > 0
        assert {row[0] for row in database.rows("SELECT why FROM story_log")} == {"text", "revision", "decision"}
        assert {row[0] for row in database.rows("SELECT verdict FROM story_decisions")} == {"same", "apart"}
    assert story_digest.faults(undisturbed) == []


def test_the_log_tells_where_every_article_is(undisturbed: Path) -> None:
    assert [row for row in story_digest.in_the_end(undisturbed) if row[1] != row[2]] == []


def test_a_second_file_from_the_same_events_is_the_same(undisturbed: Path, tmp_path: Path) -> None:
    _finish(tmp_path / "news.db")
    assert story_digest.by_ids(tmp_path / "news.db") == story_digest.by_ids(undisturbed)


@pytest.mark.parametrize("kills", long_form(3, 12))
def test_killed_again_and_again_it_ends_like_an_undisturbed_one(
    undisturbed: Path, tmp_path: Path, kills: int
) -> None:
    """Kills the coordinator in the midst of a batch, at any moment of it, and sends the next one everything again."""
    chance, path, seconds = random.Random(24), tmp_path / "news.db", 0.5
    for _ in range(kills):
        process = _start(path)
        assert process.stdout is not None
        for _ in range(chance.randint(0, 2)):
            began = time.monotonic()
            if process.stdout.readline() != "stored\n":
                break
            seconds = time.monotonic() - began
        time.sleep(chance.uniform(0.01, 1.2 * min(seconds, 2.0)))
        ended = process.poll() is not None
        process.kill()
        process.communicate()
        if path.exists():
            assert story_digest.faults(path) == []
        if ended:  # all was in before the kill: the next ones have a file of their own to begin
            for file in tmp_path.glob("news.db*"):
                file.unlink()
    _finish(path)
    assert story_digest.faults(path) == []
    assert story_digest.by_ids(path) == story_digest.by_ids(undisturbed)


@pytest.mark.parametrize("options", thinned([["--twice"], ["--batch", "1"], ["--batch", "200"]], 3), ids=" ".join)
def test_events_that_come_twice_or_in_other_batches_change_nothing(
    options: list[str], undisturbed: Path, tmp_path: Path
) -> None:
    _finish(tmp_path / "news.db", *options)
    assert story_digest.by_ids(tmp_path / "news.db") == story_digest.by_ids(undisturbed)


@pytest.mark.parametrize("seed", thinned([5, 77], 2))
def test_events_that_come_out_of_order_within_a_source_make_the_same_stories(
    seed: int, undisturbed: Path, tmp_path: Path
) -> None:
    path = tmp_path / "news.db"
    _finish(path, "--shuffled", str(seed), "--batch", "40")
    assert story_digest.faults(path) == []
    found, wanted = story_digest.by_keys(path), story_digest.by_keys(undisturbed)
    for what in wanted:
        assert found[what] == wanted[what], what


@pytest.mark.parametrize("pages", [25, pytest.param(5, marks=pytest.mark.nightly)])
def test_a_full_disk_leaves_no_article_without_its_place(tmp_path: Path, pages: int) -> None:
    """Room for some more pages at a time: it ends in the midst of every table in turn."""
    recording = Recording(days=1)
    for name in ("free.db", "full.db"):
        with open_writer(tmp_path / name) as database:
            database.execute("PRAGMA synchronous = off")
            failures = 0
            while not _stored(database, recording, more_pages=pages * (failures + 1) if name == "full.db" else 10**6):
                failures += 1
        assert story_digest.faults(tmp_path / name) == []
    assert failures > 100 // pages
    assert story_digest.by_ids(tmp_path / "full.db") == story_digest.by_ids(tmp_path / "free.db")


@pytest.mark.parametrize("shares", [(0.2, 0.6), pytest.param((0.1, 0.2, 0.3, 0.5, 0.7), marks=pytest.mark.nightly)])
def test_a_disk_that_takes_no_more_bytes_costs_nothing_that_was_stored(
    undisturbed: Path, tmp_path: Path, shares: tuple[float, ...]
) -> None:
    path, whole = tmp_path / "news.db", undisturbed.stat().st_size
    for share in shares:
        process = _start(path, most_bytes=int(whole * share))
        _, told = process.communicate(timeout=PATIENCE_SECONDS)
        assert process.returncode == 1
        assert "StorageFault" in told
        assert story_digest.faults(path) == []
    _finish(path)
    assert story_digest.by_ids(path) == story_digest.by_ids(undisturbed)


def _stored(database: Database, recording: Recording, *, more_pages: int) -> bool:
    """Whether all of it is stored now; else there was no room for it, and nothing is half done."""
    most = more_pages + START_PAGES
    database.execute(f"PRAGMA max_page_count = {max(most, database.value('PRAGMA page_count'))}")
    try:
        for _ in Coordinator(database, batch=10).take(recording):
            pass
    except StorageFault:
        return False
    return True


START_PAGES = 80
"""Of a new file, about."""


def _finish(path: Path, *options: str) -> None:
    """None; a coordinator has stored the recording, or what was left of it."""
    process = _start(path, *options)
    _, told = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0, told


def _start(path: Path, *options: str, most_bytes: int | None = None) -> subprocess.Popen[str]:
    """A coordinator. `most_bytes`: of any file that it may write."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.story_coordinator", str(path), *options],
        cwd=ROOT,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    if most_bytes is not None:
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (most_bytes, most_bytes))
    return process
