"""Letters by script, and the shares by which a text is Chinese."""

from __future__ import annotations

import re

HAN_SHARE = 0.3
"""Han share of all letters above which a text without kana is Chinese: mixed technology news goes down to .5.

A page with less prose in Han is not steered: ungated, English loses .05 of F.
"""

KANA_SHARE = 0.05
"""Kana share of Han and kana above which the text is Japanese: Chinese texts quote a の now and then."""

KANA = re.compile(r"[\u3041-\u3096\u30a1-\u30fa]{1,500}")
LETTERS = re.compile(r"[^\W\d_]{1,500}")


def count(text: str, runs: re.Pattern[str]) -> int:
    """Number of characters in the runs of a text."""
    return sum(map(len, runs.findall(text)))
