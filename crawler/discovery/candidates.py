"""What one entry point brings: candidates by key, further entry points, and a count of what was left out and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from itertools import groupby

from crawler.discovery.link_dates import LATEST, LinkDates
from crawler.discovery.merging import merged
from crawler.extraction.cleaning import clean_line, clean_text
from crawler.extraction.facts.dates import MAX_DATE_CHARS
from storage.identity import BadUrl, canonical_url, host_of, key_of_canonical, site_of, url_key
from storage.records import Candidate, EntryPoint

MAX_TITLE_CHARACTERS = 500
"""Titles are cut here: a headline is a line, and an unclosed <a> can swallow a page."""

MAX_GUID_CHARACTERS = 500
"""A longer guid is no name."""

MAX_PATH_SEGMENTS = 20
"""Deeper paths are traps: Heritrix 3 maxPathDepth."""

MOST_REPEATS = 2
"""The same segment so often in a row is no trap yet (Heritrix 3 PathologicalPath). Digits may: /2011/11/11/11/."""

UNREADABLE_SHARE = 0.5
"""From this share of unreadable dates on the operator is told: their form is one that we do not know."""

SkipReasons = dict[str, int]


class Found:
    """Collects candidates of the page at `url`: links to the sites of `hosts` and `home`, one candidate a key.

    `timezone`: of dates that name no offset; `latest`: none is later. Raises BadUrl for a bad `url` or `home`.
    """

    def __init__(
        self,
        *,
        url: str,
        home: str,
        hosts: Iterable[str] = (),
        most: int,
        timezone: str = "UTC",
        latest: datetime = LATEST,
    ) -> None:
        self.url = canonical_url(url)
        self.further: dict[str, EntryPoint] = {}
        self._no_articles = frozenset({url_key(url), url_key(home)})
        self._sites = frozenset(site_of(host) for host in (*hosts, host_of(home)))
        self._most = most
        self._candidates: dict[str, Candidate] = {}
        self._skipped: Counter[str] = Counter()
        self._dates = LinkDates(timezone)
        self._latest = latest
        self._dated: Counter[str] = Counter()
        self._unreadable = ""
        self._notes: dict[str, None] = {}

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """The candidates in page order."""
        return tuple(self._candidates.values())

    @property
    def skipped(self) -> SkipReasons:
        """How many links were left out, by reason."""
        return dict(self._skipped)

    @property
    def full(self) -> bool:
        """Whether no further candidate is taken."""
        return len(self._candidates) >= self._most

    @property
    def notes(self) -> tuple[str, ...]:
        """What an operator should know of the page, with what is wrong with the dates of its links."""
        return (*self._notes, *self._notes_on_dates())

    def note(self, text: str) -> None:
        """Keep a sentence for the operator, once."""
        self._notes[text] = None

    def skip(self, reason: str, count: int = 1) -> None:
        """Count links that are left out."""
        if count > 0:
            self._skipped[reason] += count

    def resolve(self, link: str, base: str) -> str | None:
        """The canonical URL of a link that belongs to the source, or None with the reason counted."""
        try:
            url = canonical_url(link.strip(), base)
        except BadUrl:
            self.skip("bad_url")
            return None
        if site_of(host_of(url)) not in self._sites:
            self.skip("off_site")
            return None
        if _is_trap(url):
            self.skip("trap")
            return None
        return url

    def page_of_site(self, link: str | None) -> str | None:
        """The canonical URL of a link to a further page of the source; None for none, for others' and for itself."""
        try:
            url = canonical_url((link or "").strip(), self.url) if link else self.url
        except BadUrl:
            return None
        return url if url != self.url and site_of(host_of(url)) in self._sites else None

    def add(self, url: str, title: str | None, published_raw: str | None = None, guid: str | None = None) -> None:
        """Take a URL from `resolve`. Of repeats the first is kept, with the longest title and the first date."""
        key = key_of_canonical(url)
        title = clean_title(title)
        known = self._candidates.get(key)
        if known is not None:
            self._candidates[key] = self._merged(known, title, published_raw, guid)
        elif key in self._no_articles:
            self.skip("not_article")
        elif self.full:
            self.skip("too_many")
        else:
            position = len(self._candidates)
            published_raw, published_at = self._read_date(published_raw)
            self._candidates[key] = Candidate(
                url=url,
                key=key,
                title=title,
                published_raw=published_raw,
                published_at=published_at,
                position=position,
                guid=_clean(guid),
            )

    def add_entry_point(self, entry_point: EntryPoint) -> None:
        """Take an entry point that this page names, once."""
        self.further.setdefault(url_key(entry_point.url), entry_point)

    def _merged(self, known: Candidate, title: str | None, published_raw: str | None, guid: str | None) -> Candidate:
        raw, at = (None, None) if known.published_raw else self._read_date(published_raw)
        return merged(known, replace(known, title=title, guid=_clean(guid), published_raw=raw, published_at=at))

    def _read_date(self, raw: str | None) -> tuple[str | None, datetime | None]:
        """A date as the link has it and as we read it, counted."""
        raw = _clean(raw[:MAX_DATE_CHARS]) if raw else None
        if raw is None:
            return None, None
        date = self._dates.read(raw)
        date = date if date is not None and date.at <= self._latest else None
        self._dated["unreadable" if date is None else "assumed" if date.assumed else "read"] += 1
        if date is None:
            self._unreadable = self._unreadable or raw
            return raw, None
        return raw, date.at

    def _notes_on_dates(self) -> Iterator[str]:
        counts = self._dated
        if counts["unreadable"] > UNREADABLE_SHARE * counts.total():
            yield f"dates cannot be read: {self._unreadable!r}"
        if counts["assumed"] > counts["read"]:
            yield "dates without offset"


def clean_title(title: str | None) -> str | None:
    """A title as one line of at most 500 characters, None for an empty one."""
    if not title:
        return None
    return clean_line(title[: 4 * MAX_TITLE_CHARACTERS])[:MAX_TITLE_CHARACTERS].rstrip() or None


def _clean(text: str | None) -> str | None:
    return clean_text(text).strip() or None if text else None


def _is_trap(url: str) -> bool:
    segments = url.partition("?")[0].split("/")[3:]
    if len(segments) > MAX_PATH_SEGMENTS:
        return True
    return any(
        len(list(run)) > MOST_REPEATS for segment, run in groupby(segments) if segment and not segment.isdecimal()
    )
