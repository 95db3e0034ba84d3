"""kill -9 of a writer at any moment, and a full disk: every raw page that the database names is there, and no other."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from storage.archive.folder import archive_folder, sweep
from storage.archive.forgetting import forget_pruned
from storage.archive.reading import read_page
from storage.database import Database, open_reader
from storage.faults import StorageFault
from tests.faults import archive_writer as writer
from tests.nightly import long_form

pytestmark = pytest.mark.faults


@pytest.mark.parametrize("kills", long_form(4, 12))
def test_after_each_of_many_kills_rows_and_records_are_the_same(tmp_path: Path, kills: int) -> None:
    chance = random.Random(5)
    path = tmp_path / "news.db"
    kept = 0
    for seed in range(kills):
        before = _changes(path)
        process = subprocess.Popen([sys.executable, "-m", "tests.faults.archive_writer", str(path), str(seed)])
        _wait_for_work(path, process, before)
        time.sleep(chance.uniform(0.0, 1.0))
        process.kill()
        assert process.wait() == -9
        _rows_are_readable(path)
        with writer.writing(path, writer.START + timedelta(days=30 * seed)) as (database, ingest, lease):
            forget_pruned(database, writer.START)
            now = writer.START + timedelta(days=30 * seed)
            writer.store(database, ingest, lease, [f"https://a.cn/after-{seed}"], now)
            sweep(database, archive_folder(path))
        kept = max(kept, _is_whole(path))
    assert kept > 50


def test_a_disk_that_is_full_keeps_nothing_and_goes_on_when_it_is_not(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(disk)]
    mounted = subprocess.run(mount, capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("no tmpfs may be mounted here")
    path = tmp_path / "news.db"
    archive_folder(path).symlink_to(disk)
    try:
        with writer.writing(path, writer.START) as (database, ingest, lease):
            stored = 0
            with pytest.raises(StorageFault, match="No space left on device"):  # noqa: PT012 - at which, disks decide
                for stored in range(2_000):
                    writer.store(database, ingest, lease, [f"https://a.cn/{stored}"], writer.START)
            assert database.value("SELECT count(*) FROM article_heads") == stored > 50
            assert database.value("SELECT count(*) FROM archive_pages") == stored
            subprocess.run(["mount", "-o", "remount,size=600k", str(disk)], check=True)
            writer.store(database, ingest, lease, [f"https://a.cn/{stored}"], writer.START)
        assert _is_whole(path) == stored + 1
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def _changes(path: Path) -> int:
    if not path.exists():
        return 0
    with open_reader(path) as reader:
        return int(reader.value("SELECT count(*) FROM change_log"))


def _wait_for_work(path: Path, process: subprocess.Popen[bytes], before: int) -> None:
    """None, once the process has stored something."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None
        if _changes(path) > before:
            return
        time.sleep(0.02)
    raise AssertionError("the writer did not begin within a minute")


def _rows_are_readable(path: Path) -> None:
    """Right after a kill: what the database names can be read, though the files may hold more."""
    with open_reader(path) as reader:
        for row in reader.rows("SELECT article_id, revision, part FROM archive_pages"):
            _says_what_it_should(reader, row)


def _is_whole(path: Path) -> int:
    """How many raw pages there are; files, rows and revisions agree."""
    with open_reader(path) as reader:
        rows = reader.rows("SELECT * FROM raw_pages")
        for row in rows:
            _says_what_it_should(reader, row)
        files = {row["name"]: row["bytes"] for row in reader.rows("SELECT name, bytes FROM archive_files")}
        lost = reader.value(
            # Of what was not pruned, nor trimmed with its file: all revisions from that of the oldest page on.
            "SELECT count(*) FROM article_revisions r JOIN article_heads a ON a.id = r.article_id"
            " WHERE a.pruned_at IS NULL AND r.id > (SELECT min(x.id) FROM article_revisions x JOIN archive_pages p"
            "   ON p.article_id = x.article_id AND p.revision = x.revision)"
            " AND NOT EXISTS (SELECT 1 FROM archive_pages p WHERE p.article_id = r.article_id"
            "   AND p.revision = r.revision)"
        )
        assert lost == 0
        assert reader.value("SELECT count(*) FROM archive_files WHERE closed_at IS NULL") <= 1
    folder = archive_folder(path)
    assert files == {file.name: file.stat().st_size for file in folder.iterdir()}
    assert sum(_records(folder / name) for name in files) == len(rows)
    return len(rows)


def _says_what_it_should(reader: Database, row) -> None:
    page = read_page(reader, row["article_id"], row["revision"], row["part"])
    assert page is not None
    assert page.body == writer.body(page.url, row["revision"])


def _records(path: Path) -> int:
    """How many raw pages a file has, by warcio, which checks their digests; they leave no gap."""
    with path.open("rb") as file:
        archive = ArchiveIterator(file, check_digests="raise")
        kinds, end = [], 0
        for record in archive:
            record.content_stream().read()
            assert archive.get_record_offset() == end
            end += archive.get_record_length()
            kinds.append(record.rec_type)
    assert end == path.stat().st_size
    assert (kinds[0], set(kinds[1:])) == ("warcinfo", {"response"})
    return len(kinds) - 1
