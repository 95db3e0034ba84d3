"""Which processes have a database open, and which of them are in the middle of reading it. Linux says; others do not.

SQLite's readers hold a lock on a byte of the file `-shm` for as long as they read, from byte 123 on
(https://www.sqlite.org/walformat.html, section 2.2.4), and the kernel lists who holds which lock.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
FIRST_READ_LOCK, LAST_READ_LOCK = 123, 127
LONGEST_COMMAND = 120
_LOCK_FIELDS = 8
_PARTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A process that has the file open. `reads`: whether it is in a transaction that keeps the log from shrinking."""

    pid: int
    command: str
    reads: bool

    def __str__(self) -> str:
        return f"process {self.pid} ({self.command or 'of unknown name'})"


def holders(database: Path) -> tuple[Holder, ...]:
    """The other processes that have the database open, those that read first; what this user may not see is not there.

    Empty where the system has no /proc. Commands are one line of printable characters.
    """
    real = database.resolve()
    reading = _reading(real.with_name(f"{real.name}-shm"))
    names = frozenset(f"{real}{end}" for end in ("", "-wal", "-shm"))
    pids = (reading | {pid for pid in _pids() if names & set(_open_files(pid))}) - {os.getpid()}
    found = [Holder(pid=pid, command=_command(pid), reads=pid in reading) for pid in sorted(pids)]
    return tuple(sorted(found, key=lambda one: not one.reads))


def lock_holder(lock: Path) -> int | None:
    """The process that holds a lock file (flock), asked of the kernel and not of the file; None where none is seen.

    The lock is not tried for it, so that nobody who wants it finds it taken.
    """
    return next((pid for pid, _ in _locks(lock, {"FLOCK"}) if pid), None)


def _reading(shared: Path) -> set[int]:
    """The processes with a lock of a reader on the shared file."""
    return {
        pid
        for pid, first in _locks(shared, {"POSIX", "OFDLCK"})
        if pid and FIRST_READ_LOCK <= first <= LAST_READ_LOCK
    }


def _locks(path: Path, kinds: set[str]) -> Iterator[tuple[int, int]]:
    """The process and the first byte of each lock on a file, by the kernel's list (proc_locks(5))."""
    try:
        there = path.stat()
        lines = (PROC / "locks").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return
    for words in map(str.split, lines):
        # `1: POSIX ADVISORY READ 4711 fe:00:123456 124 124`: device in hexadecimal, inode, first and last byte.
        if len(words) != _LOCK_FIELDS or words[1] not in kinds or not words[4].isdigit():
            continue
        place = words[5].split(":")
        if len(place) != _PARTS or not words[6].isdigit() or place[2] != str(there.st_ino):
            continue
        if (int(place[0], 16), int(place[1], 16)) == (os.major(there.st_dev), os.minor(there.st_dev)):
            yield int(words[4]), int(words[6])


def _pids() -> Iterable[int]:
    try:
        return [int(one.name) for one in PROC.iterdir() if one.name.isdigit()]
    except OSError:
        return []


def _open_files(pid: int) -> list[str]:
    found = []
    with suppress(OSError):  # it has ended, or is another user's
        for entry in os.scandir(PROC / str(pid) / "fd"):
            with suppress(OSError):
                found.append(os.readlink(entry.path))  # noqa: PTH115 - a string is compared
    return found


def _command(pid: int) -> str:
    """What a process was started as; what could steer a terminal or a log is left out."""
    try:
        words = (PROC / str(pid) / "cmdline").read_bytes().split(b"\x00")
    except OSError:
        return ""
    text = " ".join(word.decode("utf-8", "replace") for word in words if word)
    plain = "".join(one if one.isprintable() else " " for one in text)
    return plain if len(plain) <= LONGEST_COMMAND else f"{plain[:LONGEST_COMMAND]}…"
