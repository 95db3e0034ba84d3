"""Writes storage/similarity/regional_words.txt from OpenCC's table of phrases: `python make_regional_words.py`.

OpenCC (Apache-2.0, Copyright BYVoid and contributors) lists words of the mainland and what Taiwan says for them. Kept
are those whose characters differ, not their form only.
"""

from __future__ import annotations

from pathlib import Path

import opencc

from storage.similarity.folding import folded

SOURCE = Path(opencc.__file__).parent / "dictionary" / "TWPhrases.txt"
TARGET = Path(__file__).parents[3] / "storage" / "similarity" / "regional_words.txt"


def lines() -> list[str]:
    """A mainland word and one of Taiwan a line, in order."""
    found = set()
    for line in SOURCE.read_text(encoding="utf-8").splitlines():
        word, others = line.split("\t")
        found |= {f"{word} {other}" for other in others.split() if list(folded(word)) != list(folded(other))}
    return sorted(found)


if __name__ == "__main__":
    TARGET.write_text("\n".join(lines()) + "\n", encoding="utf-8")
