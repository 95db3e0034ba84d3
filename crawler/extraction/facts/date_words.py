"""Words that dates are written with: month names of eight languages, halves of the day, names of time zones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_MONTH_ROWS = (
    # English, German, French, Spanish, Portuguese, Italian, Russian, Dutch: full names and usual short forms. Unicode
    # CLDR has the same; no short form means different months in two of them.
    "jan january januar jänner janvier janv enero ene janeiro gennaio gen января январь янв januari",
    "feb february februar février fevrier févr fév febrero fevereiro fev febbraio февраля февраль фев февр februari",
    "mar march märz maerz mär mars marzo março marco марта март мар maart mrt",
    "apr april avril avr abril abr aprile апреля апрель апр",
    "may mai mayo maio maggio mag мая май mei",
    "jun june juni juin junio junho giugno giu июня июнь июн",
    "jul july juli juillet juil julio julho luglio lug июля июль июл",
    "aug august août aout agosto ago августа август авг augustus",
    "sep sept september septembre septiembre setiembre setembro settembre set сентября сентябрь сен сент",
    "oct october oktober okt octobre octubre outubro out ottobre ott октября октябрь окт",
    "nov november novembre noviembre novembro ноября ноябрь ноя нояб",
    "dec december dezember dez décembre decembre déc diciembre dic dezembro dicembre декабря декабрь дек",
)
MONTHS = {name: number for number, row in enumerate(_MONTH_ROWS, 1) for name in row.split()}

AFTERNOON = frozenset(("下午", "晚上", "晚间", "晚間", "傍晚", "午後", "午后", "오후", "pm"))
MORNING = frozenset(("上午", "凌晨", "清晨", "早上", "午前", "오전", "am"))
NOON = "中午"

_ZONE_HOURS = {
    "EST": -5.0, "EDT": -4.0, "CDT": -5.0, "MST": -7.0, "MDT": -6.0, "PST": -8.0, "PDT": -7.0, "AKST": -9.0,
    "AKDT": -8.0, "HST": -10.0, "BRT": -3.0, "CET": 1.0, "CEST": 2.0, "MEZ": 1.0, "MESZ": 2.0, "EET": 2.0, "EEST": 3.0,
    "SAST": 2.0, "MSK": 3.0, "PKT": 5.0, "WIB": 7.0, "ICT": 7.0, "HKT": 8.0, "SGT": 8.0, "JST": 9.0, "KST": 9.0,
    "ACST": 9.5, "AEST": 10.0, "AEDT": 11.0, "NZST": 12.0, "NZDT": 13.0,
}  # fmt: skip
"""Hours east of UTC of zone names that mean one offset; CST, IST, BST and AST mean several and say nothing."""

_SEASONAL = {"ET": "America/New_York", "PT": "America/Los_Angeles"}
"""Names that newsrooms use all year round: the offset is that of the day."""

_UNCLEAR = ("CST", "IST", "BST", "AST")

ZONE_NAMES = "|".join(sorted({*_ZONE_HOURS, *_SEASONAL, *_UNCLEAR}, key=lambda name: (-len(name), name)))
"""Alternatives of a pattern, the longer before the shorter."""

_MAX_OFFSET = timedelta(hours=14)
_HOURS_ONLY = 2


def offset_of(zone: str | None, day: datetime) -> tzinfo | None:
    """The offset that a page names (`+08:00`, `UTC+8`, `JST`) on a naive `day`; None for none and for unclear ones."""
    name = (zone or "").upper().replace(" ", "").removeprefix("UTC").removeprefix("GMT")
    if not zone:
        return None
    if name in ("", "Z"):
        return UTC
    if name in _ZONE_HOURS:
        return timezone(timedelta(hours=_ZONE_HOURS[name]))
    if name in _SEASONAL:
        return _seasonal(_SEASONAL[name], day)
    return _numeric(name) if name[0] in "+-" else None


def _seasonal(key: str, day: datetime) -> tzinfo | None:
    """The offset of a place on a day, or None where this machine has no time zone data."""
    try:
        offset = day.replace(tzinfo=ZoneInfo(key)).utcoffset()
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
    return timezone(offset) if offset is not None else None


def _numeric(name: str) -> tzinfo | None:
    """The offset of `+8`, `+0800` or `-05:30`, or None for an impossible one (+99:99)."""
    digits = name[1:].replace(":", "")
    hours, minutes = (digits[:-2], digits[-2:]) if len(digits) > _HOURS_ONLY else (digits, "0")
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes))
    if offset > _MAX_OFFSET:
        return None
    return timezone(-offset if name[0] == "-" else offset)
