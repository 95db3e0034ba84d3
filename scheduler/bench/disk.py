"""How fast the disk takes what the database writes: transactions, each of which waits until its bytes are safe."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

from storage.database import open_writer

ROWS, ROW_BYTES = 8, 4_000
"""Of a transaction: a batch of a crawl stores some articles of that size."""
BLOCK_BYTES, BLOCKS = 1 << 20, 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """`commits`: transactions of 32 kB a second; `bytes_second`: of one long file, until the last byte is safe."""

    commits_second: float
    bytes_second: float
    free_bytes: int


def measure(folder: Path, commits: int) -> Disk:
    """What the disk of the folder does, by so many transactions; its files go. Raises StorageFault or OSError."""
    seconds = _transactions(folder / "disk.db", commits)
    there = os.statvfs(folder)
    return Disk(
        commits_second=commits / seconds,
        bytes_second=_long_file(folder / "disk.bin"),
        free_bytes=there.f_bavail * there.f_frsize,
    )


def _transactions(path: Path, commits: int) -> float:
    """Seconds that they took, written as Dibao writes its own: a database of the same pragmas."""
    text = "报" * (ROW_BYTES // 3)
    with open_writer(path) as database:
        database.execute("CREATE TABLE bench (id INTEGER PRIMARY KEY, text TEXT)")
        began = time.monotonic()
        for _ in range(commits):
            with database.transaction():
                database.executemany("INSERT INTO bench (text) VALUES (?)", [(text,)] * ROWS)
        seconds = time.monotonic() - began
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    return seconds


def _long_file(path: Path) -> float:
    """Bytes a second; what is written cannot be packed by the disk."""
    block = os.urandom(BLOCK_BYTES)
    began = time.monotonic()
    with path.open("wb") as file:
        for _ in range(BLOCKS):
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
    seconds = time.monotonic() - began
    path.unlink()
    return BLOCK_BYTES * BLOCKS / seconds
