"""Where an article goes that came: its revision, its story, the search index, and the archive of raw pages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from storage import articles
from storage.archive.keeping import Archive
from storage.database import Database
from storage.records import Extracted

if TYPE_CHECKING:
    from storage.search.index import Entries


class Filing:
    """Files articles. `archive`: where the raw pages go, None where none are kept."""

    def __init__(self, database: Database, archive: Archive | None) -> None:
        self._database = database
        self._archive = archive
        self._entries: Entries | None = None

    @contextmanager
    def batch(self, now: datetime) -> Iterator[None]:
        """A block within a transaction in which articles may be filed.

        What is in the database has its raw page on the disk: the archive's part ends before the transaction does.
        """
        self._entries = None
        with self._archive.batch(now) if self._archive else nullcontext():
            yield
            if self._entries is not None:
                self._entries.write()

    def file(self, event: Extracted, source_id: int, head: Any | None) -> articles.Stored:
        """Where the article went; a new revision is in its story, found by what it says, and has its raw pages."""
        stored = articles.store(self._database, event, source_id, head)
        if stored.changed:
            self._place(event, stored)
            self._index(event, stored)
            if self._archive is not None:
                self._archive.keep(stored.article_id, stored.revision, event.raw)
        return stored

    def _place(self, event: Extracted, stored: articles.Stored) -> None:
        """None; the article is in the story that its newest revision tells."""
        # numpy takes a tenth of a second to load, and only who stores articles needs it.
        from storage.dedup.placing import place  # noqa: PLC0415

        is_new = stored.revision == 1
        why: Literal["text", "revision"] = "text" if is_new else "revision"
        new = event if is_new else None
        place(self._database, stored.article_id, event.signature, event.fetched_at, why, new=new)

    def _index(self, event: Extracted, stored: articles.Stored) -> None:
        """None; the article is found by what its newest revision says."""
        # numpy and the dictionary, for who stores articles only.
        from storage.search import index  # noqa: PLC0415

        said = event.article
        self._entries = self._entries or index.Entries(self._database)
        self._entries.put(stored.article_id, stored.revision, said.title, said.text, terms=event.terms)
