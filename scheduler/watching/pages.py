"""Pages of a source as the drift detector looks at them, and how such pages were in the past. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import exp, inf, log
from typing import Any

from scheduler.watching.evidence import SampleFact

SHARES = ("title", "time", "origin", "credits", "rejected", "same", "short")
"""What a page has or has not: each is a bit of `known` and of `bad`, in this order."""
AMOUNTS = ("length", "repeated")
"""What a page has more or less of: the logarithm of its characters, and the share of them that is repeated."""
SAME_SHARE = 0.8
SHORT_PART = 0.25
"""A text is the same if so much of it stood in other articles of late, and short if it has less than this part of the
characters that are usual."""
MOST_PAGES = 400.0
"""What pages were like so many pages ago counts a third of what the newest are like: slow change is usual."""
BLOCK = 10
DISPERSION_PRIOR, DISPERSION_SHAPE = 2.0, 6.0
"""Pages of one section come in runs, so blocks of ten pages vary more than chance alone lets them: so many times, as
long as nothing is known; so many blocks are believed half."""
MOST_DISPERSION = 6.0
USUAL_FROM = 30.0
LEAST_SPREAD = {"length": 0.15, "repeated": 0.04}
CLIPPED_AT = 3.0
"""No page counts for more than so many standard deviations: news are briefs and features."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One page: bits of `known` for what can be said of it, of `bad` for what is wrong; `amounts` by AMOUNTS."""

    id: int
    at: int
    article_id: int | None
    known: int
    bad: int
    amounts: tuple[float | None, float | None]
    reason: str = ""

    def values(self) -> list[Any]:
        """What JSON keeps of it."""
        length, repeated = (None if value is None else round(value, 3) for value in self.amounts)
        return [self.id, self.at, self.article_id, self.known, self.bad, length, repeated, self.reason]

    @classmethod
    def of_values(cls, values: Sequence[Any]) -> Look:
        """The look that `values` kept. Raises ValueError, TypeError for what is none."""
        number, at, article, known, bad, length, repeated, reason = values
        amounts = (None if length is None else float(length), None if repeated is None else float(repeated))
        article_id = None if article is None else int(article)
        return cls(
            id=int(number),
            at=int(at),
            article_id=article_id,
            known=int(known),
            bad=int(bad),
            amounts=amounts,
            reason=str(reason),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Pages of the past, and those of them that were bad in one way, older ones counted less.

    `block`, `block_bad`: of the block of ten that is being filled. `chi`: how much such blocks vary, in sum, where
    chance alone would have each vary by 1; `blocks`: how many. `run`: bad pages in a row now; `longest`: at most.
    """

    pages: float = 0.0
    bad: float = 0.0
    block: float = 0.0
    block_bad: float = 0.0
    chi: float = 0.0
    blocks: float = 0.0
    run: int = 0
    longest: float = 0.0

    @property
    def dispersion(self) -> float:
        """How many times more than by chance the share varies from one block to the next: 1 at least."""
        return _dispersion(self.chi, self.blocks)

    def with_page(self, *, bad: bool) -> Share:
        """The same with one page more."""
        kept = 1.0 - 1.0 / MOST_PAGES
        pages, bads = self.pages * kept + 1.0, self.bad * kept + bad
        block, block_bad, chi, blocks = self.block + 1.0, self.block_bad + bad, self.chi, self.blocks
        if block >= BLOCK:
            part = (self.bad + 1.0) / (self.pages + 2.0)
            off = block_bad - block * part
            chi, blocks = _aged(chi, off * off / (block * part * (1.0 - part))), _aged(blocks, 1.0)
            block = block_bad = 0.0
        run = self.run + 1 if bad else 0
        return Share(
            pages=pages,
            bad=bads,
            block=block,
            block_bad=block_bad,
            chi=chi,
            blocks=blocks,
            run=run,
            longest=max(float(run), self.longest * (1.0 - 0.5 / MOST_PAGES)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """Pages of the past, with mean and variance of an amount; blocks as in Share."""

    pages: float = 0.0
    mean: float = 0.0
    variance: float = 0.0
    block: float = 0.0
    block_sum: float = 0.0
    chi: float = 0.0
    blocks: float = 0.0

    @property
    def dispersion(self) -> float:
        """As of Share."""
        return _dispersion(self.chi, self.blocks)

    def bounds(self, least: float) -> tuple[float, float]:
        """The least and the greatest value that is believed."""
        if self.pages < USUAL_FROM:
            return -inf, inf
        most = CLIPPED_AT * max(least, self.variance**0.5)
        return self.mean - most, self.mean + most

    def with_page(self, value: float, least: float) -> Amount:
        """The same with one page more."""
        lowest, highest = self.bounds(least)
        value = min(highest, max(lowest, value))
        pages = self.pages * (1.0 - 1.0 / MOST_PAGES) + 1.0
        off = value - self.mean
        mean = self.mean + off / pages
        variance = max(0.0, self.variance + (off * (value - mean) - self.variance) / pages)
        block, block_sum, chi, blocks = self.block + 1.0, self.block_sum + value, self.chi, self.blocks
        if block >= BLOCK:
            block_off = block_sum / block - self.mean
            chi = _aged(chi, block * block_off * block_off / max(least * least, self.variance))
            blocks, block, block_sum = _aged(blocks, 1.0), 0.0, 0.0
        return Amount(
            pages=pages, mean=mean, variance=variance, block=block, block_sum=block_sum, chi=chi, blocks=blocks
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What the pages of the past were like, those of the last looks left out. `articles`: the newest of them."""

    shares: tuple[Share, ...] = (Share(),) * len(SHARES)
    amounts: tuple[Amount, ...] = (Amount(),) * len(AMOUNTS)
    articles: tuple[int, ...] = field(default=())

    @property
    def usual_characters(self) -> float | None:
        """Characters of a usual text; None as long as too few are known."""
        length = self.amounts[0]
        return exp(min(20.0, length.mean)) if length.pages >= USUAL_FROM else None

    def with_look(self, look: Look, left_out: frozenset[str]) -> Baseline:
        """The same with one page more, but for what is left out."""
        shares = list(self.shares)
        for place, name in enumerate(SHARES):
            if look.known >> place & 1 and name not in left_out:
                shares[place] = shares[place].with_page(bad=bool(look.bad >> place & 1))
        amounts = list(self.amounts)
        for place, (name, value) in enumerate(zip(AMOUNTS, look.amounts, strict=True)):
            if value is not None and name not in left_out:
                amounts[place] = amounts[place].with_page(value, LEAST_SPREAD[name])
        articles = self.articles
        if look.article_id is not None and not left_out:
            articles = (*articles, look.article_id)[-5:]
        return replace(self, shares=tuple(shares), amounts=tuple(amounts), articles=articles)


def look_of(sample: SampleFact, usual_characters: float | None) -> Look:
    """How that page looks; its text is short by what is usual."""
    article = sample.outcome in {"stored", "duplicate"}
    missing = (sample.has_title, sample.has_time, sample.has_origin, sample.has_credits)
    flags: list[bool | None] = [None if has is None or not article else not has for has in missing]
    flags.append(not article)
    repeated = _number(sample.repeated, 1.0) if article else None
    flags.append(None if repeated is None else repeated >= SAME_SHARE)
    characters = _number(sample.characters, 1e9) if article else None
    short = None
    if characters is not None and usual_characters is not None:
        short = characters < SHORT_PART * usual_characters
    flags.append(short)
    return Look(
        id=sample.id,
        at=int(sample.at.timestamp()),
        article_id=sample.article_id if article else None,
        known=sum(1 << place for place, flag in enumerate(flags) if flag is not None),
        bad=sum(1 << place for place, flag in enumerate(flags) if flag),
        amounts=(None if characters is None else log(1.0 + characters), repeated),
        reason="" if article else str(sample.reason or ""),
    )


def _number(value: float | None, most: float) -> float | None:
    if value is None or not 0 <= value <= most:
        return None
    return float(value)


def _aged(total: float, more: float) -> float:
    return total * (1.0 - BLOCK / MOST_PAGES) + more


def _dispersion(chi: float, blocks: float) -> float:
    believed = (DISPERSION_PRIOR * DISPERSION_SHAPE + chi) / (DISPERSION_SHAPE + blocks)
    return min(MOST_DISPERSION, max(1.0, believed))
