"""How far long work has come, for whoever wants to be told."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[int, int], None]
"""Called with how much is done, of how much."""


def untold(_done: int, _of: int) -> None:
    """None; nobody is told."""
