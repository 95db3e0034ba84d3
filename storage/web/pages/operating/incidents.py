"""Incidents: what is wrong now, what was, and of each what shows it and who was told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from datasette.utils.asgi import Response

from storage.database import Database, Row
from storage.short_forms import as_read
from storage.watch import alerts, incidents, wording
from storage.watch.alerts import QueuedAlert
from storage.watch.incidents import Incident
from storage.web.pages.frame import Sheet, Visit
from storage.web.pages.operating.telling import told

PAGE: Final = 50
_SAMPLED: Final = 3
"""Articles of each side of a sample that are shown."""
_TEXT: Final = 400
"""Characters of each."""
_UNTOLD: Final = frozenset({"resolution", "lasted_seconds", "names"})
"""Facts that stand elsewhere on the page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a page of one incident shows beside it."""

    incident: Incident
    before: Sequence[Row]
    after: Sequence[Row]
    alerts: Sequence[QueuedAlert]


async def listing(visit: Visit) -> Response:
    """The page of what is open, and of what was; `?before=ID` goes back."""
    asked = visit.asked("before") or ""
    before = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 18 else None  # noqa: PLR2004
    opened, past, oldest = await visit.read(lambda database: _found(database, before))
    return visit.page(
        "incidents.html",
        here="incidents",
        opened=[told(one, visit) for one in opened[:PAGE]],
        unseen=max(0, len(opened) - PAGE),
        past=[told(one, visit) for one in past],
        oldest=oldest,
        before=before,
    )


async def one(visit: Visit) -> Response:
    """The page of one incident."""
    number = int(visit.request.url_vars["id"])
    found = await visit.read(lambda database: _evidence(database, number))
    if found is None:
        return visit.missing()
    return visit.page(
        "incident.html",
        here="incidents",
        incident=told(found.incident, visit),
        facts=_facts(found.incident.facts, visit),
        found=found,
        taken=_TEXT,
    )


def _found(database: Database, before: int | None) -> tuple[Sequence[Incident], Sequence[Incident], int | None]:
    """The open ones on the first page, the others of this page, and the id before which there are more."""
    opened = incidents.open_incidents(database) if before is None else ()
    newest = incidents.history(database, before_id=before, limit=PAGE + 1)
    oldest = newest[PAGE - 1].id if len(newest) > PAGE else None
    return opened, [each for each in newest[:PAGE] if not each.is_open], oldest


def _evidence(database: Database, number: int) -> Evidence | None:
    incident = incidents.find(database, number)
    if incident is None:
        return None
    sample = incident.sample or {}
    return Evidence(
        incident=incident,
        before=_articles(database, sample, "before"),
        after=_articles(database, sample, "after"),
        alerts=alerts.of_incident(database, number),
    )


def _articles(database: Database, sample: Mapping[str, Any], side: str) -> list[Row]:
    """The articles of one side of a sample that are still there."""
    ids = [number for number in sample.get(side) or () if isinstance(number, int)][:_SAMPLED]
    return database.rows(
        "SELECT a.id, a.url, r.title, r.published_local, r.published_at, r.origin, r.authors, r.characters,"
        f" {as_read(('credits',))}, r.fetched_at, substr(t.text, 1, ?) AS text FROM article_heads a"
        " JOIN article_revisions r ON r.article_id = a.id AND r.revision = a.revision"
        f" JOIN article_texts t ON t.revision_id = r.id WHERE a.id IN ({', '.join('?' * len(ids))}) ORDER BY a.id",
        (_TEXT, *ids),
    )


def _facts(facts: Mapping[str, Any], visit: Visit) -> list[tuple[str, str]]:
    """The facts that have a name for people, as they read them."""
    return [
        (visit.words(f"facts.{name}"), wording.shown(name, value, visit.words.lang, visit.zone))
        for name, value in facts.items()
        if name not in _UNTOLD and value not in (None, "") and visit.words.knows(f"facts.{name}")
    ]


SHEETS: tuple[Sheet, ...] = ((r"^/-/dibao/incidents$", listing), (r"^/-/dibao/incidents/(?P<id>\d{1,18})$", one))
