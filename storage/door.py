"""What comes from outside, made fit for the file: the one place where text that SQLite cannot take is cleaned.

Extraction cleans what it reads; addresses, link titles, HTTP headers and error details come here as they were sent.
"""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import Any, TypeVar

T = TypeVar("T")

# A lone surrogate has no UTF-8 form, so binding it raises UnicodeEncodeError; a NUL ends the text for length() and LIKE
# (https://www.sqlite.org/nulinstr.html).
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(value: T) -> T:
    """The value without NULs and lone surrogates in any of its texts; records and tuples are walked.

    A value that needs no change is the very same object.
    """
    cleaned: T = _cleaned(value)
    return cleaned


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return _UNSTORABLE.sub("", value) if _UNSTORABLE.search(value) else value
    if isinstance(value, tuple):
        parts = tuple(_cleaned(part) for part in value)
        return value if all(new is old for new, old in zip(parts, value, strict=True)) else parts
    kind: Any = type(value)
    olds = {name: getattr(value, name) for name in _names(kind)}
    news = {name: new for name, old in olds.items() if (new := _cleaned(old)) is not old}
    return replace(value, **news) if news else value


@cache
def _names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind)) if is_dataclass(kind) else ()
