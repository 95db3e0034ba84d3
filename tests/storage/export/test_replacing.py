"""Files that are the old ones until they are the new ones: faults, kills, full disks, two at once."""

import errno
import gzip
import os
import resource
import signal
from pathlib import Path

import pytest

from storage.export.replacing import replaced, zipped
from storage.held_files import TargetHeld


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A file that is there already."""
    path = tmp_path / "news.jsonl"
    path.write_bytes(b"old")
    return path


def names(path: Path) -> list[str]:
    return sorted(each.name for each in path.parent.iterdir())


def test_a_file_is_the_old_one_until_the_block_ends(old: Path) -> None:
    with replaced(old) as out:
        out.write(b"new")
        out.flush()
        assert old.read_bytes() == b"old"
    assert old.read_bytes() == b"new"
    assert names(old) == ["news.jsonl"]


def test_a_fault_leaves_the_old_file_and_nothing_beside_it(old: Path) -> None:
    def fails() -> None:
        with replaced(old) as out:
            out.write(b"half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()
    assert (old.read_bytes(), names(old)) == (b"old", ["news.jsonl"])


def test_a_full_disk_leaves_the_old_file_and_names_it(old: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        with pytest.raises(OSError, match=r"news\.jsonl") as told, replaced(old) as out:
            out.writelines(b"x" * 5000 for _ in range(100))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert told.value.errno == errno.EFBIG
    assert (old.read_bytes(), names(old)) == (b"old", ["news.jsonl"])


def test_what_a_killed_process_left_is_taken_over_by_the_next(old: Path) -> None:
    for _ in range(2):
        child = os.fork()
        if not child:
            with replaced(old) as out:
                out.write(b"half of a long text")
                out.flush()
                os.kill(os.getpid(), signal.SIGKILL)
        os.waitpid(child, 0)
        assert (old.read_bytes(), names(old)) == (b"old", ["news.jsonl", "news.jsonl.part"])
    with replaced(old) as out:
        out.write(b"new")
    assert (old.read_bytes(), names(old)) == (b"new", ["news.jsonl"])


def test_of_two_at_once_the_second_is_refused(old: Path) -> None:
    with replaced(old) as out:
        out.write(b"first")
        with pytest.raises(TargetHeld, match="another process is writing"), replaced(old):
            pass
    assert old.read_bytes() == b"first"


def test_a_link_stays_a_link_and_permissions_stay(old: Path) -> None:
    old.chmod(0o640)
    link = old.with_name("link")
    link.symlink_to(old.name)
    with replaced(link) as out:
        out.write(b"new")
    assert link.is_symlink()
    assert (old.read_bytes(), old.stat().st_mode & 0o777) == (b"new", 0o640)


def test_a_draft_that_is_a_link_is_not_followed(old: Path) -> None:
    other = old.with_name("other")
    other.write_bytes(b"other")
    old.with_name("news.jsonl.part").symlink_to(other)
    with pytest.raises(OSError, match="part"), replaced(old):
        pass
    assert other.read_bytes() == b"other"


def test_a_pipe_is_written_to_as_it_comes(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    with replaced(pipe) as out:
        out.write(b"lines")
    assert os.read(reader, 100) == b"lines"
    os.close(reader)
    assert names(pipe) == ["pipe"]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"none/news\.jsonl"), replaced(tmp_path / "none" / "news.jsonl"):
        pass


def test_the_same_content_is_the_same_compressed(tmp_path: Path) -> None:
    made = []
    for name in ("a.jsonl.gz", "b.jsonl.gz"):
        path = tmp_path / name
        with replaced(path) as file, zipped(path, file) as out:
            out.write(b"lines")
        made.append(path.read_bytes())
    assert made[0] == made[1]
    assert gzip.decompress(made[0]) == b"lines"
