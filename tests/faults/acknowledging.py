"""Processes that are killed: one that stores articles and says which are safe, one that migrates a file.

They are forked from a server that has imported all they need, so that two hundred of them start in seconds.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import random
import signal
import sys
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from storage import database as module
from storage import ledger, runs
from storage.database import open_writer
from storage.lock import WriterLock
from tests.storage.conftest import Desk

WORDS = "桥路河山水市县会议召开建设发展农民工人学校医院今天昨日记者报道经济"
MOST_IN_BATCH = 6
ROOT = str(Path(__file__).parents[2])


def forked(target: Any, *arguments: Any) -> Any:
    """A process that runs the function, which is one of this module's."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, "tests.faults.warm"])
    process = context.Process(target=target, args=arguments, daemon=True)
    # The fork server may be that of an earlier test, which knows nothing of ours; a child has the path of this moment.
    sys.path.insert(0, ROOT)
    try:
        process.start()
    finally:
        sys.path.remove(ROOT)
    return process


def text(chance: random.Random) -> str:
    """Some paragraphs; another each time."""
    return "。\n\n".join("".join(chance.choices(WORDS, k=chance.randrange(20, 200))) for _ in range(4))


def batches(desk: Desk, seed: int) -> Iterator[list[str]]:
    """The names in each batch, as soon as it is committed; now and then one that was stored before is edited."""
    chance = random.Random(seed)
    for number in range(10**6):
        names = [f"{seed}-{number}-{at}.html" for at in range(chance.randrange(1, MOST_IN_BATCH))]
        desk.begin()
        events = [desk.extracted(name, text(chance)) for name in names]
        desk.take(desk.discovered(*names), *events)
        yield names
        if chance.random() < 0.2:
            desk.end()


def store(path: Path, seed: int, safe: Connection) -> None:
    """None, never: articles are stored until the process is killed. What is committed is said, and only then."""
    with WriterLock(path, wait_seconds=10), open_writer(path) as database:
        with database.transaction():
            ledger.release_all(database)
            runs.close_abandoned(database, Desk(database).now)
        for names in batches(Desk(database), seed):
            safe.send(names)


def migrate_until(path: Path, steps: int) -> None:
    """None; the file is migrated, and the process dies once SQLite has taken so many hundred steps."""
    left = steps

    def count() -> int:
        nonlocal left
        left -= 1
        if left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return 0

    with _watched(count), open_writer(path, any_key_rules=True):
        pass


def steps_of_migration(path: Path) -> int:
    """How many hundreds of steps SQLite takes to migrate the file, which it does."""
    taken = 0

    def count() -> int:
        nonlocal taken
        taken += 1
        return 0

    with _watched(count), open_writer(path, any_key_rules=True):
        return taken


@contextlib.contextmanager
def _watched(count: Any) -> Iterator[None]:
    real = module._connect

    def connect(path: Path) -> Any:
        connection = real(path)
        connection.set_progress_handler(count, 100)
        return connection

    module._connect = connect
    try:
        yield
    finally:
        module._connect = real
