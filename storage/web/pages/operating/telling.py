"""Incidents in the visitor's language."""

from __future__ import annotations

from dataclasses import dataclass

from storage.watch import wording
from storage.watch.incidents import Incident
from storage.web.pages.frame import Visit
from storage.web.pages.operating.run_errors import facts_said


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An incident and what is said of it. `tone`, `icon`: how it looks, quiet once it is over."""

    of: Incident
    kind: str
    severity: str
    tone: str
    icon: str
    sentence: str
    advice: str
    resolution: str


def told(incident: Incident, visit: Visit) -> Told:
    """What a page says of an incident."""
    lang = visit.words.lang
    return Told(
        of=incident,
        kind=wording.kind_name(incident.kind, lang),
        severity=wording.severity_name(incident.severity, lang) if incident.is_open else visit.words("incidents.over"),
        tone=("bad" if incident.severity == "error" else "odd") if incident.is_open else "rest",
        icon=incident.severity if incident.is_open else "resolved",
        sentence=wording.sentence(incident.kind, facts_said(incident.facts, visit), lang, visit.zone),
        advice=wording.advice(incident.kind, incident.source, lang) if incident.is_open else "",
        resolution="" if incident.is_open else wording.resolution_sentence(incident.facts, lang, visit.zone),
    )
