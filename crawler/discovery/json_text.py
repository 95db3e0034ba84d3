"""A JSON document out of what servers send for one: JSONP, a script's variable, guards, a BOM, GBK."""

from __future__ import annotations

import json
import re
from typing import Any

from crawler.decoding import decode
from storage.records import Rejection

_GUARD = re.compile(r"(?:\)\]\}'?,?|for\s?\(;;\);|while\s?\((?:1|true)\);?)\s*")
_COMMENT = re.compile(r"/\*.{0,2000}?\*/\s*|//[^\n]{0,500}\n\s*", re.DOTALL)
_NAME = r"[A-Za-z_$][\w$]{0,100}(?:\.[A-Za-z_$][\w$]{0,100}|\[[\"'][\w$.-]{1,100}[\"']\]){0,5}"
_CALL = re.compile(
    rf"(?:try\s?\{{\s*)?(?:{_NAME}\s?&&\s?)?(?:(?:var|let|const)\s+)?{_NAME}\s*(?:=|\()\s*(?=[\[{{])|\((?=\s*[\[{{])\s*"
)
_MOST_COMMENTS = 5


def looks_like_json(body: bytes) -> bool:
    """Whether the body begins as a JSON object or list does."""
    return body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")


def read_json(body: bytes, content_type: str | None) -> Any | Rejection:
    """The document, or a Rejection (not_json). NaN and Infinity are None; what follows the document is not read.

    Documents deeper than the interpreter's recursion limit are rejected.
    """
    text = decode(body, content_type).text.lstrip("\ufeff \t\r\n\x00")
    start = _start(text)
    if text[start : start + 1] not in ("{", "["):
        return Rejection(reason="not_json", detail=f"it begins with {text[:20]!r}" if text else "the body is empty")
    decoder = json.JSONDecoder(parse_constant=_nothing, strict=False)
    try:
        return decoder.raw_decode(text, start)[0]
    except RecursionError:
        return Rejection(reason="not_json", detail="nested too deeply")
    except ValueError as error:
        return Rejection(reason="not_json", detail=str(error)[:200])


def _start(text: str) -> int:
    """Where the document begins, behind comments, a guard against inclusion, a callback's name or a variable's."""
    position = 0
    for _ in range(_MOST_COMMENTS):
        comment = _COMMENT.match(text, position)
        if comment is None:
            break
        position = comment.end()
    for pattern in (_GUARD, _CALL):
        hit = pattern.match(text, position)
        position = hit.end() if hit else position
    return position


def _nothing(_: str) -> None:
    return None
