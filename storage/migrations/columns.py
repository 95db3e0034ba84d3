"""Declarations of columns that the steps share."""

from __future__ import annotations

_UTC = "'[0-9][0-9][0-9][0-9]-[0-1][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9]Z'"


def time(column: str) -> str:
    """The declaration of a column that holds a time: ISO-8601 UTC text to the second."""
    return f"{column} TEXT CHECK ({column} GLOB {_UTC})"
