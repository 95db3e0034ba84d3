"""Readers that fail over one file, the empty one, to show that whoever calls them sees it."""

from __future__ import annotations

import os
import time
from typing import Any


def hangs(file: Any) -> tuple[str, list[str]]:
    """A reader that never ends over it."""
    while not file.body:
        time.sleep(600)
    return "read", []


def dies(file: Any) -> tuple[str, list[str]]:
    """A reader whose process ends over it."""
    if not file.body:
        os._exit(9)
    return "read", []


def raises(file: Any) -> tuple[str, list[str]]:
    """A reader that raises over it."""
    return f"read {1 // len(file.body)}", []
