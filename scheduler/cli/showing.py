"""A survey and what it proposes, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import click

from crawler.onboarding.findings import Choice, Sample, Survey
from scheduler.sources.proposal import Proposal, pace
from storage.records import Article, Rejection

LINE_CHARACTERS = 60
MOST_WARNINGS = 12


def report(survey: Survey, proposal: Proposal | None) -> str:
    """The survey as text: what was found, samples, facts, warnings, and the TOML that would be added."""
    lines = [click.style(_plain(survey.title or survey.home), bold=True), survey.home, ""]
    if survey.choices:
        lines += ["Found:", *(f"  {_choice(choice)}" for choice in survey.choices), ""]
    if survey.samples:
        lines += ["Samples:", *(line for sample in survey.samples for line in _sample(sample)), ""]
    lines += [f"{name:>10}  {value}" for name, value in _facts(survey, proposal)]
    if survey.warnings:
        left = len(survey.warnings) - MOST_WARNINGS
        lines += ["", "Mind:", *(f"  - {_plain(warning)}" for warning in survey.warnings[:MOST_WARNINGS])]
        lines += [f"  - and {left} more (--json has all)"] if left > 0 else []
    if proposal is None:
        return "\n".join([*lines, "", click.style(f"Nothing to add. {_plain(survey.failure or '')}", bold=True)])
    return "\n".join([*lines, "", proposal.block.rstrip("\n")])


def document(survey: Survey, proposal: Proposal | None) -> dict[str, Any]:
    """The same as one JSON document."""
    return {
        "asked": survey.asked,
        "home": survey.home,
        "title": survey.title,
        "failure": survey.failure,
        "found": [_choice_document(choice) for choice in survey.choices],
        "samples": [_sample_document(sample) for sample in survey.samples],
        "links": survey.links,
        "timezone": survey.zone.name,
        "timezone_evidence": survey.zone.evidence,
        "charset": survey.charset,
        "charset_evidence": survey.charset_evidence,
        "robots": survey.robots.decision if survey.robots else None,
        "crawl_delay_seconds": survey.robots.crawl_delay_seconds if survey.robots else None,
        "newest": _time(survey.newest),
        "articles_per_day": None if survey.per_day is None else round(survey.per_day, 2),
        "requests": survey.requests,
        "delay_seconds": survey.delay_seconds,
        "interval": proposal.interval if proposal else None,
        "warnings": list(survey.warnings),
        "source": proposal.source.model_dump(mode="json", exclude_defaults=True) if proposal else None,
        "toml": proposal.block if proposal else None,
    }


def first_line(text: str) -> str:
    """The beginning of a text, on one line."""
    line = " ".join(text[: 4 * LINE_CHARACTERS].split())
    return line if len(line) <= LINE_CHARACTERS else f"{line[:LINE_CHARACTERS]}…"


def _choice(choice: Choice) -> str:
    finding = choice.finding
    mark = click.style("+", fg="green") if choice.chosen else "-"
    said = [f"{len(finding.candidates)} links", f"found by {finding.where}"]
    if finding.newest is not None:
        said.insert(1, f"newest {_time(finding.newest)}")
    if choice.why:
        said.append(choice.why)
    return f"{mark} {finding.sort:<12} {_plain(finding.url)}\n      {'; '.join(said)}"


def _sample(sample: Sample) -> Iterator[str]:
    result = sample.result
    if isinstance(result, Rejection):
        yield f"  {click.style('no article', fg='yellow')}: {result.reason} {_plain(sample.url)}"
        return
    published = result.published.local if result.published else "no date"
    facts = [published, f"{len(result.text)} characters", *([result.origin] if result.origin else [])]
    yield f"  {click.style(_plain(result.title or '(no title)'), bold=True)}"
    yield f"    {_plain('; '.join(facts))}"
    yield f"    {_plain(first_line(result.text))}"
    yield f"    {_plain(sample.url)}"


def _facts(survey: Survey, proposal: Proposal | None) -> Iterator[tuple[str, str]]:
    yield "requests", f"{survey.requests}, {survey.delay_seconds:g} s apart"
    if survey.robots is not None:
        delay = survey.robots.crawl_delay_seconds
        words = {
            "rules": "obeyed",
            "none": "there is none",
            "suspect": "a page comes in its place",
            "unreachable": "cannot be had",
            "ignored": "ignored",
        }
        asked = f", crawl-delay {delay:g} s" if delay else ""
        yield "robots.txt", words[survey.robots.decision] + asked
    if survey.charset is not None:
        yield "charset", f"{survey.charset} ({survey.charset_evidence})"
    if proposal is not None:
        yield "time zone", f"{survey.zone.name} ({survey.zone.evidence})"
        yield "newest", _time(survey.newest) or "unknown"
        yield "pace", pace(survey.per_day) if survey.per_day is not None else "unknown"
        yield "asked", proposal.interval


def _choice_document(choice: Choice) -> dict[str, Any]:
    finding = choice.finding
    return {
        "kind": finding.sort,
        "url": finding.url,
        "found_by": finding.where,
        "items": len(finding.candidates),
        "newest": _time(finding.newest),
        "chosen": choice.chosen,
        "why": choice.why or None,
        "proof": choice.proof,
    }


def _sample_document(sample: Sample) -> dict[str, Any]:
    result = sample.result
    article = result if isinstance(result, Article) else None
    return {
        "url": sample.url,
        "entry_url": sample.entry_url,
        "status": "article" if article else "rejected",
        "reason": result.reason if isinstance(result, Rejection) else None,
        "detail": (result.detail or None) if isinstance(result, Rejection) else None,
        "title": article and article.title,
        "published": article.published.local if article and article.published else None,
        "origin": article and article.origin,
        "characters": len(article.text) if article else None,
        "first_line": first_line(article.text) if article else None,
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="minutes")


def _plain(text: str) -> str:
    """The text without what could steer a terminal."""
    return "".join(character if character.isprintable() else " " for character in text)
