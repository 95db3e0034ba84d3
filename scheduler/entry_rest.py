"""Which entry points of a source are asked at a poll, and which rest: pure, from how each has answered so far.

Those that bring something are asked always. One that fails, or brings nothing for months, is asked ever more seldom,
but never given up; and a source always has something to be asked, if need be its home page.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from storage.records import EntryKind

FIRST_REST = timedelta(hours=1)
LONGEST_REST = timedelta(days=90)
"""Sites repair feeds after months, and bring dead ones back under the same address (Common Crawl's longest, too)."""
LONGEST_TEMPORARY_REST = timedelta(days=1)
"""For failures of the moment: an entry point is not to lose months to its server's bad week."""
DRY_RESTS = (
    (timedelta(days=365), LONGEST_REST),
    (timedelta(days=180), timedelta(days=30)),
    (timedelta(days=90), timedelta(days=7)),
    (timedelta(days=30), timedelta(days=1)),
)
"""How long one that nobody named rests once it has brought nothing for so long."""
UNHEALTHY_AFTER = 3
"""So many failures of the moment in a row, and it is not to be counted on."""
CLOCK_STEP = timedelta(hours=1)
MOST_LEVELS = 10

LASTING = frozenset(
    {
        "http_404",
        "http_405",
        "http_410",
        "http_414",
        "bad_redirect",
        "bad_url",
        "blocked_address",
        "blocked_port",
        "off_site",
        "redirect_loop",
        "redirected_home",
        "robots_disallowed",
        "too_large",
    }
)
"""Reasons that do not go away by themselves, beside those of the wrong format ("not_a_feed")."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryHistory:
    """How an entry point has answered: its failures in a row, and when it last named an article that was not known.

    `found_by` is None for one that the source names. `parent`: of a part of a sitemap index, the index.
    """

    url: str
    kind: EntryKind
    found_by: str | None
    first_seen_at: datetime | None
    last_checked_at: datetime | None
    last_new_at: datetime | None
    failures: int = 0
    last_reason: str | None = None
    parent: str | None = None

    @property
    def is_failing_for_good(self) -> bool:
        """Whether its last failure is of a kind that does not pass by itself."""
        reason = self.last_reason or ""
        return self.failures > 0 and (reason in LASTING or reason.startswith("not_"))

    @property
    def may_run_dry(self) -> bool:
        """Whether silence makes it rest: sitemaps (mostly dead archives), and what nobody named."""
        return self.kind == "sitemap" or self.found_by is not None


def asked_at(history: EntryHistory, now: datetime) -> datetime:
    """When the entry point is to be asked again; a time up to `now` means at each poll."""
    last = history.last_checked_at
    if last is None or last > now + CLOCK_STEP:
        return now
    if history.failures > 0:
        longest = LONGEST_REST if history.is_failing_for_good else LONGEST_TEMPORARY_REST
        return last + min(FIRST_REST * 2.0 ** min(history.failures - 1, 20), longest)
    return last + _rest(history, now) if history.may_run_dry else now


def choose(histories: Sequence[EntryHistory], now: datetime) -> tuple[set[str], bool]:
    """The addresses to ask at a poll at `now`, and whether the home page must be asked as a listing as well.

    `histories` are all of one source's: those that it names, those that were found, and the parts of its sitemap
    indexes, which are not chosen (their index is), but whose news count as the index's.
    """
    own = _with_news_of_parts(histories)
    asked = {history.url for history in own if asked_at(history, now) <= now}
    if not any(history.url in asked and not history.failures for history in own):
        asked |= {history.url for history in _instead(own)}
    others = [history for history in own if history.found_by != "fallback"]
    return asked, bool(others) and not any(_is_healthy(history, now) for history in others)


def _instead(histories: Sequence[EntryHistory]) -> Iterable[EntryHistory]:
    """What is asked although it rests, where nothing that answers would be.

    The liveliest that answers; if none does, those that a bad moment of the server has silenced (the back-off of the
    source paces them), and listings, as the home page itself may be one.
    """
    answering = [history for history in histories if not history.failures]
    if answering:
        return [max(answering, key=_news_or_never)]
    return [history for history in histories if not history.is_failing_for_good or history.kind == "listing"]


def _is_healthy(history: EntryHistory, now: datetime) -> bool:
    if history.failures:
        return not history.is_failing_for_good and history.failures < UNHEALTHY_AFTER
    return not _rest(history, now)


def _rest(history: EntryHistory, now: datetime) -> timedelta:
    """How long one that answers, but brings nothing, would rest."""
    news = _news(history)
    silent = timedelta(0) if news is None else now - news
    return next((rest for age, rest in DRY_RESTS if silent >= age), timedelta(0))


def _news(history: EntryHistory) -> datetime | None:
    """When it last brought something; if it never has, since when it could have."""
    return history.last_new_at or history.first_seen_at


def _news_or_never(history: EntryHistory) -> float:
    news = _news(history)
    return float("-inf") if news is None else news.timestamp()


def _with_news_of_parts(histories: Sequence[EntryHistory]) -> list[EntryHistory]:
    """Those that are no parts of an index, an index with the newest news of its parts."""
    parents = {history.url: history.parent for history in histories}
    newest: dict[str, datetime] = {}
    for history in histories:
        if history.last_new_at is not None:
            for parent in _ancestors(history.url, parents):
                newest[parent] = max(newest.get(parent, history.last_new_at), history.last_new_at)
    own = []
    for history in histories:
        if history.found_by != "index":
            news = max(filter(None, (history.last_new_at, newest.get(history.url))), default=None)
            own.append(replace(history, last_new_at=news))
    return own


def _ancestors(url: str, parents: Mapping[str, str | None]) -> Iterable[str]:
    """The indexes above, nearest first; no more than a few, as they may name each other."""
    above = parents.get(url)
    for _ in range(MOST_LEVELS):
        if above is None:
            return
        yield above
        above = parents.get(above)
