"""Dates of feeds and interfaces in forms that pages do not use, put as the patterns of pages know them."""

from __future__ import annotations

import re

# RFC 822 section 5.1 has two digits for the year, and cookies have hyphens; RFC 2822 section 4.3: below 50 is 20xx.
_SHORT_YEAR = re.compile(r"(\b\d{1,2}[ -][A-Za-z]{3}[ -])(\d\d)(?= +\d{1,2}:\d\d)")
_FIFTY = 50
_UNIVERSAL = re.compile(r"(?<=\d )UT(?=$|\s)")
_BARE_HOURS = re.compile(r"(?<=:\d\d)(\.\d{1,9})? ?([+-]\d\d)$")
_EPOCH = re.compile(r"(?:/Date\()?(1\d{9}(?:\d{3})?)(?:\.\d+)?(?:[+-]\d{4})?(?:\)/)?")
_NAME = re.compile(r"\bCST\b")
_OFFSET = re.compile(r"[+-]\d{4}")
_CST = {"Asia": "+0800", "America": "-0600"}
"""CST is China's in Asia and Chicago's in America; elsewhere it says nothing."""


def usual_form(raw: str, timezone: str) -> str:
    """The string with four digits for the year, an offset for CST, UT and +08, and an epoch as its bare digits.

    `timezone`: of the source. What has no such form comes back as it is.
    """
    epoch = _EPOCH.fullmatch(raw)
    if epoch:
        return epoch[1]
    offset = _CST.get(timezone.partition("/")[0])
    if offset and "CST" in raw:
        # "08:30:00 +0800 CST" has its offset already.
        raw = _NAME.sub("" if _OFFSET.search(raw) else offset, raw)
    raw = _SHORT_YEAR.sub(_with_century, raw)
    raw = _UNIVERSAL.sub("UTC", raw)
    return _BARE_HOURS.sub(r"\2:00", raw)


def _with_century(date: re.Match[str]) -> str:
    century = "20" if int(date[2]) < _FIFTY else "19"
    return f"{date[1]}{century}{date[2]}"
