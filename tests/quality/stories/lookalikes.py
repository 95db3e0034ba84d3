"""Records that share much of their text with another one and are no copies of it."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from scheduler.demo.texts import Draft, compose
from tests.quality.stories import chromes
from tests.quality.stories.bases import Base, Half, bases
from tests.quality.stories.chance import chance
from tests.quality.stories.changes import Body
from tests.quality.stories.families import instances
from tests.quality.stories.records import Record, record

NEXT_DAYS = 8
"""Instances of each family that come again the next day, half of their numbers others."""
RICH = 8
"""Numbers that are no part of a date: with fewer, nobody could say that the text is another one."""
STATISTICS = 75
QUOTES = 60
QUOTED = 400
FRESH = 5000
"""From where on the demo world's articles are no bases."""
ROUNDUPS = 12
CHROME_SITES = 10
ON_ONE_SITE = 4
LARGE_SITES = 6
ON_LARGE_SITE = 20
MOST_ON_LARGE_SITE = 900
"""Characters: the shorter the article, the more of its page is chrome."""
KEPT_LINES = 0.9
"""Of a site's chrome, on each of its pages; the rest is what changes there from page to page."""

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_NOT_A_DATE = re.compile(r"\d+(?:\.\d+)?(?![\d.]|\s{0,1}[年月日号时])")


def lookalikes(half: Half) -> Iterator[Record]:
    """All of a half."""
    real = [base for base in bases() if base.half == half and base.key.startswith(("zh-", "en-"))]
    yield from next_days(half)
    yield from statistics(real)
    yield from in_one_chrome(half)
    yield from on_large_sites(half)
    yield from quotes(real)
    yield from roundups(real)


def next_days(half: Half) -> Iterator[Record]:
    """The same form the day after, with half of the numbers changed."""
    wanted = range(0, 40, 40 // NEXT_DAYS)
    for base in instances("family", half):
        if int(base.key.rpartition(".")[2]) in wanted and len(_NOT_A_DATE.findall(base.text)) >= RICH:
            yield _renumbered(base, "nextday", 0.5, days=1)


def statistics(real: list[Base]) -> Iterator[Record]:
    """Real articles that are rich in numbers, seven in ten of these changed."""
    rich = [base for base in real if len(_NOT_A_DATE.findall(base.text)) >= RICH]
    for base in rich[:STATISTICS]:
        yield _renumbered(base, "stats", 0.7, days=chance("stats", base.key).choice((1, 7, 30)))


def in_one_chrome(half: Half) -> Iterator[Record]:
    """Different short articles of one site, each inside all that stands round the articles of a real page."""
    shorts = [base for base in instances("short", half) if base.half == half]
    found = chromes.chromes(half)
    for number in range(CHROME_SITES):
        luck = chance("chrome", half, number)
        chrome = luck.choice(found)
        for base in luck.sample(shorts, min(ON_ONE_SITE, len(shorts))):
            yield _framed(base, chrome, "samechrome", f"portal{half}{number}")


def on_large_sites(half: Half) -> Iterator[Record]:
    """Many articles of one site in one chrome: copies of bases that are in the world, so each has a story."""
    ours = [base for base in (*bases(), *instances("short", half)) if base.half == half and base.language == "zh"]
    shorter = [base for base in ours if len(base.text) < MOST_ON_LARGE_SITE]
    heavy = sorted(chromes.chromes(half), key=lambda chrome: len("".join(chrome.after + chrome.before)))
    for number in range(LARGE_SITES):
        luck = chance("large", half, number)
        chrome = heavy[len(heavy) * (number + 2) // (LARGE_SITES + 2)]
        for base in luck.sample(shorter, min(ON_LARGE_SITE, len(shorter))):
            before, after = (
                tuple(line for line in lines if luck.random() < KEPT_LINES) for lines in (chrome.before, chrome.after)
            )
            yield _framed(base, replace(chrome, before=before, after=after), "onesite", f"grand{half}{number}")


def quotes(real: list[Base]) -> Iterator[Record]:
    """An article, known nowhere else, that takes over a passage of another one."""
    long = [base for base in real if len(base.text) >= 2 * QUOTED and base.language == "zh"]
    for number, base in enumerate(long[:QUOTES]):
        luck = chance("quote", base.key)
        host = compose(Draft("hans", 7, FRESH + number, "青石县", base.published_at.date()))
        start = luck.randrange(len(base.text) - QUOTED)
        passage = base.text[start : start + QUOTED].replace("\n", "")
        own = list(fitting_lines(host.paragraphs, luck.randint(150, 900)))
        own.insert(luck.randint(1, len(own)), passage)
        key = f"quote-{base.key}"
        made = replace(base, key=key, story=key, title=host.title)
        at = base.published_at + timedelta(hours=luck.randint(1, 60))
        yield record(made, Body(paragraphs=tuple(own)), "quote", of=base.key, at=at)


def fitting_lines(lines: list[str], size: int) -> Iterator[str]:
    """Whole paragraphs of an article, until that many characters are had."""
    for line in lines:
        yield line
        size -= len(line)
        if size <= 0:
            return


def roundups(real: list[Base]) -> Iterator[Record]:
    """Five to eight whole articles on one page; none of them is half of it, and no article is in two."""
    shorter = [base for base in real if len(base.text) < 1500 and base.language == "zh"]
    left = chance("roundups", len(shorter)).sample(shorter, len(shorter))
    for number in range(ROUNDUPS):
        luck = chance("roundup", shorter[0].half, number)
        items = [left.pop() for _ in range(luck.randint(5, 8)) if left]
        if len(items) < 5 or max(len(item.text) for item in items) * 2 > sum(len(item.text) for item in items):
            continue
        lines = tuple(line for item in items for line in (item.title, *item.paragraphs))
        key = f"roundup-{shorter[0].half}-{number}"
        title = luck.choice(("今日要闻回顾", "一周新闻汇总", "早报：昨日要闻"))
        made = replace(items[0], key=key, story=key, title=title)
        of = "+".join(item.key for item in items)
        yield record(made, Body(paragraphs=lines), "roundup", of=of, at=items[0].published_at + timedelta(hours=9))


def _renumbered(base: Base, kind: str, share: float, *, days: int) -> Record:
    """Another article of the same form: a share of its numbers are others."""
    luck = chance(kind, base.key)
    title, *lines = (_changed(line, share, luck) for line in (base.title, *base.paragraphs))
    made = replace(base, key=f"{kind}-{base.key}", story=f"{kind}-{base.key}", title=title)
    at = base.published_at + timedelta(days=days)
    return record(made, Body(paragraphs=tuple(lines)), kind, of=base.key, at=at)


def _changed(line: str, share: float, luck: random.Random) -> str:
    def other(found: re.Match[str]) -> str:
        if luck.random() >= share:
            return found[0]
        whole, point, rest = found[0].partition(".")
        number = int(whole[:9])
        fresh = str(max(0, number + luck.choice((-1, 1)) * luck.randint(1, max(2, number // 3))))
        return fresh + point + "".join(str(luck.randint(0, 9)) for _ in rest)

    return _NUMBER.sub(other, line)


def _framed(base: Base, chrome: chromes.Chrome, kind: str, site: str) -> Record:
    body = Body(paragraphs=base.paragraphs, before=chrome.before, after=chrome.after)
    return record(replace(base, key=f"{base.key}@{site}"), body, kind, of=base.key, site=site)
