"""Copies while a writer stores at full speed, on a full disk, and killed at any moment; a daemon that meets damage."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from scheduler.demo.server import WorldServer
from scheduler.demo.world import World
from storage.care.backups import back_up, snapshot
from storage.care.restoring import restore
from storage.database import open_reader, open_writer
from storage.faults import StorageFault
from storage.lock import WriterLock
from tests.nightly import long_form
from tests.storage.conftest import START, Desk

pytestmark = pytest.mark.faults

COPIES = 4
DIBAO = str(Path(sys.executable).with_name("dibao"))
ROWS = "SELECT id, url, title, text, revision FROM articles WHERE id <= ? ORDER BY id"


def writing(folder: Path) -> subprocess.Popen[str]:
    """A process that stores articles and nothing else, until it is killed; it says each of its waits over 1 s."""
    program = (
        "import pathlib, sys, time\n"
        "from storage.database import open_writer\n"
        "from tests.storage.conftest import Desk\n"
        "with open_writer(pathlib.Path('news.db')) as database:\n"
        "    desk, number, slowest = Desk(database), 0, 0.0\n"
        "    while True:\n"
        "        number += 1\n"
        "        began = time.monotonic()\n"
        "        desk.stored(f'{sys.argv[1]}-{number}.html', f'第{number}篇' + '的正文。' * 500)\n"
        "        slowest = max(slowest, time.monotonic() - began)\n"
        "        print(number, slowest, flush=True)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with (folder / "wrote").open("w") as log:
        return subprocess.Popen(
            [sys.executable, "-c", program, str(time.monotonic_ns())],
            cwd=folder, stdout=log, stderr=subprocess.STDOUT, text=True, env=environment,
        )  # fmt: skip


def stored(folder: Path) -> int:
    lines = (folder / "wrote").read_text().splitlines()
    return int(lines[-1].split()[0]) if lines else 0


def rows(path: Path, upto: int) -> list[tuple[object, ...]]:
    with open_reader(path) as database:
        return [tuple(row) for row in database.rows(ROWS, (upto,))]


def test_each_copy_during_full_speed_writing_is_a_state_that_was(tmp_path: Path) -> None:
    with open_writer(tmp_path / "news.db") as database:
        Desk(database).stored("first.html", "正文。")
    writer = writing(tmp_path)
    try:
        while stored(tmp_path) < 20:
            time.sleep(0.1)
        copies = []
        for number in range(COPIES):
            copies.append(back_up(tmp_path / "news.db", tmp_path / f"copy-{number}.db"))
            time.sleep(0.2)
    finally:
        writer.kill()
        writer.wait()
    assert len({copy.contents.last_seq for copy in copies}) > 1
    for copy in copies:
        with open_reader(tmp_path / "news.db") as source, open_reader(copy.path) as read:
            changes = "SELECT * FROM changes WHERE seq <= ? ORDER BY seq"
            seq = copy.contents.last_seq
            before, after = source.rows(changes, (seq,)), read.rows(changes, (seq,))
            assert [tuple(row) for row in before] == [tuple(row) for row in after]
            last = max(row["article_id"] for row in after)
        assert len(rows(copy.path, 10**9)) == copy.contents.articles == last
        assert rows(copy.path, last) == rows(tmp_path / "news.db", last)
    slowest = float((tmp_path / "wrote").read_text().splitlines()[-1].split()[1])
    # 6.3 s were seen on a machine with nine processes a core; a writer that is shut out waits for 30 s, and fails.
    assert slowest < 25, "a writer waited for a copy"


@pytest.mark.parametrize("kills", long_form(3, 10))
@pytest.mark.parametrize("command", ["backup", "snapshot"])
def test_a_copy_that_is_killed_leaves_the_older_one(command: str, tmp_path: Path, kills: int) -> None:
    chance = random.Random(command)
    with open_writer(tmp_path / "news.db") as database:
        desk = Desk(database)
        for number in range(100):
            desk.stored(f"{number}.html", f"第{number}篇" + "的正文。" * 2000)
    line = [DIBAO, command, "copy.db", "--database", "news.db"]
    took = time.monotonic()
    subprocess.run(line, cwd=tmp_path, check=True)
    took = time.monotonic() - took
    for _ in range(kills):
        process = subprocess.Popen(line, cwd=tmp_path, stdout=subprocess.DEVNULL)
        with suppress(subprocess.TimeoutExpired):
            process.wait(chance.uniform(took / 2, took))
        process.kill()
        process.wait()
        assert len(rows(tmp_path / "copy.db", 1000)) == 100
    subprocess.run(line, cwd=tmp_path, check=True)
    assert [one.name for one in tmp_path.glob("*copy*")] == ["copy.db"]


@pytest.mark.parametrize("kills", long_form(4, 10))
def test_a_restore_that_is_killed_leaves_the_old_or_the_new_file(tmp_path: Path, kills: int) -> None:
    """At each step in turn it is stopped in tests/storage/care; here the real command meets kill -9."""
    chance = random.Random(7)
    path = tmp_path / "news.db"
    with open_writer(path) as database:
        desk = Desk(database)
        for number in range(60):
            desk.stored(f"{number}.html", f"第{number}篇" + "的正文。" * 2000)
        back_up(path, tmp_path / "copy.db")
        desk.stored("last.html", "最后一篇。")
    line = [DIBAO, "restore", "copy.db", "--database", "news.db"]
    for _ in range(kills):
        process = subprocess.Popen(line, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with suppress(subprocess.TimeoutExpired):
            process.wait(chance.uniform(0.2, 0.9))
        process.kill()
        process.wait()
        with WriterLock(path), open_writer(path) as database:
            assert database.value("SELECT count(*) FROM articles") in {60, 61}
            assert database.value("PRAGMA integrity_check") == "ok"
    kept = [path, *(one for one in tmp_path.glob("news.db.replaced-*") if not one.name.endswith(("-wal", "-shm")))]
    counts = []
    for one in kept:
        with open_writer(one) as database:
            counts.append(database.value("SELECT count(*) FROM articles"))
    assert counts.count(61) == 1


def test_a_full_disk_leaves_what_was_and_no_litter(tmp_path: Path, small_disk: Path) -> None:
    path = tmp_path / "news.db"
    with open_writer(path) as database:
        desk = Desk(database)
        desk.stored("0.html", "正文。")
        target = small_disk / "copy.db"
        back_up(path, target)
        before = target.read_bytes()
        desk.stored("1.html", "".join(chr(random.randrange(0x4E00, 0x9FA5)) for _ in range(400_000)))
    (small_disk / "news.db").write_bytes(before)
    for make in (
        lambda: back_up(path, target),
        lambda: snapshot(path, target),
        lambda: restore(path, small_disk / "news.db", START),
    ):
        with pytest.raises((StorageFault, OSError), match=r"full|No space"):
            make()
        assert {one.name: one.read_bytes() for one in small_disk.iterdir()} == {"copy.db": before, "news.db": before}


def test_a_daemon_that_meets_damage_ends_with_code_4_and_does_not_try_for_ever(tmp_path: Path) -> None:
    world = World(sites=1, articles=3, kinds=["daily"])
    with WorldServer(world) as server:
        (tmp_path / "dibao.toml").write_text(server.config_toml("news.db", delay_seconds=0.0), encoding="utf-8")
        with open_writer(tmp_path / "news.db") as database:
            root = database.value("SELECT rootpage FROM sqlite_schema WHERE name = 'change_log'")
        with (tmp_path / "news.db").open("r+b") as file:
            file.seek((root - 1) * 4096)
            file.write(b"\xff" * 4096)
        daemon = subprocess.run(
            [DIBAO, "run"], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
        )
    assert daemon.returncode == 4, daemon.stderr
    assert "dibao restore BACKUP" in daemon.stderr
    assert "trying again" not in daemon.stderr
