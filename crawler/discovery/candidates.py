"""What one entry point brings: candidates by key, further entry points, and a count of what was left out and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from itertools import groupby

from storage.identity import BadUrl, canonical_url, host_of, key_of_canonical, site_of, url_key
from storage.records import Candidate, EntryPoint

MAX_TITLE_CHARACTERS = 500
"""Titles are cut here: a headline is a line, and an unclosed <a> can swallow a page."""

MAX_PATH_SEGMENTS = 20
"""Deeper paths are traps: Heritrix 3 maxPathDepth."""

MOST_REPEATS = 2
"""The same segment so often in a row is no trap yet (Heritrix 3 PathologicalPath). Digits may: /2011/11/11/11/."""

SkipReasons = dict[str, int]


class Found:
    """Collects candidates of the page at `url`: links to the sites of `hosts` and `home`, one candidate a key.

    Raises BadUrl for a bad `url` or `home`.
    """

    def __init__(self, *, url: str, home: str, hosts: Iterable[str] = (), most: int) -> None:
        self.url = canonical_url(url)
        self.further: dict[str, EntryPoint] = {}
        self._no_articles = frozenset({url_key(url), url_key(home)})
        self._sites = frozenset(site_of(host) for host in (*hosts, host_of(home)))
        self._most = most
        self._candidates: dict[str, Candidate] = {}
        self._skipped: Counter[str] = Counter()

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

    def add(self, url: str, title: str | None, published_raw: str | None = None) -> None:
        """Take a URL from `resolve`. Of repeats the first is kept, with the longest title and the first date."""
        key = key_of_canonical(url)
        title = clean_title(title)
        known = self._candidates.get(key)
        if known is not None:
            self._candidates[key] = replace(
                known, title=_longer(known.title, title), published_raw=known.published_raw or published_raw or None
            )
        elif key in self._no_articles:
            self.skip("not_article")
        elif self.full:
            self.skip("too_many")
        else:
            position = len(self._candidates)
            self._candidates[key] = Candidate(
                url=url, key=key, title=title, published_raw=published_raw or None, position=position
            )

    def add_entry_point(self, entry_point: EntryPoint) -> None:
        """Take an entry point that this page names, once."""
        self.further.setdefault(url_key(entry_point.url), entry_point)


def clean_title(title: str | None) -> str | None:
    """A title as one line of at most 500 characters, None for an empty one."""
    if not title:
        return None
    return " ".join(title[: 4 * MAX_TITLE_CHARACTERS].split())[:MAX_TITLE_CHARACTERS] or None


def _longer(first: str | None, second: str | None) -> str | None:
    return second if len(second or "") > len(first or "") else first


def _is_trap(url: str) -> bool:
    segments = url.partition("?")[0].split("/")[3:]
    if len(segments) > MAX_PATH_SEGMENTS:
        return True
    return any(
        len(list(run)) > MOST_REPEATS for segment, run in groupby(segments) if segment and not segment.isdecimal()
    )
