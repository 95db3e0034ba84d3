"""Which of many cases of a test every change is tried with, and which the night is for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest


def long_form(few: int, many: int) -> list[Any]:
    """Two numbers of rounds of one test, of which the larger is for the night."""
    return [few, pytest.param(many, marks=pytest.mark.nightly)]


def thinned(cases: Sequence[Any], every: int) -> list[Any]:
    """All cases, of which all but the first of each so many are for the night."""
    return [case if at % every == 0 else _late(case) for at, case in enumerate(cases)]


def _late(case: Any) -> Any:
    values = case if isinstance(case, tuple) else (case,)
    return pytest.param(*values, marks=pytest.mark.nightly)
