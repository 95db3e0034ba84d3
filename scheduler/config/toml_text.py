"""Values as TOML has them, on one line."""

from __future__ import annotations

import json
from typing import Any


def value(given: Any) -> str:
    """A switch, number, text, list or table (in braces) as TOML."""
    match given:
        case bool():
            return "true" if given else "false"
        case int() | float():
            return repr(given)
        case list() | tuple():
            return f"[{', '.join(map(value, given))}]"
        case dict():
            return f"{{ {', '.join(f'{name} = {value(part)}' for name, part in given.items())} }}"
    return string(str(given))


def string(text: str) -> str:
    """A TOML basic string: JSON's escapes are a part of TOML's, which wants DEL escaped too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
