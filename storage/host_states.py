"""What is remembered of the hosts that are asked: their robots.txt, their pauses, their addresses, their honesty.

A host is known by its authority, `host[:port]`, as robots.txt is (RFC 9309, section 2.3). Politeness is owed to all of
a site's hosts together, and to all sites that one address serves.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from storage.database import Database, Row
from storage.identity import host_of, site_of
from storage.job_records import RobotsFile
from storage.times import from_utc_text, utc_text

if TYPE_CHECKING:
    from storage.records import HostAsked

# RFC 9309, section 2.4: a robots.txt is not to be used for more than a day; one that could not be had closes the host
# until the next try, which comes sooner.
ROBOTS_KEPT = timedelta(days=1)
ROBOTS_RETRY = timedelta(hours=1)
# A host that says 429 or 503 and not for how long: 1 min, 2 min ... up to a day while it goes on.
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(days=1)
MOST_DOUBLINGS = 5
"""A throttled host is asked at most 32 times as slowly."""
TOO_MANY_REQUESTS, SERVER_ERROR, SERVICE_UNAVAILABLE = 429, 500, 503
THROTTLING = frozenset({TOO_MANY_REQUESTS, SERVICE_UNAVAILABLE})
# A job carries so much of robots.txt files at most, the newest first: a site may have hosts without number.
MOST_ROBOTS, MOST_ROBOTS_CHARACTERS = 50, 2_000_000
LIES_BELIEVED_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class HostState:
    """How the hosts of a source may be asked. `paused_until`: none of them before that. `slower`: factor on the delay.

    `addresses`: IP addresses that serve them. `lying`: authorities whose validators are not believed.
    """

    robots: tuple[RobotsFile, ...] = ()
    paused_until: datetime | None = None
    pause_reason: str = ""
    slower: int = 1
    addresses: frozenset[str] = frozenset()
    lying: frozenset[str] = frozenset()


def authority_of(url: str) -> str:
    """`host[:port]` of a canonical URL."""
    return urlsplit(url).netloc


def state(database: Database, sites: Iterable[str], now: datetime) -> HostState:
    """What is remembered of the hosts of these sites."""
    rows = [row for site in sites for row in database.rows("SELECT * FROM hosts WHERE site = ?", (site,))]
    paused = max((row for row in rows if row["paused_until"]), key=lambda row: str(row["paused_until"]), default=None)
    return HostState(
        robots=_first_of(sorted(filter(None, (_robots(row, now) for row in rows)), key=_age)),
        paused_until=from_utc_text(paused["paused_until"]) if paused else None,
        pause_reason=(paused["pause_reason"] or "") if paused else "",
        slower=2 ** max((min(row["throttles"], MOST_DOUBLINGS) for row in rows), default=0),
        addresses=frozenset(row["address"] for row in rows if row["address"]),
        lying=frozenset(
            row["authority"]
            for row in rows
            if row["lies_since"] and now - from_utc_text(row["lies_since"]) <= LIES_BELIEVED_FOR
        ),
    )


def pauses(database: Database, now: datetime) -> dict[str, tuple[datetime, str]]:
    """The sites that have asked for a pause which is not over, each with its end and what was said."""
    found = database.rows(
        "SELECT site, paused_until, pause_reason FROM hosts WHERE paused_until > ? ORDER BY paused_until",
        (utc_text(now),),
    )
    return {
        row["site"]: (from_utc_text(row["paused_until"]), f"{row['site']} asked for a pause: {row['pause_reason']}")
        for row in found
    }


def is_closed(robots: RobotsFile) -> bool:
    """Whether the host is to be left alone because its robots.txt cannot be had (RFC 9309, section 2.3.1.4)."""
    status = robots.http_status
    return status is None or status == TOO_MANY_REQUESTS or status >= SERVER_ERROR


def robots_fetched(database: Database, robots: RobotsFile) -> None:
    """None; the file is kept."""
    _know(database, robots.authority)
    database.execute(
        "UPDATE hosts SET robots_status = ?, robots_fetched_at = ?, robots_body = ? WHERE authority = ?",
        (robots.http_status, utc_text(robots.fetched_at), robots.body, robots.authority),
    )


def asked(database: Database, event: HostAsked, now: datetime) -> None:
    """None; where the host is, and whether it has had enough of us, is known.

    Each job that it throttles doubles the delay, each that it lets through takes a doubling back.
    """
    _know(database, event.authority)
    if event.throttled and not _is_paused(database, event.authority, now):
        _pause(database, event.authority, SERVICE_UNAVAILABLE, None, now)
    database.execute(
        "UPDATE hosts SET address = coalesce(:address, address),"
        " throttles = CASE WHEN :throttled THEN min(throttles + 1, 20) WHEN :requests THEN max(throttles - 1, 0)"
        " ELSE throttles END"
        " WHERE authority = :authority AND (coalesce(:address, address) IS NOT address OR :throttled OR throttles > 0)",
        {
            "address": event.address,
            "throttled": int(event.throttled),
            "requests": event.requests,
            "authority": event.authority,
        },
    )


def answered(database: Database, url: str, at: datetime) -> None:
    """None; a page of the host came as it should. Kept to the minute: it tells outages from pages that are gone."""
    authority, minute = authority_of(url), utc_text(at.replace(second=0, microsecond=0))
    _know(database, authority)
    database.execute(
        "UPDATE hosts SET answered_at = ? WHERE authority = ? AND coalesce(answered_at, '') < ?",
        (minute, authority, minute),
    )


def has_answered(database: Database, url: str, since: datetime) -> bool:
    """Whether the host of that URL has given a good page after a moment."""
    at = database.value("SELECT answered_at FROM hosts WHERE authority = ?", (authority_of(url),))
    return at is not None and from_utc_text(at) + timedelta(minutes=1) > since


def throttled(
    database: Database, url: str, status: int | None, retry_after_seconds: float | None, now: datetime
) -> None:
    """None; after a 429 or 503 the whole host is left alone, for as long as it said or longer each time.

    A 503 that does not say how long may be that of one page. It counts where the job found the next page so, too, and
    says in its `HostAsked` that it was throttled.
    """
    if status in THROTTLING and (status != SERVICE_UNAVAILABLE or retry_after_seconds is not None):
        authority = authority_of(url)
        _know(database, authority)
        _pause(database, authority, status, retry_after_seconds, now)


def _pause(
    database: Database, authority: str, status: int, retry_after_seconds: float | None, now: datetime
) -> None:
    row = database.row("SELECT throttles, paused_until FROM hosts WHERE authority = ?", (authority,))
    assert row is not None, "it is known since the line before"
    # A server error is not to close a host for longer and longer.
    most = MOST_DOUBLINGS if status == SERVICE_UNAVAILABLE else 20
    wait = min(FIRST_PAUSE * 2 ** min(row["throttles"], most), LONGEST_PAUSE)
    if retry_after_seconds is not None:
        # Clamped as a number: timedelta raises for what a server may name (1e300 seconds, infinity, NaN).
        least, most_seconds = FIRST_PAUSE.total_seconds(), LONGEST_PAUSE.total_seconds()
        wait = timedelta(seconds=max(least, min(most_seconds, retry_after_seconds)))
    until = max(utc_text(now + wait), row["paused_until"] or "")
    said = f"HTTP {status}" + ("" if retry_after_seconds is None else f", Retry-After {retry_after_seconds:.0f} s")
    database.execute(
        "UPDATE hosts SET paused_until = ?, pause_reason = ? WHERE authority = ?", (until, said, authority)
    )


def _is_paused(database: Database, authority: str, now: datetime) -> bool:
    until = database.value("SELECT paused_until FROM hosts WHERE authority = ?", (authority,))
    return until is not None and from_utc_text(until) > now


def lied(database: Database, url: str, now: datetime) -> None:
    """None; a page of the host has changed under the same validators."""
    authority = authority_of(url)
    _know(database, authority)
    database.execute("UPDATE hosts SET lies_since = ? WHERE authority = ?", (utc_text(now), authority))


def _age(robots: RobotsFile) -> float:
    return -robots.fetched_at.timestamp()


def _first_of(files: Iterable[RobotsFile]) -> tuple[RobotsFile, ...]:
    """As many of the files as a job may carry."""
    taken: list[RobotsFile] = []
    left = MOST_ROBOTS_CHARACTERS
    for robots in files:
        left -= len(robots.body)
        if left < 0 or len(taken) == MOST_ROBOTS:
            break
        taken.append(robots)
    return tuple(taken)


def _know(database: Database, authority: str) -> None:
    site = site_of(host_of(f"http://{authority}/"))
    database.execute("INSERT INTO hosts (authority, site) VALUES (?, ?) ON CONFLICT DO NOTHING", (authority, site))


def _robots(row: Row, now: datetime) -> RobotsFile | None:
    """The host's robots.txt while it may be used."""
    if row["robots_fetched_at"] is None:
        return None
    at, status = from_utc_text(row["robots_fetched_at"]), row["robots_status"]
    robots = RobotsFile(authority=row["authority"], http_status=status, fetched_at=at, body=row["robots_body"] or "")
    fresh = timedelta(0) <= now - at < (ROBOTS_RETRY if is_closed(robots) else ROBOTS_KEPT)
    return robots if fresh else None
