"""Copies of the file while it is written: of one moment, whole, and never in the place of something else."""

import os
import sqlite3
import stat
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from storage.archive.folder import archive_folder
from storage.care import copying, drafts
from storage.care.backups import back_up, back_up_into, snapshot
from storage.care.drafts import drafted
from storage.database import open_reader, open_writer
from storage.faults import BadTarget, DamagedFile, StorageFault
from storage.held_files import TargetHeld
from tests.storage.conftest import START


def names(folder: Path) -> set[str]:
    return {found.name for found in folder.iterdir()}


def articles(path: Path) -> list[tuple[object, ...]]:
    with open_reader(path) as database:
        return [tuple(row) for row in database.rows("SELECT id, title, text, revision FROM articles ORDER BY id")]


def test_a_copy_has_all_that_is_committed_while_a_writer_has_the_file_open(filled: Path, tmp_path: Path, desk) -> None:
    target = tmp_path / "copy.db"
    desk.database.execute("BEGIN IMMEDIATE")
    desk.database.execute("UPDATE article_heads SET status = 'gone'")
    done = back_up(filled, target)
    desk.database.execute("ROLLBACK")
    assert (done.contents.articles, done.contents.last_seq, done.bytes) == (5, 6, target.stat().st_size)
    assert articles(target) == articles(filled)
    assert target.read_bytes()[18:20] == b"\x01\x01"
    assert names(tmp_path) - {"news.db", "news.db-wal", "news.db-shm"} == {"copy.db"}


def test_a_copy_that_is_made_during_many_commits_is_of_one_moment(filled: Path, tmp_path: Path, desk, monkeypatch):
    monkeypatch.setattr(copying, "STEP_PAGES", 2)
    written: list[int] = []

    def write(_done: int, _of: int) -> None:
        if len(written) < 40:
            written.append(desk.stored(f"new-{len(written)}.html", f"新的第{len(written)}篇。"))

    done = back_up(filled, tmp_path / "copy.db", progress=write)
    assert len(written) > 20  # one in each step, which would make one without a transaction begin anew each time
    assert done.contents.articles == 5
    assert articles(tmp_path / "copy.db") == articles(filled)[:5]


def test_a_writer_waits_for_no_copy(filled: Path, tmp_path: Path) -> None:
    """The copy stands still in the middle; a writer in another thread commits meanwhile."""
    committed: list[bool] = []

    def commit() -> None:
        with open_writer(filled) as database, database.transaction():
            database.execute("UPDATE sources SET failures = 7")
        committed.append(True)

    def in_the_middle(_done: int, _of: int) -> None:
        if not committed:
            writer = threading.Thread(target=commit)
            writer.start()
            writer.join(20)

    back_up(filled, tmp_path / "copy.db", progress=in_the_middle)
    assert committed == [True]
    with open_reader(tmp_path / "copy.db") as copy:
        assert copy.value("SELECT max(failures) FROM sources") == 0


def test_a_copy_has_the_permissions_of_the_file_and_a_snapshot_can_be_read_by_all(filled: Path, tmp_path: Path) -> None:
    filled.chmod(0o640)
    back_up(filled, tmp_path / "copy.db")
    snapshot(filled, tmp_path / "public.db")
    assert stat.S_IMODE((tmp_path / "copy.db").stat().st_mode) == 0o640
    assert stat.S_IMODE((tmp_path / "public.db").stat().st_mode) == 0o644


def test_who_reads_a_snapshot_keeps_it_when_a_new_one_takes_its_place(filled: Path, tmp_path: Path, desk) -> None:
    target = tmp_path / "public.db"
    snapshot(filled, target)
    with open_reader(target) as old:
        assert old.value("SELECT count(*) FROM articles") == 5
        desk.stored("6.html", "又一篇。")
        snapshot(filled, target)
        assert old.value("SELECT count(*) FROM articles") == 5
        assert len(articles(target)) == 6


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize("how", ["mode=ro", "immutable=1"])
def test_a_user_who_may_not_write_the_folder_reads_a_snapshot(filled: Path, tmp_path: Path, how: str) -> None:
    folder = tmp_path / "public"
    folder.mkdir()
    snapshot(filled, folder / "news.db")
    folder.chmod(0o555)
    program = (
        "import os, sqlite3\n"
        # The folders that pytest makes above it are closed to others: they are left behind.
        "os.chroot('.'); os.setgid(65534); os.setuid(65534)\n"
        f"connection = sqlite3.connect('file:/news.db?{how}', uri=True)\n"
        "print(connection.execute('SELECT count(*) FROM articles').fetchone()[0], os.access('.', os.W_OK))\n"
    )
    said = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=False)
    assert (said.stdout, said.stderr) == ("5 False\n", "")


def test_a_snapshot_can_be_read_in_a_folder_without_write_permission(filled: Path, tmp_path: Path) -> None:
    folder = tmp_path / "public"
    folder.mkdir()
    snapshot(filled, folder / "news.db")
    connection = sqlite3.connect(f"file:{folder}/news.db?mode=ro", uri=True)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    assert connection.execute("SELECT count(*) FROM articles").fetchone() == (5,)
    assert names(folder) == {"news.db"}
    connection.close()


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("news.db", "the database itself"),
        ("news.db-wal", "part of it"),
        ("news.db.lock", "part of it"),
        ("link.db", "the database itself"),
        ("hard.db", "the database itself"),
        ("other.db", "a database in use"),
        ("diary.txt", "no copy that Dibao made"),
        ("foreign.db", "no copy that Dibao made"),
        ("folder", "is no file"),
        ("nowhere/copy.db", "is no folder"),
        ("stale.db", "was in use as a database"),
    ],
)
def test_a_copy_takes_the_place_of_nothing_but_a_copy(filled: Path, tmp_path: Path, foreign: Path, name, why) -> None:
    (tmp_path / "link.db").symlink_to("news.db")
    (tmp_path / "hard.db").hardlink_to(filled)
    (tmp_path / "other.db").write_bytes(filled.read_bytes())
    (tmp_path / "diary.txt").write_text("mine")
    (tmp_path / "folder").mkdir()
    (tmp_path / "stale.db-wal").write_bytes(b"rows")
    before = {one: one.read_bytes() for one in tmp_path.iterdir() if one.is_file()}
    for make in (back_up, snapshot):
        with pytest.raises(BadTarget, match=why):
            make(filled, tmp_path / name)
    assert {one: one.read_bytes() for one in tmp_path.iterdir() if one.is_file()} == before


def test_an_older_copy_and_an_empty_file_are_replaced_also_behind_a_link(filled: Path, tmp_path: Path, desk) -> None:
    (tmp_path / "empty.db").touch()
    (tmp_path / "link.db").symlink_to("copy.db")
    for name in ("empty.db", "copy.db"):
        back_up(filled, tmp_path / name)
    desk.stored("6.html", "又一篇。")
    back_up(filled, tmp_path / "link.db")
    assert (tmp_path / "link.db").is_symlink()
    assert len(articles(tmp_path / "copy.db")) == 6
    assert len(articles(tmp_path / "empty.db")) == 5


def test_two_copies_to_one_place_at_once_are_one_and_a_refusal(filled: Path, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    with drafted(target), pytest.raises(TargetHeld, match="another process is writing"):
        back_up(filled, target)
    assert not target.exists()
    back_up(filled, target)
    assert names(tmp_path) >= {"copy.db"}
    assert "copy.db.partial" not in names(tmp_path)


def test_what_a_killed_copy_has_left_is_overwritten_with_its_log(filled: Path, tmp_path: Path) -> None:
    for end in (".partial", ".partial-wal", ".partial-journal"):
        (tmp_path / f"copy.db{end}").write_bytes(b"half" * 5000)
    back_up(filled, tmp_path / "copy.db")
    assert articles(tmp_path / "copy.db") == articles(filled)
    assert not [name for name in names(tmp_path) if "partial" in name]


def test_an_error_in_the_middle_leaves_the_older_copy_and_no_litter(filled: Path, tmp_path: Path, desk) -> None:
    target = tmp_path / "copy.db"
    back_up(filled, target)
    before = target.read_bytes()
    desk.stored("6.html", "又一篇。")

    def stop(_done: int, _of: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        back_up(filled, target, progress=stop)
    assert target.read_bytes() == before
    assert "copy.db.partial" not in names(tmp_path)


def test_a_damaged_database_is_not_copied_over_a_good_copy(filled: Path, tmp_path: Path, desk) -> None:
    target = tmp_path / "copy.db"
    back_up(filled, target)
    good = target.read_bytes()
    desk.database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    root = desk.database.value("SELECT rootpage FROM sqlite_schema WHERE name = 'article_heads'")
    with filled.open("r+b") as file:
        file.seek((root - 1) * 4096)
        file.write(b"\xff" * 4096)
    with pytest.raises(DamagedFile, match=r"news\.db: .*dibao restore BACKUP"):
        back_up(filled, target)
    assert target.read_bytes() == good
    assert "copy.db.partial" not in names(tmp_path)


def test_a_copy_that_has_not_what_it_should_is_thrown_away(filled: Path, tmp_path: Path, monkeypatch) -> None:
    other = copying.Contents(articles=4, last_seq=5, schema=1)
    monkeypatch.setattr(copying, "verified", lambda _path: other)
    with pytest.raises(StorageFault, match="thrown away"):
        back_up(filled, tmp_path / "copy.db")
    assert not [name for name in names(tmp_path) if "copy" in name]


class Folder:
    def __init__(self, database: Path, folder: Path) -> None:
        self.database, self.folder, self.now = database, folder, START

    def back_up(self, **options):
        self.now += timedelta(days=1)
        return back_up_into(self.database, self.folder, self.now, **options)


@pytest.fixture
def backups(filled: Path, tmp_path: Path) -> Folder:
    folder = tmp_path / "backups"
    folder.mkdir()
    return Folder(filled, folder)


def test_of_copies_in_a_folder_only_the_newest_are_kept(backups: Folder) -> None:
    first = backups.back_up(keep=2)
    assert first.path.name == "news-20261123T093000Z.db"
    assert (first.removed, backups.back_up(keep=2).removed) == ((), ())
    assert [one.name for one in backups.back_up(keep=2).removed] == ["news-20261123T093000Z.db"]
    assert [one.name for one in backups.back_up(keep=1).removed] == [
        "news-20261124T093000Z.db",
        "news-20261125T093000Z.db",
    ]
    assert names(backups.folder) == {"news-20261126T093000Z.db"}


def test_what_is_no_readable_copy_of_this_database_is_never_removed(backups: Folder, tmp_path: Path) -> None:
    open_writer(tmp_path / "elsewhere.db").close()
    back_up(tmp_path / "elsewhere.db", backups.folder / "news-20200101T000000Z.db")  # of another database
    (backups.folder / "news-20200102T000000Z.db").write_bytes(b"torn")
    (backups.folder / "news-20200103T000000Z.db").mkdir()
    (backups.folder / "news-20200104T000000Z.db").symlink_to(tmp_path / "elsewhere.db")
    (backups.folder / "news-20200101.db").touch()
    (backups.folder / "old-news-20200101T000000Z.db").touch()
    before = names(backups.folder)
    backups.back_up(keep=1)
    done = backups.back_up(keep=1)
    assert [one.name for one in done.removed] == ["news-20261123T093000Z.db"]
    assert names(backups.folder) == before | {done.path.name}


def test_a_copy_of_a_clock_that_was_set_back_is_kept(backups: Folder) -> None:
    backups.back_up(keep=2)
    backups.now -= timedelta(days=300)
    done = backups.back_up(keep=1)
    assert names(backups.folder) == {done.path.name}


def test_a_copy_that_fails_removes_none(backups: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = {backups.back_up(keep=1).path.name}
    monkeypatch.setattr(copying, "verified", lambda _path: None)
    with pytest.raises(StorageFault):
        backups.back_up(keep=1)
    assert names(backups.folder) == kept


def test_a_second_copy_in_one_second_and_one_at_the_same_time_are_refused(backups: Folder) -> None:
    done = backups.back_up()
    backups.now -= timedelta(days=1)
    with pytest.raises(BadTarget, match="this very second"):
        backups.back_up()
    with drafted(backups.folder / "news.db"), pytest.raises(TargetHeld):
        backups.back_up()
    assert names(backups.folder) == {done.path.name}


def warc(database: Path, number: int, content: bytes, *, closed: bool) -> Path:
    """A file of raw pages that the database knows; what it does not know of it stands behind."""
    folder = archive_folder(database)
    folder.mkdir(exist_ok=True)
    with open_writer(database) as writer:
        archive = writer.value("SELECT value FROM meta WHERE name = 'archive_id'")
        path = folder / f"dibao-20261122T093000Z-{number:06}-{archive}.warc.gz"
        writer.execute(
            "INSERT INTO archive_files (name, bytes, opened_at, closed_at) VALUES (?, ?, '2026-11-22T09:30:00Z', ?)",
            (path.name, len(content), "2026-11-22T09:30:00Z" if closed else None),
        )
    path.write_bytes(content if closed else content + b"not committed")
    return path


def test_raw_pages_are_copied_as_far_as_the_database_knows_them(filled: Path, tmp_path: Path) -> None:
    closed, opened = warc(filled, 1, b"closed", closed=True), warc(filled, 2, b"open", closed=False)
    (archive_folder(filled) / "dibao-20261122T093000Z-000009-00000000.warc.gz").write_bytes(b"of another")
    done = back_up(filled, tmp_path / "copy.db", archive=True)
    beside = archive_folder(tmp_path / "copy.db")
    assert done.raw_pages is not None
    assert (done.raw_pages.files, done.raw_pages.bytes, done.raw_pages.missing) == (2, 10, 0)
    assert {one.name: one.read_bytes() for one in beside.iterdir()} == {closed.name: b"closed", opened.name: b"open"}
    assert (beside / closed.name).samefile(closed)
    assert not (beside / opened.name).samefile(opened)


def test_a_file_of_raw_pages_that_is_gone_is_told_and_one_given_up_leaves_the_copy(filled: Path, tmp_path: Path):
    one, two = warc(filled, 1, b"one", closed=True), warc(filled, 2, b"two", closed=True)
    back_up(filled, tmp_path / "copy.db", archive=True)
    with open_writer(filled) as writer:
        writer.execute("DELETE FROM archive_files WHERE name = ?", (one.name,))
    for path in (one, two):
        path.unlink()
    lost = warc(filled, 3, b"three", closed=True)
    lost.unlink()
    done = back_up(filled, tmp_path / "copy.db", archive=True)
    assert done.raw_pages is not None
    assert done.raw_pages.missing == 1
    assert names(archive_folder(tmp_path / "copy.db")) == {two.name}  # from the copy before


def test_a_name_that_leads_out_of_the_folder_is_not_followed(filled: Path, tmp_path: Path) -> None:
    with open_writer(filled) as writer:
        writer.execute(
            "INSERT INTO archive_files (name, bytes, opened_at)"
            " VALUES ('../stolen.warc.gz', 1, '2026-11-22T09:30:00Z'), ('/etc/passwd', 1, '2026-11-22T09:30:00Z')"
        )
    (tmp_path / "stolen.warc.gz").write_bytes(b"x")
    archive_folder(filled).mkdir()
    back_up(filled, tmp_path / "copy.db", archive=True)
    assert not archive_folder(tmp_path / "copy.db").exists()


def test_copies_in_a_folder_share_the_raw_pages_that_are_written_no_more(backups: Folder) -> None:
    closed = warc(backups.database, 1, b"closed", closed=True)
    first = backups.back_up(keep=2, archive=True)
    closed.unlink()
    second = backups.back_up(keep=2, archive=True)
    assert (archive_folder(second.path) / closed.name).samefile(archive_folder(first.path) / closed.name)
    third = backups.back_up(keep=1, archive=True)
    assert names(backups.folder) == {third.path.name, archive_folder(third.path).name}
    assert (archive_folder(third.path) / closed.name).read_bytes() == b"closed"


def test_the_draft_belongs_to_whoever_came_later_where_it_was_published(tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    with drafted(target) as draft:
        drafts.published(draft, target, 0o600)
        draft.write_bytes(b"of the next one")
    assert draft.read_bytes() == b"of the next one"
