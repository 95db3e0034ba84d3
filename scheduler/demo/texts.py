"""What the demo world's articles say: made from a seed, so that any of 100,000 can be written when it is asked for."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

from scheduler.demo.grammar import Blank, Language, Sentence, Stock, chance, pick, speak, stock

BlockKind = Literal["paragraph", "heading", "figure", "table"]

_STRIDE = 40503
"""Odd and no multiple of a small prime: numbers in a row get places that lie far apart, none of them twice."""
_COUNT = re.compile(r"(?<![\d:.])\d{2,}(?![\d日月年点點时時路號号:.-]| [A-Z]|th)")
"""A number that counts something: no date, no time, no bus line."""

_RETOLD: dict[Language, str] = {"hans": "{}，细节来了", "hant": "{}，細節來了", "en": "{}: what we know"}
_OWN = frozenset({"name", "place", "village"})
"""Blanks that make a sentence the only one of its kind."""


@dataclass(frozen=True, slots=True)
class Draft:
    """All that a text depends on. Two drafts that are equal give the same text."""

    language: Language
    seed: int
    serial: int
    town: str
    written: date
    edits: int = 0
    cut: bool = False
    """The first half of the text, under a headline of another's making, as portals print what they take over."""

    def edited(self) -> Draft:
        """The draft with one more edit: a number corrected and a paragraph added."""
        return replace(self, edits=self.edits + 1)


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of an article: a paragraph, a heading, a picture's caption, or a table with its rows."""

    kind: BlockKind
    text: str
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Story:
    """The truth about one text, wherever it is printed."""

    title: str
    blocks: tuple[Block, ...]
    desk: str
    reporters: tuple[str, ...]
    correspondents: tuple[str, ...]
    photographer: str | None

    @property
    def paragraphs(self) -> list[str]:
        """Paragraphs and headings in order: the text without captions and tables."""
        return [block.text for block in self.blocks if block.kind in {"paragraph", "heading"}]


@dataclass(frozen=True, slots=True)
class Headline:
    """The part of a story that lists need: cheap to have."""

    subject: str
    place: str
    numbers: tuple[int, int, int]
    title: str


class Pen:
    """Fills the blanks of one article. `{place}`, `{i}`, `{k}` and `{m}` stay the same all through it."""

    def __init__(self, draft: Draft, luck: random.Random, place: str, numbers: tuple[int, int, int]) -> None:
        words = stock(draft.language)
        self._words = words.words
        self._language = words.language
        self._luck = luck
        day = draft.written - timedelta(days=1)
        self._fixed = dict(zip("ikm", map(str, numbers), strict=True)) | {
            "place": place,
            "town": draft.town,
            "date": f"{day.day} {day:%B}" if words.language == "en" else f"{day.month}月{day.day}日",
            "day": f"{day:%A}" if words.language == "en" else f"{day.day}日",
        }

    def __call__(self, blank: str) -> str:
        """The words for a blank; raises KeyError for one that does not exist."""
        known = self._fixed.get(blank)
        if known is not None:
            return known
        if blank.startswith("n:"):
            low, _, high = blank[2:].partition("-")
            return str(int(low) + int(self._luck.random() * (int(high) - int(low) + 1)))
        if blank == "name":
            return person(self._words, self._luck, self._language)
        if blank == "village":
            return join_place(self._pick("first"), self._pick("second"), self._pick("last"))
        return self._pick(blank)

    def quote(self, text: str) -> None:
        """Nothing: makes `{text}` stand for the given words from now on."""
        self._fixed["text"] = text

    def _pick(self, name: str) -> str:
        return pick(self._luck, self._words[name])


def person(words: dict[str, tuple[str, ...]], luck: random.Random, language: Language) -> str:
    """A made-up name in the order of the language."""
    surname, given = pick(luck, words["surname"]), pick(luck, words["given"])
    if language == "en":
        return f"{given} {surname}"
    return surname + given + (pick(luck, words["given"]) if luck.random() < 0.7 else "")  # noqa: PLR2004


def place_name(words: dict[str, tuple[str, ...]], number: int) -> str:
    """The place with this number: different numbers give different places until every combination is used."""
    first, second, last, prefix = (words[key] for key in ("first", "second", "last", "prefix"))
    size = len(first) * len(second) * len(last)
    block, within = divmod(number, size)
    within = within * _STRIDE % size
    within, start = divmod(within, len(first))
    final, middle = divmod(within, len(second))
    name = join_place(first[start], second[middle], last[final])
    return name if not block else join_place(prefix[(block - 1) % len(prefix)], "", name)


def join_place(start: str, middle: str, last: str) -> str:
    """The parts of a place's name put together, with a blank before the last one where the script has blanks."""
    blank = " " if last and start.isascii() else ""
    return start + middle + blank + last


@lru_cache(maxsize=2048)
def headline(draft: Draft) -> Headline:
    """Subject, place, numbers and title of a draft; its edits do not change them."""
    if draft.cut:
        whole = headline(replace(draft, cut=False))
        return replace(whole, title=_RETOLD[draft.language].format(whole.title))
    words = stock(draft.language)
    luck = chance(draft.seed, draft.serial, "headline")
    subject = luck.choice(words.subjects)
    numbers = (luck.randint(6, 9), luck.randint(12, 98), luck.randint(110, 990))
    place = place_name(words.words, draft.serial)
    pen = Pen(draft, luck, place, numbers)
    title = speak(luck.choice(words.sentences(subject, "t")), luck, pen)
    return Headline(subject, place, numbers, title)


def teaser(draft: Draft) -> str:
    """A sentence about the same news as the draft, as portals print it under a link; it reads like body text."""
    words, head = stock(draft.language), headline(draft)
    luck = chance(draft.seed, draft.serial, "teaser")
    lead = luck.choice(words.sentences(head.subject, "l"))
    return speak(lead, luck, Pen(draft, luck, head.place, head.numbers))


@lru_cache(maxsize=1024)
def compose(draft: Draft) -> Story:
    """The whole text of a draft, with its edits."""
    if draft.cut:
        return _cut(compose(replace(draft, cut=False)), headline(draft).title)
    if draft.edits:
        return _edit(compose(replace(draft, edits=draft.edits - 1)), draft)
    words, head = stock(draft.language), headline(draft)
    luck = chance(draft.seed, draft.serial, "text")
    pen = Pen(draft, luck, head.place, head.numbers)
    reporters = tuple(person(words.words, luck, draft.language) for _ in range(luck.choice((1, 1, 2))))
    helpers = (person(words.words, luck, draft.language),) if luck.random() < 0.4 else ()  # noqa: PLR2004
    blocks = _Writing(words, head, luck, pen).blocks()
    pictured = any(block.kind == "figure" for block in blocks)
    return Story(
        title=head.title,
        blocks=tuple(blocks),
        desk=luck.choice(words.words["desk"]),
        reporters=reporters,
        correspondents=helpers,
        photographer=luck.choice(reporters + helpers) if pictured else None,
    )


class _Writing:
    """One article in the making: draws each sentence of its stock at most once."""

    def __init__(self, words: Stock, head: Headline, luck: random.Random, pen: Pen) -> None:
        self._words, self._head, self._luck, self._pen = words, head, luck, pen
        self._join = " " if words.language == "en" else ""
        self._size = 0
        self._body = self._shuffled("b")
        self._quotes = self._shuffled("q")
        self._headings = self._shuffled("h")
        self._captions = self._shuffled("c")

    def blocks(self) -> list[Block]:
        """The article: 3 to 12 paragraphs, in long ones headings, sometimes pictures and a table between them."""
        lead = self._say(self._luck.choice(self._words.sentences(self._head.subject, "l")))
        self._size = self._luck.randint(2, 10)
        paragraphs = [lead, *(self._paragraph() for _ in range(self._size))]
        blocks = [Block("paragraph", text) for text in paragraphs if text]
        self._insert_headings(blocks)
        for _ in range(self._luck.choice((0, 0, 1, 1, 2))):
            caption = Block("figure", self._say(self._captions.pop()))
            blocks.insert(self._luck.randint(1, len(blocks)), caption)
        if self._luck.random() < 0.15:  # noqa: PLR2004
            blocks.insert(self._luck.randint(2, len(blocks)), self._table())
        return blocks

    def _paragraph(self) -> str:
        count = self._luck.choice((2, 3) if self._size < 5 else (1, 2, 2))  # noqa: PLR2004
        sentences = [self._own(self._body.pop()) for _ in range(count) if self._body]
        if self._quotes and self._luck.random() < 0.45:  # noqa: PLR2004
            sentences.insert(self._luck.choice((0, len(sentences))), self._say(self._quotes.pop()))
        return self._join.join(sentences)

    def _own(self, sentence: Sentence) -> str:
        """The sentence filled in; one without a name of its own gets an opener or a tail that has one.

        So no two articles share a sentence, and what repeats on a site is its chrome and nothing else.
        """
        text = self._say(sentence)
        if any(isinstance(part, Blank) and part.name in _OWN for part in sentence) or self._head.place in text:
            return text
        self._pen.quote(text.rstrip(".") if self._words.language == "en" else text)
        return self._say(self._luck.choice(self._words.sentences("all", "o")))

    def _insert_headings(self, blocks: list[Block]) -> None:
        long_enough = len(blocks) >= 6  # noqa: PLR2004
        if not long_enough or self._luck.random() < 0.4:  # noqa: PLR2004
            return
        for place in (len(blocks) * 2 // 3, len(blocks) // 3):
            text = self._say(self._headings.pop())
            colon = ": " if self._words.language == "en" else "："
            blocks.insert(place, Block("heading", f"{self._head.place}{colon}{text}"))

    def _table(self) -> Block:
        shared = self._words.sections["all"]
        row = shared["w"][0]
        lines = [self._say(shared["r"][0]), *(self._say(row) for _ in range(self._luck.randint(3, 6)))]
        return Block("table", self._say(shared["s"][0]), tuple(tuple(line.split("|")) for line in lines))

    def _say(self, sentence: Sentence) -> str:
        return speak(sentence, self._luck, self._pen)

    def _shuffled(self, letter: str) -> list[Sentence]:
        """The subject's own sentences mixed with some of those that fit any subject; taken from the end."""
        own = list(self._words.sentences(self._head.subject, letter))
        shared = self._words.sentences("all", letter)
        mixed = own + self._luck.sample(shared, min(len(own) + 3, len(shared)))
        self._luck.shuffle(mixed)
        return mixed


def _cut(story: Story, title: str) -> Story:
    """The first half of a story, two paragraphs at least, under this headline."""
    ends = [at for at, block in enumerate(story.blocks, 1) if block.kind == "paragraph"]
    kept = story.blocks[: ends[max(1, len(ends) // 2)]]
    return replace(story, title=title, blocks=kept)


def _edit(story: Story, draft: Draft) -> Story:
    """The story after one more edit: one number of one paragraph corrected, and a paragraph added at the end."""
    words, head = stock(draft.language), headline(draft)
    luck = chance(draft.seed, draft.serial, "edit", draft.edits)
    pen = Pen(draft, luck, head.place, head.numbers)
    blocks = list(story.blocks)
    countable = [at for at, block in enumerate(blocks) if block.kind == "paragraph" and _COUNT.search(block.text)]
    if countable:
        at = luck.choice(countable)
        text = _COUNT.sub(lambda found: str(int(found[0]) + luck.randint(1, 9)), blocks[at].text, count=1)
        blocks[at] = Block("paragraph", text)
    blocks.append(Block("paragraph", speak(luck.choice(words.sentences("all", "u")), luck, pen)))
    return replace(story, blocks=tuple(blocks))
