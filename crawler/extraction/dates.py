"""Publication times out of what pages write. A day is never invented, a crawl time never used.

Own patterns: measured parsers read "2024年1月2日" as 2024-01-01 and "-1" as a date (research/reliability.md 2.3).
Every string is cut to MAX_DATE_CHARS first and every pattern is linear in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from storage.records import Precision, PublicationTime

MAX_DATE_CHARS = 64
"""A date with weekday, time and zone in any language is shorter."""

MAX_LINE_CHARS = 400
"""How much of a line is searched for dates."""

EARLIEST_YEAR = 1995
"""No news portal is older; earlier years are in the text of articles."""

FUTURE = timedelta(days=2)
"""Clocks and time zones differ by less; a later date is an event that is announced."""

_WIDE = str.maketrans("０１２３４５６７８９：／－．　＋", "0123456789:/-. +")
_HAN_DIGITS = str.maketrans("〇○零一二三四五六七八九", "000123456789")
_HAN_BELOW_100 = r"([二三]?十?[一二三四五六七八九]|[二三]?十)"
_HAN_DATE = re.compile(rf"([二一][〇○零一二三四五六七八九]{{3}})年{_HAN_BELOW_100}月{_HAN_BELOW_100}日")

_YEAR = r"(?:民[國国]\s?(?P<rocyear>\d{2,3})|(?P<year>(?:19|20)\d\d)|(?P<rocslash>9\d|1[0-4]\d)(?=/\d\d/\d\d(?!\d)))"
_DAY = r"\s?(?:年|[-/.])\s?(?P<month>\d{1,2})\s?(?:月|[-/.])\s?(?P<day>\d{1,2})(?!\d)\s?[日号號]?"
_BETWEEN = r"[\sT,，|(（\[]{0,6}(?:(?:星期|[周週]|[禮礼]拜)[一二三四五六日天])?[\s)）\]|]{0,4}(?:@\s?)?"
_CLOCK = (
    r"(?P<half>上午|下午|凌晨|清晨|早上|中午|晚上|晚间|傍晚"
    r"|[AaPp]\.?[Mm]\.?)?\s{0,3}(?P<hour>\d{1,2})\s?[:：时時點点]\s?(?P<minute>\d{2})"
    r"(?:\s?[:：分]\s?(?P<second>\d{2}))?(?!\d)(?:[.,]\d{1,9})?分?\s{0,2}(?P<half2>[AaPp]\.?[Mm]\b)?\s{0,2}"
    r"(?P<zone>Z\b|UTC|GMT(?![+-])|(?:UTC|GMT)?[+-]\d{1,2}:?\d{2}(?!\d)|GMT[+-]\d{1,2})?"
)
_NUMERIC = re.compile(rf"(?<![\d.]){_YEAR}{_DAY}(?:{_BETWEEN}{_CLOCK})?")
_COMPACT = re.compile(
    r"(?<!\d)((?:19|20)\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?:T?([01]\d|2[0-3])([0-5]\d)([0-5]\d)?)?(?!\d)"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?P<name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\.?"
)
_RFC_ZONE = r"(?P<zone>Z\b|[+-]\d\d:?\d\d(?!\d)|UTC|GMT|[ECMP][SD]T)?"
_WORD_CLOCK = (
    r"(?:[\s,|-]{0,4}(?:at\s)?\s?(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?(?!\d)\s?(?P<half2>[ap]\.?m\b)?\s{0,2}"
    + _RFC_ZONE
    + r")?"
)
_DAY_FIRST = re.compile(
    rf"(?<!\d)(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[\s-]{_MONTH}[\s,-]{{1,2}}(?P<year>(?:19|20)\d\d)(?!\d){_WORD_CLOCK}",
    re.IGNORECASE,
)
_MONTH_FIRST = re.compile(
    rf"\b{_MONTH}\s?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s(?P<year>(?:19|20)\d\d)(?!\d){_WORD_CLOCK}", re.IGNORECASE
)
_YEAR_LAST = re.compile(
    rf"(?<![\d.])(?P<first>\d{{1,2}})(?P<sep>[./-])(?P<other>\d{{1,2}})(?P=sep)(?P<year>(?:19"
    rf"|20)\d\d)(?!\d)(?:{_BETWEEN}{_CLOCK})?"
)
_YEARLESS = re.compile(
    rf"(?<![\d年/.-])(?P<month>\d{{1,2}})\s?[月/-]\s?(?P<day>\d{{1,2}})(?![\d/.-])\s?[日号]?(?:{_BETWEEN}{_CLOCK})?"
)
_EPOCH = re.compile(r"^\s*(1\d{9})(\d{3})?\s*$")
_URL_DAY = re.compile(
    r"(?<![\d])(?P<year>(?:19|20)\d\d)(?P<sep>[-/_]?)(?P<month>0[1-9]|1[0-2])(?:[-/_]?)(?P<day>0[1-9]|[12]\d"
    r"|3[01])(?!\d(?!\d{3}))"
)
_CLOCK_ALONE = re.compile(rf"^\W{{0,3}}{_CLOCK}\W{{0,3}}$")
_ZONE_HOURS = {"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7}
_NOON = 12
_MONTHS_A_YEAR = 12
_MAX_OFFSET = timedelta(hours=14)
_UPDATED = re.compile(r"(?:更新|修改|修订|修訂|updated?|modified|截至|截止)\S{0,6}\s?[:：]?\s*$", re.IGNORECASE)
_PUBLISHED = re.compile(
    r"(?:发布|發布|发表|發表|刊发|时间|時間|日期|published|posted)\S{0,4}\s?[:：]?\s*$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Clock:
    """What a date is read against: the zone of zone-less times, and the moment after which nothing is published yet."""

    timezone: str
    now: datetime

    @property
    def zone(self) -> tzinfo:
        """The zone, UTC where the name is unknown to this machine."""
        try:
            return ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return UTC


@dataclass(frozen=True, slots=True)
class Found:
    """A date in a line, with what stands before it: "published", "updated" or nothing."""

    time: PublicationTime
    label: str


def parse_date(raw: str | None, clock: Clock, where: str) -> PublicationTime | None:
    """The first plausible date of a string cut to 64 characters, or None."""
    if not raw:
        return None
    text = raw.strip()[:MAX_DATE_CHARS]
    epoch = _EPOCH.match(text)
    if epoch:
        moment = datetime.fromtimestamp(int(epoch[1]), clock.zone)
        return _plausible(_fixed(moment), "second", text, where, clock, assumed=False)
    for found in find_dates(text, clock, where):
        return found.time
    compact = _COMPACT.search(text)
    if compact:
        year, month, day, hour, minute, second = compact.groups()
        parts = {"year": year, "month": month, "day": day, "hour": hour, "minute": minute, "second": second}
        return _built(parts, compact[0], where, clock)
    return None


def find_dates(line: str, clock: Clock, where: str) -> Iterator[Found]:
    """Plausible full dates of a line, in order of their place."""
    text = _plain(line[:MAX_LINE_CHARS])
    patterns = (_NUMERIC, _DAY_FIRST, _MONTH_FIRST, _YEAR_LAST)
    hits = [hit for pattern in patterns for hit in pattern.finditer(text)]
    for hit in sorted(hits, key=lambda one: one.start()):
        time = _built(_in_order(hit.groupdict()), hit[0].strip()[:MAX_DATE_CHARS], where, clock)
        if time:
            yield Found(time, _label(text[: hit.start()]))


def _in_order(parts: dict[str, str | None]) -> dict[str, str | None]:
    """Parts with month and day told apart: 14.12.2011 is day first, 12/14/2011 month first, 3/4/2011 nobody knows."""
    first, other = parts.get("first"), parts.get("other")
    if not first or not other:
        return parts
    if parts.get("sep") == "." or int(first) > _MONTHS_A_YEAR or first == other:
        return {**parts, "day": first, "month": other}
    return (
        {**parts, "day": other, "month": first} if int(other) > _MONTHS_A_YEAR else {**parts, "day": "0", "month": "0"}
    )


def parse_yearless(line: str, clock: Clock, where: str) -> PublicationTime | None:
    """A month and day without year, in the latest year that does not lie in the future; the last resort."""
    hit = _YEARLESS.search(_plain(line[:MAX_LINE_CHARS]))
    if not hit:
        return None
    for year in (clock.now.year, clock.now.year - 1):
        time = _built({**hit.groupdict(), "year": str(year)}, hit[0].strip(), where, clock)
        if time:
            return time
    return None


def parse_url_date(url: str, clock: Clock) -> PublicationTime | None:
    """The day that an address carries (/2012/01/17/, t20120117_, /2012-01/17/), or None."""
    path = url.split("://", 1)[-1].split("/", 1)[-1].split("?", 1)[0][:2048]
    for hit in _URL_DAY.finditer(path):
        time = _built(hit.groupdict(), hit[0], "url", clock)
        if time:
            return time
    return None


def with_clock(day: PublicationTime, line: str, clock: Clock) -> PublicationTime:
    """`day` with the time that a line of nothing else gives (`11:25`), or `day` itself."""
    hit = _CLOCK_ALONE.match(_plain(line[:MAX_DATE_CHARS]))
    if not hit or day.precision != "day":
        return day
    date = day.at
    parts = {**hit.groupdict(), "year": str(date.year), "month": str(date.month), "day": str(date.day)}
    return _built(parts, f"{day.raw} {hit[0].strip()}", day.where, clock) or day


def _plain(text: str) -> str:
    """Half-width digits; dates in Han numerals as digits."""
    return _HAN_DATE.sub(_arabic, text.translate(_WIDE))


def _arabic(date: re.Match[str]) -> str:
    """A date in Han numerals (二〇一二年一月十七日) with digits."""
    return f"{date[1].translate(_HAN_DIGITS)}年{_han_number(date[2])}月{_han_number(date[3])}日"


def _han_number(text: str) -> int:
    """Value of a Han numeral below one hundred."""
    tens, ten, ones = text.rpartition("十")
    unit = int(ones.translate(_HAN_DIGITS)) if ones else 0
    return unit + (10 * (int(tens.translate(_HAN_DIGITS)) if tens else 1) if ten else 0)


def _label(before: str) -> str:
    """What the words before a date make of it."""
    if _UPDATED.search(before[-16:]):
        return "updated"
    return "published" if _PUBLISHED.search(before[-16:]) else ""


def _built(parts: dict[str, str | None], raw: str, where: str, clock: Clock) -> PublicationTime | None:
    """The time of the parts, or None where there is no such day or it is implausible."""
    year = _year(parts)
    month = parts.get("month") or str(_MONTHS.index((parts.get("name") or "jan")[:3].lower()) + 1)
    hour, minute, second = _clock_parts(parts)
    offset = _offset(parts.get("zone"))
    zone = offset or clock.zone
    try:
        at = datetime(year, int(month), int(parts.get("day") or 0), hour or 0, minute or 0, second or 0, tzinfo=zone)
    except (ValueError, OverflowError):
        return None
    # 00:00 beside a date is what systems write that store days only.
    shown = hour is not None and (hour, minute, second or 0) != (0, 0, 0)
    precision: Precision = "day" if not shown else "minute" if second is None else "second"
    return _plausible(_fixed(at), precision, raw, where, clock, assumed=offset is None)


def _year(parts: dict[str, str | None]) -> int:
    """Common-era year of the parts; years of the Republic of China (民國101年) begin with 1912."""
    if parts.get("rocyear") or parts.get("rocslash"):
        return int(parts.get("rocyear") or parts.get("rocslash") or 0) + 1911
    return int(parts.get("year") or 0)


def _clock_parts(parts: dict[str, str | None]) -> tuple[int | None, int | None, int | None]:
    """Hour of 24, minute and second; Nones where no valid time is given."""
    if not parts.get("hour"):
        return None, None, None
    hour, minute = int(parts["hour"] or 0), int(parts.get("minute") or 0)
    second = int(parts["second"] or 0) if parts.get("second") else None
    half = (parts.get("half") or parts.get("half2") or "").lower().replace(".", "")
    if (half in ("下午", "晚上", "晚间", "傍晚", "pm") and hour < _NOON) or (half == "中午" and hour < _NOON - 2):
        hour += _NOON
    elif half in ("上午", "凌晨", "清晨", "早上", "am") and hour == _NOON:
        hour = 0
    if hour > 23 or minute > 59 or (second or 0) > 59:  # noqa: PLR2004 - a day's clock
        return None, None, None
    return hour, minute, second


def _offset(zone: str | None) -> tzinfo | None:
    """The offset that a page names, or None for none and for an impossible one (+99:99)."""
    if not zone:
        return None
    name = zone.upper().removeprefix("UTC").removeprefix("GMT") or "Z"
    if name == "Z":
        return UTC
    if name in _ZONE_HOURS:
        # CST is China's as often as America's: on its own it says nothing.
        return None if name == "CST" else timezone(timedelta(hours=_ZONE_HOURS[name]))
    digits = name[1:].replace(":", "")
    hours, minutes = (digits[:-2], digits[-2:]) if len(digits) > 2 else (digits, "0")  # noqa: PLR2004 - +8 or +0800
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes))
    if offset > _MAX_OFFSET:
        return None
    return timezone(-offset if name[0] == "-" else offset)


def _fixed(at: datetime) -> datetime:
    """The same moment with its offset as a number: plain to store and to send."""
    offset = at.utcoffset() or timedelta(0)
    return at.replace(tzinfo=UTC if not offset else timezone(offset))


def _plausible(
    at: datetime, precision: Precision, raw: str, where: str, clock: Clock, *, assumed: bool
) -> PublicationTime | None:
    """The value, or None for a time before the web or in the future."""
    if at.year < EARLIEST_YEAR or at > clock.now + FUTURE:
        return None
    return PublicationTime(at=at, precision=precision, raw=raw, where=where, offset_assumed=assumed)
