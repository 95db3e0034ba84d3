"""The pages of what was not stored: addresses that brought no article, and why; and pages that are kept away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from datasette.utils.asgi import Response

from storage.database import Database, Row
from storage.web.pages.frame import Visit
from storage.web.pages.reading.prose import address

PAGE: Final = 50
"""Addresses of one page."""
LOOKED_AT: Final = 20_000
"""Addresses that are passed over for a page at most, some 10 ms: where a reason is rare, the next page goes on."""
COUNTED: Final = 5_000
"""The last addresses of which it is told how many had which reason."""

_REFUSED = "(state IN ('rejected', 'failed', 'gone') OR (state = 'pending' AND attempts > 0))"
"""Word for word the condition of the index `urls_refused`, which has all that is needed to choose."""
_BEHIND = "(last_checked_at, id) < (:at, :id)"
_NEWEST_FIRST = "ORDER BY last_checked_at DESC, id DESC"
_SEEN = f"""
    SELECT last_checked_at, id, source_id, reason FROM urls INDEXED BY urls_refused
     WHERE {_REFUSED} AND {_BEHIND} {_NEWEST_FIRST} LIMIT :most"""
_ADDRESSES = """
    SELECT u.id, u.url, s.name AS source, CASE WHEN q.url_id IS NULL THEN u.state ELSE 'quarantined' END AS state,
           u.reason, u.detail, u.http_status, u.attempts, u.discovered_at, u.last_checked_at, u.next_at,
           u.link_title, u.article_id
      FROM urls u JOIN sources s ON s.id = u.source_id LEFT JOIN quarantine q ON q.url_id = u.id WHERE u.id = ?"""
_QUARANTINED = """
    SELECT q.url_id, u.url, s.name AS source, q.quarantined_at, q.reason, q.detail, q.strikes, q.extractor,
           q.content_type, q.body_bytes, q.body IS NOT NULL AS body_kept, u.article_id
      FROM quarantine q JOIN urls u ON u.id = q.url_id JOIN sources s ON s.id = u.source_id
     WHERE (q.quarantined_at, q.url_id) < (?, ?) ORDER BY q.quarantined_at DESC, q.url_id DESC LIMIT ?"""
_LATEST: Final = ("9999", 0)

Place = tuple[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """One page of addresses. `reasons`, `sources`: how many of the last COUNTED had which, which are `counted`.

    `behind`: the place of the last that was looked at, where there may be more; None at the end.
    """

    rows: Sequence[Row]
    reasons: Sequence[tuple[str, int]]
    sources: Sequence[tuple[str, int]]
    counted: int
    behind: Place | None


async def rejected(visit: Visit) -> Response:
    """The page of addresses that brought no article, those last asked first; of one source, of one reason."""
    source, reason = visit.asked("source") or None, visit.asked("reason") or None
    behind = place(visit.asked("behind"))
    found = await visit.read(lambda database: _refused(database, source, reason, behind))
    following = None if found.behind is None else visit.again(behind="_".join(map(str, found.behind)))
    return visit.page(
        "rejected.html", here="rejected", found=found, source=source, reason=reason, following=following,
        is_first=visit.asked("behind") is None, address=address, meaning=_meaning(visit),
    )  # fmt: skip


async def quarantine(visit: Visit) -> Response:
    """The page of pages that twice in a row broke what reads them."""
    rows = await visit.read(
        lambda database: database.rows(_QUARANTINED, (*place(visit.asked("behind")), PAGE + 1))
    )
    more = len(rows) > PAGE
    last = rows[PAGE - 1] if more else None
    following = visit.again(behind=f"{last['quarantined_at']}_{last['url_id']}") if last is not None else None
    return visit.page(
        "quarantine.html", here="rejected", rows=rows[:PAGE], following=following, address=address,
        meaning=_meaning(visit),
    )  # fmt: skip


def place(text: str | None) -> Place:
    """The place in a list, newest first, that a link of ours names; the beginning for anything else."""
    at, _, number = (text or "").rpartition("_")
    return (at, int(number)) if at and number.isascii() and number.isdigit() and len(number) < 19 else _LATEST  # noqa: PLR2004


def _refused(database: Database, source: str | None, reason: str | None, behind: Place) -> Refused:
    names = {row["id"]: row["name"] for row in database.rows("SELECT id, name FROM sources")}
    most = LOOKED_AT if source or reason else COUNTED
    seen = database.rows(_SEEN, {"at": behind[0], "id": behind[1], "most": most})
    chosen = [row for row in seen if source in {None, names[row["source_id"]]} and reason in {None, row["reason"]}]
    shown = chosen[:PAGE]
    last = shown[-1] if len(chosen) > PAGE else seen[-1] if len(seen) == most else None
    newest = seen[:COUNTED]
    return Refused(
        rows=[database.row(_ADDRESSES, (row["id"],)) for row in shown],
        reasons=_counted(row["reason"] or "" for row in newest if source in {None, names[row["source_id"]]}),
        sources=_counted(names[row["source_id"]] for row in newest if reason in {None, row["reason"]}),
        counted=len(newest),
        behind=None if last is None else (last["last_checked_at"], last["id"]),
    )


def _counted(values: Any) -> list[tuple[str, int]]:
    """How many there are of each, the most first."""
    return sorted(Counter(values).items(), key=lambda one: (-one[1], one[0]))


def _meaning(visit: Visit) -> Any:
    """What a reason means, in the visitor's words; an answer of HTTP by its number."""

    def meaning(reason: str | None) -> str:
        if reason is None:
            return visit.words("reason.unknown")
        if reason.startswith("http_") and reason not in {"http_404", "http_410"}:
            return visit.words("reason.http", status=reason.removeprefix("http_"))
        key = f"reason.{reason}"
        return visit.words(key) if visit.words.knows(key) else visit.words("reason.other")

    return meaning
