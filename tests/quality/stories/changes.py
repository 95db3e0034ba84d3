"""What happens to a text when another outlet takes it: cuts, conversions, damage, edits, and chrome round it."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from tests.quality.stories import chromes, damage
from tests.quality.stories.bases import Base, half_of
from tests.quality.stories.edits import edited, other_text, resentenced, sentences_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """The lines of a record: the article's own, and what its page puts before and after them."""

    paragraphs: tuple[str, ...]
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """All of it as a poor extractor saves it."""
        return "\n".join((*self.before, *self.paragraphs, *self.after))


Change = Callable[[Base, random.Random], Body]


def plain(base: Base, luck: random.Random) -> Body:
    """The text as it is."""
    return Body(paragraphs=base.paragraphs)


def byline(base: Base, luck: random.Random) -> Body:
    """Its reporter above it, its editor under it."""
    head = luck.choice(("本报记者 {a} 通讯员 {b}", "记者 {a} 报道", "文/{a} 图/{b}", "全媒体记者{a}通讯员{b}"))
    a, b = chromes.person(luck), chromes.person(luck)
    return _round(base, [head.format(a=a, b=b)], [chromes.signature(luck)])


def header(base: Base, luck: random.Random) -> Body:
    """A line of facts above it, the portal's foot under it."""
    return _round(base, [_facts_line(luck)], chromes.footer(luck))


def short_chrome(base: Base, luck: random.Random) -> Body:
    """Three related headlines and a disclaimer under it."""
    return _round(base, [], ["相关阅读：", *chromes.teasers(luck, 3), chromes.disclaimer(luck)])


def page_chrome(base: Base, luck: random.Random) -> Body:
    """All that stands round the article of a real page."""
    chrome = luck.choice(chromes.chromes(half_of(base.story)))
    return Body(paragraphs=base.paragraphs, before=chrome.before, after=chrome.after)


def related(base: Base, luck: random.Random) -> Body:
    """A long related list under it."""
    return _round(base, [], chromes.related_list(luck))


def converted_to(name: str) -> Change:
    """Another script or region; what is traditional becomes simplified."""

    def change(base: Base, luck: random.Random) -> Body:
        return Body(paragraphs=tuple(_other_script(base.text, name).split("\n")))

    return change


def gbk(base: Base, luck: random.Random) -> Body:
    """Traditional characters whose bytes slipped on the way."""
    return Body(paragraphs=tuple(_slipped(base.text).split("\n")))


def gbk_peppered(base: Base, luck: random.Random) -> Body:
    """Slipped bytes, and one character in twenty is another one."""
    return Body(paragraphs=tuple(damage.peppered(_slipped(base.text), 0.05, luck).split("\n")))


def peppered(base: Base, luck: random.Random) -> Body:
    """Three characters in a hundred are others."""
    return Body(paragraphs=tuple(damage.peppered(base.text, 0.03, luck).split("\n")))


def cut(share: float) -> Change:
    """The first part, and where to read the rest."""

    def change(base: Base, luck: random.Random) -> Body:
        end = luck.choice(("…【阅读全文】", "……[查看全文]", "...全文阅读>>", "…（展开全文）"))
        kept = base.text[: int(len(base.text) * share)]
        return Body(paragraphs=tuple(f"{kept}{end}".split("\n")))

    return change


def second_page(base: Base, luck: random.Random) -> Body:
    """The last three fifths, as page 2 of an article has them."""
    kept = base.text[int(len(base.text) * 0.4) :]
    return Body(paragraphs=tuple(kept.strip().split("\n")), after=("上一页", "1", "2", "本文共2页"))


def phrases(share: float) -> Change:
    """Bursts of two to eight characters are dropped, replaced or put in; digits stay."""

    def change(base: Base, luck: random.Random) -> Body:
        return Body(paragraphs=tuple(edited(line, share, luck) for line in base.paragraphs))

    return change


def sentences(share: float) -> Change:
    """Sentences are dropped (three in five) or replaced by other ones."""

    def change(base: Base, luck: random.Random) -> Body:
        return Body(paragraphs=resentenced(base.paragraphs, share, luck))

    return change


def punctuation(base: Base, luck: random.Random) -> Body:
    """Half-width marks, no line breaks, blanks between sentences."""
    text = "".join(base.paragraphs) if base.language == "zh" else " ".join(base.paragraphs)
    text = text.translate(str.maketrans("，。！？：；（）“”、", ',.!?:;()"",'))
    return Body(paragraphs=(re.sub(r"([.!?])(?=\S)(?!\d)", r"\1 ", text),))


_CAPTIONS = (
    "图为活动现场。{a} 摄", "资料图片 {a}摄影", "▲{a}在现场查看 通讯员供图", "广告", "点击进入专题",
    "图片来源：视觉青河",
)  # fmt: skip


def captions(base: Base, luck: random.Random) -> Body:
    """Captions and advertisements between its paragraphs."""
    put = _CAPTIONS if base.language == "zh" else ("Photo: staff", "ADVERTISEMENT")
    lines: list[str] = []
    for paragraph in base.paragraphs:
        lines.append(paragraph)
        if luck.random() < 0.4:
            lines.append(luck.choice(put).format(a=chromes.person(luck)))
    return Body(paragraphs=tuple(lines))


def rotated(base: Base, luck: random.Random) -> Body:
    """Its paragraphs in another order; of a single one, its sentences."""
    parts = list(base.paragraphs)
    if len(parts) == 1:
        parts = sentences_of(parts[0])
    turn = luck.randrange(1, max(2, len(parts)))
    return Body(paragraphs=(*parts[turn:], *parts[:turn]))


def updated(base: Base, luck: random.Random) -> Body:
    """With a fifth to three fifths more text, under it or above it."""
    wanted = int(len(base.text) * luck.uniform(0.2, 0.6))
    more = other_text(base, luck, wanted)
    return Body(paragraphs=(*base.paragraphs, more) if luck.random() < 0.7 else (more, *base.paragraphs))


def combination(base: Base, luck: random.Random) -> Body:
    """Cut, edited, slipped, with a header and a foot."""
    kept = base.text[: int(len(base.text) * 0.6)]
    lines = [edited(line, 0.05, luck) for line in kept.split("\n")]
    body = _slipped("\n".join(lines)).split("\n")
    return Body(paragraphs=tuple(body), before=(_facts_line(luck),), after=tuple(chromes.footer(luck)))


def combination_page(base: Base, luck: random.Random) -> Body:
    """Other words, 15 % of its sentences others, in the chrome of a real page."""
    text = _other_script("\n".join(resentenced(base.paragraphs, 0.15, luck)), "s2twp")
    return replace(page_chrome(base, luck), paragraphs=tuple(text.split("\n")))


ZH: dict[str, Change] = {
    "byline": byline, "header": header, "short_chrome": short_chrome, "page_chrome": page_chrome, "related": related,
    "s2t": converted_to("s2t"), "s2tw": converted_to("s2tw"), "s2hk": converted_to("s2hk"),
    "s2twp": converted_to("s2twp"), "gbk": gbk, "gbk_peppered": gbk_peppered, "peppered": peppered,
    "first60": cut(0.6), "first40": cut(0.4), "second_page": second_page, "edit5": phrases(0.05),
    "edit10": phrases(0.10), "edit20": phrases(0.20), "sentence10": sentences(0.10), "sentence20": sentences(0.20),
    "punctuation": punctuation, "captions": captions, "rotated": rotated, "updated": updated,
    "combination": combination, "combination_page": combination_page,
}  # fmt: skip
OTHER: dict[str, Change] = {
    "header": header, "first60": cut(0.6), "edit10": phrases(0.10), "sentence10": sentences(0.10),
    "captions": captions, "page_chrome": page_chrome,
}  # fmt: skip
TRADITIONAL = frozenset(("s2t", "s2tw", "s2hk", "s2twp", "gbk", "gbk_peppered", "combination", "combination_page"))
"""Kinds whose outlet writes its headlines in traditional characters, too."""


def _round(base: Base, before: list[str], after: list[str]) -> Body:
    return Body(paragraphs=base.paragraphs, before=tuple(before), after=tuple(after))


def _facts_line(luck: random.Random) -> str:
    day = f"{luck.randint(2011, 2024)}-{luck.randint(1, 12):02}-{luck.randint(1, 28):02}"
    time = f"{luck.randint(6, 22):02}:{luck.randint(0, 59):02}"
    a, read, said = chromes.person(luck), luck.randint(9, 9999), luck.randint(0, 99)
    return luck.choice((
        f"{day} {time} 来源：青河日报 作者：{a} 阅读 {read} 评论 {said}",
        f"来源:青河新闻网 | 作者:{a} | 日期:{day} {time} | 阅读:{read}",
        f"时间：{day} {time}　来源：青河发布　点击：{read}次　字号：大 中 小",
    ))


def _other_script(text: str, name: str) -> str:
    """The text converted; where that changes nothing it was traditional, and becomes simplified."""
    made = damage.converted(text, name)
    return damage.converted(text, "t2s") if made == text else made


def _slipped(text: str) -> str:
    return damage.slipped(damage.converted(text, "s2t"))
