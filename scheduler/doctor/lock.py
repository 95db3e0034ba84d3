"""Who writes the database, and whether a lock file that a killed process has left is taken for one."""

from __future__ import annotations

from collections.abc import Iterator

import psutil

from scheduler.doctor.case import Case, Finding
from storage.holders import lock_holder
from storage.lock import holder, lock_path


def is_held(case: Case) -> Iterator[Finding]:
    """Who holds the lock; nobody is fine too. It is not tried: a crawl that begins just now would be refused."""
    check, named, held = "writer", holder(case.database), lock_holder(lock_path(case.database))
    if held is not None:
        yield Finding(check=check, level="ok", says=f"process {held} ({_name(held)}) writes the database")
    elif named is None:
        yield Finding(check=check, level="ok", says="nobody writes the database now")
    elif psutil.pid_exists(named):
        says = f"process {named} ({_name(named)}) writes the database, by its lock file"
        yield Finding(check=check, level="ok", says=says)
    else:
        says = f"nobody writes the database now; process {named}, which its lock file names, was killed: harmless"
        yield Finding(check=check, level="ok", says=says)


def _name(pid: int) -> str:
    try:
        words = psutil.Process(pid).cmdline()
    except psutil.Error:
        return "another user's, or ended just now"
    text = " ".join(words)[:80]
    return "".join(one if one.isprintable() else " " for one in text) or "of unknown name"
