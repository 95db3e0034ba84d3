"""Before its schema changes, the file is copied to a name that says so; without room for that, nothing changes."""

import gzip
import shutil
from pathlib import Path

import pytest

from storage import before_migration as module
from storage import schema
from storage.database import migrate, open_writer, unchecked
from storage.faults import DamagedFile, StorageFault
from tests.storage.contract.test_released_files import EARLIER, FILES

KEPT = f"news.db.before-schema-{schema.VERSION}"


@pytest.fixture
def old(path: Path) -> Path:
    path.write_bytes(gzip.decompress((FILES / f"schema_{EARLIER[-1]:02}.db.gz").read_bytes()))
    path.chmod(0o640)
    return path


def version(path: Path) -> int:
    with unchecked(path) as database:
        return int(database.value("PRAGMA user_version"))


def test_the_file_of_before_is_kept_whole_in_one_file_with_its_permissions(old: Path) -> None:
    assert migrate(old) == schema.NAMES[EARLIER[-1] :]
    kept = old.with_name(KEPT)
    assert (version(old), version(kept)) == (schema.VERSION, EARLIER[-1])
    assert kept.stat().st_mode & 0o777 == 0o640
    assert kept.read_bytes()[18:20] == b"\x01\x01"  # no log: whoever may read it can
    assert {one.name for one in old.parent.iterdir()} == {"news.db", KEPT}
    assert migrate(old) == ()


def test_a_file_of_today_and_a_new_one_are_not_copied(path: Path) -> None:
    open_writer(path).close()
    open_writer(path).close()
    assert [one.name for one in path.parent.iterdir()] == ["news.db"]


def test_what_a_kill_has_left_of_a_copy_is_overwritten(old: Path) -> None:
    old.with_name(f"{KEPT}.partial").write_bytes(b"half")
    old.with_name(KEPT).write_bytes(b"of another day")
    migrate(old)
    assert version(old.with_name(KEPT)) == EARLIER[-1]
    assert not old.with_name(f"{KEPT}.partial").exists()


def test_without_room_for_a_copy_nothing_changes_unless_it_is_not_wanted(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = old.read_bytes()
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9, 10**6))  # type: ignore[attr-defined]
    with pytest.raises(StorageFault, match=r"there are 1\. Nothing has changed\..*dibao db migrate --no-backup"):
        open_writer(old)
    assert old.read_bytes() == before
    assert [one.name for one in old.parent.iterdir()] == ["news.db"]
    assert migrate(old, keep_old=False)
    assert not old.with_name(KEPT).exists()


def test_the_log_beside_the_file_counts_where_a_link_leads_to_it(
    old: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = tmp_path / "elsewhere" / "link.db"
    link.parent.mkdir()
    link.symlink_to(old)
    with old.with_name("news.db-wal").open("wb") as log:
        log.truncate(100 * 1024**2)
    room = old.stat().st_size + module.SPARE_BYTES
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(room, 0, room))  # type: ignore[attr-defined]
    with pytest.raises(StorageFault, match="Nothing has changed"):
        module._refuse_without_room(link, module.copy_path(link, schema.VERSION))


def test_a_damaged_file_is_not_migrated(old: Path) -> None:
    with unchecked(old) as database:
        page = database.value("SELECT rootpage FROM sqlite_schema WHERE name = 'article_texts'")
    content = bytearray(old.read_bytes())
    content[(page - 1) * 4096 : page * 4096] = b"\xff" * 4096
    old.write_bytes(content)
    with pytest.raises(DamagedFile):
        open_writer(old)
    assert old.read_bytes() == content
    assert [one.name for one in old.parent.iterdir()] == ["news.db"]


def test_a_copy_that_did_not_come_out_whole_stops_the_migration(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = module._verify

    def spoilt(connection, draft: Path, path: Path) -> None:
        content = bytearray(draft.read_bytes())
        content[8192:] = b"\xff" * (len(content) - 8192)
        draft.write_bytes(content)
        real(connection, draft, path)

    monkeypatch.setattr(module, "_verify", spoilt)
    with pytest.raises(DamagedFile):
        open_writer(old)
    assert version(old) == EARLIER[-1]
    assert [one.name for one in old.parent.iterdir()] == ["news.db"]
