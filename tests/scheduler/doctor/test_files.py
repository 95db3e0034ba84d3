"""The database, what lies beside it, and who may read and write it."""

from __future__ import annotations

import os
import socket
from dataclasses import replace

import psutil
import pytest

from scheduler.control.place import socket_path
from scheduler.doctor import files, lock
from storage.database import unchecked
from storage.holders import lock_holder
from storage.lock import WriterLock, lock_path
from tests.scheduler.doctor.conftest import levels, only

NOBODY = 65534


def test_a_database_that_is_there_and_ours_is_well(case) -> None:
    found = only(files.database_opens(case))
    assert (found.level, "schema" in found.says) == ("ok", True)
    assert levels(files.permissions(case)) == levels(files.folder_is_writable(case)) == ["ok"]


@pytest.mark.parametrize("content", [b"", b"no database at all" * 50, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_database_that_is_none_fails(case, content) -> None:
    case.database.write_bytes(content)
    assert only(files.database_opens(case)).level == "fail"


def test_a_database_of_another_version_fails_with_the_way_out(case) -> None:
    for version, step in ((12, "dibao db migrate"), (99, "upgrade")):
        with unchecked(case.database) as database:
            database.execute(f"PRAGMA user_version = {version}")
        assert step in only(files.database_opens(case)).says


def test_a_database_that_is_not_there_yet_is_a_warning(make_case) -> None:
    assert only(files.database_opens(make_case())).level == "warn"


def test_a_folder_that_is_not_there_is_made_by_the_first_crawl_where_it_can_be(make_case, tmp_path) -> None:
    there = make_case()
    assert only(files.folder_is_writable(replace(there, database=tmp_path / "new" / "news.db"))).level == "warn"
    (tmp_path / "file").touch()
    found = only(files.folder_is_writable(replace(there, database=tmp_path / "file" / "new" / "news.db")))
    assert found.level == "fail"


def test_a_full_disk_is_seen_by_writing_on_it(case, small_disk) -> None:
    inside = replace(case, database=small_disk / "news.db")
    assert only(files.folder_is_writable(inside)).level == "ok"
    with pytest.raises(OSError, match="space"):
        (small_disk / "filler").write_bytes(b"\0" * 3 * 1024**2)
    found = only(files.folder_is_writable(inside))
    assert (found.level, found.step) == ("fail", "make room")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_another_user_is_told_what_he_may_not_read_or_write(case, tmp_path) -> None:
    case.database.chmod(0o600)
    folders = [one for one in (tmp_path, *tmp_path.parents) if not one.stat().st_mode & 0o001]
    modes = [one.stat().st_mode for one in folders]
    for folder in folders:
        folder.chmod(0o755)
    checks = (files.folder_is_writable, files.database_opens, files.permissions)
    os.setegid(NOBODY)
    os.seteuid(NOBODY)
    try:
        found = [levels(check(case)) for check in checks]
    finally:
        os.seteuid(0)
        os.setegid(0)
        for folder, mode in zip(folders, modes, strict=True):
            folder.chmod(mode)
    assert found == [["fail"], ["fail"], ["fail"]]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_files_of_two_users_are_warned_of(case) -> None:
    lock_path(case.database).touch()
    os.chown(lock_path(case.database), NOBODY, NOBODY)
    found = only(files.permissions(case))
    assert (found.level, "two users" in found.says) == ("warn", True)


def test_a_file_that_everybody_may_write_is_warned_of(case) -> None:
    case.database.chmod(0o666)
    assert only(files.permissions(case)).level == "warn"


def test_the_socket_is_the_daemons_alone(case) -> None:
    assert only(files.socket_is_private(case)).level == "ok"
    place = socket_path(case.database)
    place.touch()
    assert only(files.socket_is_private(case)).level == "fail"
    place.unlink()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(place))
        place.chmod(0o600)
        assert only(files.socket_is_private(case)).level == "ok"
        place.chmod(0o666)
        assert "666" in only(files.socket_is_private(case)).says


def test_who_holds_the_lock_is_named_and_a_killed_one_is_not(case) -> None:
    assert only(lock.is_held(case)).says == "nobody writes the database now"
    with WriterLock(case.database):
        assert lock_holder(lock_path(case.database)) == os.getpid()
        assert f"process {os.getpid()}" in only(lock.is_held(case)).says
    gone = next(pid for pid in range(2**22 - 2, 1, -1) if not psutil.pid_exists(pid))
    lock_path(case.database).write_text(f"{gone}\n")
    found = only(lock.is_held(case))
    assert (found.level, "harmless" in found.says) == ("ok", True)


def test_to_look_who_holds_the_lock_does_not_take_it(case) -> None:
    lock_path(case.database).touch()
    descriptor = os.open(lock_path(case.database), os.O_RDWR)
    try:
        assert only(lock.is_held(case)).level == "ok"
        assert lock_holder(lock_path(case.database)) is None
    finally:
        os.close(descriptor)
