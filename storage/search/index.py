"""The index by which articles are found: kept in step with what is stored, or left alone.

The table keeps no text. What an article brought is taken back with exactly the terms of its stored text, made again
by the same rules; so an index of other rules cannot be followed, and gets none of the writes until `dibao db reindex`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from storage.database import Database, Row
from storage.records import SearchTerms
from storage.search.terms import RULES, VERSION, search_terms

TABLE = "article_fts"

NEWEST_TEXT = """
    SELECT a.id, a.revision, r.title, t.text FROM article_heads a
      JOIN article_revisions r ON r.article_id = a.id AND r.revision = a.revision
      JOIN article_texts t ON t.revision_id = r.id"""
"""Each article's newest title and text; a pruned one has none."""


class Entries:
    """What a transaction is to bring to the index, entered all together by `write` as the last that it does.

    FTS5 writes out a part of its own whenever a statement begins that could fail half way, as most of ours could.
    Entered one by one, between what else is stored of them, articles cost 1 ms more each, in parts to be merged.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._writes: list[Callable[[], None]] = []
        self._is_current = False

    def put(
        self, article_id: int, revision: int, title: str | None, text: str, *, terms: SearchTerms | None
    ) -> None:
        """None; the article will be found by what its revision says, and no longer by what the one before said.

        `terms`: of this title and text; None, or those of other rules: they are made here. Nothing is done where the
        file's index is of other rules.
        """
        self._is_current = self._is_current or is_current(self._database) or _begin(self._database, article_id)
        if not self._is_current:
            return
        before = None if revision == 1 else _text_before(self._database, article_id, revision)
        if before is not None:
            if (before["title"], before["text"]) == (title, text):
                return
            self._writes.append(partial(_take_back, self._database, article_id, before))
        if terms is None or terms.version != VERSION:
            terms = search_terms(title, text)
        self._writes.append(partial(add, self._database, article_id, terms))

    def write(self) -> None:
        """None; what was put is in the index."""
        for write in self._writes:
            write()
        self._writes.clear()


def remove(database: Database, article_id: int) -> None:
    """None; the article is no longer found. To be called while its newest revision and its text are still there."""
    if is_current(database):
        now = database.row(f"{NEWEST_TEXT} WHERE a.id = ?", (article_id,))
        if now is not None:
            _take_back(database, article_id, now)


def fill(database: Database, articles: Iterable[tuple[int, str | None, str]], table: str = TABLE) -> int:
    """How many articles were entered: id, title and text of each, none of which is in the table. For many at once."""
    entered = 0
    for article_id, title, text in articles:
        add(database, article_id, search_terms(title, text), table)
        entered += 1
    return entered


def add(database: Database, article_id: int, terms: SearchTerms, table: str = TABLE) -> None:
    """None; the article is found by these terms too."""
    row = (article_id, terms.title, terms.text)
    database.execute(f"INSERT INTO {table} (rowid, title, text) VALUES (?, ?, ?)", row)


def is_current(database: Database) -> bool:
    """Whether the file has an index of today's rules.

    One that was made with another dictionary is good: its words only help whoever types one into a plain MATCH. Of
    those that the dictionary has no more, some stay behind an article that was revised; search reads the text.
    """
    found = version(database)
    return found is not None and found.partition("-")[0] == str(RULES)


def version(database: Database) -> str | None:
    """Of which rules the file's index is; None where it has none that is whole."""
    found = database.value("SELECT value FROM meta WHERE name = 'search_index'")
    return None if found is None else str(found)


def note_version(database: Database) -> None:
    """None; the file's index is of today's rules."""
    database.execute("INSERT OR REPLACE INTO meta (name, value) VALUES ('search_index', ?)", (VERSION,))


def is_wanted(database: Database) -> bool:
    """Whether the file has articles that cannot be found because its index is of other rules, or was never made."""
    if is_current(database):
        return False
    return bool(database.value("SELECT EXISTS (SELECT 1 FROM article_heads WHERE pruned_at IS NULL)"))


def advice(database: Database) -> str | None:
    """A sentence for the operator of a file without an index of today's rules; None where all is well."""
    if not is_wanted(database):
        return None
    why = "was never indexed" if version(database) is None else "has an index of another version"
    return f"{database.path} {why}: what it has cannot be searched. Stop what writes it and run `dibao db reindex` once"


def advice_once(database: Database) -> str | None:
    """The same, once a version of the rules. The caller is the writer."""
    told = database.value("SELECT value FROM meta WHERE name = 'reindex_told'")
    if told == VERSION:
        return None
    sentence = advice(database)
    if sentence is not None:
        database.execute("INSERT OR REPLACE INTO meta (name, value) VALUES ('reindex_told', ?)", (VERSION,))
    return sentence


def _begin(database: Database, article_id: int) -> bool:
    """Whether the article is the file's first: then its index begins with it, by today's rules."""
    if database.value("SELECT EXISTS (SELECT 1 FROM article_heads WHERE id <> ?)", (article_id,)):
        return False
    database.execute(f"INSERT INTO {TABLE} ({TABLE}) VALUES ('delete-all')")
    note_version(database)
    return True


def _text_before(database: Database, article_id: int, revision: int) -> Row | None:
    return database.row(
        "SELECT r.title, t.text FROM article_revisions r JOIN article_texts t ON t.revision_id = r.id"
        " WHERE r.article_id = ? AND r.revision < ? ORDER BY r.revision DESC LIMIT 1",
        (article_id, revision),
    )


def _take_back(database: Database, article_id: int, stored: Row) -> None:
    """None; what a title and a text have brought is gone from the index."""
    terms = search_terms(stored["title"], stored["text"])
    database.execute(
        f"INSERT INTO {TABLE} ({TABLE}, rowid, title, text) VALUES ('delete', ?, ?, ?)",
        (article_id, terms.title, terms.text),
    )
