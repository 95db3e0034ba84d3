"""Builders that the tests of storage share: a database on disk, and a desk at which jobs run and events come in."""

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from storage import host_states, ledger, runs, sources
from storage.database import Database, open_writer
from storage.identity import content_digest
from storage.ingest import Ingest, Lease, Noted
from storage.rechecks import RecheckPolicy
from storage.records import (
    Article,
    Candidate,
    Discovered,
    EntryChecked,
    Event,
    Extracted,
    Failed,
    JobFinished,
    PageRequest,
    Rejected,
    Unchanged,
)

START = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
AGES = (HOUR, 6 * HOUR, 24 * HOUR, 72 * HOUR)
POLICY = RecheckPolicy(ages=AGES, gone_times=2, gone_after=HOUR)
FEED = "https://a.cn/feed.xml"


def key(name: str) -> str:
    return f"//a.cn/{name}"


def url(name: str) -> str:
    return f"https://a.cn/{name}"


def article(text: str = "正文。", title: str | None = "标题", **other: Any) -> Article:
    return Article(title=title, text=text, encoding="utf-8", encoding_evidence="meta", extractor="test", **other)


class Desk:
    """One source, its jobs and their events. `now` is moved on by the tests."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.now = START
        self.leases: dict[str, Lease] = {}
        self.ended: list[runs.SourceRun] = []
        self.job = ""
        self.ingest = Ingest(database, self.leases, POLICY, job_ended=lambda _event, result: self.ended.append(result))

    def begin(
        self, *, limit: int = 0, rechecks: bool = False, source: str = "a", lying: Collection[str] = ()
    ) -> tuple[PageRequest, ...]:
        """A new job in a run of its own; what the ledger lends it."""
        with self.database.transaction():
            source_id = sources.ensure(self.database, source, f"https://{source}.cn/", self.now)
            run_id = runs.begin(self.database, "crawl", self.now)
            self.job = f"job-{run_id}"
            pages = ledger.lease(
                self.database,
                run_id=run_id,
                job_id=self.job,
                source_id=source_id,
                now=self.now,
                limit=limit,
                rechecks=limit if rechecks else 0,
                lying=lying,
            )
            runs.add_source(
                self.database, run_id, source_id, self.job, self.now, planned=len(pages), with_entries=True
            )
        self.leases[self.job] = Lease(run_id=run_id, source_id=source_id)
        return pages

    def take(self, *events: Event) -> list[Noted]:
        """What the events changed, ingested as one batch."""
        return self.ingest.batch(events, self.now)

    def end(self, reason: str = "finished") -> runs.SourceRun:
        """The sum of the job, which ends."""
        (noted,) = self.take(JobFinished(job_id=self.job, number=0, reason=reason))
        assert noted.result is not None
        return noted.result

    def recheck(self, *events: Event, host_answers: bool = True) -> runs.SourceRun:
        """The sum of a job that was lent all that is due; events are made for it by functions of this desk.

        `host_answers`: another page of the host came as it should a moment ago.
        """
        self.begin(limit=100, rechecks=True)
        if host_answers:
            with self.database.transaction():
                host_states.answered(self.database, url(""), self.now)
        self.take(*(self.of_this_job(event) for event in events))
        return self.end()

    def lose(self, name: str) -> None:
        """None; the article's address says 410 as often, and over that time, as makes it gone."""
        for _ in range(POLICY.gone_times):
            self.now += POLICY.gone_after
            self.recheck(self.rejected(name, "gone", http_status=410))

    def of_this_job(self, event: Any) -> Any:
        """The event, as if the present job had sent it now."""
        names = {name: getattr(event, name) for name in event.__dataclass_fields__}
        return type(event)(**{**names, "job_id": self.job, "fetched_at": self.now})

    def discovered(self, *names: str, taken: int | None = None, entry_url: str = FEED) -> Discovered:
        found = tuple(Candidate(url=url(name), key=key(name), position=at) for at, name in enumerate(names))
        return Discovered(
            job_id=self.job,
            number=0,
            entry_url=entry_url,
            candidates=found,
            taken=len(found) if taken is None else taken,
        )

    def checked(self, status: Any = "ok", **values: Any) -> EntryChecked:
        return EntryChecked(**{"job_id": self.job, "number": 0, "url": FEED, "status": status, "links": 1, **values})

    def extracted(self, name: str, of: Article | str = "正文。", to: str | None = None, **values: Any) -> Extracted:
        found = article(of) if isinstance(of, str) else of
        final = to or name
        return Extracted(
            **self._page(name),
            url=url(name),
            final_url=url(final),
            final_key=key(final),
            article=found,
            digest=content_digest(found),
            **values,
        )

    def unchanged(self, name: str, **values: Any) -> Unchanged:
        return Unchanged(**self._page(name), **values)

    def rejected(self, name: str, reason: str = "no_text", **values: Any) -> Rejected:
        return Rejected(**self._page(name), reason=reason, **values)

    def failed(self, name: str, reason: str = "timeout", **values: Any) -> Failed:
        return Failed(**self._page(name), reason=reason, **values)

    def _page(self, name: str) -> dict[str, Any]:
        return {"job_id": self.job, "number": 0, "key": key(name), "fetched_at": self.now}

    def stored(self, name: str, of: Article | str = "正文。") -> int:
        """The id of a new article, stored by a job of its own."""
        self.begin()
        self.take(self.discovered(name), self.extracted(name, of))
        self.end()
        return int(self.database.value("SELECT id FROM article_heads WHERE key = ?", (key(name),)))

    def url(self, name: str) -> Any:
        """The ledger's row of an address."""
        row = self.database.row("SELECT * FROM urls WHERE key = ?", (key(name),))
        assert row is not None
        return row

    def article(self, article_id: int) -> Any:
        """An article as readers see it."""
        row = self.database.row("SELECT * FROM articles WHERE id = ?", (article_id,))
        assert row is not None
        return row

    def changes(self, article_id: int | None = None) -> list[str]:
        """The kinds of changes, in the order of their numbers."""
        rows = self.database.rows(
            "SELECT op FROM changes WHERE ?1 IS NULL OR article_id = ?1 ORDER BY seq", (article_id,)
        )
        return [row[0] for row in rows]

    def digest(self, but: Sequence[str] = ()) -> dict[str, list[tuple[Any, ...]]]:
        """All rows of all tables, but the name by which the file's raw pages are told from those of others."""
        found = {
            table: sorted((tuple(row) for row in self.database.rows(f"SELECT * FROM {table}")), key=repr)
            for (table,) in self.database.rows("SELECT name FROM sqlite_schema WHERE type = 'table'")
            if table not in but and not table.startswith("_")
        }
        if "meta" in found:
            found["meta"] = [row for row in found["meta"] if row[0] != "archive_id"]
        return found


@contextmanager
def old_door() -> Iterator[None]:
    """A block in which articles are stored as they come: files of older versions have what is kept out today."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("storage.ingest.storable", lambda event: event)
        yield


@pytest.fixture(scope="module", autouse=True)
def _quick_files(quick_files: None) -> None:
    """None; see `quick_files`."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "news.db"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    with open_writer(path) as opened:
        yield opened


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


@pytest.fixture
def make_article() -> Any:
    return article


@pytest.fixture
def make_desk(tmp_path: Path) -> Iterator[Any]:
    """A function that makes a desk with a database of its own, as often as it is called."""
    opened: list[Database] = []

    def make() -> Desk:
        opened.append(open_writer(tmp_path / f"news-{len(opened)}.db"))
        # What is tested with it is what the rows say, not whether they outlive a power cut.
        opened[-1].execute("PRAGMA synchronous = OFF")
        return Desk(opened[-1])

    yield make
    for one in opened:
        one.close()


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """A SQLite file of somebody else's."""
    made = tmp_path / "foreign.db"
    connection = sqlite3.connect(made)
    connection.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)")
    connection.execute("INSERT INTO notes (text) VALUES ('mine')")
    connection.commit()
    connection.close()
    return made
