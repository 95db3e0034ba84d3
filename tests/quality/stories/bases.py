"""The articles that the labelled world starts from: real ones, those of the demo world, and short ones made here."""

from __future__ import annotations

import html
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Literal

from scheduler.demo.grammar import Language
from scheduler.demo.texts import Draft, compose
from tests.quality.stories.chance import chance

SHARED = Path(os.environ.get("DIBAO_SHARED", Path(__file__).parents[4] / "shared"))
ZH = SHARED / "corpus" / "zh-dev"
EN = SHARED / "corpus" / "en-zyte"

Half = Literal["tuning", "test"]

FEWEST_CHARACTERS = 150
MOST_CHARACTERS = 6000

# Pages of the corpus that are copies of another one, and those that hold so much of one that nobody could say.
TWINS = {
    "a53cab479e553d746ee031a5d874e46e": "753bdcca6dc18f7c5320b960ff2d473f",
    "0b1e6c842ec963e36932ad7c36474829": "5375b75269ebe534bfb781bcbb5de122",
    "ac0a77b9d7e6a46bdf448753b26bee24": "0aba93f6b00d18cb3c6ce60071348201",
}
UNDECIDED = ("32bc40bd0bc9d207c376", "a6404cb46631f3114342", "f8eed4bedbc707cab2fe", "b3b5f387a6aa24d56a04",
             "2fac790edf3ac633a0f9")  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """An article as its first outlet has it. `story`: its label, shared by real copies of one text."""

    key: str
    story: str
    half: Half
    language: Literal["zh", "other"]
    title: str
    paragraphs: tuple[str, ...]
    published_at: datetime

    @property
    def text(self) -> str:
        """The paragraphs, one a line."""
        return "\n".join(self.paragraphs)


def half_of(story: str) -> Half:
    """By coin, for a story and all that is made of it."""
    return "tuning" if chance("half", story).random() < 0.5 else "test"


@cache
def bases() -> tuple[Base, ...]:
    """All of them, in one order. The real ones are left out where the corpus is not on this machine."""
    return (*real_zh(), *real_en(), *demo())


def real_zh() -> Iterator[Base]:
    """The Chinese pages of the corpus, as people cleaned them; the headline is their first line."""
    for file in sorted((ZH / "reference").glob("*")):
        day, _, mark = file.name.split("_", 2)
        if mark.startswith(UNDECIDED):
            continue
        markup = file.read_bytes().decode("utf-8", "replace")
        lines = html.unescape(re.sub(r"<[^>]+>", "", markup)).splitlines()
        title, *paragraphs = [line.strip() for line in lines if line.strip()]
        twin = next((first for second, first in TWINS.items() if mark.startswith(second)), mark)
        kept = fitting(paragraphs)
        if len("".join(kept)) >= FEWEST_CHARACTERS:
            printed = datetime.strptime(day, "%Y%m%d")  # noqa: DTZ007
            yield _base(f"zh-{mark[:16]}", f"zh-{twin[:16]}", title, kept, day=printed, language="zh")


def real_en() -> Iterator[Base]:
    """English and other pages of the corpus; a headline is what their address says, or their first words."""
    truths = EN / "ground-truth.json"
    known = json.loads(truths.read_text(encoding="utf-8")) if truths.is_file() else {}
    for key, truth in sorted(known.items()):
        paragraphs = fitting([line.strip() for line in truth["articleBody"].splitlines() if line.strip()])
        if len("".join(paragraphs)) < 3 * FEWEST_CHARACTERS:
            continue
        words = re.findall(r"[a-zA-Z']+", (truth.get("url") or "").rstrip("/").rpartition("/")[2])
        title = " ".join(words if len(words) >= 4 else paragraphs[0].split()[:9]).capitalize()
        day = datetime(2019, 11, 1) + timedelta(days=chance("day", key).randrange(60))  # noqa: DTZ001
        yield _base(f"en-{key[:16]}", f"en-{key[:16]}", title, paragraphs, day=day, language="other")


_DEMO: tuple[tuple[Language, str, int], ...] = (("hans", "青石县", 70), ("hant", "青石鎮", 20), ("en", "Aldmoor", 20))


def demo() -> Iterator[Base]:
    """Articles as the demo world prints them."""
    for language, town, count in _DEMO:
        for serial in range(count):
            written = date(2026, 3, 1) + timedelta(days=serial)
            story = compose(Draft(language, 7, 400 + serial, town, written))
            key = f"demo-{language}-{serial}"
            kind: Literal["zh", "other"] = "other" if language == "en" else "zh"
            text = story.paragraphs
            if len("".join(text)) >= FEWEST_CHARACTERS:
                day = datetime.combine(written, datetime.min.time())
                yield _base(key, key, story.title, text, day=day, language=kind)


def fitting(paragraphs: list[str]) -> list[str]:
    """The first paragraphs, as many as fit into MOST_CHARACTERS."""
    kept: list[str] = []
    room = MOST_CHARACTERS
    for paragraph in paragraphs:
        if kept and len(paragraph) > room:
            break
        kept.append(paragraph[:MOST_CHARACTERS])
        room -= len(paragraph)
    return kept


def _base(
    key: str, story: str, title: str, paragraphs: list[str], *, day: datetime, language: Literal["zh", "other"]
) -> Base:
    at = day.replace(tzinfo=UTC) + timedelta(minutes=chance("minute", key).randrange(24 * 60))
    return Base(
        key=key, story=story, half=half_of(story), language=language, title=title, paragraphs=tuple(paragraphs),
        published_at=at,
    )  # fmt: skip
