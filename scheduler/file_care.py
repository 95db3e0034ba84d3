"""What a daemon does for its file: looks through it at the start and weekly, tidies it, stays its only writer."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import datetime
from typing import IO, Any

from scheduler.tidying import Tidying
from storage.care import checkups
from storage.database import Database, sqlite_fault
from storage.faults import DamagedFile, StorageFault
from storage.lock import WriterLock

logger = logging.getLogger(__name__)

MOST_TOLD = 5
# A process of its own: the check of 864 MB takes 14 s of CPU, and the coordinator is the only one that writes.
CHECK = "import os; os.nice(10); from scheduler.cli.main import main; main()"


class OldSqlite(StorageFault):
    """The SQLite of this Python can corrupt the file."""


def refuse_old_sqlite(*, allowed: bool, fault: str | None = None) -> None:
    """Raise OldSqlite where this SQLite can corrupt the file and that was not allowed. `fault`: what it has."""
    fault = fault or sqlite_fault()
    if fault and not allowed:
        raise OldSqlite(
            f"{fault}. Nothing was done. To run on this one all the same, with no other program that writes or reads"
            " the file, set `allow_old_sqlite = true` in [dibao]"
        )


class FileCare:
    """The daemon's. Its methods raise DamagedFile where the bytes are wrong: the caller stops, and writes no more."""

    def __init__(self, lock: WriterLock) -> None:
        self._lock = lock
        self._tidying = Tidying()
        self._check: subprocess.Popen[bytes] | None = None
        self._said: IO[bytes] | None = None

    def begin(self, database: Database, now: datetime, should_stop: Callable[[], bool]) -> None:
        """None; SQLite finds nothing wrong in the file. Raises DamagedFile or StorageFault where it does."""
        checkups.look_quickly(database, now, should_stop)

    def beat(self, database: Database, now: datetime) -> None:
        """None; this is the only writer still, and a weekly check that has ended is heard, one that is late begun.

        Raises LockHeld where another process took the lock.
        """
        if self._lock.keep():
            logger.error("the lock file of %s was deleted; it is made and held again", database.path)
        if self._check is not None:
            self._heed(database, now)
        elif (found := checkups.last(database, checkups.WHOLE)) is not None:
            self._begin_if_due(database, found, now)

    def round(self, database: Database, now: datetime) -> None:
        """None; the file is tidy; one that was never looked through is from now on. Raises StorageFault."""
        self._tidying.round(database)
        if self._check is None:
            self._begin_if_due(database, checkups.last(database, checkups.WHOLE), now)

    def close(self) -> None:
        """None; a check that runs is ended. It comes again at the next start."""
        if self._check is not None:
            self._check.kill()
            self._check.wait()
            self._check = None
        if self._said is not None:
            self._said.close()
            self._said = None

    def _begin_if_due(self, database: Database, found: checkups.Checkup | None, now: datetime) -> None:
        if not checkups.is_due(found, checkups.WHOLE_EVERY, now):
            return
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - closed when it was read
        command = [sys.executable, "-P", "-c", CHECK, "db", "check", "--json", "--database", str(database.path)]
        try:
            self._check = subprocess.Popen(  # noqa: S603 - our own program
                command, stdin=subprocess.DEVNULL, stdout=self._said, stderr=subprocess.DEVNULL
            )
        except OSError as error:
            self.close()
            logger.warning("the weekly check of %s cannot be started: %s", database.path, error)

    def _heed(self, database: Database, now: datetime) -> None:
        """None; what the check has found is told and noted, if it has ended."""
        if self._check is None or self._said is None or self._check.poll() is None:
            return
        self._said.seek(0)
        said, code = self._said.read(), self._check.returncode
        self.close()
        try:
            found: dict[str, Any] = json.loads(said)
        except ValueError:
            logger.warning("the weekly check of %s ended without a result, with code %d", database.path, code)
            # Not again in ten seconds, but at the next week's turn: `dibao db check` says what is the matter.
            checkups.note(database, checkups.WHOLE, now, (f"the check ended with code {code}",))
            return
        findings = tuple(_sentence(one) for one in found["findings"][:MOST_TOLD])
        for sentence in findings:
            logger.error("%s: %s", database.path, sentence)
        if found["damaged"]:
            raise DamagedFile(str(database.path), findings[0])
        checkups.note(database, checkups.WHOLE, now, findings)
        logger.info("the weekly check of %s found %s", database.path, "what is told above" if findings else "nothing")


def _sentence(finding: dict[str, Any]) -> str:
    where = f"{finding['count']}, such as {finding['example']}"
    text = f"{finding['check']}: {finding['what']} ({where}): {finding['remedy']}"
    # Of a file that is damaged, an example may be anything: it steers no terminal that shows the log.
    return "".join(one if one.isprintable() else " " for one in text)
