"""Sentences with choices and blanks, and the stocks of them that ship with the demo world.

A stock is a text file: `== subject` opens a section, every other line is `<letter> <sentence>`. In a sentence
`[this|that]` is a choice (choices nest) and `{name}`, `{n:20-90}` are blanks that an article fills in.
Letters: t title, l lead, b body, q quotation, h heading, c caption, u update, o opener or tail round a `{text}`;
r, w and s are the head, the row and the caption of a table, and in r and w the bars part columns.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Literal, NamedTuple

Language = Literal["hans", "hant", "en"]
Fill = Callable[[str], str]
"""From what stands in a blank to the words for it."""

_TOKEN = re.compile(r"[\[\]|]|\{[^{}]*\}|[^\[\]|{}]+")


class Blank(NamedTuple):
    """A place in a sentence that the article fills, as in `{name}`."""

    name: str


class Choice(NamedTuple):
    """Alternatives of which one is taken, as in `[this|that]`."""

    options: tuple[Sentence, ...]


Sentence = tuple["str | Blank | Choice", ...]


@dataclass(frozen=True, slots=True)
class Stock:
    """All sentences and words of one language."""

    language: Language
    words: dict[str, tuple[str, ...]]
    sections: dict[str, dict[str, tuple[Sentence, ...]]]

    @property
    def subjects(self) -> tuple[str, ...]:
        """Names of the subjects that an article can have, in the order of the file."""
        return tuple(name for name in self.sections if name != "all")

    def sentences(self, subject: str, letter: str) -> tuple[Sentence, ...]:
        """The sentences of a subject (or of "all") that have this letter; empty where there are none."""
        return self.sections[subject].get(letter, ())


def chance(*parts: object) -> random.Random:
    """A generator that depends on the given parts only, the same on every machine."""
    return random.Random("/".join(map(str, parts)))  # noqa: S311  # made-up news, not cryptography


def parse(text: str) -> Sentence:
    """The tree of one sentence; raises ValueError for a bracket without its partner."""
    tokens = _TOKEN.findall(text)
    options, rest = _options(tokens, 0)
    if rest != len(tokens) or len(options) != 1:
        raise ValueError(f"brackets do not pair in the sentence: {text}")
    return options[0]


def _options(tokens: list[str], start: int) -> tuple[tuple[Sentence, ...], int]:
    """Alternatives read from `start`, and where reading stopped: at a closing bracket or at the end."""
    options: list[list[str | Blank | Choice]] = [[]]
    at = start
    while at < len(tokens) and tokens[at] != "]":
        piece = tokens[at]
        at += 1
        if piece == "[":
            inner, at = _options(tokens, at)
            options[-1].append(Choice(inner))
            at += 1
        elif piece == "|":
            options.append([])
        else:
            options[-1].append(Blank(piece[1:-1]) if piece[0] == "{" else piece)
    return tuple(tuple(option) for option in options), at


def speak(sentence: Sentence, luck: random.Random, fill: Fill) -> str:
    """The sentence with each choice made by `luck` and each blank filled by `fill`."""
    words: list[str] = []
    _speak(sentence, luck.random, fill, words)
    return "".join(words)


def _speak(sentence: Sentence, toss: Callable[[], float], fill: Fill, words: list[str]) -> None:
    """Nothing: the sentence's words are added to `words`. Most of the time of a page is spent here."""
    for part in sentence:
        if isinstance(part, str):
            words.append(part)
        elif isinstance(part, Choice):
            options = part.options
            _speak(options[int(toss() * len(options))], toss, fill, words)
        else:
            words.append(fill(part.name))


def pick(luck: random.Random, entries: Sequence[str]) -> str:
    """One of the entries; quicker than luck.choice, which has no reason to be fair to the last bit here."""
    return entries[int(luck.random() * len(entries))]


@lru_cache(maxsize=3)
def stock(language: Language) -> Stock:
    """The stock of a language, read once from its file."""
    text = resources.files(__package__).joinpath(f"stock_{language}.txt").read_text(encoding="utf-8")
    words: dict[str, tuple[str, ...]] = {}
    lines: dict[str, dict[str, list[Sentence]]] = {}
    section = ""
    for line in text.splitlines():
        if line.startswith("== "):
            section = line[3:]
        elif section == "names":
            name, _, entries = line.partition(" ")
            words[name] = tuple(_words(entries))
        elif line and not line.startswith("#"):
            lines.setdefault(section, {}).setdefault(line[0], []).append(parse_line(line))
    sections = {name: {key: tuple(found) for key, found in parts.items()} for name, parts in lines.items()}
    return Stock(language, words, sections)


def parse_line(line: str) -> Sentence:
    """The tree of a stock line; rows of tables keep their bars, which part columns and not choices."""
    return _row(line[2:]) if line[0] in "rw" else parse(line[2:])


def _row(text: str) -> Sentence:
    """A table row: text and blanks, no choices."""
    return tuple(Blank(token[1:-1]) if token[0] == "{" else token for token in _TOKEN.findall(text))


def _words(entries: str) -> list[str]:
    """Words parted by bars where there are bars, else by blanks; `~` stands for the empty word."""
    found = entries.split("|") if "|" in entries else entries.split()
    return ["" if word == "~" else word for word in found]
