"""Chance that depends on names only: the same on every machine, whatever else was drawn before."""

from __future__ import annotations

import random

SEED = 20240607
"""Of the whole world; another gives another world of the same kinds."""


def chance(*parts: object) -> random.Random:
    """A generator that depends on the given parts only."""
    return random.Random("/".join(map(str, (SEED, *parts))))
