"""What an address becomes when a page could not be had, or is no article: asked again when, or never.

An article that is stored outlives every answer but one that says, twice or outright, that it is not there any more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from storage import ledger
from storage.identity import host_of_canonical, is_address
from storage.quarantine import MAX_STRIKES
from storage.rechecks import RecheckPolicy
from storage.records import Event, Extracted, Failed, Rejected, Unchanged, from_utc_text

# They say something about the moment, not about the page: asked again like a failure, and far longer.
PASSING_REJECTIONS = frozenset({"blocked_page", "captcha", "maintenance"})
# A block may last for weeks, and what it hides is not done. After the tries of a failure (two days) once a week, so
# that a site that has had enough of us is not asked for all of it every day; given up when the news is old.
LONG_RETRY = timedelta(days=7)
BLOCKED_FOR = timedelta(days=30)
# Most of these stay: a paywall, a page drawn by a script. Some fall with the next release of the site: asked again a
# day later, and once more.
# The same where all of a site leads to its front page or away for an hour of maintenance, or forbids what it did not;
# and where a name server says for a while that a site stands in a private network, as forged answers do.
STUBBORN_REJECTIONS = frozenset(
    {
        "login_wall",
        "script_shell",
        "redirected_home",
        "off_site",
        "redirect_loop",
        "robots_disallowed",
        "bad_redirect",
        "blocked_address",
    }
)
STUBBORN_ATTEMPTS = 3
STUBBORN_RETRY = timedelta(days=1)
# HTTP 404 said in words, with status 200: believed when it has lasted.
MISSING_REJECTIONS = frozenset({"soft_404", "deleted"})
MISSING_STATUS = frozenset({404, 410})
# While a host answers nothing well, its missing pages are looked for this often, however long that lasts.
LONGEST_MISSING_PAUSE = timedelta(days=1)
WORKER_CRASHED = "worker_crashed"
"""Most often said of pages that only were in hand beside the one to blame: asked again in the next job, each alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UrlState:
    """What the ledger says of a URL after an event: its state, and when it is asked again (None: never)."""

    state: str
    article_id: int | None = None
    next_at: datetime | None = None
    reason: str | None = None
    detail: str | None = None
    http_status: int | None = None
    attempts: int = 0
    missing_since: datetime | None = None
    missing_times: int = 0
    strikes: int = 0


def strikes(event: Event, row: Any) -> int:
    """How often in a row the page has broken what read it, whatever the reason; a page that was read well has none."""
    match event:
        case Extracted() | Unchanged():
            return 0
        case Failed(poison=True):
            return int(row["strikes"]) + 1
        case _:
            return int(row["strikes"])


def says_missing(event: Rejected) -> bool:
    """Whether the answer says that there is no such page."""
    return event.http_status in MISSING_STATUS or event.reason in MISSING_REJECTIONS


def missing(
    event: Rejected, row: Any, check_at: datetime | None, policy: RecheckPolicy, *, host_answers: bool
) -> UrlState:
    """After an answer that there is no such page: believed when it came often enough, over long enough a time.

    `host_answers`: the host has given good pages since the first such answer. Without that it is an outage or a
    deployment, which deletes nothing. An article that is `gone` is asked for at its ages (`check_at`): some come back.
    """
    now = event.fetched_at
    since, times = _missing_since(row) or now, row["missing_times"] + 1
    lasted = times >= policy.gone_times and now - since >= policy.gone_after
    hopeless = row["article_id"] is None and row["attempts"] + 1 >= ledger.MAX_ATTEMPTS
    if row["state"] != "gone" and not hopeless and not (lasted and host_answers):
        pause = policy.missing_pause * (2 ** min(10, max(0, times - policy.gone_times)))
        return UrlState(
            state=row["state"],
            article_id=row["article_id"],
            next_at=now + min(pause, max(policy.missing_pause, LONGEST_MISSING_PAUSE)),
            attempts=row["attempts"] + 1,
            missing_since=since,
            missing_times=times,
        )
    next_at = None if row["article_id"] is None else check_at
    return UrlState(
        state="gone", article_id=row["article_id"], next_at=next_at, missing_since=since, missing_times=times
    )


def refused(event: Rejected, row: Any, check_at: datetime | None) -> UrlState:
    """After a page that is no article. `check_at`: when a stored article is next due for a look."""
    if row["article_id"] is not None:
        return _kept(event, row, check_at)
    if event.reason in PASSING_REJECTIONS:
        return _blocked(event, row)
    attempts = row["attempts"] + 1 if row["reason"] in STUBBORN_REJECTIONS else 1
    if _is_stubborn(event, row) and attempts < STUBBORN_ATTEMPTS:
        return UrlState(state=row["state"], next_at=event.fetched_at + STUBBORN_RETRY, attempts=attempts)
    return UrlState(state="rejected")


def failed(event: Failed, row: Any) -> UrlState:
    """After a page that could not be had: asked again later and later, then given up. An article stays one.

    One that has struck often enough is quarantined: it is not asked for until what it broke has changed.
    """
    attempts = row["attempts"] + 1
    poison = event.poison and strikes(event, row) >= MAX_STRIKES
    if event.reason == WORKER_CRASHED and not poison:
        next_at: datetime | None = event.fetched_at
    else:
        next_at = None if poison else ledger.retry_at(attempts, event.fetched_at, event.retry_after_seconds)
    given_up = next_at is None and row["article_id"] is None
    return UrlState(
        state="failed" if given_up else row["state"],
        article_id=row["article_id"],
        next_at=next_at,
        attempts=attempts,
        missing_since=_missing_since(row),
        missing_times=row["missing_times"],
    )


def because(state: UrlState, event: Failed | Rejected) -> UrlState:
    """The state, with what the event gave as its reason."""
    return replace(state, reason=event.reason, detail=event.detail or None, http_status=event.http_status)


def _kept(event: Rejected, row: Any, check_at: datetime | None) -> UrlState:
    """A good revision stays whatever its address says today."""
    kept = UrlState(state=row["state"], article_id=row["article_id"], next_at=check_at)
    if event.reason not in PASSING_REJECTIONS | STUBBORN_REJECTIONS:
        return kept
    # The look at the article did not take place: the last one is made up for, and what was known stays known.
    attempts = row["attempts"] + 1
    return replace(
        kept,
        next_at=check_at or ledger.retry_at(attempts, event.fetched_at),
        attempts=attempts,
        missing_since=_missing_since(row),
        missing_times=row["missing_times"],
    )


def _blocked(event: Rejected, row: Any) -> UrlState:
    attempts, now = row["attempts"] + 1, event.fetched_at
    old = now - from_utc_text(row["discovered_at"]) >= BLOCKED_FOR
    next_at = ledger.retry_at(attempts, now) or (None if old else now + LONG_RETRY)
    return UrlState(
        state="failed" if next_at is None else row["state"],
        next_at=next_at,
        attempts=attempts,
        missing_since=_missing_since(row),
        missing_times=row["missing_times"],
    )


def _is_stubborn(event: Rejected, row: Any) -> bool:
    """Whether the rejection may pass. A private address that is written as one stays what it is."""
    if event.reason == "blocked_address" and is_address(host_of_canonical(row["url"]).strip("[]")):
        return False
    return event.reason in STUBBORN_REJECTIONS


def _missing_since(row: Any) -> datetime | None:
    return from_utc_text(row["missing_since"]) if row["missing_since"] else None
