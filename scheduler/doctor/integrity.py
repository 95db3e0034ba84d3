"""Whether the file is whole, as far as a short look can tell, and when it was last looked through."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from scheduler import tidying
from scheduler.doctor.case import Case, Finding
from storage.care import checkups
from storage.care.checking import pages
from storage.folding import log_bytes
from storage.records import utc_text

READ_AT_ONCE_BYTES = 128 * 1024**2
"""A file up to this size is read through here, in a quarter of a second."""
OLD = timedelta(days=30)
CHECK = "dibao db check"


def is_whole(case: Case) -> Iterator[Finding]:
    """Whether nothing wrong was found when it was looked through, and that is not too long ago."""
    with case.file() as database:
        quick, whole = (checkups.last(database, kind) for kind in (checkups.QUICK, checkups.WHOLE))
        read_now = database.path.stat().st_size <= READ_AT_ONCE_BYTES
        wrong = pages(database, quick=True) if read_now else []
    for one in wrong:
        says = f"{one.what}, such as {one.example}"
        yield Finding(check="integrity", level="fail", says=says, step=f"see all of it with `{CHECK}`; {one.remedy}")
    for sentence in whole.findings if whole else ():
        yield Finding(check="integrity", level="fail", says=sentence, step=f"look again with `{CHECK}`")
    if wrong or (whole and whole.findings):
        return
    says = f"looked through quickly {_when(quick, now=read_now)}, whole {_when(whole)}"
    newest = max((found.at for found in (quick, whole) if found), default=None)
    if not read_now and (newest is None or case.now - newest > OLD):
        yield Finding(check="integrity", level="warn", says=says, step=f"{CHECK}; the daemon does it weekly")
    else:
        yield Finding(check="integrity", level="ok", says=f"{says}; `{CHECK}` looks at all of it")


def log_is_short(case: Case) -> Iterator[Finding]:
    """Whether no reader keeps the log from being folded into the file."""
    with case.file() as database:
        size = log_bytes(database)
        who = tidying.readers(database) if size > tidying.LARGE_LOG_BYTES else ""
    says = f"{size / 1024**2:,.1f} MiB beside the file"
    if who:
        step = f"end what reads the file without end: {who}"
        yield Finding(check="log", level="warn", says=says, step=step)
    else:
        yield Finding(check="log", level="ok", says=says)


def _when(found: checkups.Checkup | None, *, now: bool = False) -> str:
    moment: datetime | None = found.at if found else None
    return "just now" if now else "never" if moment is None else f"at {utc_text(moment)}"
