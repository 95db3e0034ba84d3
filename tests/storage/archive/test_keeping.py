"""Raw pages are in WARC files and in the index, both or neither."""

import errno
import os
import resource
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from storage.archive import folder as folders
from storage.archive.folder import ArchiveFault, archive_folder, remove_archive
from storage.archive.keeping import OPEN_FOR, Archive, repeat
from storage.archive.reading import read_page
from storage.database import open_writer
from storage.faults import StorageFault
from storage.ingest import Ingest
from storage.records import Outcome
from tests.storage.archive.conftest import Keeper, body, records
from tests.storage.conftest import POLICY, url


def test_every_revision_has_its_raw_page_and_a_page_that_says_the_same_adds_none(keeper: Keeper) -> None:
    article = keeper.kept("a", "第一稿。")
    size = keeper.files()[0].stat().st_size
    keeper.now += timedelta(hours=1)
    keeper.recheck(keeper.unchanged("a"))
    keeper.now += timedelta(hours=6)
    keeper.recheck(keeper.extracted("a", "第一稿。", raw=(keeper.raw("a"),)))
    assert keeper.files()[0].stat().st_size == size
    keeper.now += timedelta(hours=24)
    keeper.recheck(keeper.extracted("a", "第二稿，内容完全不同了，写了很多新的事情。", raw=(keeper.raw("a"),)))
    assert [tuple(row) for row in keeper.database.rows("SELECT article_id, revision, part FROM raw_pages")] == [
        (article, 1, 1),
        (article, 2, 1),
    ]
    first, second = (read_page(keeper.database, article, revision) for revision in (1, 2))
    assert first is not None
    assert second is not None
    assert first.body == second.body == body("a")
    assert second.fetched_at - first.fetched_at == timedelta(hours=31)
    assert keeper.check() == 2


def test_the_parts_of_an_article_stand_in_one_file_in_their_order(keeper: Keeper) -> None:
    keeper.begin()
    raw = (keeper.raw("a"), *(keeper.raw(f"a_{n}", n, link_title="题", link_published="1月2日") for n in (2, 3, 5)))
    keeper.take(keeper.discovered("a"), keeper.extracted("a", raw=raw))
    rows = keeper.database.rows("SELECT part, warc_file FROM raw_pages ORDER BY warc_offset")
    assert [row["part"] for row in rows] == [1, 2, 3, 5]
    assert len({row["warc_file"] for row in rows}) == 1
    page = read_page(keeper.database, 1, 1, 5)
    assert page is not None
    assert (page.link_title, page.link_published) == ("题", "1月2日")
    assert (page.timezone, page.http_status) == ("Asia/Shanghai", 200)
    assert read_page(keeper.database, 1, 1, 4) is None
    assert keeper.check() == 4


def test_a_file_that_is_large_or_a_week_old_is_closed_and_followed_by_another(keeper: Keeper) -> None:
    for n in range(12):
        keeper.kept(f"n{n}")
    files = keeper.files()
    assert len(files) > 2
    assert all(path.stat().st_size >= 2_000 for path in files[:-1])
    keeper.now += OPEN_FOR
    keeper.kept("last")
    assert len(keeper.files()) == len(files) + 1
    assert keeper.check() == 13
    assert keeper.database.value("SELECT count(*) FROM archive_files WHERE closed_at IS NULL") == 1


def test_a_batch_that_fails_leaves_neither_row_nor_byte(keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    keeper.kept("a")
    before = {path: path.read_bytes() for path in keeper.files()}
    keeper.begin()
    raw = tuple(keeper.raw(f"n{n}", n) for n in range(1, 9))
    events = (keeper.discovered("b", "c"), keeper.extracted("b", raw=raw), keeper.extracted("c", "丙。", raw=raw))
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", lambda _fd: (_ for _ in ()).throw(OSError(errno.EIO, "Input/output error")))
        with pytest.raises(ArchiveFault, match=r"Input/output error\. What was being written is rolled back"):
            keeper.take(*events)
    assert {path: path.read_bytes() for path in keeper.files()} == before
    assert [one.outcome for one in keeper.take(*events)][1:] == [Outcome.STORED, Outcome.STORED]
    assert keeper.check() == 17


def test_what_a_commit_that_failed_has_left_in_the_file_is_cut_off(keeper: Keeper) -> None:
    keeper.kept("a")
    with pytest.raises(ZeroDivisionError), keeper.database.transaction():  # noqa: PT012 - it is the block that fails
        with keeper.archive.batch(keeper.now):
            keeper.archive.keep(1, 9, [keeper.raw("lost")])
        raise ZeroDivisionError
    assert [record[3] for record in records(keeper.files()[0])] == [url("a"), url("lost")]
    keeper.kept("b")
    assert [record[3] for record in records(keeper.files()[0])] == [url("a"), url("b")]
    assert keeper.check() == 2


def test_a_file_that_a_kill_left_unknown_is_removed_and_nothing_else_is(keeper: Keeper) -> None:
    keeper.kept("a")
    (first,) = keeper.files()
    own = folders._archive_id(keeper.database)
    left = keeper.folder / f"dibao-20261122T093000Z-000099-{own}.warc.gz"
    others = [keeper.folder / name for name in ("notes.txt", "dibao-20261122T093000Z-000001-00000000.warc.gz")]
    for path in (left, *others):
        path.write_bytes(b"x")
    keeper.now += OPEN_FOR
    keeper.kept("b")
    assert not left.exists()
    assert all(path.exists() for path in others)
    assert first.exists()


def test_a_new_database_beside_the_raw_pages_of_an_old_one_touches_none_of_them(keeper: Keeper) -> None:
    keeper.kept("a")
    before = {path: path.read_bytes() for path in keeper.files()}
    keeper.database.close()
    for path in keeper.database.path.parent.glob("news.db*"):
        if path.is_file():
            path.unlink()
    with open_writer(keeper.database.path) as database:
        anew = Keeper(database)
        anew.kept("a")
        assert len(anew.files()) == 2
        assert {path: path.read_bytes() for path in before} == before


@pytest.mark.parametrize("how", ["folder", "file", "cut"])
def test_files_that_somebody_took_away_are_told_and_keeping_goes_on(keeper: Keeper, how: str) -> None:
    article = keeper.kept("a")
    if how == "folder":
        shutil.rmtree(keeper.folder)
    elif how == "file":
        keeper.files()[0].unlink()
    else:
        os.truncate(keeper.files()[0], 500)
    with pytest.raises(ArchiveFault, match=r"warc\.gz: .*at byte \d+"):
        read_page(keeper.database, article, 1)
    other = keeper.kept("b")
    page = read_page(keeper.database, other, 1)
    assert page is not None
    assert page.body == body("b")


def test_a_full_disk_fails_the_batch_as_it_does_for_the_database(keeper: Keeper) -> None:
    keeper.kept("a")
    keeper.begin()
    events = [keeper.discovered("b"), keeper.extracted("b", raw=(keeper.raw("b"),))]
    size = keeper.files()[0].stat().st_size
    events[1] = replace(events[1], raw=(replace(keeper.raw("b"), record=b"\0" * 3_000_000),))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, before[1]))
    try:
        with pytest.raises(StorageFault, match="check free space"):
            keeper.take(*events)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert keeper.files()[0].stat().st_size == size
    assert keeper.database.value("SELECT count(*) FROM urls WHERE url = ?", (url("b"),)) == 0
    assert keeper.check() == 1


def test_a_folder_that_cannot_be_made_is_a_storage_fault(keeper: Keeper) -> None:
    keeper.folder.write_text("in the way")
    keeper.begin()
    with pytest.raises(ArchiveFault, match=r"news\.db\.archive: Not a directory"):
        keeper.take(keeper.discovered("b"), keeper.extracted("b", raw=(keeper.raw("b"),)))
    assert keeper.database.value("SELECT count(*) FROM article_heads") == 0


def test_without_an_archive_or_without_raw_pages_nothing_is_kept(keeper: Keeper) -> None:
    keeper.stored("a")
    keeper.ingest = Ingest(keeper.database, keeper.leases, POLICY)
    keeper.kept("b")
    assert not keeper.folder.exists()
    assert keeper.check() == 0


def test_a_revision_that_was_read_from_the_same_pages_shares_their_records(keeper: Keeper) -> None:
    article = keeper.kept("a")
    with keeper.database.transaction():
        assert repeat(keeper.database, article, 1, 2) == 1
        assert repeat(keeper.database, article, 7, 8) == 0
    assert read_page(keeper.database, article, 2) == read_page(keeper.database, article, 1)


def test_no_descriptor_is_held_between_batches_and_none_is_inherited(keeper: Keeper) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for name in ("a", "b", "c"):
        keeper.kept(name)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    with keeper.database.transaction(), keeper.archive.batch(keeper.now):
        keeper.archive.keep(1, 9, [keeper.raw("a")])
        assert not os.get_inheritable(keeper.archive._files[0].descriptor)
    with pytest.raises(RuntimeError, match="within a batch"):
        keeper.archive.keep(1, 10, [keeper.raw("a")])


def test_the_folder_of_a_link_lies_beside_the_file_that_it_leads_to(tmp_path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link.db").symlink_to(tmp_path / "real" / "news.db")
    assert archive_folder(tmp_path / "link.db") == tmp_path / "real" / "news.db.archive"


def test_removing_an_archive_leaves_what_is_not_of_it(keeper: Keeper) -> None:
    keeper.kept("a")
    (keeper.folder / "notes.txt").write_text("mine")
    remove_archive(keeper.database.path)
    assert [path.name for path in keeper.files()] == ["notes.txt"]
    (keeper.folder / "notes.txt").unlink()
    remove_archive(keeper.database.path)
    remove_archive(keeper.database.path)
    assert not keeper.folder.exists()


def test_names_go_on_where_a_file_of_that_name_is_in_the_way(keeper: Keeper) -> None:
    own = folders._archive_id(keeper.database)
    path, descriptor = folders.create(keeper.database, keeper.folder, keeper.now)
    os.close(descriptor)
    assert path.name == f"dibao-20261122T093000Z-000001-{own}.warc.gz"
    path, descriptor = folders.create(keeper.database, keeper.folder, keeper.now)
    os.close(descriptor)
    assert path.name == f"dibao-20261122T093000Z-000002-{own}.warc.gz"
    assert folders.sweep(keeper.database, keeper.folder) == 2
    assert isinstance(keeper.archive, Archive)
