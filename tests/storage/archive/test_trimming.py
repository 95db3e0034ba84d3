"""The archive stays within its bounds, and pages of articles that were pruned are really gone."""

from datetime import timedelta

import pytest

from storage import warc
from storage.archive import folder as folders
from storage.archive import forgetting
from storage.archive.folder import ArchiveFault
from storage.archive.forgetting import forget, forget_pruned
from storage.archive.keeping import OPEN_FOR, repeat
from storage.archive.reading import read_page
from storage.archive.trimming import Trimmed, trim
from storage.records import utc_text
from tests.storage.archive.conftest import Keeper, body

YEAR = 365 * 86_400


def test_files_go_by_age_when_their_youngest_page_is_too_old(keeper: Keeper) -> None:
    for n in range(9):
        keeper.kept(f"n{n}")
        keeper.now += timedelta(days=1)
    files = keeper.files()
    assert trim(keeper.database, keep_for_seconds=YEAR, max_bytes=10**9, now=keeper.now) == Trimmed()
    last = keeper.database.value("SELECT last_at FROM archive_files ORDER BY id LIMIT 1")
    done = trim(keeper.database, keep_for_seconds=4 * 86_400, max_bytes=10**9, now=keeper.now)
    assert last < utc_text(keeper.now - timedelta(days=4))
    assert done.files == 1
    assert done.bytes > 2_000
    assert keeper.check() == 9 - done.pages
    assert keeper.files() == files[1:]
    assert read_page(keeper.database, 1, 1) is None


def test_a_file_that_is_a_week_old_is_closed_and_goes_when_its_time_has_come(keeper: Keeper) -> None:
    keeper.kept("a")
    keeper.now += OPEN_FOR
    assert trim(keeper.database, keep_for_seconds=8 * 86_400, max_bytes=10**9, now=keeper.now).files == 0
    assert keeper.database.value("SELECT closed_at FROM archive_files") is not None
    keeper.now += timedelta(days=2)
    assert trim(keeper.database, keep_for_seconds=8 * 86_400, max_bytes=10**9, now=keeper.now).pages == 1
    assert keeper.files() == []


def test_the_oldest_files_go_when_all_of_them_are_too_large_but_never_the_one_that_is_written(keeper: Keeper) -> None:
    for n in range(20):
        keeper.kept(f"n{n}")
    sizes = [path.stat().st_size for path in keeper.files()]
    done = trim(keeper.database, keep_for_seconds=YEAR, max_bytes=sum(sizes) - 1, now=keeper.now)
    assert (done.files, done.bytes) == (1, sizes[0])
    assert keeper.check() == 20 - done.pages
    trim(keeper.database, keep_for_seconds=YEAR, max_bytes=1, now=keeper.now)
    assert [path.stat().st_size for path in keeper.files()] == sizes[-1:]
    keeper.kept("more")
    keeper.check()


def test_a_file_that_could_not_be_unlinked_is_removed_by_the_next_trim(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper.kept("a")
    keeper.now += OPEN_FOR
    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.unlink", lambda *_a, **_k: (_ for _ in ()).throw(PermissionError(1, "no")))
        with pytest.raises(ArchiveFault, match="no"):
            trim(keeper.database, keep_for_seconds=1, max_bytes=10**9, now=keeper.now + timedelta(days=1))
    assert len(keeper.files()) == 1
    assert trim(keeper.database, keep_for_seconds=1, max_bytes=10**9, now=keeper.now) == Trimmed()
    assert keeper.files() == []


def test_trimming_where_nothing_was_ever_kept_does_nothing(keeper: Keeper) -> None:
    assert trim(keeper.database, keep_for_seconds=1, max_bytes=1, now=keeper.now) == Trimmed()
    assert forget(keeper.database, [1, 2], keeper.now) == 0
    assert not keeper.folder.exists()


def test_forgotten_pages_are_gone_from_the_disk_and_the_others_are_as_they_were(keeper: Keeper) -> None:
    ids = {name: keeper.kept(name) for name in (f"n{n}" for n in range(13))}
    with keeper.database.transaction():
        repeat(keeper.database, ids["n3"], 1, 2)
    packed = {row["article_id"]: _member(keeper, row) for row in keeper.database.rows("SELECT * FROM raw_pages")}
    gone = [ids[name] for name in ("n0", "n5", "n12")]
    assert forget(keeper.database, [*gone, 999], keeper.now) == 3
    assert keeper.check() == 11  # ten pages, of which one stands for two revisions
    for row in keeper.database.rows("SELECT * FROM raw_pages"):
        assert row["article_id"] not in gone
        assert _member(keeper, row) == packed[row["article_id"]]
    assert read_page(keeper.database, ids["n3"], 2) == read_page(keeper.database, ids["n3"], 1)
    keeper.kept("after")
    assert keeper.database.value("SELECT count(*) FROM archive_files WHERE closed_at IS NULL") == 1
    assert keeper.check() == 12
    assert forget(keeper.database, gone, keeper.now) == 0


def test_a_file_of_which_everything_is_forgotten_is_deleted(keeper: Keeper) -> None:
    ids = [keeper.kept(name) for name in ("a", "b")]
    assert forget(keeper.database, ids, keeper.now) == 2
    assert keeper.files() == []
    assert keeper.database.value("SELECT count(*) FROM archive_files") == 0
    keeper.kept("c")
    assert keeper.check() == 1


def test_what_a_killed_pruner_did_not_forget_is_forgotten_later(keeper: Keeper) -> None:
    ids = [keeper.kept(name) for name in ("a", "b")]
    keeper.database.execute("UPDATE article_heads SET pruned_at = ? WHERE id = ?", (utc_text(keeper.now), ids[0]))
    assert forget_pruned(keeper.database, keeper.now) == 1
    assert forget_pruned(keeper.database, keeper.now) == 0
    assert keeper.check() == 1


def test_forgetting_that_fails_leaves_the_old_file_and_no_other(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [keeper.kept(name) for name in ("a", "b", "c")]
    before = {path: path.read_bytes() for path in keeper.files()}
    full = OSError(28, "No space left on device")
    with monkeypatch.context() as patch:
        patch.setattr(forgetting, "_copied", lambda *_a: (_ for _ in ()).throw(full))
        with pytest.raises(ArchiveFault, match="No space left"):
            forget(keeper.database, ids[:1], keeper.now)
    with monkeypatch.context() as patch:
        patch.setattr(forgetting, "_move", lambda *_a: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            forget(keeper.database, ids[:1], keeper.now)
    assert {path: path.read_bytes() for path in keeper.files()} == before
    assert keeper.check() == 3


def test_pages_of_a_file_that_is_gone_are_forgotten_too(keeper: Keeper) -> None:
    ids = [keeper.kept(name) for name in ("a", "b")]
    keeper.files()[0].unlink()
    assert forget(keeper.database, ids[:1], keeper.now) == 1
    assert forget(keeper.database, ids, keeper.now) == 1
    assert keeper.check() == 0


def test_the_names_of_files_say_when_they_were_made_and_whose_they_are(keeper: Keeper) -> None:
    keeper.kept("a")
    name = keeper.files()[0].name
    assert name == f"dibao-20261122T093000Z-000001-{folders._archive_id(keeper.database)}.warc.gz"
    assert keeper.files()[0].stat().st_mode & 0o777 <= 0o644
    assert warc.packed(body("a")).startswith(b"\x1f\x8b")


def _member(keeper: Keeper, row) -> bytes:
    data = (keeper.folder / row["warc_file"]).read_bytes()
    return data[row["warc_offset"] : row["warc_offset"] + row["warc_length"]]
