"""All sentences on states and incidents, made from a code and its facts: for the command line, alerts and pages alike.

So nothing that is translated is stored, and no two places tell the same thing in different words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, tzinfo
from string import Formatter
from typing import Any

from storage.times import from_utc_text
from storage.watch.phrases import (
    ADVICE,
    CLAUSES,
    CODES,
    EVENTS,
    KINDS,
    LANGUAGES,
    RESOLUTIONS,
    SEVERITIES,
    STATE_CLAUSES,
    STATES,
    Clause,
    Said,
)

__all__ = [
    "LANGUAGES",
    "advice",
    "code_name",
    "event_name",
    "headline",
    "kind_name",
    "reason_sentence",
    "resolution_sentence",
    "sentence",
    "severity_name",
    "shown",
    "state_name",
]

Facts = Mapping[str, Any]

MOST_CHARACTERS = 300
"""Of a text among the facts, such as what a site says of its fault."""
CODED = frozenset({"cause", "field", "fields", "shared"})
COUNTED = frozenset({"length", "longer"})
"""Fields whose `before` and `after` are numbers; those of others are shares."""
_LENGTHS = (
    (86_400, Said("d", "天")),
    (3_600, Said("h", "小时")),
    (60, Said("min", "分钟")),
    (1, Said("s", "秒")),
)
_SIZES = ((1024**3, "GiB"), (1024**2, "MiB"), (1024, "KiB"))


def state_name(code: str, language: str) -> str:
    """The name of a source's state; the code itself where it is none that is known."""
    return _name(STATES, code, language)


def kind_name(kind: str, language: str) -> str:
    """The name of a kind of incident; the code itself where it is none that is known."""
    return _name(KINDS, kind, language)


def severity_name(severity: str, language: str) -> str:
    """The name of a severity."""
    return _name(SEVERITIES, severity, language)


def event_name(event: str, language: str) -> str:
    """What an alert is about: an incident that is new, worse or resolved."""
    return _name(EVENTS, event, language)


def code_name(code: str, language: str) -> str:
    """The name of a coded fact: a cause, a measure, the kind of an incident; itself where it is none that is known."""
    return _name(CODES if code in CODES else KINDS, code, language)


def headline(kind: str, source: str | None, language: str) -> str:
    """An incident in a few words, with its source if it is one's: `people-daily: gone silent`."""
    name = kind_name(kind, language)
    if source is None:
        return name
    return f"{source}：{name}" if language == "zh" else f"{source}: {name}"


def sentence(kind: str, facts: Facts, language: str, zone: tzinfo = UTC) -> str:
    """What is the matter, in one sentence without the source's name. Times are shown by `zone`."""
    return _joined(CLAUSES.get(kind, ((Said(kind, kind),),)), _compared(facts), language, zone)


def reason_sentence(state: str, reason: str, facts: Facts, language: str, zone: tzinfo = UTC) -> str:
    """Why a source is in its state. `reason`: the kind of its incident, or a code that says more than the state."""
    if reason in CLAUSES:
        return sentence(reason, facts, language, zone)
    clauses = STATE_CLAUSES.get(reason) or STATE_CLAUSES.get(state) or ((Said(state, state),),)
    return _joined(clauses, facts, language, zone)


def resolution_sentence(facts: Facts, language: str, zone: tzinfo = UTC) -> str:
    """Why an incident ended, and how long it lasted where that is known."""
    why = str(facts.get("resolution") or "recovered")
    clauses: tuple[Clause, ...] = (
        (RESOLUTIONS.get(why, Said(why, why)),),
        (Said("after {lasted_seconds}", "历时 {lasted_seconds}"),),
    )
    return _joined(clauses, facts, language, zone)


def advice(kind: str, source: str | None, language: str) -> str:
    """The next step; empty where none is known."""
    said = ADVICE.get(kind)
    return "" if said is None else _of(said, language).replace("{source}", source or "SOURCE")


def shown(name: str, value: Any, language: str, zone: tzinfo = UTC) -> str:
    """A fact as people read it, by the end of its name: _seconds and hours, _share a percentage, _bytes, _at a time."""
    if name in CODED or name == "reason":
        # A reason is one code, or a text with commas of its own.
        codes = [str(value)] if name == "reason" else [one.strip() for one in str(value).split(",")]
        return ("、" if language == "zh" else ", ").join(_plain(code_name(code, language)) for code in codes)
    if name == "since" or name.endswith("_at"):
        return _moment(value, zone)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return _plain(_listed(value, language))
    if name.endswith(("_seconds", "hours")):
        return _length(value if name.endswith("_seconds") else 3_600 * value, language)
    if name.endswith("_share"):
        return f"{100 * value:.0f}%" if language == "zh" else f"{100 * value:.0f} %"
    return _size(value) if name.endswith("_bytes") else _number(value)


def _name(names: Mapping[str, Said], code: str, language: str) -> str:
    return _of(names.get(code, Said(code, code)), language)


def _of(said: Said, language: str) -> str:
    return said.zh if language == "zh" else said.en


def _compared(facts: Facts) -> Facts:
    """The facts, with what was `before` and is `after` named for what it is: a share or a number."""
    end = "value" if facts.get("field") in COUNTED else "share"
    return {**facts, **{f"{name}_{end}": facts[name] for name in ("before", "after") if name in facts}}


def _joined(clauses: Iterable[Clause], facts: Facts, language: str, zone: tzinfo) -> str:
    """The clauses of which enough is known, as one sentence; English begins with a capital letter."""
    parts = [part for clause in clauses if (part := _said(clause, facts, language, zone))]
    text = ("；" if language == "zh" else "; ").join(parts)
    if language == "zh":
        return f"{text}。"
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('?', '.')) else '.'}"


def _said(clause: Clause, facts: Facts, language: str, zone: tzinfo) -> str:
    """The first form of the clause of which all facts are known; empty where there is none."""
    for form in clause:
        text = _of(form, language)
        names = {field for _, field, _, _ in Formatter().parse(text) if field}
        if all(facts.get(name) is not None and facts[name] != "" for name in names):
            return text.format(**{name: shown(name, facts[name], language, zone) for name in names})
    return ""


def _plain(text: str) -> str:
    """A text that steers no terminal and breaks no line, cut where it is long."""
    text = "".join(one if one.isprintable() else " " for one in text).strip()
    return text if len(text) <= MOST_CHARACTERS else f"{text[: MOST_CHARACTERS - 1]}…"


def _listed(value: Any, language: str) -> str:
    if isinstance(value, list | tuple):
        return ("、" if language == "zh" else ", ").join(str(one) for one in value)
    return str(value)


def _moment(value: Any, zone: tzinfo) -> str:
    """A stored time as a wall clock shows it, with its zone where that is UTC."""
    try:
        moment = value if isinstance(value, datetime) else from_utc_text(str(value))
    except ValueError:
        return _plain(str(value))
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}{' UTC' if zone is UTC else ''}"


def _length(seconds: float, language: str) -> str:
    """A length of time in its largest unit of which there are two, so that 36 hours are not a day."""
    for length, unit in _LENGTHS:
        if abs(seconds) >= 2 * length:
            return f"{seconds / length:.0f} {_of(unit, language)}"
    return f"{seconds:.0f} {_of(_LENGTHS[-1][1], language)}"


def _size(size: float) -> str:
    for length, unit in _SIZES:
        if size >= length:
            return f"{size / length:.1f} {unit}"
    return f"{size:.0f} B"


def _number(value: float) -> str:
    """A whole number as it is, any other with two digits that count."""
    if isinstance(value, int) or value >= 10:  # noqa: PLR2004 - one digit before the point
        return f"{value:.0f}"
    return f"{value:.2g}"
