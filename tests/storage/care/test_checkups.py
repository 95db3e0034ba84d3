"""When a file was looked through is known, and one that is damaged is not written."""

from datetime import timedelta
from pathlib import Path

import pytest

from storage.care import checkups
from storage.care.checkups import QUICK, QUICK_EVERY, WHOLE, Checkup, is_due, last, look_quickly, note
from storage.database import open_writer
from storage.faults import DamagedFile, StorageFault
from tests.storage.conftest import START


def test_a_look_is_noted_and_due_again_after_its_time(filled: Path) -> None:
    with open_writer(filled) as database:
        assert last(database, QUICK) is None
        assert is_due(None, QUICK_EVERY, START)
        assert look_quickly(database, START)
        found = last(database, QUICK)
        assert found == Checkup(at=START)
        assert not is_due(found, QUICK_EVERY, START + QUICK_EVERY - timedelta(seconds=1))
        assert is_due(found, QUICK_EVERY, START + QUICK_EVERY)
        # Noted by a clock that was ahead.
        assert is_due(found, QUICK_EVERY, START - timedelta(seconds=1))
        note(database, WHOLE, START, ("text: 1 \x1b 书",))
        assert last(database, WHOLE) == Checkup(at=START, findings=("text: 1 \x1b 书",))
        assert last(database, QUICK) == found


def test_a_damaged_file_is_told_of_and_not_written(filled: Path) -> None:
    with open_writer(filled) as database:
        root = database.value("SELECT rootpage FROM sqlite_schema WHERE name = 'article_texts'")
    content = bytearray(filled.read_bytes())
    content[(root - 1) * 4096 : root * 4096] = b"\xff" * 4096
    filled.write_bytes(content)
    with open_writer(filled) as database:
        with pytest.raises(DamagedFile, match="dibao restore"):
            look_quickly(database, START)
        assert last(database, QUICK) is None
    assert filled.read_bytes()[4096:] == content[4096:]


def test_a_damaged_search_index_names_what_makes_it_anew(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "storage.care.checking.wrong_pages", lambda *_: ["malformed inverted index for FTS5 table main.article_fts"]
    )
    with open_writer(filled) as database, pytest.raises(StorageFault, match="dibao db reindex") as raised:
        look_quickly(database, START)
    assert not isinstance(raised.value, DamagedFile)


def test_a_look_that_is_asked_to_stop_does(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkups, "OPCODES", 10)
    with open_writer(filled) as database:
        assert not look_quickly(database, START, should_stop=lambda: True)
        assert last(database, QUICK) is None
        assert look_quickly(database, START)


def test_a_full_disk_keeps_nobody_from_looking(filled: Path, caplog: pytest.LogCaptureFixture) -> None:
    with open_writer(filled) as database:
        database.execute("PRAGMA query_only = ON")
        assert look_quickly(database, START)
        assert last(database, QUICK) is None
    assert "cannot be noted" in caplog.text
