"""Reading kept pages again, from start to end: what `dibao reextract` and the tests call. No network.

Articles are read in the order of their ids and in bounded memory. What differs is stored in batches, each in one
transaction: whatever is killed, what was committed stays, and the rest still differs for the next run.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from crawler.extraction.batch import in_pool
from crawler.kept_pages import KeptPage
from crawler.learned import Learned, keys
from scheduler.kept_articles import KeptArticle, Read, read_again
from storage import chrome, read_columns, reextraction
from storage.archive import reading as archive
from storage.archive.reading import ArchivedArticle, ArchivedPage
from storage.database import Database, open_reader, open_writer, refuse_older
from storage.faults import StorageFault
from storage.identity import BadUrl, host_of
from storage.lock import WriterLock
from storage.progress import Progress, untold
from storage.records import Rejection
from storage.reextraction import Reread, StoredReading
from storage.revisions.comparison import Comparison
from storage.selection import Selection

BATCH_ARTICLES = 100
BATCH_SECONDS = 2.0
"""A commit costs a disk flush: grouped, but what was read waits no longer than this to be safe."""

UNSTORABLE = "unstorable"
"""Under which articles are counted of which a value does not fit into the file."""

UNREAD = frozenset({"extraction_timeout", "extraction_crashed", "unreadable", UNSTORABLE})
"""Reasons that say that pages could not be read, or not be stored as read; not that they are no article."""

FILE_SCHEME = "import:"
"""Of the addresses of files that have none in the web (crawler.importing.addresses)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReextractPlan:
    """What to read again, and how. `limit`: of how many kept articles; `samples`: how many of each kind are shown."""

    database: Path
    selection: Selection
    limit: int | None = None
    dry_run: bool = False
    samples: int = 0
    page_seconds: float = 20.0
    processes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An article that is read otherwise. `columns`: those that differ, public name to what was and what is now."""

    comparison: Comparison
    columns: dict[str, tuple[object, object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """An article that is left as it is, and why."""

    article_id: int
    url: str
    reason: str
    detail: str = ""


@dataclass(slots=True, kw_only=True)
class ReextractResult:
    """What it came to. `selected` = `not_archived` + what is kept, of which `read` was read: the sum of the others.

    `columns`: in how many articles each public column differs; `written`: new revisions, none in a dry run. `samples`,
    `refused`, `broken`: the first of those that changed, that the rules of today reject, and that could not be read.
    """

    dry_run: bool
    selected: int = 0
    not_archived: int = 0
    read: int = 0
    unchanged: int = 0
    changed: int = 0
    written: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    unreadable: Counter[str] = field(default_factory=Counter)
    columns: Counter[str] = field(default_factory=Counter)
    samples: list[Change] = field(default_factory=list)
    refused: list[Left] = field(default_factory=list)
    broken: list[Left] = field(default_factory=list)
    interrupted: bool = False
    seconds: float = 0.0


def reextract(
    plan: ReextractPlan,
    *,
    clock: Callable[[], datetime],
    wait_seconds: float = 0.0,
    progress: Progress = untold,
    should_stop: Callable[[], bool] = lambda: False,
) -> ReextractResult:
    """Reads the kept pages of a selection with the rules of today, and stores what they say otherwise.

    A dry run stores nothing, needs no lock, and may run beside a daemon. `progress` is told how many are done, of how
    many. Raises LockHeld, UnknownSource or StorageFault.
    """
    began = time.monotonic()
    with ExitStack() as stack:
        writer = None
        if not plan.dry_run:
            stack.enter_context(WriterLock(plan.database, wait_seconds=wait_seconds))
            writer = stack.enter_context(open_writer(plan.database))
        reader = stack.enter_context(_reader(plan.database))
        run = _Run(plan=plan, reader=reader, writer=writer, clock=clock)
        run.go(progress, should_stop)
        run.result.seconds = time.monotonic() - began
        return run.result


def _reader(path: Path) -> Database:
    """The file for reading, each statement as it is then: a long run must not hold up the folding in of the log."""
    database = open_reader(path)
    try:
        refuse_older(database)
    except StorageFault:
        database.close()
        raise
    return database


@dataclass(slots=True, kw_only=True)
class _Run:
    """One run: what is being read, and what was read and is not in the file yet. `writer`: None in a dry run."""

    plan: ReextractPlan
    reader: Database
    writer: Database | None
    clock: Callable[[], datetime]
    result: ReextractResult = field(init=False)
    learned: dict[int, Learned] = field(default_factory=dict)
    before: deque[StoredReading] = field(default_factory=deque)
    waiting: list[tuple[StoredReading, Reread]] = field(default_factory=list)
    since: float = 0.0

    def __post_init__(self) -> None:
        self.result = ReextractResult(dry_run=self.plan.dry_run)

    def go(self, progress: Progress, should_stop: Callable[[], bool]) -> None:
        """None; all was read that is to be read, and what differs is stored, or would be."""
        found = reextraction.selected(self.reader, self.plan.selection)
        self.result.selected, self.result.not_archived = found.articles, found.not_archived
        wanted = found.kept if self.plan.limit is None else min(self.plan.limit, found.kept)
        kept = self._kept(wanted, should_stop)
        results = in_pool(
            read_again, kept, processes=self.plan.processes, page_seconds=self.plan.page_seconds,
            size=lambda one: one.size,
        )  # fmt: skip
        for one, read in results:
            self._take(one, read)
            progress(self.result.read, wanted)
            self._commit_if_due()
        self._commit()
        self.result.interrupted = should_stop()

    def _kept(self, wanted: int, should_stop: Callable[[], bool]) -> Iterator[KeptArticle]:
        """The articles to read; what is stored of each waits in `before`."""
        for article in archive.newest(self.reader, self.plan.selection):
            if self.result.read + len(self.before) >= wanted or should_stop():
                return
            before = reextraction.stored(self.reader, article.article_id, article.revision)
            if before is not None:
                self.before.append(before)
                yield self._as_kept(article, before)

    def _as_kept(self, article: ArchivedArticle, before: StoredReading) -> KeptArticle:
        if before.source_id not in self.learned:
            self.learned[before.source_id] = Learned(chrome.for_job(self.reader, before.source_id), wanted=False)
        learned = self.learned[before.source_id]
        return KeptArticle(
            article_id=article.article_id,
            revision=article.revision,
            pages=tuple(_as_page(page, learned) for page in article.pages),
            fault=article.fault,
            digest=read_columns.digest(before.columns),
        )

    def _take(self, kept: KeptArticle, read: Read | Rejection) -> None:
        """None; what came of an article is counted, and waits for the next commit where it differs."""
        before, result = self.before.popleft(), self.result
        assert before.article_id == kept.article_id
        result.read += 1
        if isinstance(read, Rejection):
            self._leave(before, read)
        elif read.article is None:
            result.unchanged += 1
        else:
            one = Reread(
                article_id=kept.article_id,
                revision=kept.revision,
                fetched_at=kept.pages[0].fetched_at,
                article=read.article,
                signature=read.signature,
                terms=read.terms,
            )
            self._change(before, one)

    def _leave(self, before: StoredReading, why: Rejection) -> None:
        unread = why.reason in UNREAD
        (self.result.unreadable if unread else self.result.rejected)[why.reason] += 1
        examples = self.result.broken if unread else self.result.refused
        if len(examples) < self.plan.samples:
            left = Left(article_id=before.article_id, url=before.url, reason=why.reason, detail=why.detail)
            examples.append(left)

    def _change(self, before: StoredReading, now: Reread) -> None:
        if self.writer is None:
            self._count(before, now)
            return
        if not self.waiting:
            self.since = time.monotonic()
        self.waiting.append((before, now))

    def _count(self, before: StoredReading, now: Reread) -> None:
        """None; an article counts as changed, and is a sample if there are not enough."""
        differing = read_columns.differing(before.columns, read_columns.read_columns(now.article))
        self.result.changed += 1
        self.result.columns.update(differing.keys())
        if len(self.result.samples) < self.plan.samples:
            self.result.samples.append(Change(comparison=reextraction.shown(before, now), columns=differing))

    def _commit_if_due(self) -> None:
        """None; a batch that is large or old enough is in the file."""
        due = len(self.waiting) >= BATCH_ARTICLES
        if due or (self.waiting and time.monotonic() - self.since >= BATCH_SECONDS):
            self._commit()

    def _commit(self) -> None:
        """None; all that waits is in the file, in one transaction."""
        if self.writer is None or not self.waiting:
            return
        done = reextraction.write(self.writer, [now for _, now in self.waiting], self.clock())
        for (before, now), written in zip(self.waiting, done, strict=True):
            if written:
                self.result.written += 1
                self._count(before, now)
            else:
                self._leave(before, Rejection(reason=UNSTORABLE))
        self.waiting = []


def _as_page(page: ArchivedPage, learned: Learned) -> KeptPage:
    """A kept page with what was learned of its host."""
    url = "" if page.url.startswith(FILE_SCHEME) else page.url
    host = _host(url)
    return KeptPage(
        body=page.body,
        url=url,
        part=page.part,
        fetched_at=page.fetched_at,
        content_type=page.content_type,
        timezone=page.timezone,
        link_title=page.link_title,
        link_published=page.link_published,
        chrome=keys(learned.blocks(host)),
        error_pages=keys(learned.error_pages(host)),
    )


def _host(url: str) -> str:
    try:
        return host_of(url) if url else ""
    except BadUrl:
        return ""
