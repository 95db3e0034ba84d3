"""What all pages share: who asks and how, reading the file, and the page around what was found."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl, quote, urlencode
from zoneinfo import ZoneInfo

from datasette.utils.asgi import Response

from storage.database import Database, DatabaseError, open_reader, refuse_older
from storage.faults import StorageFault
from storage.web import policy
from storage.web.pages import words
from storage.web.pages.rendering import rendered
from storage.web.pages.words import Words

ROOT: Final = "/-/dibao"
MOST_SECONDS: Final = 2.0
"""Work of a processor that reading the file for one page may take; ten times what any takes at a million articles."""
LONGEST_SECONDS: Final = 20.0
"""The same by the clock, where the disk is slow or many ask at once."""
_LOOK_STEPS: Final = 1_000
"""Steps of SQLite's machine between two looks at the time."""
SECTIONS: Final = ("sources", "incidents", "search", "runs", "rejected")

_HEADERS: Final = {"content-security-policy": policy.OURS, "cache-control": "private, no-cache"}

Found = TypeVar("Found")


class TooLong(Exception):
    """Reading the file for a page took more than MOST_SECONDS."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request of a page. `name`: the database in Datasette; `path`: its file; `served`: by `dibao serve`."""

    datasette: Any
    request: Any
    words: Words
    now: datetime
    zone: ZoneInfo
    name: str
    path: Path

    async def read(self, question: Callable[[Database], Found]) -> Found:
        """What `question` finds in the file, which it sees as it is at one moment. Raises StorageFault, TooLong.

        The file is opened for it: a connection that is kept would go on showing a file that a restore has replaced.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.datasette.executor, _read, self.path, question)

    def page(self, template: str, *, status: int = 200, **context: Any) -> Response:
        """The page that a template makes of what was found; every template knows `visit` and `w`, its words."""
        body = rendered(template, visit=self, w=self.words, **context)
        answer = Response.html(body, status=status, headers=dict(_HEADERS))
        if self.asked("lang") in words.LANGUAGES:
            path = self.datasette.setting("base_url")
            answer.set_cookie(words.COOKIE, self.words.lang, path=path, max_age=31_536_000, httponly=True)
        return answer

    def missing(self, key: str = "frame.missing") -> Response:
        """The page that says that there is no such thing; `key`: of the words that say it."""
        return self.page("told.html", status=404, title=self.words("frame.missing_title"), told=self.words(key))

    def sections(self) -> list[tuple[str, str]]:
        """The sections of the paper: a key of the words `nav`, and the address."""
        ours = [(key, self.url(*([] if key == "sources" else [key]))) for key in SECTIONS]
        return [*ours, ("tables", str(self.datasette.urls.database(self.name)))]

    def signed_in(self) -> bool:
        """Whether who asks has a session, and so can end it (storage.web.guard)."""
        return bool(self.request.scope.get("dibao_signed_in"))

    def asked(self, name: str) -> str | None:
        """A value of the address's query, or None."""
        value = self.request.args.get(name)
        return None if value is None else str(value)

    def url(self, *parts: object, **query: object) -> str:
        """The address of a page of ours: `url("source", name, lang="en")`; what is None in the query is left out."""
        path = "/".join((ROOT, *(quote(str(part), safe="") for part in parts)))
        asked = urlencode({name: value for name, value in query.items() if value is not None})
        return str(self.datasette.urls.path(path)) + (f"?{asked}" if asked else "")

    def again(self, **query: object) -> str:
        """The address of this page with some of its query changed; None takes a value out."""
        kept = dict(parse_qsl(self.request.query_string)) | query
        asked = urlencode({name: value for name, value in kept.items() if value is not None})
        return f"?{asked}"


View = Callable[[Visit], Awaitable[Response]]
Sheet = tuple[str, View]
"""A pattern of addresses under ROOT, and what answers them."""


def now() -> datetime:
    """The time at which a page is asked for."""
    return datetime.now(UTC)


@contextmanager
def bounded(connection: Any) -> Iterator[None]:
    """A block in which what is asked of the file is interrupted when it has taken too much work.

    Counted is the thread's own time, not the clock's: a page is not refused because others are asked for at once.
    """
    most, latest = time.thread_time() + MOST_SECONDS, time.monotonic() + LONGEST_SECONDS
    connection.set_progress_handler(lambda: time.thread_time() > most or time.monotonic() > latest, _LOOK_STEPS)
    try:
        yield
    finally:
        connection.set_progress_handler(None, _LOOK_STEPS)


def _read(path: Path, question: Callable[[Database], Found]) -> Found:
    with open_reader(path) as database:
        refuse_older(database)
        database.execute("BEGIN")
        with bounded(database.connection):
            try:
                return question(database)
            except (StorageFault, DatabaseError) as fault:
                if "interrupted" in str(fault.__cause__ or fault):
                    raise TooLong from fault
                raise
