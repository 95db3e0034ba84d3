"""Writing what a round has changed: each incident with the alerts that tell of it, in the caller's transaction."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from scheduler.alerting.routing import sinks_for
from scheduler.config.file import Config
from scheduler.watching.incidents import Changes, Ended, Problem, Update
from scheduler.watching.machine import ALERT
from storage.database import Database
from storage.watch import alerts, incidents, wording
from storage.watch.incidents import Incident

logger = logging.getLogger(__name__)


def write(config: Config, database: Database, changes: Changes, now: datetime) -> None:
    """None; the incidents are as the round found them, and who is to be told of them is queued."""
    alerts.drop_others(database, [alert.name for alert in config.alert])
    # What is over goes first: a group takes the place of the incidents that it covers.
    for ended in changes.ended:
        _end(database, ended, now)
    for update in changes.updated:
        _update(config, database, update, now)
    for problem in changes.opened:
        _open(config, database, problem, now)


def _open(config: Config, database: Database, problem: Problem, now: datetime) -> None:
    sources = problem.sources or ((problem.source,) if problem.source else ())
    incident_id = incidents.open_(
        database,
        key=problem.key,
        kind=problem.kind,
        severity=problem.severity,
        facts=problem.facts,
        now=now,
        source=problem.source,
        sources=problem.sources,
        sample=problem.sample,
    )
    sinks = _sinks(config, problem.kind, problem.severity, sources, problem.facts)
    alerts.queue(database, incident_id, sinks, "opened", now)
    level = logging.ERROR if problem.severity == "error" else logging.WARNING
    _say(level, "incident %d opened: %s. %s", incident_id, problem, problem.facts)


def _update(config: Config, database: Database, update: Update, now: datetime) -> None:
    """None; what is known of it is up to date. Only that it became worse is told, once, unless an operator has seen it.

    Whoever is still to be told that it began is told how it is then.
    """
    one = update.incident
    incidents.update(
        database,
        one.id,
        now,
        facts=update.facts,
        severity=update.severity,
        sample=update.sample,
        sources=update.sources,
    )
    if not update.escalated or one.acknowledged_at is not None:
        return
    waiting = {alert.sink for alert in alerts.of_incident(database, one.id) if alert.state == "pending"}
    sources = {*one.sources, *update.sources}
    sinks = _sinks(config, one.kind, update.severity, tuple(sources), update.facts)
    alerts.queue(database, one.id, [sink for sink in sinks if sink not in waiting], "escalated", now)
    _say(logging.ERROR, "incident %d is worse: %s. %s", one.id, one, update.facts)


def _end(database: Database, ended: Ended, now: datetime) -> None:
    """None; it is over. Who was told of it hears that, and who was not hears nothing of it any more.

    A place that could not be reached is told of the end alone: that of the network, when it is there again.
    """
    one = ended.incident
    incidents.update(database, one.id, now, facts=ended.facts)
    incidents.resolve(database, one.id, now)
    tried = {
        alert.sink for alert in alerts.of_incident(database, one.id) if alert.state == "pending" and alert.attempts
    }
    alerts.drop(database, one.id)
    if ended.resolution != "grouped":
        alerts.queue(database, one.id, sorted({*alerts.told(database, one.id), *tried}), "resolved", now)
    logger.info(
        "incident %d is over: %s. %s",
        one.id,
        wording.headline(one.kind, one.source, "en"),
        wording.resolution_sentence(ended.facts, "en"),
        extra=_keys(one.id, one.kind, one.source),
    )


def _sinks(
    config: Config, kind: str, severity: str, sources: tuple[str, ...], facts: Mapping[str, Any]
) -> tuple[str, ...]:
    """Who is told. That a place is not reached is not told to itself."""
    but = (str(facts.get("sink")),) if kind == ALERT else ()
    return sinks_for(config, kind=kind, severity=severity, sources=sources, but=but)


def _say(level: int, message: str, incident_id: int, one: Problem | Incident, facts: Mapping[str, Any]) -> None:
    headline, sentence = wording.headline(one.kind, one.source, "en"), wording.sentence(one.kind, facts, "en")
    logger.log(level, message, incident_id, headline, sentence, extra=_keys(incident_id, one.kind, one.source))


def _keys(incident_id: int, kind: str, source: str | None) -> dict[str, object]:
    return {"incident": incident_id, "kind": kind, **({} if source is None else {"source": source})}
