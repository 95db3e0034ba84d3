"""Which places are told of an incident, and when it is quiet."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from scheduler.config.alerting import Alert, Alerts
from scheduler.config.file import Config

_RANKS = {"warning": 0, "error": 1}


def sinks_for(
    config: Config, *, kind: str, severity: str, sources: Collection[str] = (), but: Collection[str] = ()
) -> tuple[str, ...]:
    """The names of the alerts that are told of such an incident, in the order of the file.

    `sources`: those that it is about, none where it is the machine's. `but`: names that are left out, as those of the
    places which an incident says cannot be reached.
    """
    return tuple(
        alert.name
        for alert in config.alert
        if alert.name not in but and _wants(alert, config.alerts, kind, severity, sources)
    )


def quiet_until(settings: Alerts, *, kind: str, severity: str, now: datetime) -> datetime | None:
    """The end of the quiet hours, where it is quiet now and this can wait; None: it is told now.

    What cannot wait are errors of the machine: without somebody's hand nothing is fetched any more.
    """
    if settings.quiet_hours is None or (severity == "error" and not kind.startswith("source")):
        return None
    begins, ends = map(time.fromisoformat, settings.quiet_hours.split("-"))
    zone = ZoneInfo(settings.timezone)
    wall = now.astimezone(zone)
    at = wall.time().replace(fold=0)
    if begins < ends:
        over = _moment(wall.date(), ends, zone) if begins <= at < ends else None
    elif at >= begins:
        over = _moment(wall.date() + timedelta(days=1), ends, zone)
    else:
        over = _moment(wall.date(), ends, zone) if at < ends else None
    # Where clocks are set forward over the end, it was over when they were.
    return over if over is not None and over > now else None


def _wants(alert: Alert, settings: Alerts, kind: str, severity: str, sources: Collection[str]) -> bool:
    least = alert.min_severity or settings.min_severity
    return (
        _RANKS[severity] >= _RANKS[least]
        and (not alert.kinds or kind in alert.kinds)
        and (not alert.sources or not set(alert.sources).isdisjoint(sources))
    )


def _moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at, zone).astimezone(UTC)
