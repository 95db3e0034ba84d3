"""What a page teaches beside its article: what its host repeats, which answers are its error pages, what it counts."""

from __future__ import annotations

from typing import Any

from storage import chrome, chrome_hosts, counts, error_pages, rereading
from storage.chrome_hosts import Seen
from storage.database import Database
from storage.identity import host_of
from storage.records import Extracted, PageEvent, Rejected, Unchanged
from storage.url_states import UrlState


def learn(
    database: Database, event: PageEvent, row: Any, source_id: int, state: UrlState, *, taught: chrome.Taught
) -> None:
    """None; what the event teaches is in the file.

    `row`: its address in the ledger; `state`: what that has become; `taught`: what the batch has read of it so far.
    """
    match event:
        case Extracted():
            _from_article(database, event, row, source_id, state, taught=taught)
        case Unchanged() if state.article_id is not None:
            counts.note(database, state.article_id, event.counts, event.fetched_at)
            seen = Seen(
                host=_host_of_article(database, state.article_id),
                source_id=source_id,
                job_id=event.job_id,
                at=event.fetched_at,
            )
            _read_again_if_behind(database, taught, seen, row["id"], state.article_id)
        case Rejected():
            seen = Seen(host=event.host, source_id=source_id, job_id=event.job_id, at=event.fetched_at)
            _from_answer(database, event, seen, row["id"])
        case _:
            pass


def _from_article(
    database: Database, event: Extracted, row: Any, source_id: int, state: UrlState, *, taught: chrome.Taught
) -> None:
    seen = Seen(
        host=host_of(event.final_url), source_id=source_id, job_id=event.job_id, at=event.fetched_at
    )
    if state.state == "stored" and state.article_id is not None:
        counts.note(database, state.article_id, event.article.counts, event.fetched_at)
        if event.observed is not None:
            chrome.learn(database, seen, state.article_id, row["entry_point_id"], event.observed)
            taught.forget(seen.host)
        if taught.is_behind(seen, event.article.text, event.observed):
            rereading.again(database, [state.article_id], seen.at)
    _from_answer(database, event, seen, row["id"])


def _from_answer(database: Database, event: Extracted | Rejected, seen: Seen, url_id: int) -> None:
    if event.fingerprint and error_pages.is_telling(event):
        chrome_hosts.note(database, seen)
        error_pages.answered(database, seen, event.fingerprint, url_id)


def _read_again_if_behind(
    database: Database, taught: chrome.Taught, seen: Seen, url_id: int, article_id: int
) -> None:
    """None; an answer that nothing has changed does not undo that its article is to be read again."""
    behind = taught.is_any(seen) and taught.is_behind(seen, _text(database, article_id), None)
    if behind or error_pages.is_behind(database, seen, url_id):
        rereading.again(database, [article_id], seen.at)


def _text(database: Database, article_id: int) -> str:
    return str(
        database.value(
            "SELECT t.text FROM article_heads a JOIN article_revisions r ON r.article_id = a.id"
            " AND r.revision = a.revision JOIN article_texts t ON t.revision_id = r.id WHERE a.id = ?",
            (article_id,),
        )
    )


def _host_of_article(database: Database, article_id: int) -> str:
    return host_of(str(database.value("SELECT url FROM article_heads WHERE id = ?", (article_id,))))
