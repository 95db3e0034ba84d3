"""What an operator should know before he adds a site, in sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from crawler.onboarding.findings import Choice, Sample
from crawler.onboarding.site import Site
from storage.records import Article, Rejection

SILENT = timedelta(days=14)
"""A source without anything new for so long is worth a word: the longest holidays last ten days."""
MOST_OFF_SITE = 2
_CERTIFICATE = ("certificate", "SSL", "TLS")
_BLOCKED = frozenset({"http_401", "http_403", "http_412", "http_429", "http_503", "http_451"})


def remarks(site: Site, choices: Sequence[Choice], samples: Sequence[Sample]) -> tuple[str, ...]:
    """The warnings of a survey, the weightiest first, none twice."""
    told = [
        *_of_access(site),
        *_of_samples(samples),
        *_of_age(choices, site.now),
        *_of_page(site),
        *(f"{url} ({fault})" for url, fault in site.faults.items()),
        *site.notes,
    ]
    return tuple(dict.fromkeys(told))


def unreachable(reason: str, detail: str) -> str:
    """Why a front page could not be had, in words."""
    if reason == "robots_disallowed":
        return "robots.txt of the site keeps all robots, or Dibao, out of this address"
    if reason == "robots_unreachable":
        return "robots.txt of the site cannot be had now, which means: keep out (RFC 9309). Try again later"
    if reason == "blocked_address":
        return f"{detail} (see allow_networks in [fetch])"
    if reason == "blocked_port":
        return f"{detail} (see allow_ports in [fetch])"
    if reason == "tls" or any(word in detail for word in _CERTIFICATE):
        return f"its certificate is not valid, or its TLS is broken: {detail}"
    return f"{reason}{f' ({detail})' if detail else ''}"


def _of_access(site: Site) -> Iterator[str]:
    visitor = site.visitor
    if visitor.stopped:
        yield f"the survey stopped early: {visitor.stopped}"
    elif not visitor.left:
        yield f"the survey's {visitor.requests} requests were spent before all was looked at"
    for authority, rules in visitor.rules.items():
        if rules.decision == "unreachable":
            yield f"robots.txt of {authority} cannot be had now, so it was left alone"
        elif rules.crawl_delay and rules.crawl_delay > visitor.operators_delay_seconds:
            yield f"robots.txt of {authority} asks for {rules.crawl_delay:g} s between requests; that is kept"


def _of_samples(samples: Iterable[Sample]) -> Iterator[str]:
    samples = list(samples)
    articles = [sample.result for sample in samples if isinstance(sample.result, Article)]
    refused = Counter(sample.result.reason for sample in samples if isinstance(sample.result, Rejection))
    if articles and not any(article.published for article in articles):
        yield f"no dates: none of {len(articles)} sampled articles says when it was published"
    if refused:
        reasons = ", ".join(f"{count} {reason}" for reason, count in refused.most_common())
        yield f"{sum(refused.values())} of {len(samples)} sampled pages are no articles: {reasons}"
    if refused.keys() & _BLOCKED:
        yield "the site seems to refuse programs, or this network"


def _of_age(choices: Iterable[Choice], now: datetime) -> Iterator[str]:
    for choice in choices:
        newest = choice.finding.newest
        if newest is not None and now - newest > SILENT and choice.finding.sort != "listing":
            yield f"{choice.finding.url}: nothing new for {(now - newest).days} days"


def _of_page(site: Site) -> Iterator[str]:
    if site.drawn_by_scripts:
        yield "the front page needs JavaScript: what its scripts draw is not seen"
    if site.look is not None and site.look.wrongly_declared:
        said = ", ".join(site.look.wrongly_declared)
        yield f"the front page says that it is {said}, and is {site.look.charset}; it is read as that"
    off_site = site.page.skipped.get("off_site", 0)
    if off_site > MOST_OFF_SITE * max(1, len(site.page.candidates)):
        yield f"{off_site} links of the front page lead to other sites; name those that belong to it in `hosts`"
