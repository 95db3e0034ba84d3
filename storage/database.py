"""Opening the file: pragmas, transactions, and what is refused. Databases are opened here and nowhere else."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from operator import methodcaller
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from storage import before_migration, replacing, schema
from storage.contract import filling
from storage.contract.views import digest
from storage.faults import BadValue, DamagedFile, NewerSchema, OtherKeyRules, StorageFault
from storage.header import APPLICATION_ID, refuse_foreign
from storage.held_files import flush_folder
from storage.identity import KEY_RULES
from storage.sqlite import sqlite3

if TYPE_CHECKING:
    import sqlite_utils

BUSY_TIMEOUT_SECONDS = 30.0
KEPT_STATEMENTS = 512
"""Of a connection, kept prepared: an ingest has some 180, and with the 128 of Python's default it prepared most of them
anew for each page, a third of all that a page cost in SQLite (measured)."""
# Versions in which the WAL-reset bug is mended (https://www.sqlite.org/wal.html#walresetbug): two connections that
# write and checkpoint at once, as a daemon and a reader's shell do, can corrupt the file before them.
SAFE_SQLITE = (3, 51, 3)
SAFE_BACKPORTS = ((3, 50, 7), (3, 44, 6))

WRITER_PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": 2,
    "foreign_keys": 1,
    "busy_timeout": int(BUSY_TIMEOUT_SECONDS * 1000),
    "cache_size": -16_384,  # KiB: with the 2,000 of the default an ingest cost a twentieth more (measured)
}
SQLITE_VERSION: str = sqlite3.sqlite_version

Row = Any
DatabaseError: type[Exception] = sqlite3.Error
# Primary result codes that say that the bytes are wrong, and the extended one of a file that ends too early
# (https://www.sqlite.org/rescode.html).
DAMAGE = frozenset({11, 26})  # SQLITE_CORRUPT, SQLITE_NOTADB
CUT_SHORT = 522  # SQLITE_IOERR_SHORT_READ
# What a value raises that does not fit: CHECK and NOT NULL, too long, a lone surrogate, beyond 64 bits.
VALUE_ERRORS = (sqlite3.IntegrityError, sqlite3.DataError, ValueError, OverflowError)
SQLITE_ERRORS = (sqlite3.Error, ValueError, OverflowError)


class Database:
    """An open file. One writer at a time (`storage.lock`), readers as many as like."""

    def __init__(self, connection: Any, path: Path) -> None:
        connection.row_factory = sqlite3.Row
        # Whatever bytes its texts have, reading a row does not raise: it would stop every run. `db check` names it.
        connection.text_factory = methodcaller("decode", "utf-8", "replace")
        self.connection = connection
        self.path = path
        self._aside = 0
        self.turn = 0
        """How many transactions were begun through this."""
        self.era = 0
        """Another number whenever what was remembered of the file may be true no more: see `forget`."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """None; the connection is closed, the WAL folded in if nobody else reads."""
        self.connection.close()

    def execute(self, sql: str, values: Sequence[Any] | dict[str, Any] = ()) -> Any:
        """The cursor of one statement. Raises StorageFault where SQLite fails."""
        try:
            return self.connection.execute(sql, values)
        except SQLITE_ERRORS as error:
            raise fault(error, self.path) from error

    def executemany(self, sql: str, rows: Sequence[Sequence[Any]]) -> Any:
        """The cursor of one statement over many rows. Raises StorageFault where SQLite fails."""
        try:
            return self.connection.executemany(sql, rows)
        except SQLITE_ERRORS as error:
            raise fault(error, self.path) from error

    def rows(self, sql: str, values: Sequence[Any] | dict[str, Any] = ()) -> list[Row]:
        """All rows of a query."""
        try:
            return self.connection.execute(sql, values).fetchall()  # type: ignore[no-any-return]
        except SQLITE_ERRORS as error:
            raise fault(error, self.path) from error

    def row(self, sql: str, values: Sequence[Any] | dict[str, Any] = ()) -> Row | None:
        """The first row of a query, or None."""
        try:
            return self.connection.execute(sql, values).fetchone()
        except SQLITE_ERRORS as error:
            raise fault(error, self.path) from error

    def value(self, sql: str, values: Sequence[Any] | dict[str, Any] = ()) -> Any:
        """The first column of the first row, or None."""
        row = self.row(sql, values)
        return None if row is None else row[0]

    def forget(self) -> None:
        """None; what anybody remembers of the file counts no more: it was rolled back, or is another now."""
        self.era += 1

    @property
    def mark(self) -> tuple[int, int]:
        """Another one after each change of the file, whoever made it, but for what was written `aside`.

        What was rolled back counts as a change, so nothing that was read in a transaction is to be kept beyond its end.
        """
        return int(self.connection.total_changes) - self._aside, int(self.value("PRAGMA data_version"))

    @contextmanager
    def aside(self) -> Iterator[None]:
        """A block that writes nothing of sources, their pages and hosts: who goes by `mark` need not look again."""
        before = int(self.connection.total_changes)
        try:
            yield
        finally:
            self._aside += int(self.connection.total_changes) - before

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """One BEGIN IMMEDIATE ... COMMIT. An error rolls all of it back and is raised again."""
        self.execute("BEGIN IMMEDIATE")
        self.turn += 1
        try:
            yield
            self.execute("COMMIT")
        except BaseException:
            self.forget()
            # A full disk has already rolled back; then there is no transaction left to end.
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
            raise

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """A part of a transaction that is undone alone: an error rolls it back and is raised again."""
        self.execute("SAVEPOINT part")
        try:
            yield
        except BaseException:
            self.forget()
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK TO part")
                self.connection.execute("RELEASE part")
            raise
        self.execute("RELEASE part")


@contextmanager
def told(path: Path) -> Iterator[None]:
    """A block in which SQLite's own errors become StorageFault with the file's name, BadValue where it is a value's."""
    try:
        yield
    except SQLITE_ERRORS as error:
        raise fault(error, path) from error


def fault(error: Exception, path: Path) -> StorageFault:
    """What to raise for an error of SQLite, or of a value that does not fit."""
    if isinstance(error, VALUE_ERRORS):
        return BadValue(f"{path}: {error}. What was being written is rolled back")
    if is_damage(error):
        return DamagedFile(str(path), str(error))
    if "readonly database" in str(error) or "unable to open" in str(error):
        return StorageFault(
            f"{path}: {error}. Whoever reads a live file needs permission to write its folder, for SQLite keeps"
            " notes beside it; else read a copy, which `dibao snapshot FILE` makes"
        )
    return StorageFault(
        f"{path}: {error}. What was being written is rolled back and asked for again; "
        "check free space and permissions, then start again"
    )


def is_damage(error: Exception) -> bool:
    """Whether an error of SQLite says that the bytes of the file are wrong, and not that they cannot be had."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and (code & 0xFF in DAMAGE or code == CUT_SHORT)


def unchecked(path: Path) -> Database:
    """The file at that path, whatever it is, made where it is absent. For who makes or mends files."""
    return Database(_connect(path), path)


def open_writer(path: Path, *, any_key_rules: bool = False, keep_old: bool = True) -> Database:
    """The database, made if absent, migrated to today's schema. The caller holds the writer lock.

    `any_key_rules`: its keys may be those of another version's rules; nobody but who makes them anew wants that.
    `keep_old`: before a migration the file is copied to `news.db.before-schema-N` (storage.before_migration). Raises
    ForeignFile, DamagedFile, NewerSchema, OtherKeyRules or StorageFault; the file is then as it was, but migrated.
    """
    replacing.settle(path)
    if not path.exists():
        _create(path)
    refuse_foreign(path)
    warn_of_old_sqlite(sqlite3.sqlite_version_info)
    database = Database(_connect(path), path)
    try:
        _refuse_newer(database)
        if keep_old and database.value("PRAGMA user_version") != schema.VERSION:
            with told(path):
                before_migration.keep(database.connection, path, schema.VERSION)
        _set_pragmas(database)
        _migrate(database)
        if not any_key_rules:
            _refuse_other_key_rules(database)
        _describe_columns(database)
    except BaseException:
        database.close()
        raise
    return database


def open_reader(path: Path) -> Database:
    """The database for reading only: nothing that is done through it can change the file.

    Raises ForeignFile, DamagedFile, NewerSchema or StorageFault.
    """
    if not path.exists():
        if replacing.is_pending(path):
            raise StorageFault(
                f"{path} is not there: a restore of it was interrupted. `dibao crawl`, `dibao run` or the same"
                " `dibao restore` brings it to its end"
            )
        raise StorageFault(f"{path} does not exist yet; `dibao crawl` or `dibao run` makes it")
    refuse_foreign(path)
    with told(path):
        connection = sqlite3.connect(
            f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None
        )
    database = Database(connection, path)
    try:
        _refuse_newer(database)
    except BaseException:
        database.close()
        raise
    return database


def refuse_older(database: Database, remedy: str = "dibao db migrate") -> None:
    """Raise StorageFault where the file is of an older version than this; `remedy`: the command that mends that."""
    if database.value("PRAGMA user_version") < schema.VERSION:
        raise StorageFault(
            f"{database.path} is of an older Dibao and has not all that is asked for; run `{remedy}` once"
        )


def migrate(path: Path, *, keep_old: bool = True) -> tuple[str, ...]:
    """The names of the migrations that were applied now; `keep_old` as above. The caller holds the writer lock."""
    before: set[str] = set()
    if path.exists():
        with open_reader(path) as reader, told(path):
            before = set(schema.applied(_for_migrations(reader)))
    with open_writer(path, any_key_rules=True, keep_old=keep_old):
        return tuple(name for name in schema.NAMES if name not in before)


def sqlite_fault(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> str | None:
    """What is wrong with this SQLite and what to do, in a sentence; None where it is not known to harm files."""
    if version >= SAFE_SQLITE or any(version[:2] == safe[:2] and version >= safe for safe in SAFE_BACKPORTS):
        return None
    return (
        f"SQLite {'.'.join(map(str, version))} has the WAL-reset bug, which can corrupt a database with several "
        "connections; install pysqlite3 or a Python with SQLite 3.51.3 or newer"
    )


def warn_of_old_sqlite(version: tuple[int, ...]) -> None:
    """None; a RuntimeWarning where this SQLite can corrupt a WAL file."""
    if fault := sqlite_fault(version):
        warnings.warn(fault, RuntimeWarning, stacklevel=2)


def _connect(path: Path) -> Any:
    with told(path):
        return sqlite3.connect(
            str(path), timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None, cached_statements=KEPT_STATEMENTS
        )


def _create(path: Path) -> None:
    """Make the whole file under another name, then rename it: a file of ours is never half made."""
    _refuse_orphaned_log(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.new")
    _remove(draft)  # of one that was killed here; the caller holds the lock
    try:
        with Database(_connect(draft), draft) as database:
            database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            _migrate(database)
            _note_key_rules(database)
    except BaseException:
        _remove(draft)
        raise
    draft.rename(path)
    flush_folder(path.parent)


def _refuse_orphaned_log(path: Path) -> None:
    """Raise StorageFault where a log lies beside no database: SQLite would replay it into the new one."""
    for end in ("-wal", "-journal"):
        log = path.with_name(path.name + end)
        if log.exists():
            raise StorageFault(
                f"{log} is there but {path} is not: it holds the last rows of a database that was moved or deleted. "
                "Put the database back beside it, or delete it too"
            )


def _remove(draft: Path) -> None:
    for end in ("", "-journal"):
        draft.with_name(draft.name + end).unlink(missing_ok=True)


def _refuse_newer(database: Database) -> None:
    version = database.value("PRAGMA user_version")
    if version > schema.VERSION:
        raise NewerSchema(
            f"{database.path} has schema {version}, this Dibao knows {schema.VERSION}; upgrade Dibao to write it"
        )


def _refuse_other_key_rules(database: Database) -> None:
    """Raise OtherKeyRules where keys are stored that today's rules would make otherwise: nothing would be found again.

    A file without addresses has none, and is of today's rules from now on.
    """
    rules = int(database.value("SELECT value FROM meta WHERE name = 'key_rules'"))
    if rules == KEY_RULES:
        return
    if database.value("SELECT EXISTS (SELECT 1 FROM urls) OR EXISTS (SELECT 1 FROM article_heads)"):
        step = "run `dibao db rekey`" if rules < KEY_RULES else "upgrade Dibao"
        raise OtherKeyRules(
            f"{database.path} has keys of rules {rules}, this Dibao makes those of {KEY_RULES}; {step} first. "
            "Nothing was written"
        )
    _note_key_rules(database)


def _note_key_rules(database: Database) -> None:
    database.execute("UPDATE meta SET value = ? WHERE name = 'key_rules'", (str(KEY_RULES),))


def _describe_columns(database: Database) -> None:
    """None; `column_docs` says what this version's columns mean. Nothing is written where it does."""
    if database.value("SELECT value FROM meta WHERE name = ?", (filling.NOTE,)) != digest():
        with database.transaction(), told(database.path):
            filling.fill(_for_migrations(database))


def _set_pragmas(database: Database) -> None:
    for name, wanted in WRITER_PRAGMAS.items():
        database.execute(f"PRAGMA {name} = {wanted}")
        found = database.value(f"PRAGMA {name}")
        if found != wanted:
            raise StorageFault(f"{database.path}: PRAGMA {name} is {found}, must be {wanted}; is it on a network disk?")


def _migrate(database: Database) -> None:
    """All pending migrations and the version number in one transaction: the file is old or new, never between."""
    if database.value("PRAGMA user_version") == schema.VERSION:
        return
    with database.transaction(), told(database.path):
        schema.apply(_for_migrations(database))
        filling.fill(_for_migrations(database))
        database.execute(f"PRAGMA user_version = {schema.VERSION}")


def _for_migrations(database: Database) -> sqlite_utils.Database:
    """The same connection, as migrations take it."""
    import sqlite_utils  # noqa: PLC0415 - with numpy, .15 s; a file of today's schema needs neither

    return sqlite_utils.Database(database.connection)
