"""Articles that are written from a form: families of look-alikes, and short items that are one of their kind."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import product
from pathlib import Path
from typing import Literal

from scheduler.demo.grammar import Sentence, parse, speak, stock
from tests.quality.stories.bases import Base, Half, half_of
from tests.quality.stories.chance import chance

ON_ONE_DAY = 4
"""Instances of a family that come out on one day: other places, names and numbers."""
_FIRST_DAY = datetime(2024, 1, 8, 2, tzinfo=UTC)


def instances(group: str, half: Half, count: int = 40) -> Iterator[Base]:
    """The articles of all families of a half (`family`), or all short items (`short`), each a story of its own."""
    for name, lines in forms(group).items():
        if group == "family" and half_of(f"family {name}") != half:
            continue
        for number in range(count if group == "family" else 1):
            yield _instance(group, name, number, lines, half)


@cache
def _words() -> dict[str, tuple[str, ...]]:
    """The words for a blank by its kind."""
    lines = Path(__file__).with_name("families.txt").read_text(encoding="utf-8").split("\n== ")[1].splitlines()[1:]
    found = {name: tuple(words.split("|")) for name, _, words in (line.partition(" ") for line in lines)}
    places = product(found["village_first"], found["village_last"])
    return {**found, "village": tuple(map("".join, places))}


@cache
def forms(group: str) -> dict[str, tuple[tuple[str, Sentence], ...]]:
    """The lines of each form by its name, in the order of the file."""
    found: dict[str, list[tuple[str, Sentence]]] = {}
    file = {"family": "families.txt", "short": "short_news.txt"}[group]
    name = ""
    for line in Path(__file__).with_name(file).read_text(encoding="utf-8").splitlines():
        if line.startswith("== "):
            name = line[3:]
        elif line and not line.startswith("#") and name != "words":
            found.setdefault(name, []).append((line[0], parse(line[2:])))
    return {name: tuple(lines) for name, lines in found.items()}


def _instance(group: str, name: str, number: int, lines: tuple[tuple[str, Sentence], ...], half: Half) -> Base:
    luck = chance(group, name, number)
    days = number // ON_ONE_DAY if group == "family" else luck.randrange(300)
    day = _FIRST_DAY + timedelta(days=days, minutes=luck.randrange(600))
    fill = Filler(luck, day, "other" if name.startswith("en_") else "zh")
    titles = [sentence for kind, sentence in lines if kind == "t"]
    title = speak(titles[chance(name, number % 40 // 20).randrange(len(titles))], luck, fill)
    text = tuple(speak(sentence, luck, fill) for kind, sentence in lines if kind == "b")
    key = f"{group}-{name}.{number}" if group == "family" else f"{group}-{name}"
    return Base(
        key=key, story=key, half=half if group == "family" else half_of(key), language=fill.language, title=title,
        paragraphs=text, published_at=day,
    )  # fmt: skip


class Filler:
    """Fills the blanks of one instance: what has a name stays the same all through it, `{n:..}` and `{d:..}` do not."""

    def __init__(self, luck: random.Random, day: datetime, language: Literal["zh", "other"]) -> None:
        after = day + timedelta(days=1)
        self.language: Literal["zh", "other"] = language
        self._luck = luck
        self._known = {
            "date": f"{day.month}月{day.day}日", "next": f"{after.month}月{after.day}日", "year": str(day.year),
            "month": str(day.month), "edate": f"{day:%B} {day.day}",
        }  # fmt: skip

    def __call__(self, blank: str) -> str:
        """The words for a blank; raises KeyError for one that does not exist."""
        name, _, span = blank.partition(":")
        if name in ("n", "d"):
            return self._number(span)
        if name not in self._known:
            self._known[name] = self._number(span) if span else self._word(name)
        return self._known[name]

    def _number(self, span: str) -> str:
        low, _, high = span.rpartition("-")
        places = len(low.partition(".")[2])
        if places:
            return f"{self._luck.uniform(float(low), float(high)):.{places}f}"
        return str(self._luck.randint(int(low), int(high)))

    def _word(self, name: str) -> str:
        """A word that no blank of this kind has had yet."""
        kind = name.rstrip("0123456789")
        while True:
            if kind in ("name", "ename", "surname"):
                words = stock("en" if kind == "ename" else "hans").words
                surname, given = self._luck.choice(words["surname"]), self._luck.choice(words["given"])
                word = {"surname": surname, "ename": f"{given} {surname}"}.get(kind, surname + given)
                if kind == "name" and self._luck.random() < 0.7:
                    word += self._luck.choice(words["given"])
            else:
                word = self._luck.choice(_words()[kind])
            if word not in self._known.values():
                return word
