"""Titles as feeds and interfaces give them, without markup. `a < b` is a title, so not every `<` begins a tag."""

from __future__ import annotations

import html
import re

MAX_RAW_TITLE = 2000
"""Characters of a title that are looked at: the title itself is cut to a quarter of that (see candidates.py)."""

_TAG = re.compile(r"</?[A-Za-z][^<>]*>|<!--.*?(?:-->|\Z)", re.DOTALL)
# What a browser does not show. Elsewhere than in HTML only where it is closed: a title may speak of <script>.
_SCRIPT = re.compile(r"<(script|style)\b[^<>]*>.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_CLOSED_SCRIPT = re.compile(r"<(script|style)\b[^<>]*>.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_KNOWN_TAG = re.compile(
    r"</?(?:a|abbr|b|big|br|cite|code|del|div|em|font|h[1-6]|i|img|ins|li|mark|p|q|s|small|span|strike|strong|sub|sup|u)"
    r"(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_REFERENCE = re.compile(r"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")


def plain_title(text: str | None, *, is_html: bool = False) -> str | None:
    """The title as plain text, None for an empty one.

    Where nobody says that it is HTML, the tags of running text and well-formed references are taken for markup all the
    same: titles are escaped twice more often than they speak of tags.
    """
    if not text:
        return None
    text = text[:MAX_RAW_TITLE]
    if "<" in text:
        text = (_SCRIPT if is_html else _CLOSED_SCRIPT).sub("", text)
        text = (_TAG if is_html else _KNOWN_TAG).sub("", text)
    if "&" in text and (is_html or _REFERENCE.search(text)):
        text = html.unescape(text)
        text = _KNOWN_TAG.sub("", _CLOSED_SCRIPT.sub("", text)) if "<" in text else text
    return text.strip() or None
