"""Small signs, drawn as lines in the colour of the text beside them.

A state is told by its word and its sign; its colour only repeats them.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from markupsafe import Markup

_RING = '<circle cx="8" cy="8" r="6.25"/>'
_PATHS: Mapping[str, str] = MappingProxyType(
    {
        "ok": f'{_RING}<path d="M5 8.3l2.1 2.1L11 6"/>',
        "failing": f'{_RING}<path d="M5.6 5.6l4.8 4.8M10.4 5.6l-4.8 4.8"/>',
        "empty": f'{_RING}<path d="M3.8 12.2l8.4-8.4"/>',
        "silent": '<path d="M3 6h2.5L9 3v10L5.5 10H3z"/><path d="M11 6.3l3.4 3.4M14.4 6.3l-3.4 3.4"/>',
        "bad_texts": '<path d="M3.5 1.75h6L12.5 5v9.25h-9z"/><path d="M6.2 7.2l3.6 3.6M9.8 7.2l-3.6 3.6"/>',
        "drift": '<path d="M1.5 6c2-3 4.3-3 6.5 0s4.5 3 6.5 0M1.5 11c2-3 4.3-3 6.5 0s4.5 3 6.5 0"/>',
        "partial": f'{_RING}<path d="M8 1.75a6.25 6.25 0 010 12.5z" fill="currentColor"/>',
        "late": f'{_RING}<path d="M8 4.3V8l2.6 2"/>',
        "paused": f'{_RING}<path d="M6.3 5.5v5M9.7 5.5v5"/>',
        "new": f'{_RING}<path d="M8 5v6M5 8h6"/>',
        "off": f'{_RING}<path d="M5 8h6"/>',
        "running": '<path d="M13.5 8A5.5 5.5 0 113.9 4.3M13.5 2.5V8H8" transform="rotate(45 8 8)"/>',
        "error": '<path d="M8 1.9l6.4 11.7H1.6z"/><path d="M8 6.3v3.5M8 11.4v.6"/>',
        "warning": f'{_RING}<path d="M8 4.6v4.3M8 10.8v.6"/>',
        "resolved": '<path d="M2.5 8.5l3.6 3.6L13.5 4"/>',
        "search": '<circle cx="6.9" cy="6.9" r="4.6"/><path d="M10.3 10.3l3.9 3.9"/>',
    }
)

PLATE = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="#8f2a1d"/>'
    '<path d="M4 4.5h8M4 7.5h8M4 10.5h5" stroke="#fff" stroke-width="1.5" fill="none" stroke-linecap="round"/></svg>'
)
"""The sign of the pages in a browser's tab."""


def icon(name: str) -> Markup:
    """The sign of that name; a ring for a name that has none."""
    drawn = _PATHS.get(name, _RING)
    return Markup(  # noqa: S704 - of our own drawings
        '<svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">'
        f"{drawn}</svg>"
    )
