"""All that can be seen of a folder, so that a test can prove that nothing was touched."""

from __future__ import annotations

import hashlib
from pathlib import Path


def fingerprints(folder: Path, *, but: str = "") -> dict[str, tuple[str, int, int, int]]:
    """Digest of the bytes, inode, size and time of change of every file (lock, -wal and -shm files too)."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != but:
            state = path.stat()
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            found[str(path.relative_to(folder))] = (digest, state.st_ino, state.st_size, state.st_mtime_ns)
    return found
