"""The labelled world: every record of a half, and the pairs by which a rule is judged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import combinations

from tests.quality.stories import changes
from tests.quality.stories.bases import Base, Half, bases
from tests.quality.stories.chance import chance
from tests.quality.stories.families import instances
from tests.quality.stories.lookalikes import lookalikes
from tests.quality.stories.records import Record, headline, record, republished
from tests.quality.stories.stubs import stubs

FAMILY_PAIRS = 200
"""Of the 780 of forty instances."""
RANDOM_PAIRS = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two records, whether they are copies of one text, and what kind of pair it is."""

    one: Record
    other: Record
    same: bool
    kind: str


def copies(base: Base, kinds: list[str] | None = None) -> Iterator[Record]:
    """The base as its outlet has it, and a copy of each kind (or of the named ones)."""
    yield record(base, changes.plain(base, chance(base.key)), "base", of=base.key)
    known = changes.ZH if base.language == "zh" else changes.OTHER
    for kind in kinds if kinds is not None else known:
        luck = chance("copy", base.key, kind)
        yield record(
            base, known[kind](base, luck), kind, of=base.key, title=headline(base, luck),
            at=republished(base.published_at, luck), traditional=kind in changes.TRADITIONAL,
        )  # fmt: skip


def subset(base: Base, count: int) -> list[str]:
    """The kinds that a base shows where not all are wanted: `count` of them, by its name."""
    known = list(changes.ZH if base.language == "zh" else changes.OTHER)
    return sorted(chance("kinds", base.key).sample(known, min(count, len(known))))


@cache
def world(half: Half, *, kinds: int = 99, families: int = 40) -> tuple[Record, ...]:
    """Every record of a half: bases with `kinds` copies each, `families` instances of each family, look-alikes."""
    ours = [base for base in (*bases(), *instances("short", half)) if base.half == half]
    made = [one for base in ours for one in copies(base, subset(base, kinds))]
    made += [one for base in instances("family", half, families) for one in _printed(base)]
    made += [*lookalikes(half), *stubs(half)]
    return tuple(made)


def _printed(base: Base) -> Iterator[Record]:
    """An instance of a family, and for one in four what another outlet made of it."""
    yield record(base, changes.plain(base, chance(base.key)), "base", of=base.key)
    luck = chance("printed", base.key)
    if luck.random() < 0.25:
        kind = luck.choice(("byline", "header", "captions")) if base.language == "zh" else "header"
        yield record(
            base, changes.ZH[kind](base, luck), f"family_{kind}", of=base.key, title=base.title,
            at=base.published_at,
        )  # fmt: skip


def pairs(half: Half, *, kinds: int = 99, families: int = 40) -> Iterator[Pair]:
    """Each record with what it was made from, and of those that are no copies: pairs of a family, a site, by chance."""
    records = world(half, kinds=kinds, families=families)
    by_key = {one.key: one for one in records}
    groups: dict[str, list[Record]] = {}
    for one in records:
        group = _group(one)
        if group:
            groups.setdefault(group, []).append(one)
        if one.kind != "base":
            for key in filter(None, one.of.split("+")):
                base = by_key.get(key)
                if base is not None:
                    yield Pair(one=base, other=one, same=base.story == one.story, kind=one.kind)
    for group, members in groups.items():
        several = list(combinations(members, 2))
        for one, other in chance("pairs", group).sample(several, min(FAMILY_PAIRS, len(several))):
            yield Pair(one=one, other=other, same=False, kind=f"between {group.partition('@')[0]}")
    yield from _random(records, half)


def _group(one: Record) -> str | None:
    """Of what a record is one of many: a family, or a site whose pages all have one chrome."""
    if one.kind == "base" and "." in one.key:
        return one.key.partition(".")[0]
    return f"{one.kind}@{one.key.partition('@')[2].partition(':')[0]}" if "@" in one.key else None


def _random(records: tuple[Record, ...], half: Half) -> Iterator[Pair]:
    luck = chance("random pairs", half)
    for _ in range(RANDOM_PAIRS):
        one, other = luck.choice(records), luck.choice(records)
        if one.story != other.story and one.of != other.of:
            yield Pair(one=one, other=other, same=False, kind="random")
