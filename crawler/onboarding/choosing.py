"""Which of a site's entry points a source should have. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from crawler.discovery.link_shapes import common_pattern, shape_of
from crawler.discovery.listings import BadPattern, compile_links
from crawler.onboarding.findings import RANKS, Choice, Finding
from storage.records import Candidate

LEAST_COVERED = 0.5
"""Share of the front page's newest articles that a feed must name to be enough."""
NEWEST = 20
MOST_FEEDS = 8
MOST_LISTINGS = 9
"""The front page and eight sections."""
WINDOWS = frozenset({"feed", "news sitemap"})
"""Sorts that name the newest articles only: what was published during an outage may have left them at its end."""
LEAST_MATCHING = 0.6
"""Share of the articles of a listing that a pattern must keep to be proposed."""
_NOT_PROVEN = "no article was reached by it"


def choose(
    findings: Sequence[Finding], proofs: Mapping[str, str], shapes: frozenset[str] = frozenset()
) -> tuple[Choice, ...]:
    """Each finding with whether it is to be asked, the chosen first. `proofs`: the article reached by each, by URL.

    The best kind that was proven is taken, and the listings beside it where it names less than half of what the front
    page shows as newest. A listing that has older articles is taken beside a window.
    `shapes`: of the addresses that were articles.
    """
    proven = [finding for finding in findings if finding.url in proofs]
    best = next((sort for sort in RANKS if any(finding.sort == sort for finding in proven)), None)
    taken = _useful([finding for finding in proven if finding.sort == best])
    why = {finding.url: "" for finding in taken}
    listings = [finding for finding in proven if finding.sort == "listing"]
    share = None if best in {None, "listing", "api"} else covered(taken, findings, shapes)
    if share is not None and share < LEAST_COVERED:
        extra = listings[:MOST_LISTINGS]
        why |= {one.url: f"the {best} has {share:.0%} of what the front page shows" for one in extra}
        taken += extra
    elif best in WINDOWS and (past := past_of(taken, listings, shapes)) is not None:
        why[past.url] = f"it shows what has left the {best}"
        taken.append(past)
    urls = {finding.url for finding in taken}
    chosen = [_choice(one, proofs, chosen=True, why=why.get(one.url, "")) for one in taken]
    left = [_choice(one, proofs, chosen=False, why=_left(one, proofs, best)) for one in findings if one.url not in urls]
    return (*chosen, *left)


def past_of(windows: Iterable[Finding], listings: Sequence[Finding], shapes: frozenset[str]) -> Finding | None:
    """The listing by which articles are found that have left the windows; None where none has older pages, or more.

    Of several that which goes on to older pages, and then the one that has most in common with the windows.
    """
    named = {candidate.key for finding in windows for candidate in finding.candidates}

    def worth(listing: Finding) -> tuple[bool, int, int]:
        keys = {candidate.key for candidate in listing.candidates if shape_of(candidate.url) in shapes}
        return (listing.older and bool(keys), len(keys & named), len(keys))

    worths = {listing.url: worth(listing) for listing in listings}
    fit = [one for one in listings if worths[one.url][0] or worths[one.url][2] > len(named)]
    return max(fit, key=lambda one: worths[one.url], default=None)


def covered(taken: Iterable[Finding], findings: Iterable[Finding], shapes: frozenset[str]) -> float | None:
    """The share of the front page's newest articles that the taken name too; None where it shows none."""
    home = next((finding for finding in findings if finding.home), None)
    newest = newest_of(home.candidates, shapes) if home else ()
    if not newest:
        return None
    named = {candidate.key for finding in taken for candidate in finding.candidates}
    return sum(candidate.key in named for candidate in newest) / len(newest)


def newest_of(candidates: Sequence[Candidate], shapes: frozenset[str] = frozenset()) -> tuple[Candidate, ...]:
    """The newest 20 of a listing's candidates: by their dates where most have one, else those that stand first.

    With `shapes`, of those forms only, where there are any.
    """
    alike = [candidate for candidate in candidates if shape_of(candidate.url) in shapes] or list(candidates)
    dated = [(c.published_at, -c.position, c) for c in alike if c.published_at is not None]
    if 2 * len(dated) > len(alike):
        return tuple(candidate for _, _, candidate in sorted(dated, reverse=True, key=lambda each: each[:2])[:NEWEST])
    return tuple(alike[:NEWEST])


def links_of(listings: Sequence[Finding], shapes: frozenset[str]) -> str | None:
    """The pattern of the article links of listings, None where there is none that keeps most of the articles."""
    candidates = {c.key: c for finding in listings for c in finding.candidates}.values()
    of_shape = [candidate for candidate in candidates if shape_of(candidate.url) in shapes]
    pattern = common_pattern(sorted(shapes)) if shapes else None
    if pattern is None or len(of_shape) < LEAST_MATCHING * len(candidates):
        return None
    try:
        compiled = compile_links(pattern)
    except BadPattern:
        return None
    kept = compiled is not None and sum(compiled.matches(candidate.url) for candidate in candidates)
    return pattern if kept and kept >= LEAST_MATCHING * len(candidates) else None


def _useful(findings: Sequence[Finding]) -> list[Finding]:
    """The findings that name something which those before them do not; the longest come first."""
    taken: list[Finding] = []
    named: set[str] = set()
    for finding in sorted(findings, key=lambda one: -len(one.candidates)):
        keys = {candidate.key for candidate in finding.candidates}
        if keys - named and len(taken) < (MOST_LISTINGS if finding.sort == "listing" else MOST_FEEDS):
            named |= keys
            taken.append(finding)
    return sorted(taken, key=findings.index)


def _choice(finding: Finding, proofs: Mapping[str, str], *, chosen: bool, why: str) -> Choice:
    return Choice(finding=finding, chosen=chosen, why=why, proof=proofs.get(finding.url))


def _left(finding: Finding, proofs: Mapping[str, str], best: str | None) -> str:
    if finding.url not in proofs:
        return _NOT_PROVEN if finding.candidates else "it names no article"
    return f"the {best} is enough" if finding.sort != best else "it names nothing that the others do not"
