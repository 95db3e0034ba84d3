"""`dibao metrics`: to standard output, and as a textfile that is replaced in one step."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from storage.database import open_writer, unchecked


@pytest.fixture
def database(tmp_path: Path, quick_files: None) -> Path:
    open_writer(tmp_path / "news.db").close()
    (tmp_path / "dibao.toml").write_text('[dibao]\ncontact = "tests@example.org"\n')
    return tmp_path / "news.db"


def names(text: str) -> set[str]:
    return {family.name for family in text_string_to_metric_families(text)}


def test_the_metrics_of_a_file_are_printed(database, dibao_here) -> None:
    for words in ((), ("--database", str(database))):
        done = dibao_here("metrics", *words)
        assert (done.returncode, done.stderr) == (0, "")
        assert {"dibao_build_info", "dibao_healthy", "dibao_database_bytes"} <= names(done.stdout)


def test_a_textfile_is_whole_readable_by_others_and_alone(database, dibao_here, tmp_path) -> None:
    folder = tmp_path / "textfile"
    folder.mkdir()
    out = folder / "dibao.prom"
    mask = os.umask(0o077)
    try:
        for _ in range(2):
            done = dibao_here("metrics", "--output", str(out))
            assert (done.returncode, done.stdout) == (0, "")
    finally:
        os.umask(mask)
    assert "dibao_build_info" in names(out.read_text())
    assert stat.S_IMODE(out.stat().st_mode) == 0o644
    assert [one.name for one in folder.iterdir()] == ["dibao.prom"]


def test_a_full_disk_leaves_the_textfile_as_it_was(database, dibao_here, small_disk) -> None:
    out = small_disk / "dibao.prom"
    out.write_text("old 1\n")
    with pytest.raises(OSError, match="space"):
        (small_disk / "filler").write_bytes(b"\0" * 3 * 1024**2)
    done = dibao_here("metrics", "--output", str(out))
    assert done.returncode == 4
    assert "No space left" in done.stderr
    assert out.read_text() == "old 1\n"


def test_a_device_keeps_its_permissions(database, dibao_here) -> None:
    before = Path("/dev/null").stat().st_mode
    assert dibao_here("metrics", "--output", "/dev/null").returncode == 0
    assert Path("/dev/null").stat().st_mode == before


def test_no_database_and_an_old_one_end_with_the_code_for_storage(database, dibao_here, tmp_path) -> None:
    with unchecked(database) as opened:
        opened.execute("PRAGMA user_version = 12")
    done = dibao_here("metrics", "--output", str(tmp_path / "x.prom"))
    assert (done.returncode, "dibao db migrate" in done.stderr) == (4, True)
    assert not (tmp_path / "x.prom").exists()
    database.unlink()
    assert dibao_here("metrics").returncode == 4
    assert dibao_here("metrics", "--config", "none.toml").returncode == 2


def test_the_database_itself_is_not_taken_for_the_textfile(database, dibao_here) -> None:
    before = database.read_bytes()
    assert dibao_here("metrics", "--output", str(database)).returncode == 2
    assert database.read_bytes() == before
