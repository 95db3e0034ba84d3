"""What was said to be safe is there, once, after kill -9, after a power cut, after a write that fails."""

from __future__ import annotations

import contextlib
import random
import resource
import shutil
import signal
import time
from multiprocessing import Pipe
from pathlib import Path

import pytest

from storage.care.checking import check
from storage.database import Database, open_reader, open_writer
from storage.faults import StorageFault
from tests.faults.acknowledging import batches, forked, store
from tests.storage.conftest import Desk

pytestmark = pytest.mark.faults

AGAIN_SECONDS = 5.0
COUNTS = (
    "SELECT (SELECT count(*) FROM article_heads), (SELECT count(*) FROM article_fts_docsize),"
    " (SELECT count(*) FROM urls WHERE state = 'stored')"
)


def assert_whole(path: Path) -> None:
    """None; a check of the whole file finds nothing."""
    with open_reader(path) as reader:
        reader.execute("BEGIN")
        assert check(reader).findings == ()


@pytest.mark.parametrize("kills", [20, pytest.param(200, marks=pytest.mark.nightly)])
def test_no_acknowledged_article_is_lost_or_doubled_by_kills(tmp_path: Path, kills: int) -> None:
    chance = random.Random(kills)
    path, safe, took = tmp_path / "news.db", list[str](), [0.0]
    for number in range(kills):
        ear, mouth = Pipe(duplex=False)
        writer = forked(store, path, number, mouth)
        mouth.close()
        if chance.random() < 0.8:
            ear.poll(30)
        time.sleep(chance.uniform(0.0, 0.25))
        writer.kill()
        writer.join()
        with contextlib.suppress(EOFError):
            while True:
                safe += ear.recv()
        if not path.exists():
            assert not safe
            continue
        began = time.monotonic()
        with open_writer(path) as database:
            took.append(time.monotonic() - began)
            found = [row["url"].rpartition("/")[2] for row in database.rows("SELECT url FROM article_heads")]
            assert set(safe) <= set(found)
            assert len(found) == len(set(found))
            assert len(set(database.rows(COUNTS)[0])) == 1
    print(f"{kills} kills, {len(safe)} acknowledged, 0 lost, 0 doubled; open again in {max(took):.2f} s at most")
    assert len(safe) > kills
    assert sorted(took)[-2] <= AGAIN_SECONDS, "but for one, in which the machine may have stood still"
    assert_whole(path)


@pytest.mark.parametrize("cuts", [20, pytest.param(100, marks=pytest.mark.nightly)])
@pytest.mark.parametrize("how", ["cut", "garbled"])
def test_a_log_that_a_power_cut_spoils_leaves_a_state_that_was(tmp_path: Path, how: str, cuts: int) -> None:
    """What is behind the last frame that was folded in is all that a power cut can spoil: FULL keeps the rest."""
    path = tmp_path / "live.db"
    log = path.with_name("live.db-wal")
    states: list[tuple[int, int, int]] = []
    with open_writer(path) as database:
        database.execute("PRAGMA wal_autocheckpoint = 0")
        database.rows("PRAGMA wal_checkpoint(TRUNCATE)")
        states.append((0, *_state(database)))
        for number, _ in enumerate(batches(Desk(database), 5)):
            states.append((log.stat().st_size, *_state(database)))
            if number == 25:
                break
        whole, written = path.read_bytes(), log.read_bytes()
    chance, met = random.Random(cuts), set()
    for number in range(cuts):
        copy = tmp_path / f"{number}.db"
        at = chance.randrange(len(written))
        copy.write_bytes(whole)
        spoilt = written[:at] if how == "cut" else written[:at] + chance.randbytes(512) + written[at + 512 :]
        copy.with_name(f"{number}.db-wal").write_bytes(spoilt)
        with open_writer(copy) as database:
            state = _state(database)
            # A batch is some transactions, so between two states that were noted there may be one more.
            complete = max(one for size, *one in states if size <= at)
            begun = min((one for size, *one in states if size > at), default=complete)
            assert complete <= list(state) <= begun
        assert_whole(copy)
        met.add(state)
        copy.unlink()
    assert len(met) > cuts // 4


def _state(database: Database) -> tuple[int, int]:
    """How much has happened: the newest change, the newest run."""
    row = database.rows("SELECT coalesce(max(seq), 0), (SELECT coalesce(max(id), 0) FROM run_log) FROM change_log")[0]
    return row[0], row[1]


@pytest.mark.parametrize("every", [16, pytest.param(1, marks=pytest.mark.nightly)])
def test_whichever_write_fails_the_batch_is_stored_when_it_is_tried_again(tmp_path: Path, every: int) -> None:
    """The limit on the size of files lets one page more be written each time, until all of a batch is."""
    first = tmp_path / "first.db"
    with open_writer(first) as database:
        Desk(database).stored("0.html")
    before, failed, number = signal.signal(signal.SIGXFSZ, signal.SIG_IGN), 0, 0
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        while True:
            path = Path(shutil.copyfile(first, tmp_path / "news.db"))
            with open_writer(path) as database:
                desk = Desk(database)
                desk.begin()
                pages = [desk.extracted(f"{at}.html", f"第{at}。" * 900) for at in (1, 2)]
                events = [desk.discovered("1.html", "2.html"), *pages]
                resource.setrlimit(resource.RLIMIT_FSIZE, (4096 * number, hard))
                try:
                    desk.take(*events)
                    stored = True
                except StorageFault:
                    stored, failed = False, failed + 1
                resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
                assert desk.take(*events)
                assert tuple(database.rows(COUNTS)[0]) == (3, 3, 3)
                desk.end()
            assert_whole(path)
            if stored:
                break
            number += every
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert failed >= 2
