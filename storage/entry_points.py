"""Entry points as the file knows them: how each was asked, what it brought, and whether its validators can be believed.

A server whose validators lie (the same ETag, another body) would hide what is new for ever. So once a day an entry
point is asked without validators; one that then names other articles under the same validators gets none for a month.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from storage import gaps
from storage.database import Database
from storage.host_states import LIES_BELIEVED_FOR
from storage.records import EntryChecked, EntryKind, EntryPoint, Validators, from_utc_text, utc_text

PROBE_EVERY = timedelta(days=1)

EMPTIED = "emptied"
"""The reason of an answer that names no article where the last one named some: a page of maintenance, most often."""

BELIEVED_AFTER = 6
"""Such answers in a row from which on the entry point is empty. As a source that fails is asked ever less often, they
take a day and more of one that is asked every hour."""

# Validators and counts are those of the last answer that was read; a 304 or a failure leaves them.
_CHECKED = """
    UPDATE entry_points SET last_checked_at = :now, last_status = :status, last_reason = :reason,
           last_detail = :detail, last_job = :job, kind = :kind,
           failures = CASE WHEN :good THEN 0 ELSE failures + 1 END,
           parent = coalesce(:parent, parent), found_by = coalesce(:found_by, found_by),
           etag = CASE WHEN :read THEN :etag ELSE etag END,
           last_modified = CASE WHEN :read THEN :modified ELSE last_modified END,
           lastmod = CASE WHEN :good THEN :lastmod ELSE lastmod END,
           digest = CASE WHEN :read THEN :digest ELSE digest END,
           last_links = CASE WHEN :read THEN :links ELSE last_links END,
           last_new = CASE WHEN :read THEN :new ELSE last_new END,
           last_pages = CASE WHEN :read THEN :pages ELSE last_pages END,
           last_new_at = CASE WHEN :new > 0 THEN :now ELSE last_new_at END,
           asked_plain_at = CASE WHEN :read THEN :now ELSE asked_plain_at END,
           lies_since = CASE WHEN :lies THEN :now ELSE lies_since END
     WHERE source_id = :source AND url = :url AND last_job IS NOT :job"""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRow:
    """The history of one entry point. `seen`: it has brought articles; `shown`: its last answer named some."""

    url: str
    kind: EntryKind
    found_by: str | None
    parent: str | None
    lastmod: str | None
    first_seen_at: datetime | None
    last_checked_at: datetime | None
    last_new_at: datetime | None
    failures: int
    last_status: str | None
    last_reason: str | None
    validators: Validators
    seen: bool
    shown: bool


def rows(database: Database, source_id: int, now: datetime) -> tuple[EntryRow, ...]:
    """Every entry point that the source has or had; `validators` are those to ask it with now."""
    return tuple(
        _row(row, now)
        for row in database.rows("SELECT * FROM entry_points WHERE source_id = ? ORDER BY id", (source_id,))
    )


def prepared(
    database: Database, source_id: int, entries: Iterable[EntryPoint], sites: Iterable[str], now: datetime
) -> tuple[EntryPoint, ...]:
    """The entry points with what is remembered of each, known to the file from now on.

    One that owes a walk (storage.gaps), or is asked to bridge a gap, is asked without validators: its first page may
    well be unchanged, and it is what lies behind it that is wanted.
    """
    entries = tuple(entries)
    own = " ".join(sorted(sites))
    # What was read in another way (as another kind, with another link pattern, of other sites), or brought nothing at
    # all, is asked without validators: "unchanged" would keep from being seen what is now wanted of it.
    database.executemany(
        "INSERT INTO entry_points (source_id, kind, url, read_as, found_by, parent, first_seen_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (source_id, url)"
        " DO UPDATE SET kind = excluded.kind, read_as = excluded.read_as, etag = NULL, last_modified = NULL,"
        " first_seen_at = coalesce(first_seen_at, excluded.first_seen_at)"
        # An index names parts, not articles.
        " WHERE read_as IS NOT excluded.read_as OR (last_links = 0 AND NOT EXISTS"
        " (SELECT 1 FROM entry_points AS part WHERE part.source_id = entry_points.source_id"
        " AND part.parent = entry_points.url))",
        [
            (
                source_id,
                entry.kind,
                entry.url,
                f"{entry.kind} {entry.links or ''} {own}" + (f" {entry.json}" if entry.json else ""),
                entry.found_by,
                entry.parent,
                utc_text(now),
            )
            for entry in entries
        ],
    )
    known = {row.url: row for row in rows(database, source_id, now)}
    walks = gaps.owing(database, source_id, now)
    return tuple(_prepared(entry, known[entry.url], walks.get(entry.url)) for entry in entries)


def _prepared(entry: EntryPoint, row: EntryRow, walk: Literal["owing", "resting"] | None) -> EntryPoint:
    plain = walk == "owing" or entry.found_by == "fallback"
    return replace(
        entry,
        validators=Validators() if plain else row.validators,
        seen=row.seen and walk != "resting",
        shown=row.shown,
        owing=walk == "owing",
    )


def know(database: Database, source_id: int, url: str, now: datetime) -> None:
    """None; an entry point that only another one names (a part of a sitemap index) is in the file."""
    database.execute(
        "INSERT INTO entry_points (source_id, kind, url, first_seen_at) VALUES (?, 'sitemap', ?, ?)"
        " ON CONFLICT DO NOTHING",
        (source_id, url, utc_text(now)),
    )


def checked(database: Database, source_id: int, event: EntryChecked, now: datetime) -> bool:
    """Whether the answer was noted: False where the job has said it before.

    Said again, it can only close the gap that it opened: a job tells of a gap first, and looks behind it then.
    """
    know(database, source_id, event.url, now)
    row = database.row("SELECT * FROM entry_points WHERE source_id = ? AND url = ?", (source_id, event.url))
    assert row is not None, "it is known since the line before"
    done = database.execute(
        _CHECKED,
        {
            "now": utc_text(now),
            "status": event.status,
            "reason": event.reason or None,
            "detail": event.detail or None,
            "job": event.job_id,
            "kind": event.kind,
            "read": event.status == "ok",
            "good": event.status != "failed",
            "parent": event.parent,
            "found_by": event.found_by,
            "lastmod": event.lastmod,
            "digest": event.digest,
            "links": event.links,
            "new": event.new,
            "pages": event.pages,
            "etag": event.validators.etag,
            "modified": event.validators.last_modified,
            "lies": _lies(row, event),
            "source": source_id,
            "url": event.url,
        },
    ).rowcount
    if not done and event.gap == "closed":
        gaps.bridged(database, source_id, event.url, now)
    return bool(done)


def same_validators(row: Any, validators: Validators) -> bool:
    """Whether an answer has the validators that are stored: the ETag where there is one, else Last-Modified."""
    if validators.etag is not None or row["etag"] is not None:
        return bool(validators.etag == row["etag"])
    return validators.last_modified is not None and bool(validators.last_modified == row["last_modified"])


def _lies(row: Any, event: EntryChecked) -> bool:
    """Whether the answer names other articles under the validators of the last one."""
    both = event.status == "ok" and event.digest is not None and row["digest"] is not None
    return both and event.digest != row["digest"] and same_validators(row, event.validators)


def _row(row: Any, now: datetime) -> EntryRow:
    lies, plain = _time(row["lies_since"]), _time(row["asked_plain_at"])
    believed = lies is None or now - lies > LIES_BELIEVED_FOR
    believed = believed and plain is not None and now - plain < PROBE_EVERY
    return EntryRow(
        url=row["url"],
        kind=row["kind"],
        found_by=row["found_by"],
        parent=row["parent"],
        lastmod=row["lastmod"],
        first_seen_at=_time(row["first_seen_at"]),
        last_checked_at=_time(row["last_checked_at"]),
        last_new_at=_time(row["last_new_at"]),
        failures=row["failures"],
        last_status=row["last_status"],
        last_reason=row["last_reason"],
        validators=Validators(etag=row["etag"], last_modified=row["last_modified"]) if believed else Validators(),
        seen=bool(row["last_links"]) or row["last_new_at"] is not None,
        shown=bool(row["last_links"]) and not (row["last_reason"] == EMPTIED and row["failures"] >= BELIEVED_AFTER),
    )


def _time(text: str | None) -> datetime | None:
    return None if text is None else from_utc_text(text)
