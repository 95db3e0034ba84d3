"""What is wrong in a file: damage of its bytes, and rows that do not fit together. Nothing is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from storage.archive.folder import archive_folder
from storage.care.copying import wrong_pages
from storage.care.invariants import INDEX, INVARIANTS, Invariant
from storage.care.wrong_bytes import wrong_bytes
from storage.database import Database, told
from storage.faults import DamagedFile
from storage.identity import text_digest
from storage.progress import Progress, untold
from storage.row_digest import COLUMNS, is_changed
from storage.search import index
from storage.short_forms import as_read

RESTORE = "put a backup in its place: `dibao restore BACKUP`"
REINDEX = "`dibao db reindex`"
MOST_SAID = 20
"""Messages of SQLite that are kept; a file that is overwritten has thousands."""
_STORED = as_read(COLUMNS)
EVERY = 1000
"""Articles between two reports of progress."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that is wrong, how often (at least), and where: an id, or a name. `damage`: bytes are wrong."""

    check: str
    what: str
    count: int
    example: str
    remedy: str
    damage: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What was found. `schema`, `journal_mode` and `articles` (not pruned) as the file has them."""

    findings: tuple[Finding, ...]
    checks: int
    schema: int
    journal_mode: str
    articles: int

    @property
    def is_damaged(self) -> bool:
        """Whether bytes of the file are wrong."""
        return any(finding.damage for finding in self.findings)


def check(database: Database, *, quick: bool = False, progress: Progress = untold) -> Checked:
    """What is wrong in a file of today's schema, as it is at one moment: the caller has begun a transaction to read.

    `quick`: indexes are not compared with their tables, nor texts with their digests, and no encoding is checked.
    `progress` is called with what is done, of how much: articles, and a thousand for each other check. Memory does not
    grow with the file. Raises StorageFault where the file cannot be read.
    """
    findings: list[Finding] = []
    steps = _steps(database, quick=quick)
    articles = _articles(database, findings)
    of = len(steps) * EVERY + (0 if quick else articles)
    for done, step in enumerate(steps):
        progress(done * EVERY, of)
        findings += _found(database, step, findings)
    if not quick:
        texts = partial(_texts, database, lambda done: progress(len(steps) * EVERY + done, of))
        findings += _found(database, texts, findings)
    progress(of, of)
    return Checked(
        findings=tuple(findings),
        checks=len(steps) + (not quick),
        schema=int(database.value("PRAGMA user_version")),
        journal_mode=str(database.value("PRAGMA journal_mode")),
        articles=articles,
    )


def _found(
    database: Database, step: Callable[[], list[Finding]], findings: list[Finding]
) -> list[Finding]:
    """What a step finds; a file that cannot be read through is a finding itself, noted among the others."""
    try:
        return step()
    except DamagedFile as fault:
        _note_damage(findings, fault)
    except (TypeError, ValueError, OverflowError) as error:
        # A page that is overwritten gives back numbers for texts, and NULL where none can be.
        _note_damage(findings, DamagedFile(str(database.path), f"a value is none that was stored: {error}"))
    return []


def _steps(database: Database, *, quick: bool) -> list[Callable[[], list[Finding]]]:
    held = [partial(_held, database, one) for one in INVARIANTS]
    return [
        lambda: pages(database, quick=quick),
        lambda: _references(database),
        *held,
        lambda: _index(database),
        lambda: _archive(database),
        *([] if quick else [lambda: _encoding(database)]),
    ]


def _articles(database: Database, findings: list[Finding]) -> int:
    try:
        return int(database.value("SELECT count(*) FROM article_heads WHERE pruned_at IS NULL"))
    except DamagedFile as fault:
        _note_damage(findings, fault)
        return 0


def _note_damage(findings: list[Finding], fault: DamagedFile) -> None:
    """None; that something cannot be read is among the findings, once."""
    if not any(finding.check == "readable" for finding in findings):
        findings.append(
            Finding(check="readable", what="the file cannot be read through", count=1, example=fault.what,
                    remedy=RESTORE, damage=True)
        )  # fmt: skip


def pages(database: Database, *, quick: bool) -> list[Finding]:
    """What SQLite finds: pages, their order, rows and their indexes, values of the wrong type."""
    pragma = "quick_check" if quick else "integrity_check"
    said = wrong_pages(database, pragma, MOST_SAID)
    if not said:
        return []
    # Of the search index alone, or of it before all else: it can be made anew from the texts.
    only_index = all("fts5" in line.lower() and index.TABLE in line for line in said)
    return [
        Finding(
            check=pragma,
            what="the search index is damaged" if only_index else "pages, rows or indexes are damaged",
            count=len(said),
            example=said[0],
            remedy=REINDEX if only_index else RESTORE,
            damage=True,
        )
    ]


def _references(database: Database) -> list[Finding]:
    """Rows that name others which are not there."""
    first, count = None, 0
    with told(database.path):
        for row in database.execute("PRAGMA foreign_key_check"):
            first = first or f"{row[0]} {row[1] if row[1] is not None else ''} -> {row[2]}"
            count += 1
    if first is None:
        return []
    return [
        Finding(check="foreign_keys", what="rows that name others which are not there", count=count, example=first,
                remedy="rows are lost: restore a backup")
    ]  # fmt: skip


def _held(database: Database, invariant: Invariant) -> list[Finding]:
    sql = f"WITH broken(id) AS ({invariant.broken}) SELECT count(*), min(id) FROM broken"
    count, example = database.rows(sql)[0]
    if not count:
        return []
    return [
        Finding(check=invariant.name, what=invariant.what, count=count, example=str(example), remedy=invariant.remedy)
    ]


def _index(database: Database) -> list[Finding]:
    """Whether each article can be found, and nothing that is not there; an index of other rules is not looked at."""
    if index.is_current(database):
        return [finding for one in INDEX for finding in _held(database, one)]
    if not index.is_wanted(database):
        return []
    return [
        Finding(check="search_rules", what="the search index is of other rules, or was never made", count=1,
                example=str(index.version(database)), remedy=REINDEX)
    ]  # fmt: skip


def _archive(database: Database) -> list[Finding]:
    """Whether each file of raw pages is there, and as long as the database knows it."""
    folder, first, count = archive_folder(database.path), "", 0
    for row in database.rows("SELECT name, bytes FROM archive_files ORDER BY id"):
        path = folder / row["name"]
        if not path.is_file() or path.stat().st_size < row["bytes"]:
            first = first or row["name"]
            count += 1
    if not count:
        return []
    return [
        Finding(check="archive_files", what="files of raw pages that are not there, or too short", count=count,
                example=first, remedy="take them from a backup made with --archive; the articles are not touched by it")
    ]  # fmt: skip


def _encoding(database: Database) -> list[Finding]:
    """Texts that are no UTF-8, of any table."""
    found = list(wrong_bytes(database))
    if not found:
        return []
    return [
        Finding(check="utf8", what="rows with a text that is no UTF-8", count=sum(one.rows for one in found),
                example=found[0].first, remedy=RESTORE, damage=True)
    ]  # fmt: skip


def _texts(database: Database, progress: Callable[[int], None]) -> list[Finding]:
    """Revisions that are not what their digest was made of, and articles whose newest title and text are not.

    A sector that is overwritten within a long text is wrong nowhere else. The first digest is of all columns of all
    revisions since schema 12, the second of what each article says now, in any file.
    """
    texts, rows = _Wrong(), _Wrong()
    found = database.execute(
        f"SELECT a.id, r.revision, a.revision AS newest, a.text_digest, t.digest, {_STORED} FROM article_heads a"
        " JOIN article_revisions r ON r.article_id = a.id JOIN article_texts t ON t.revision_id = r.id"
        " WHERE a.pruned_at IS NULL ORDER BY a.id"
    )
    with told(database.path):
        done = 0
        for row in found:
            is_newest = row["revision"] == row["newest"]
            if is_newest and done % EVERY == 0:
                progress(done)
            done += is_newest
            if is_newest and _digest(row["title"], row["text"]) != row["text_digest"]:
                texts.add(str(row["id"]))
            if is_changed(row, row["digest"]):
                rows.add(f"{row['id']} revision {row['revision']}")
    said = ((texts, "text_digest", "articles whose text is not what was stored"),
            (rows, "row_digest", "revisions that are not what was stored"))  # fmt: skip
    return [
        Finding(check=check, what=what, count=one.count, example=one.first, remedy=RESTORE, damage=True)
        for one, check, what in said
        if one.count
    ]


def _digest(title: object, text: object) -> str | None:
    """The digest of what a row has; None where that is no text, as in a page that is overwritten."""
    if not isinstance(text, str) or not (title is None or isinstance(title, str)):
        return None
    return text_digest(title, text)


@dataclass(slots=True)
class _Wrong:
    """How many are wrong, and the first of them."""

    count: int = 0
    first: str = ""

    def add(self, example: str) -> None:
        """None; one more is."""
        self.first = self.first or example
        self.count += 1
