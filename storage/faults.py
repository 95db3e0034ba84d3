"""What can go wrong with the file. Each message says what happened, what was left undone, and the next step."""

from __future__ import annotations


class StorageFault(Exception):
    """The database cannot be used as it is. Nothing was written."""


class LockHeld(StorageFault):
    """Another process is the writer of this database. `pid` is None where its lock file does not say."""

    def __init__(self, path: str, pid: int | None) -> None:
        who = f"process {pid}" if pid else "another process"
        super().__init__(
            f"{who} is writing {path}. A daemon (`dibao run`) crawls by itself what is due, and `dibao crawl NAME` is"
            " handed to it; else wait for its end (--wait SECONDS) or stop it first"
        )
        self.pid = pid


class ForeignFile(StorageFault):
    """The file is there, but Dibao did not make it."""


class DamagedFile(StorageFault):
    """The bytes of the file are not what was written to them. Nothing was changed; trying again changes nothing."""

    def __init__(self, path: str, what: str) -> None:
        super().__init__(
            f"{path}: {what}. The file is damaged; it is left as it is. See how much is with `dibao db check`, then put"
            f' a backup in its place with `dibao restore BACKUP`; without one, `sqlite3 {path} ".recover"` saves what'
            " can be read"
        )
        self.what = what


class BadTarget(StorageFault):
    """A copy cannot be written where it was asked for, for what is there is no copy. Nothing was written."""


class NewerSchema(StorageFault):
    """The file was written by a newer Dibao."""


class OtherKeyRules(StorageFault):
    """The keys of the file were made by other rules (storage.identity.KEY_RULES)."""


class BadValue(StorageFault):
    """A value does not fit its column: a fault of ours or of a page, never of the disk. Nothing was written."""


class ConservationBroken(StorageFault):
    """A run's URLs are not the sum of their outcomes (design rule 5): a fault of ours, never of a page."""
