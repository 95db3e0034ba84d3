"""The time zone of a site's dates that name no offset, and what tells it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

# Countries with one time zone, or one that news sites of the whole country write in.
_BY_COUNTRY = {
    "cn": "Asia/Shanghai", "tw": "Asia/Taipei", "hk": "Asia/Hong_Kong", "mo": "Asia/Macau", "sg": "Asia/Singapore",
    "jp": "Asia/Tokyo", "kr": "Asia/Seoul", "vn": "Asia/Ho_Chi_Minh", "th": "Asia/Bangkok", "my": "Asia/Kuala_Lumpur",
    "ph": "Asia/Manila", "in": "Asia/Kolkata", "pk": "Asia/Karachi", "ir": "Asia/Tehran", "il": "Asia/Jerusalem",
    "tr": "Europe/Istanbul", "uk": "Europe/London", "ie": "Europe/Dublin", "fr": "Europe/Paris", "de": "Europe/Berlin",
    "it": "Europe/Rome", "es": "Europe/Madrid", "nl": "Europe/Amsterdam", "be": "Europe/Brussels",
    "ch": "Europe/Zurich", "at": "Europe/Vienna", "pl": "Europe/Warsaw", "cz": "Europe/Prague",
    "se": "Europe/Stockholm", "no": "Europe/Oslo", "dk": "Europe/Copenhagen", "fi": "Europe/Helsinki",
    "gr": "Europe/Athens", "ua": "Europe/Kyiv",
    "za": "Africa/Johannesburg", "ng": "Africa/Lagos", "ke": "Africa/Nairobi", "eg": "Africa/Cairo",
    "nz": "Pacific/Auckland", "ar": "America/Argentina/Buenos_Aires", "co": "America/Bogota", "pe": "America/Lima",
}  # fmt: skip
_BY_LANGUAGE = {
    "zh": "Asia/Shanghai", "zh-hant": "Asia/Taipei", "zh-tw": "Asia/Taipei", "zh-hk": "Asia/Hong_Kong",
    "zh-mo": "Asia/Macau", "zh-sg": "Asia/Singapore", "ja": "Asia/Tokyo", "ko": "Asia/Seoul",
}  # fmt: skip
_EAST_8 = 8 * 60
_OFFSET = re.compile(
    r"(?:\d|\b(?:GMT|UTC) ?)([+-])(\d\d):?(\d\d)\s*$|\d\s([+-])(\d\d):?(\d\d)(?:\s*\([A-Za-z ]+\))?\s*$"
)
_GMT = re.compile(r"(?:\dZ|\b(?:GMT|UTC|UT))\s*$")
MOST_DATES = 500


@dataclass(frozen=True, slots=True)
class Zone:
    """An IANA name, and what told it, in words."""

    name: str
    evidence: str


def zone_of(host: str, language: str | None, dates: Iterable[str] = ()) -> Zone:
    """The zone, from the offsets that dates name, the country of the host, or the language; Chinese is Asia/Shanghai.

    Offsets of zero tell little: many systems write all times in GMT, wherever they stand.
    """
    country = _country(host)
    counted = Counter(offset for text in list(dates)[:MOST_DATES] if (offset := offset_minutes(text)) is not None)
    named = [(offset, times) for offset, times in counted.most_common() if offset]
    if named and 2 * named[0][1] >= sum(counted.values()):
        offset, times = named[0]
        return Zone(_of_offset(offset, country), f"{times} of {sum(counted.values())} dates name {_shown(offset)}")
    if country is not None:
        return Zone(_BY_COUNTRY[country], f".{country}")
    language = (language or "").lower()
    by_language = _BY_LANGUAGE.get(language) or _BY_LANGUAGE.get(language.partition("-")[0])
    if by_language is not None:
        return Zone(by_language, f"the language is {language}")
    if counted:
        return Zone("UTC", f"{counted[0]} dates name GMT")
    return Zone("UTC", "nothing tells it")


def tells_zone(language: str | None) -> bool:
    """Whether a language is that of one country, or of news for it."""
    return (language or "").lower().partition("-")[0] in _BY_LANGUAGE


def offset_minutes(date: str) -> int | None:
    """The offset from UTC at the end of a date as written, 480 for +08:00; None where it names none."""
    text = date.strip()[-40:]
    if _GMT.search(text):
        return 0
    found = _OFFSET.search(text)
    if found is None:
        return None
    sign, hours, minutes = (group for group in found.groups() if group is not None)
    return (-1 if sign == "-" else 1) * (60 * int(hours) + int(minutes))


def _country(host: str) -> str | None:
    label = host.rstrip(".").rpartition(".")[2].lower()
    return label if label in _BY_COUNTRY else None


def _of_offset(offset: int, country: str | None) -> str:
    """A zone with that offset: the country's where it may be, Shanghai for +08:00, else the bare offset."""
    if country is not None:
        return _BY_COUNTRY[country]  # its dates say what its clocks show, summer time included
    if offset == _EAST_8:
        return "Asia/Shanghai"
    hours, minutes = divmod(abs(offset), 60)
    most = 14 if offset > 0 else 12
    if minutes or hours > most:
        return "UTC"
    # POSIX counts west of Greenwich: Etc/GMT-3 is three hours east of it (tzdata, file etcetera).
    return f"Etc/GMT{'-' if offset > 0 else '+'}{hours}"


def _shown(offset: int) -> str:
    hours, minutes = divmod(abs(offset), 60)
    return f"{'-' if offset < 0 else '+'}{hours:02}:{minutes:02}"
