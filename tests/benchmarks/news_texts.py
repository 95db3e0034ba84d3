"""Texts that are spread as news texts are, from a seed: words by Zipf's law, set phrases, copies, forms filled in anew.

They mean nothing. What counts for the cost of finding copies is that common words and phrases are common, that some
texts are copies in another portal's dress, and that some are one form with other numbers.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import accumulate

WORDS = 30_000
PHRASES = 400
FORMS = 25
_HAN = range(0x4E00, 0x8FFF)
_STEPS = 3_500
"""Different characters: a newspaper prints some 3,500."""
_MARKS = "，，，，。。；、"


@dataclass(frozen=True, slots=True)
class Item:
    """One article. `like`: the number of the item that it copies, or None; `form`: that of its form, or None."""

    title: str
    text: str
    like: int | None = None
    form: int | None = None


class Newsroom:
    """Writes item after item; each depends on the seed and its number alone.

    `copies`, `forms`: the shares of items that copy one of the `reach` items before them, and that fill in a form.
    `kinds`: different forms; `characters`: of a text, at the median.
    """

    def __init__(
        self,
        seed: int = 1,
        *,
        copies: float = 0.05,
        forms: float = 0.05,
        reach: int = 1000,
        kinds: int = FORMS,
        characters: int = 600,
    ) -> None:
        luck = random.Random(f"words {seed}")
        han = luck.sample([chr(code) for code in _HAN], _STEPS)
        self._words = ["".join(luck.choices(han, k=luck.choice((1, 2, 2, 2, 2, 3, 4)))) for _ in range(WORDS)]
        self._weights = list(accumulate(1 / (rank + 2.7) for rank in range(WORDS)))
        self._seed = seed
        self._phrases = ["".join(self._run(luck, luck.randint(3, 6))) for _ in range(PHRASES)]
        self._phrase_weights = list(accumulate(1 / (rank + 8) for rank in range(PHRASES)))
        self._copies, self._forms, self._reach = copies, forms, reach
        self._kinds, self._characters = kinds, characters

    def item(self, number: int) -> Item:
        """What was written as that number, from 0 on."""
        luck = random.Random(f"{self._seed} {number}")
        draw = luck.random()
        if number and draw < self._copies:
            return self._copy(luck, luck.randint(max(0, number - self._reach), number - 1))
        if draw > 1 - self._forms:
            return self._filled(luck, luck.randrange(self._kinds))
        return self._own(number)

    def edited(self, number: int) -> Item:
        """The item after its portal has changed a sentence and a number of it, and added a paragraph."""
        item, luck = self.item(number), random.Random(f"edit {self._seed} {number}")
        paragraphs = item.text.split("\n\n")
        at = luck.randrange(len(paragraphs))
        paragraphs[at] = f"{self._sentence(luck)}{paragraphs[at][len(paragraphs[at]) // 3 :]}"
        return Item(item.title, "\n\n".join([*paragraphs, self._paragraph(luck)]), item.like, item.form)

    def _own(self, number: int) -> Item:
        luck = random.Random(f"text {self._seed} {number}")
        wanted = min(3000, max(120, int(self._characters * luck.lognormvariate(0, 0.6))))
        paragraphs: list[str] = []
        while sum(map(len, paragraphs)) < wanted:
            paragraphs.append(self._paragraph(luck))
        return Item("".join(self._run(luck, luck.randint(5, 9))), "\n\n".join(paragraphs))

    def _copy(self, luck: random.Random, number: int) -> Item:
        """The item of that number as another portal prints it: cut, with a line of its own, a sentence changed."""
        own = self._own(number)
        paragraphs = own.text.split("\n\n")
        match luck.randrange(4):
            case 0 if len(paragraphs) > 2:
                paragraphs = paragraphs[: -(len(paragraphs) // 3)]
            case 1:
                at = luck.randrange(len(paragraphs))
                paragraphs[at] = f"{paragraphs[at]}{self._sentence(luck)}"
            case 2:
                paragraphs = [f"本报讯　{paragraphs[0]}", *paragraphs[1:], "（编辑：某某）"]
        return Item(own.title, "\n\n".join(paragraphs), like=number)

    def _filled(self, luck: random.Random, form: int) -> Item:
        plan = random.Random(f"form {self._seed} {form}")
        sentences = [self._sentence(plan)[:-1] for _ in range(9)]
        counts = [f"{luck.randint(2, 9000)}" for _ in sentences]
        text = "".join(f"{said}{count}，" for said, count in zip(sentences, counts, strict=True))
        return Item(f"{sentences[0][:8]}{counts[0]}", f"{text[:-1]}。", form=form)

    def _paragraph(self, luck: random.Random) -> str:
        return "".join(self._sentence(luck) for _ in range(luck.randint(2, 4)))

    def _sentence(self, luck: random.Random) -> str:
        words = self._run(luck, luck.randint(8, 22))
        for at in range(luck.randint(3, 6), len(words), 6):
            words[at] += luck.choice(_MARKS)
        if luck.random() < 0.25:
            words.insert(0, luck.choices(self._phrases, cum_weights=self._phrase_weights)[0])
        if luck.random() < 0.3:
            words.insert(luck.randrange(len(words)), f"{luck.randint(2, 5000)}")
        return f"{''.join(words)}。"

    def _run(self, luck: random.Random, count: int) -> list[str]:
        return luck.choices(self._words, cum_weights=self._weights, k=count)
