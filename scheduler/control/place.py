"""Where a daemon is spoken to: a socket beside its database, however long the path to it is."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LONGEST_ADDRESS = 100
"""Bytes. An address of a unix socket has 107 on Linux, 103 on macOS (unix(7), unix(4))."""
LONGEST_NAME = 80
"""Bytes of the name alone, behind `/proc/self/fd/N/`."""


def socket_path(database: Path) -> Path:
    """The socket beside a database: `news.db.sock`; of a link, beside the file that it leads to.

    A name that no address could hold has a digest in its place.
    """
    real = database.resolve()
    name = f"{real.name}.sock"
    if len(os.fsencode(name)) > LONGEST_NAME:
        name = f"dibao-{hashlib.sha256(os.fsencode(real.name)).hexdigest()[:16]}.sock"
    return real.with_name(name)


@contextmanager
def address_of(path: Path) -> Iterator[bytes]:
    """A block with the address by which a socket at that path is bound or reached. Raises OSError.

    Where the path is too long, its folder is reached through a descriptor (Linux; elsewhere there is no such way).
    """
    whole = os.fsencode(path)
    if len(whole) <= LONGEST_ADDRESS:
        yield whole
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield os.fsencode(f"/proc/self/fd/{folder}/{path.name}")
    finally:
        os.close(folder)
