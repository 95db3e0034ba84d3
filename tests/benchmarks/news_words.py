"""Texts of real words, as often as news uses them (Zipf's law), in no order that means anything: for search.

The words are those of the reference texts of the shared corpus, cut by a dictionary; a few of letters and digits are
put among them. So bigrams, dictionary words and their frequencies are those of news, and no sentence is anybody's.
"""

from __future__ import annotations

import os
import random
import re
from collections import Counter
from itertools import accumulate
from pathlib import Path

SHARED = Path(os.environ.get("DIBAO_SHARED", Path(__file__).parents[3] / "shared"))
REFERENCE = SHARED / "corpus" / "zh-dev" / "reference"
MIXED = ("5G", "GDP", "A股", "G20", "CPI", "iPhone", "WTO", "NBA", "24小时", "2026年", "3D打印", "Wi-Fi", "K线", "4S店")
POOL = 200_000
"""Paragraphs of which articles are put together, each with one of its own: a million of them are made in a quarter of
an hour, for what finds a paragraph is made once. So a string of eight characters is in some forty of a million."""
PARAGRAPHS = 5.0
"""Of an article, at the median, of 150 characters each: 785 characters, as research/ux.md has it."""
_HAN = re.compile(r"[一-鿿]+")


class Words:
    """A vocabulary with its frequencies, and texts written from it; each depends on its number alone."""

    def __init__(self) -> None:
        import rjieba  # noqa: PLC0415

        texts = [path.read_text(encoding="utf-8") for path in sorted(REFERENCE.iterdir())]
        counted = Counter(word for text in texts for run in _HAN.findall(text) for word in rjieba.cut(run))
        self.words = [*(word for word, _ in counted.most_common()), *MIXED]
        self._weights = list(accumulate([*(count for _, count in counted.most_common()), *([40] * len(MIXED))]))

    def item(self, number: int) -> tuple[str, list[int]]:
        """The title of an article, and the numbers of its paragraphs; the last is its own."""
        luck = random.Random(f"item {number}")
        count = min(40, max(1, round(PARAGRAPHS * luck.lognormvariate(0, 0.5)) - 1))
        return self._run(luck, 7), [*(luck.randrange(POOL) for _ in range(count)), POOL + number]

    def text(self, number: int) -> tuple[str, str]:
        """Title and text of an article."""
        title, paragraphs = self.item(number)
        return title, "\n\n".join(map(self.paragraph, paragraphs))

    def paragraph(self, number: int) -> str:
        """A paragraph, from its number."""
        luck = random.Random(f"paragraph {number}")
        return "".join(f"{self._run(luck, luck.randint(5, 12))}{mark}" for mark in "，，。，，。，。")

    def _run(self, luck: random.Random, count: int) -> str:
        return "".join(luck.choices(self.words, cum_weights=self._weights, k=count))
