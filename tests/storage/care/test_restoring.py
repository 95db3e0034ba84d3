"""A backup in the place of the database: whoever is killed in between has lost neither."""

from datetime import timedelta
from pathlib import Path

import pytest

from storage import replacing
from storage.archive.folder import archive_folder
from storage.care.backups import back_up
from storage.care.restoring import restore
from storage.database import open_reader, open_writer
from storage.faults import BadTarget, DamagedFile, ForeignFile, StorageFault
from tests.storage.conftest import START, Desk

LATER = START + timedelta(days=1)
ASIDE = "news.db.replaced-20261123T093000Z"


class Killed(BaseException):
    """As by kill -9: nothing after it is done."""


@pytest.fixture
def place(tmp_path: Path, five: bytes) -> Path:
    """A database of six articles, of which a backup has the first five; its last rows stand in its log."""
    path = tmp_path / "live" / "news.db"
    path.parent.mkdir()
    path.write_bytes(five)
    with open_writer(path) as database:
        database.execute("PRAGMA synchronous = OFF")
        back_up(path, tmp_path / "copy.db")
        Desk(database).stored("6.html", "第六篇。")
        log = path.with_name("news.db-wal").read_bytes()
        live = path.read_bytes()
    # As after a kill: not folded in.
    path.write_bytes(live)
    path.with_name("news.db-wal").write_bytes(log)
    return path


@pytest.fixture
def backup(place: Path) -> Path:
    return place.parents[1] / "copy.db"


def articles(path: Path) -> int:
    with open_writer(path) as database:
        return int(database.value("SELECT count(*) FROM articles"))


def names(folder: Path) -> set[str]:
    return {found.name for found in folder.iterdir()}


def test_what_was_is_kept_with_its_log(place: Path, backup: Path) -> None:
    place.chmod(0o640)
    before = backup.read_bytes()
    done = restore(backup, place, LATER)
    assert (done.contents.articles, done.replaced) == (5, place.with_name(ASIDE))
    assert names(place.parent) == {"news.db", ASIDE, f"{ASIDE}-wal"}
    assert place.stat().st_mode & 0o777 == 0o640
    assert articles(place) == 5
    assert articles(place.with_name(ASIDE)) == 6
    assert backup.read_bytes() == before


def test_a_second_restore_in_the_same_second_writes_over_nothing(place: Path, backup: Path) -> None:
    restore(backup, place, LATER)
    restore(backup, place, LATER)
    assert articles(place) == 5
    assert articles(place.with_name(ASIDE)) == 6
    assert articles(place.with_name(f"{ASIDE}2")) == 5


def test_a_restore_where_nothing_is_makes_the_database(tmp_path: Path, backup: Path) -> None:
    done = restore(backup, tmp_path / "new" / "news.db", LATER)
    assert done.replaced is None
    assert articles(tmp_path / "new" / "news.db") == 5


def test_a_log_without_its_database_is_kept_and_not_replayed_into_the_new_one(place: Path, backup: Path) -> None:
    place.unlink()
    restore(backup, place, LATER)
    assert names(place.parent) == {"news.db", f"{ASIDE}-wal"}
    assert articles(place) == 5


def test_a_database_behind_a_link_is_replaced_where_it_is(place: Path, backup: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.db"
    link.symlink_to(place)
    restore(backup, link, LATER)
    assert link.is_symlink()
    assert articles(place) == 5


@pytest.mark.parametrize("kind", ["torn", "foreign", "empty", "itself"])
def test_a_backup_that_is_not_whole_is_refused_and_nothing_is_moved(place, backup, foreign, kind) -> None:
    content = bytearray(backup.read_bytes())
    content[5 * 4096 : 6 * 4096] = b"\xff" * 4096
    {"torn": lambda: backup.write_bytes(content), "empty": lambda: backup.write_bytes(b"")}.get(kind, lambda: None)()
    chosen = {"foreign": foreign, "itself": place}.get(kind, backup)
    before = {one: one.read_bytes() for one in place.parent.iterdir()}
    with pytest.raises({"torn": DamagedFile, "itself": BadTarget}.get(kind, ForeignFile)):
        restore(chosen, place, LATER)
    assert {one: one.read_bytes() for one in place.parent.iterdir()} == before


def test_a_damaged_database_is_kept_byte_for_byte(place: Path, backup: Path) -> None:
    place.write_bytes(b"\x00" * 5000)
    log = place.with_name("news.db-wal").read_bytes()
    restore(backup, place, LATER)
    assert place.with_name(ASIDE).read_bytes() == b"\x00" * 5000
    assert place.with_name(f"{ASIDE}-wal").read_bytes() == log
    assert articles(place) == 5


def warc(database: Path, name: str, content: bytes) -> None:
    with open_writer(database) as writer:
        archive = writer.value("SELECT value FROM meta WHERE name = 'archive_id'")
        writer.execute(
            "INSERT INTO archive_files (name, bytes, opened_at) VALUES (?, ?, '2026-11-22T09:30:00Z')",
            (f"{name}-{archive}.warc.gz", len(content)),
        )
    folder = archive_folder(database)
    folder.mkdir(exist_ok=True)
    (folder / f"{name}-{archive}.warc.gz").write_bytes(content)


@pytest.fixture
def with_pages(place: Path, backup: Path) -> Path:
    """As before, with raw pages beside both: the backup's are a part of the live ones. It has one article less."""
    warc(place, "one", b"first")
    back_up(place, backup, archive=True)
    for path in archive_folder(place).iterdir():
        path.write_bytes(b"first and more")
    warc(place, "two", b"second")
    with open_writer(place) as database:
        Desk(database).stored("7.html", "第七篇。")
    return place


@pytest.mark.parametrize("archive", [False, True])
def test_raw_pages_are_those_that_the_backup_knows_and_the_others_are_kept(with_pages, backup, archive) -> None:
    if not archive:
        for path in archive_folder(backup).iterdir():
            path.unlink()
    done = restore(backup, with_pages, LATER, archive=archive)
    assert (done.raw_pages.files, done.raw_pages.missing) == (1, 0)
    assert [path.read_bytes() for path in archive_folder(with_pages).iterdir()] == [b"first"]
    kept = archive_folder(with_pages.with_name(ASIDE))
    assert sorted(path.read_bytes() for path in kept.iterdir()) == [b"first and more", b"second"]


def test_killed_at_any_step_the_old_or_the_new_file_is_in_place_and_nothing_is_lost(
    with_pages: Path, backup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every rename and every flush of a folder is the last one that is done, in turn."""
    place, ends = with_pages, set()
    whole = {one.relative_to(tmp_path): one.read_bytes() for one in tmp_path.rglob("*") if one.is_file()}
    for step in range(100):
        calls = iter(range(1000))

        def counted(real, calls=calls, step=step):
            def call(*arguments):
                if next(calls) == step:
                    raise Killed
                return real(*arguments)

            return call

        with monkeypatch.context() as patch:
            patch.setattr(Path, "rename", counted(Path.rename))
            patch.setattr(replacing, "flush_folder", counted(replacing.flush_folder))
            patch.setattr(replacing, "discard", lambda _ready: None)  # who is killed clears nothing away
            try:
                restore(backup, place, LATER)
                break
            except Killed:
                pass
        if not place.exists():
            assert replacing.is_pending(place)
            with pytest.raises(StorageFault, match="a restore of it was interrupted"):
                open_reader(place)
        found = articles(place)
        ends.add(found)
        old = place if found == 7 else place.with_name(ASIDE)
        assert articles(old) == 7
        assert sorted(path.read_bytes() for path in archive_folder(old).iterdir()) == [b"first and more", b"second"]
        assert articles(backup) == 6
        assert not [name for name in names(place.parent) if "restoring-" in name]
        _put_back(tmp_path, whole)
    assert ends == {6, 7}
    assert step > 5


def _put_back(folder: Path, files: dict[Path, bytes]) -> None:
    for one in sorted(folder.rglob("*"), reverse=True):
        if one.is_dir():
            one.rmdir()
        else:
            one.unlink()
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def test_what_was_never_begun_is_removed_by_the_next_writer(place: Path, backup: Path) -> None:
    ready = replacing.coming(place, "20261123T093000Z")
    ready.write_bytes(backup.read_bytes())
    archive_folder(ready).mkdir()
    assert articles(place) == 6
    assert names(place.parent) == {"news.db"}
