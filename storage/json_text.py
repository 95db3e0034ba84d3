"""JSON that may be shown anywhere. Pure."""

from __future__ import annotations

import re

# What JSON may carry as it is, but readers that split lines by Unicode's rules, and terminals, must not meet.
_AWKWARD = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def harmless(text: str) -> str:
    """The same document, in which no character of a string ends a line or steers a terminal. `text`: of a JSON writer.

    JSON itself escapes no more than the controls before the space.
    """
    return _AWKWARD.sub(lambda hit: f"\\u{ord(hit[0]):04x}", text)
