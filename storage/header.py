"""What the first bytes of a file say: whether it is a database of ours, and whether all of it is there."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from storage.faults import DamagedFile, ForeignFile, StorageFault

APPLICATION_ID = 0x44494241  # "DIBA", shown by file(1)
MAGIC = b"SQLite format 3\x00"
HEADER_BYTES = 100
MOST_PAGE_BYTES = 65536  # written as 1, for it does not fit
LOOKS = 3


def is_ours(header: bytes) -> bool:
    """Whether a file that begins so is a database that Dibao made (file format, sections 1.3 and 1.3.18)."""
    return header.startswith(MAGIC) and int.from_bytes(header[68:72]) == APPLICATION_ID


def refuse_foreign(path: Path) -> None:
    """Raise ForeignFile unless the header says SQLite and our application id (file format, sections 1.3, 1.3.18).

    Raises DamagedFile where the file is shorter than its header says.
    """
    logged = _has_log(path)
    header, size = _header(path)
    if not header:
        raise ForeignFile(
            f"{path} is empty; it is left untouched. Put a backup in its place (`dibao restore BACKUP`), or delete it"
            " to begin anew"
        )
    if len(header) < HEADER_BYTES or not header.startswith(MAGIC):
        raise ForeignFile(
            f"{path} is not a SQLite database; it is left untouched. Name another file, or put a backup in its place"
            " (`dibao restore BACKUP`)"
        )
    if not is_ours(header):
        raise ForeignFile(f"{path} is a SQLite database that Dibao did not make; it is left untouched. Name another")
    # Who writes at this very moment may have grown the file between two looks: not three times in a row.
    looks = 0
    while not logged and size < (whole := _whole_bytes(header)):
        looks += 1
        if looks == LOOKS:
            raise DamagedFile(str(path), f"it has {size} bytes, and its header says {whole}: its end is gone")
        logged = _has_log(path)
        header, size = _header(path)


def _header(path: Path) -> tuple[bytes, int]:
    """The first bytes of a file, and how many it has."""
    try:
        with path.open("rb") as file:
            return file.read(HEADER_BYTES), os.fstat(file.fileno()).st_size
    except OSError as error:
        raise StorageFault(f"{path} cannot be read: {error.strerror}; check its permissions") from error


def _has_log(path: Path) -> bool:
    """Whether pages of the file stand beside it, as while it is written and after a kill."""
    for end in ("-wal", "-journal"):
        with suppress(OSError):
            if path.with_name(path.name + end).stat().st_size:
                return True
    return False


def _whole_bytes(header: bytes) -> int:
    """How large a file is that has this header; 0 where that is not said (file format, sections 1.3.2 and 1.3.7)."""
    page_size = int.from_bytes(header[16:18])
    if page_size == 1:
        page_size = MOST_PAGE_BYTES
    if page_size.bit_count() != 1 or header[24:28] != header[92:96]:
        return 0
    return page_size * int.from_bytes(header[28:32])
