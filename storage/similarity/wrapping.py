"""Lines that a program broke at a width, made whole: prose is told by its lines, so they must be the writer's."""

from __future__ import annotations

import re
from collections.abc import Sequence

WIDEST = 120
"""Columns of the widest line of a text that a program broke, outliers left aside."""

FEWEST = 3
"""Lines; fewer tell nothing."""

_FULL = 0.8
"""Of the widest line: a line as wide goes on in the next where no sentence ends it."""

_BROKEN = 0.3
"""Share of lines that go on, of a text that was broken: one of the 382 articles of the corpora is taken for such."""

_LINES_A_SENTENCE = 6
"""At most: of a list of headlines, which are all of a width too, hardly any line ends a sentence or holds its end."""

_ENDS = "。.!?:;…”」』)】\"'"
_SENTENCE = re.compile(r"。|[a-z\u00c0-\u06ff][.!?]['\"”’]?(?:\s|$)")

_OUTLIERS = 0.04
"""Share of lines that may be wider: an address cannot be broken."""

Pair = tuple[str, str]


def unwrapped(pairs: Sequence[Pair]) -> Sequence[Pair]:
    """The lines of a text, each with its spelling, joined where a program broke them; else as they are."""
    if len(pairs) < FEWEST or sum(len(plain) > WIDEST for _, plain in pairs) > _OUTLIERS * len(pairs):
        return pairs
    widths = [_columns(plain) for _, plain in pairs]
    written = sum(width > 0 for width in widths)
    widest = sorted(widths)[-1 - int(_OUTLIERS * written)]
    going = [
        width >= _FULL * widest and plain.rstrip()[-1:] not in _ENDS
        for width, (_, plain) in zip(widths, pairs, strict=True)
    ]
    sentences = sum(len(_SENTENCE.findall(plain)) for _, plain in pairs)
    if not sentences or widest > WIDEST or sum(going) < _BROKEN * written or sentences * _LINES_A_SENTENCE < written:
        return pairs
    return _joined(pairs, going)


def _joined(pairs: Sequence[Pair], going: Sequence[bool]) -> list[Pair]:
    """The lines, each with those that it goes on in."""
    whole: list[Pair] = []
    run: list[Pair] = []
    for pair, goes_on in zip(pairs, going, strict=True):
        run.append(pair)
        if not goes_on or not pair[1].strip():
            whole.append(_one(run))
            run = []
    return [*whole, _one(run)] if run else whole


def _one(run: Sequence[Pair]) -> Pair:
    """One line of several."""
    parts = [(line.strip(), plain.strip()) for line, plain in run]
    between = " " if parts[0][1][-1:].isascii() else ""
    return between.join(line for line, _ in parts), between.join(plain for _, plain in parts)


def _columns(line: str) -> int:
    """Width in columns of a terminal, where a character of Han has two."""
    line = line.strip()
    return (len(line) + len(line.encode("utf-8", "replace"))) // 2
