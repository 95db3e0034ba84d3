"""The database and what lies beside it: whether it opens, and who may read and write it."""

from __future__ import annotations

import os
import pwd
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from scheduler.control.place import socket_path
from scheduler.doctor.case import Case, Finding
from storage.archive.folder import archive_folder
from storage.faults import StorageFault
from storage.lock import lock_path

TRIED_BYTES = 8192
PRIVATE = 0o600


def folder_is_writable(case: Case) -> Iterator[Finding]:
    """Whether a file can be written beside the database; one without a name is, and is gone at once."""
    folder = case.database.resolve().parent
    if not folder.is_dir():
        parent = next(one for one in folder.parents if one.exists())
        step = f"mkdir -p {folder}, as the user that runs dibao"
        made = _may(parent, os.W_OK | os.X_OK)
        says = f"{folder} is not there, and {'the first crawl makes it' if made else f'{parent} cannot be written'}"
        yield Finding(check="folder", level="warn" if made else "fail", says=says, step=step)
        return
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"\0" * TRIED_BYTES)
    except OSError as error:
        says = f"{folder} cannot be written: {error.strerror or error} (you are {_user(os.geteuid())})"
        step = "make room" if "space" in says else f"look again as the user that owns it, or chown it: ls -ld {folder}"
        yield Finding(check="folder", level="fail", says=says, step=step)
    else:
        yield Finding(check="folder", level="ok", says=f"{folder} can be written")


def database_opens(case: Case) -> Iterator[Finding]:
    """Whether the database is there, is one of ours, and is of this version."""
    if not case.database.exists():
        step = "`dibao crawl` or `dibao run` makes it; where there was one, see [dibao] database, or `dibao restore`"
        yield Finding(check="database", level="warn", says=f"{case.database} is not there yet", step=step)
        return
    try:
        with case.file() as database:
            says = f"{case.database}, {database.path.stat().st_size / 1024**2:,.1f} MiB"
            says += f", schema {database.value('PRAGMA user_version')}"
    except (StorageFault, OSError) as fault:
        step = "do what this line says; `dibao db check` tells how much is damaged, `dibao restore` puts a backup back"
        yield Finding(check="database", level="fail", says=str(fault), step=step)
    else:
        yield Finding(check="database", level="ok", says=says)


def permissions(case: Case) -> Iterator[Finding]:
    """Whether this user may read and write all that belongs to the database, and all of it is one user's."""
    well = True
    parts = [part for part in _parts(case.database) if part.exists()]
    for part in parts:
        wanted = os.R_OK | os.W_OK | (os.X_OK if part.is_dir() else 0)
        if not _may(part, wanted):
            well = False
            says = f"{part} cannot be read and written by you ({_user(os.geteuid())}); it is {_owner(part)}'s"
            step = f"look again as {_owner(part)}; else chown {_user(os.geteuid())} {part}"
            yield Finding(check="permissions", level="fail", says=says, step=step)
        elif stat.S_IMODE(part.stat().st_mode) & stat.S_IWOTH:
            well = False
            says = f"{part}: every user of this machine can write it"
            yield Finding(check="permissions", level="warn", says=says, step=f"chmod o-w {part}")
    owners = dict.fromkeys(map(_owner, parts))
    if len(owners) > 1:
        well = False
        first, *others = parts
        odd = next(part for part in others if _owner(part) != _owner(first))
        says = f"{first} is {_owner(first)}'s and {odd} {_owner(odd)}'s: dibao was run as two users"
        step = f"run it as one; chown {_owner(first)} {odd}"
        yield Finding(check="permissions", level="warn", says=says, step=step)
    if well:
        whose = next(iter(owners), _user(os.geteuid()))
        yield Finding(check="permissions", level="ok", says=f"{len(parts)} files and folders, all {whose}'s")


def socket_is_private(case: Case) -> Iterator[Finding]:
    """Whether nobody but the daemon's own user can give it wishes."""
    place = socket_path(case.database)
    try:
        mode = place.lstat().st_mode
    except FileNotFoundError:
        yield Finding(check="socket", level="ok", says="no daemon takes commands; each does its work itself")
        return
    if not stat.S_ISSOCK(mode):
        says = f"{place} is no socket: the daemon cannot listen there"
        yield Finding(check="socket", level="fail", says=says, step=f"rm {place}, and start the daemon again")
    elif stat.S_IMODE(mode) & ~PRIVATE:
        says = f"{place} has mode {stat.S_IMODE(mode):o}; other users could ask for crawls"
        yield Finding(check="socket", level="fail", says=says, step=f"chmod 600 {place}")
    else:
        yield Finding(check="socket", level="ok", says=f"{place} is its user's alone")


def _parts(database: Path) -> tuple[Path, ...]:
    """The database first, then what belongs to it; some of it may not be there."""
    real = database.resolve()
    logs = (real.with_name(f"{real.name}{end}") for end in ("-wal", "-shm"))
    return (real, *logs, lock_path(database), archive_folder(database))


def _may(part: Path, what: int) -> bool:
    """Whether this process may, as the user that it acts as."""
    return os.access(part, what, effective_ids=os.access in os.supports_effective_ids)


def _owner(part: Path) -> str:
    return _user(part.stat().st_uid)


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
