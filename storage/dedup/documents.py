"""The texts of stored articles, ready to be compared. The ones used last are kept in memory, up to a bound in bytes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from weakref import WeakKeyDictionary

from storage.database import Database, Row
from storage.records import Extracted, from_utc_text, utc_text
from storage.similarity.document import Document, document

KEPT_BYTES = 48 * 1024 * 1024
"""What the documents of an open file may take in memory."""

_NEWEST = "a.revision"

_Key = tuple[int, int, str, str]


class Documents:
    """The documents of one file's articles.

    `new`: articles that have just been stored for the first time, each with the event that it came by.
    """

    def __init__(self, database: Database, new: Mapping[int, Extracted] = MappingProxyType({})) -> None:
        self._database = database
        self._new = new
        self._kept = _KEPT.setdefault(database, _Kept(KEPT_BYTES))

    def of(self, article_id: int) -> Document:
        """What the article says now. Raises KeyError where there is no such article."""
        if article_id in self._new:
            return self._of_event(article_id, self._new[article_id])
        for _, found in self.each([article_id]):
            return found
        raise KeyError(article_id)

    def expect(self, article_id: int) -> None:
        """None; a new article is kept ready, for whatever is a copy of it, where its prose came along."""
        event = self._new.get(article_id)
        if event is not None and event.signature is not None and event.signature.prose is not None:
            self._of_event(article_id, event)

    def each(self, articles: Sequence[int]) -> Iterator[tuple[int, Document]]:
        """The articles with what they say now, one in memory at a time; those left out that do not exist."""
        return ((int(row["article_id"]), self.read(row)) for row in self.rows(articles))

    def before(self, article_id: int) -> Document | None:
        """What the article said before its newest revision; None: it has one only."""
        rows = self.rows([article_id], f"{_NEWEST} - 1")
        return self.read(rows[0]) if rows else None

    def text(self, article_id: int) -> str:
        """The text of the article's newest revision. Raises KeyError where there is no such article."""
        for row in self.rows([article_id]):
            return self._text(row)
        raise KeyError(article_id)

    def rows(self, articles: Sequence[int], revision: str = _NEWEST) -> list[Row]:
        """What `read` takes of each of the articles, with its `shingles` and its `story_id` where it was placed."""
        return self._database.rows(
            "SELECT r.id, r.article_id, r.revision, r.title, r.published_at, r.published_precision, r.content_digest,"
            " r.fetched_at, f.shingles, f.story_id"
            f" FROM article_heads a JOIN article_revisions r ON r.article_id = a.id AND r.revision = {revision}"
            f" LEFT JOIN fingerprints f ON f.article_id = a.id WHERE a.id IN ({', '.join('?' * len(articles))})",
            list(articles),
        )

    def _text(self, row: Row) -> str:
        return str(self._database.value("SELECT text FROM article_texts WHERE revision_id = ?", (row["id"],)))

    def read(self, row: Row) -> Document:
        """What the article of one of `rows` says."""
        # A transaction that was rolled back gives its ids to others: the digest tells them apart.
        key = (int(row["article_id"]), int(row["revision"]), str(row["content_digest"]), str(row["fetched_at"]))
        found = self._kept.get(key)
        if found is None:
            found = document(row["title"], self._text(row), _time(row), day_only=row["published_precision"] == "day")
            self._kept.put(key, found)
        return found

    def _of_event(self, article_id: int, event: Extracted) -> Document:
        """What `read` finds in the file, without asking it."""
        said, key = event.article, (article_id, 1, event.digest, utc_text(event.fetched_at))
        found = self._kept.get(key)
        if found is None:
            published = said.published
            at = None if published is None else from_utc_text(published.utc)
            day_only = published is not None and published.precision == "day"
            found = document(said.title, said.text, at, day_only=day_only, signature=event.signature)
            self._kept.put(key, found)
        return found


class _Kept:
    """The documents used last."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._documents: OrderedDict[_Key, tuple[Document, int]] = OrderedDict()

    def get(self, key: _Key) -> Document | None:
        found = self._documents.get(key)
        if found is None:
            return None
        self._documents.move_to_end(key)
        return found[0]

    def put(self, key: _Key, found: Document) -> None:
        self._documents[key] = (found, found.size)
        self._bytes += found.size
        while self._bytes > self._most_bytes:
            _, (_, freed) = self._documents.popitem(last=False)
            self._bytes -= freed


_KEPT: WeakKeyDictionary[Database, _Kept] = WeakKeyDictionary()


def _time(row: Row) -> datetime | None:
    return None if row["published_at"] is None else from_utc_text(row["published_at"])
