from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from scheduler.alerting.routing import quiet_until, sinks_for
from scheduler.config.alerting import Alert, Alerts
from scheduler.config.file import Config


def config(*alerts: dict[str, Any], **settings: Any) -> Config:
    made = [Alert(**{"name": f"a{at}", "kind": "log", **alert}) for at, alert in enumerate(alerts)]
    return Config.model_construct(alert=tuple(made), alerts=Alerts(**settings))


def test_places_are_told_of_what_they_want(monkeypatch: pytest.MonkeyPatch) -> None:
    made = config(
        {}, {"min_severity": "error"}, {"kinds": ("source_silent", "disk_low")}, {"sources": ("enshi", "lichuan")}
    )

    def told(kind: str, severity: str, *sources: str, **other: Any) -> str:
        return "".join(sinks_for(made, kind=kind, severity=severity, sources=sources, **other)).replace("a", "")

    assert told("source_silent", "warning", "enshi") == "023"
    assert told("source_failing", "error", "badong") == "01"
    assert told("disk_low", "error") == "012"
    assert told("sources_many", "error", "badong", "lichuan") == "013"
    assert told("alert_failing", "error", but=["a1"]) == "0"


def test_a_place_may_want_less_or_more_than_all() -> None:
    made = config({}, {"min_severity": "warning"}, min_severity="error")
    assert sinks_for(made, kind="source_silent", severity="warning", sources=["a"]) == ("a1",)


@pytest.mark.parametrize(
    ("hours", "zone", "now", "end"),
    [
        ("22:00-07:00", "Asia/Shanghai", "2026-11-23T14:00", "2026-11-23T23:00"),
        ("22:00-07:00", "Asia/Shanghai", "2026-11-23T13:59", None),
        ("22:00-07:00", "Asia/Shanghai", "2026-11-23T22:59", "2026-11-23T23:00"),
        ("22:00-07:00", "Asia/Shanghai", "2026-11-23T23:00", None),
        ("12:00-14:00", "UTC", "2026-11-23T13:00", "2026-11-23T14:00"),
        ("12:00-14:00", "UTC", "2026-11-23T14:00", None),
        ("12:00-14:00", "UTC", "2026-11-23T11:00", None),
        # Clocks go forward from 2:00 to 3:00 on 2026-03-29 in Berlin, and back from 3:00 to 2:00 on 2026-10-25.
        ("22:00-02:30", "Europe/Berlin", "2026-03-29T00:30", "2026-03-29T01:30"),
        ("22:00-07:00", "Europe/Berlin", "2026-10-24T21:00", "2026-10-25T06:00"),
        (None, "UTC", "2026-11-23T13:00", None),
    ],
)
def test_quiet_hours_end_by_the_clocks_of_their_zone(hours: str, zone: str, now: str, end: str | None) -> None:
    found = quiet_until(
        Alerts(quiet_hours=hours, timezone=zone),
        kind="source_silent",
        severity="warning",
        now=datetime.fromisoformat(now).replace(tzinfo=UTC),
    )
    assert (found and found.strftime("%Y-%m-%dT%H:%M")) == end


@pytest.mark.parametrize(
    ("kind", "severity", "waits"),
    [
        ("disk_low", "error", False), ("network_down", "error", False), ("disk_low", "warning", True),
        ("source_failing", "error", True), ("sources_many", "error", True), ("source_drift", "warning", True),
    ],
)  # fmt: skip
def test_only_errors_of_the_machine_are_told_in_quiet_hours(kind: str, severity: str, *, waits: bool) -> None:
    night = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
    found = quiet_until(Alerts(quiet_hours="22:00-07:00"), kind=kind, severity=severity, now=night)
    assert (found is not None) == waits
