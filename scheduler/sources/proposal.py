"""From what a survey found to a source: its name, its entry points, how often it would be asked, its block of TOML."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from crawler.config import Listing, Source
from crawler.config_values import duration_text
from crawler.onboarding.findings import Finding, Survey
from scheduler import rhythm
from scheduler.config.file import Schedule
from scheduler.sources.blocks import source_block
from scheduler.sources.lists import home_key, propose_name
from storage.identity import BadUrl, host_of, site_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A source for dibao.toml. `block`: its TOML; `interval`: in words, how often it would be asked now."""

    source: Source
    block: str
    interval: str


def propose(
    survey: Survey, schedule: Schedule, taken: Iterable[str], *, now: datetime, name: str | None, every: int | None
) -> Proposal:
    """The source that the survey's chosen entry points make. `every`: seconds, where the operator says so.

    Raises ValueError (pydantic's) for a name that is none.
    """
    chosen = survey.chosen
    values: dict[str, object] = {
        "name": name or propose_name(host_of(survey.home), taken),
        "home": survey.home,
        "timezone": survey.zone.name,
        "feeds": tuple(finding.url for finding in chosen if finding.kind == "feed"),
        "sitemaps": tuple(finding.url for finding in chosen if finding.kind == "sitemap"),
        "listings": tuple(_listing(finding, survey.links) for finding in chosen if finding.kind == "listing"),
    }
    if every is not None:
        values["every"] = duration_text(every)
    source = Source.model_validate(values)
    return Proposal(
        source=source,
        block=source_block(source, [f"Found by dibao add on {now:%Y-%m-%d}."]),
        interval=_interval(source, survey, schedule, now),
    )


def present(sources: Sequence[Source], url: str) -> Source | None:
    """The source that has this home or is of the same site already; None for a new one, or for what is no address."""
    try:
        site = site_of(host_of(url))
    except BadUrl:
        return None
    same = (source for source in sources if home_key(source.home) == home_key(url))
    return next(same, None) or next((s for s in sources if site_of(host_of(s.home)) == site), None)


def _listing(finding: Finding, links: str | None) -> Listing:
    if finding.json is None:
        return Listing.model_validate({"url": finding.url} | ({"links": links} if links else {}))
    paths = {"items": finding.json.items, "link": finding.json.link}
    paths |= {"title": finding.json.title, "date": finding.json.date}
    standing = {name: field.default for name, field in Listing.model_fields.items()}
    return Listing.model_validate(
        {"url": finding.url} | {name: path for name, path in paths.items() if path != standing[name]}
    )


def _interval(source: Source, survey: Survey, schedule: Schedule, now: datetime) -> str:
    """How often the source would be asked, and why."""
    if source.every is not None:
        return f"every {duration_text(source.every)}, as you say"
    floor, ceiling = (timedelta(seconds=each) for each in (schedule.interval_floor, schedule.interval_ceiling))
    bounds = f"between {duration_text(schedule.interval_floor)} and {duration_text(schedule.interval_ceiling)}"
    if survey.per_day is None:
        return f"adaptive, {bounds}; its dates do not tell how often it publishes"
    zone = ZoneInfo(source.timezone)
    known = rhythm.observed(rhythm.NOTHING, since=None, until=now, times=survey.times, zone=zone)
    following = rhythm.next_poll(known, now, floor=floor, ceiling=ceiling, zone=zone, name=source.name)
    seconds = max(60, round((following - now).total_seconds() / 60) * 60)
    return f"adaptive, {bounds}: {duration_text(seconds)} now, for {pace(survey.per_day)}"


def pace(per_day: float) -> str:
    """`about 40 articles a day`, `about 2 articles a week`."""
    if per_day >= 1:
        return f"about {per_day:.0f} article{'s' if per_day >= 1.5 else ''} a day"  # noqa: PLR2004 - what rounds to 2
    if per_day * 7 >= 1:
        return f"about {per_day * 7:.0f} a week"
    return f"about {per_day * 365:.0f} a year"
