"""One cause over many sources is one incident: a provider that is down, a template that six portals share. Pure.

What fits together is grouped when it comes; a source that comes later to an open group is added to it, and nobody is
told again. What a group covers has no incident of its own.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any, Literal

from scheduler.watching.incidents import Problem, Severity
from storage.records import utc_text
from storage.watch.incidents import Incident

MANY = "sources_many"
SITE_STORM = 3
"""So many sources of one site (registrable domain or address) with the same cause are one incident."""
SITE_WINDOW = timedelta(days=1)
"""They may come as far apart: a redesign is noticed as soon as twenty pages are seen, which takes some longer."""
STORM, STORM_SHARE = 5, 0.1
"""So many sources, and this part of all that are watched, with the same cause within STORM_WINDOW are one incident."""
STORM_WINDOW = timedelta(hours=1)
MOST_NAMED = 20
HALF = 2

SiteOf = Callable[[str], str | None]
"""The site of a source; None where it is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouped:
    """The problems of a round, groups among them. `absorbed`: ids of open incidents that a new group covers."""

    problems: tuple[Problem, ...]
    absorbed: frozenset[int] = frozenset()


@dataclass(slots=True)
class _Group:
    """Sources with one cause. `ill`: those that had it when it was last written; `now`: what is wrong with them now.

    Who was well since then is no part of it any more: that it is ill again, in a month, is news.
    """

    key: str
    cause: str
    shared: Literal["site", "round"]
    place: str | None
    opened_at: datetime
    ill: frozenset[str]
    now: list[Problem]

    def takes(self, problem: Problem, site_of: SiteOf, now: datetime) -> bool:
        """Whether a problem that has no incident of its own belongs here."""
        source = problem.source or ""
        if source in self.ill:
            return True
        if self.shared == "site" and site_of(source) == self.place:
            return len(self.ill) > 1 or now - self.opened_at < SITE_WINDOW
        return self.shared == "round" and now - self.opened_at < STORM_WINDOW


def grouped(
    problems: Iterable[Problem], open_: Iterable[Incident], now: datetime, *, watched: int, site_of: SiteOf
) -> Grouped:
    """The problems, with those that many sources share brought together. `watched`: how many sources there are."""
    incidents = tuple(open_)
    single = {one.key: one for one in incidents if one.kind != MANY}
    causes: dict[str, list[Problem]] = defaultdict(list)
    others: list[Problem] = []
    for problem in problems:
        (others if problem.source is None else causes[problem.kind]).append(problem)
    absorbed: set[int] = set()
    for cause, having in causes.items():
        groups = [_known(one) for one in incidents if one.kind == MANY and one.facts.get("cause") == cause]
        left = _joined(having, groups, single, site_of, now)
        left = _gathered(left, groups, _by_site(left, single, site_of, now), cause, now)
        left = _gathered(left, groups, _by_round(left, single, watched, now), cause, now)
        others += left
        others += [_problem(group, watched) for group in groups if group.now]
        covered = {problem.key for group in groups for problem in group.now}
        absorbed |= {one.id for key, one in single.items() if key in covered}
    return Grouped(problems=tuple(others), absorbed=frozenset(absorbed))


def _known(incident: Incident) -> _Group:
    """The group of an open incident."""
    facts = incident.facts
    return _Group(
        key=incident.key,
        cause=str(facts.get("cause")),
        shared="site" if facts.get("shared") == "site" else "round",
        place=facts.get("place"),
        opened_at=incident.opened_at,
        ill=frozenset(facts.get("ill") or facts.get("names") or incident.sources),
        now=[],
    )


def _joined(
    having: Sequence[Problem],
    groups: Sequence[_Group],
    single: Mapping[str, Incident],
    site_of: SiteOf,
    now: datetime,
) -> list[Problem]:
    """The problems that no open group takes; an incident of its own stays one."""
    left = []
    for problem in having:
        home = None
        if problem.key not in single:
            home = next((group for group in groups if group.takes(problem, site_of, now)), None)
        if home is None:
            left.append(problem)
        else:
            home.now.append(problem)
    return left


Place = tuple[Literal["site", "round"], str | None]


def _by_site(
    left: Sequence[Problem], single: Mapping[str, Incident], site_of: SiteOf, now: datetime
) -> dict[Place, list[Problem]]:
    """The problems by site, of the sites of which enough have come lately."""
    sites: dict[Place, list[Problem]] = defaultdict(list)
    for problem in left:
        site = site_of(problem.source or "")
        if site is not None and _is_recent(problem, single, now, SITE_WINDOW):
            sites["site", site].append(problem)
    return {place: found for place, found in sites.items() if len(found) >= SITE_STORM and _has_new(found, single)}


def _by_round(
    left: Sequence[Problem], single: Mapping[str, Incident], watched: int, now: datetime
) -> dict[Place, list[Problem]]:
    """The problems that have come lately, if they are a storm."""
    found = [problem for problem in left if _is_recent(problem, single, now, STORM_WINDOW)]
    enough = len(found) >= max(STORM, ceil(watched * STORM_SHARE)) and _has_new(found, single)
    return {("round", None): found} if enough else {}


def _gathered(
    left: list[Problem], groups: list[_Group], found: Mapping[Place, list[Problem]], cause: str, now: datetime
) -> list[Problem]:
    """The problems that are left after a new group was made for each place."""
    for (shared, place), members in found.items():
        # The moment is part of the key: the next storm of the same cause is another one.
        key = f"{MANY}:{cause}:{place or utc_text(now)}"
        names = frozenset(problem.source or "" for problem in members)
        groups.append(
            _Group(key=key, cause=cause, shared=shared, place=place, opened_at=now, ill=names, now=members)
        )
    taken = {problem.key for members in found.values() for problem in members}
    return [problem for problem in left if problem.key not in taken]


def _is_recent(problem: Problem, single: Mapping[str, Incident], now: datetime, window: timedelta) -> bool:
    """Whether the problem is new, or its incident no older than so."""
    incident = single.get(problem.key)
    return incident is None or now - incident.opened_at < window


def _has_new(found: Iterable[Problem], single: Mapping[str, Incident]) -> bool:
    return any(problem.key not in single for problem in found)


def _problem(group: _Group, watched: int) -> Problem:
    """The group as one problem, with what is known of its sources."""
    names = sorted(problem.source or "" for problem in group.now)
    facts: dict[str, Any] = {
        "cause": group.cause,
        "shared": group.shared,
        "sources": len(names),
        "watched": watched,
        "names": names[:MOST_NAMED],
    }
    if len(names) > MOST_NAMED:
        facts["ill"] = names
    if group.place is not None:
        facts["place"] = group.place
    errors = Counter(str(problem.facts["error"]) for problem in group.now if problem.facts.get("error"))
    if errors:
        facts["error"] = errors.most_common(1)[0][0]
    return Problem(
        key=group.key,
        kind=MANY,
        severity=_severity(group, watched),
        facts=facts,
        sources=tuple(names),
        sample=next((problem.sample for problem in group.now if problem.sample), None),
    )


def _severity(group: _Group, watched: int) -> Severity:
    """An error where it is one for any of them, or half of all sources are among them."""
    bad = any(problem.severity == "error" for problem in group.now)
    return "error" if bad or len(group.now) * HALF >= watched else "warning"


