"""Edits of the words of a text: phrases and sentences dropped, replaced by others or put in."""

from __future__ import annotations

import random
import re

from tests.quality.stories.bases import Base, bases


def sentences_of(paragraph: str) -> list[str]:
    """Its sentences."""
    return [part for part in re.split(r"(?<=[。！？])(?!”)|(?<=[.!?]) (?=[A-Z])", paragraph) if part]


def resentenced(paragraphs: tuple[str, ...], share: float, luck: random.Random) -> tuple[str, ...]:
    """The paragraphs with a share of their sentences gone: three in five dropped, the others replaced."""
    lines = []
    for paragraph in paragraphs:
        kept = []
        for sentence in sentences_of(paragraph):
            toss = luck.random()
            if toss >= share:
                kept.append(sentence)
            elif toss >= share * 0.6:
                kept.append(_any_sentence(luck, len(sentence)))
        lines.append("".join(kept) if _is_han(paragraph) else " ".join(kept))
    return tuple(line for line in lines if line) or paragraphs


def _any_sentence(luck: random.Random, length: int) -> str:
    """A sentence of another article, about as long."""
    other = luck.choice(bases())
    found = [part for paragraph in other.paragraphs for part in sentences_of(paragraph)]
    return min(luck.sample(found, min(6, len(found))), key=lambda part: abs(len(part) - length))


def other_text(base: Base, luck: random.Random, wanted: int) -> str:
    """That many characters of another article of the same language."""
    while True:
        other = luck.choice(bases())
        if other.story != base.story and other.language == base.language:
            break
    text = "".join(other.paragraphs) if base.language == "zh" else " ".join(other.paragraphs)
    start = luck.randrange(max(1, len(text) - wanted))
    return text[start : start + wanted]


_COMMON = (
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成"
    "会可主发年动同工也能下过子说产种面而方后多定行学法所民得经"
)


def edited(line: str, share: float, luck: random.Random) -> str:
    """The line with bursts changed until about a share of its characters is; digits stay as they are."""
    if not _is_han(line):
        return _reworded(line, share, luck)
    left, pieces, at = int(len(line) * share + luck.random()), [], 0
    step = max(1, int(5 / share))
    while at < len(line):
        gap = luck.randint(step // 2, step + step // 2)
        pieces.append(line[at : at + gap])
        at += gap
        size = luck.randint(2, 8)
        burst = line[at : at + size]
        if left <= 0 or re.search(r"\d", burst):
            continue
        left -= size
        what = luck.choice("dri")
        if what != "d":
            pieces.append("".join(luck.choice(_COMMON) for _ in range(size)))
        if what != "i":
            at += size
    return "".join(pieces)


def _reworded(line: str, share: float, luck: random.Random) -> str:
    """The same for words: runs of one to three of them."""
    words, kept, at = line.split(" "), [], 0
    while at < len(words):
        size, what = luck.randint(1, 3), luck.choice("dri")
        run = words[at : at + size]
        if luck.random() >= share / 2 or re.search(r"\d", " ".join(run)):
            kept.append(words[at])
            at += 1
            continue
        if what != "d":
            kept += luck.choices(("said", "also", "later", "however", "this", "week", "they", "it", "more"), k=size)
        at += size if what != "i" else 0
        if what == "i":
            kept.append(words[at])
            at += 1
    return " ".join(kept)


def _is_han(text: str) -> bool:
    return 2 * len(re.findall(r"[㐀-鿿]", text)) > len(re.findall(r"\w", text))
