"""A damaged file is refused with the way out, and no byte of it is changed."""

from pathlib import Path

import pytest

from storage import header as module
from storage.database import Database, open_reader, open_writer
from storage.faults import DamagedFile, ForeignFile, StorageFault
from tests.storage.conftest import Desk

WAY_OUT = r"damaged; it is left as it is.*dibao db check.*dibao restore BACKUP.*\.recover"


def overwritten(path: Path, at: int, content: bytes) -> bytes:
    whole = bytearray(path.read_bytes())
    whole[at : at + len(content)] = content
    path.write_bytes(whole)
    return bytes(whole)


@pytest.mark.parametrize("opened", [open_writer, open_reader])
@pytest.mark.parametrize("left", [200, 4096, 100_000, -1])
def test_a_file_whose_end_is_gone_is_refused(filled: Path, opened, left: int) -> None:
    content = filled.read_bytes()[:left]
    filled.write_bytes(content)
    with pytest.raises(DamagedFile, match=rf"its end is gone.*{WAY_OUT}"):
        opened(filled)
    assert filled.read_bytes() == content
    assert [one.name for one in filled.parent.iterdir()] == ["news.db"]


def test_a_file_whose_last_pages_stand_in_its_log_is_whole(filled: Path) -> None:
    """A kill in the middle of folding in: the header tells of pages that only the log has."""
    with open_writer(filled) as database:
        database.execute("PRAGMA wal_autocheckpoint = 0")
        Desk(database).stored("6.html", "长" * 50_000)
        log = filled.with_name("news.db-wal").read_bytes()
        before = filled.stat().st_size
    filled.write_bytes(filled.read_bytes()[:before])
    filled.with_name("news.db-wal").write_bytes(log)
    with open_reader(filled) as reader:
        assert reader.value("SELECT count(*) FROM articles") == 6


def test_a_file_that_grows_between_two_looks_is_whole(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, looks = module._header, []

    def grown(path: Path) -> tuple[bytes, int]:
        looks.append(path)
        header, size = real(path)
        return header, size - 4096 if len(looks) == 1 else size

    monkeypatch.setattr(module, "_header", grown)
    open_reader(filled).close()
    assert len(looks) == 2


@pytest.mark.parametrize("opened", [open_writer, open_reader])
def test_a_header_of_zeros_and_an_empty_file_are_no_database_of_ours(filled: Path, opened) -> None:
    content = overwritten(filled, 0, bytes(100))
    with pytest.raises(ForeignFile, match=r"not a SQLite database; it is left untouched.*dibao restore BACKUP"):
        opened(filled)
    assert filled.read_bytes() == content
    filled.write_bytes(b"")
    with pytest.raises(ForeignFile, match=r"is empty; it is left untouched.*dibao restore BACKUP.*begin anew"):
        opened(filled)
    assert filled.read_bytes() == b""


def test_pages_that_are_overwritten_are_damage_to_whoever_comes_upon_them(filled: Path) -> None:
    content = overwritten(filled, 4096, b"\xff" * (filled.stat().st_size - 4096))
    with open_reader(filled) as reader, pytest.raises(DamagedFile, match=WAY_OUT):
        reader.rows("SELECT * FROM articles")
    assert filled.read_bytes() == content
    with pytest.raises(DamagedFile, match=WAY_OUT):
        open_writer(filled)
    assert filled.read_bytes() == content


def test_a_page_within_a_table_is_damage_and_the_transaction_is_undone(filled: Path) -> None:
    with open_reader(filled) as reader:
        root = reader.value("SELECT rootpage FROM sqlite_schema WHERE name = 'urls'")
    content = overwritten(filled, (root - 1) * 4096, b"\xff" * 4096)
    with open_writer(filled) as database:
        with pytest.raises(DamagedFile, match=WAY_OUT):
            _count_up(database)
        assert database.value("SELECT failures FROM sources") == 0
    assert filled.read_bytes()[4096:] == content[4096:]


def test_what_is_wrong_otherwise_is_not_called_damage(filled: Path) -> None:
    with open_reader(filled) as reader, pytest.raises(StorageFault) as raised:
        reader.rows("SELECT * FROM nowhere")
    assert not isinstance(raised.value, DamagedFile)


def _count_up(database: Database) -> None:
    with database.transaction():
        database.execute("UPDATE sources SET failures = 9")
        database.execute("UPDATE urls SET attempts = 9")
