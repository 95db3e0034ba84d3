"""Which article stands for a story: a function of its articles, of nothing that was before.

| of two articles, the first of these that tells them apart | why |
|---|---|
| it is whole: not much shorter than the others, not thin, not damaged | a cut or broken copy stands for nothing |
| it is live, not gone | a reader can look at it |
| more of the others name its outlet as their origin | whom all name had it first, whatever clocks say |
| it was published earlier, as far as that can be believed | |
| it was seen earlier here, then its key | so that there is always one, and always the same |
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from storage.stories.publishers import Imprint, Namings

WHOLE = 0.8
"""Share of the median number of shingles below which an article is a cut copy (research/dedup.md 4)."""

DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NEVER = datetime.max.replace(tzinfo=UTC)

Rank = tuple[bool, bool, int, datetime, datetime, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An article of a story, as far as it counts for who stands for it.

    `sound`: neither thin nor damaged; `day_only`: `published_at` is the midnight that begins its day.
    """

    id: int
    key: str
    imprint: Imprint
    gone: bool
    sound: bool
    shingles: int
    published_at: datetime | None
    day_only: bool
    first_seen_at: datetime


def canonical(members: Sequence[Member]) -> int:
    """The id of the article that stands for a story of these members, of which there is at least one."""
    least = least_shingles(sorted(member.shingles for member in members))
    namings = Namings(member.imprint for member in members)
    named = {one: namings.of(one) for one in {member.imprint for member in members}}
    return min(members, key=lambda member: rank(member, named[member.imprint], least)).id


def rank(member: Member, named: int, least: float) -> Rank:
    """By what members are compared, the best smallest. `named`: by how many others; `least`: see `least_shingles`."""
    whole = member.sound and member.shingles >= least
    at = published(member)
    return (not whole, member.gone, -named, _NEVER if at is None else at, member.first_seen_at, member.key)


def least_shingles(shingles: Sequence[int]) -> float:
    """How many shingles an article must have to be whole, among articles of so many. In order, and not none."""
    middle = len(shingles) // 2
    return WHOLE * (shingles[middle] + shingles[-middle - 1]) / 2


def published(member: Member) -> datetime | None:
    """When a member was published, for comparing: of a day without a time its end, so a time of that day is earlier.

    None where the page says none that can be: later than it was seen here, or the zero of a clock.
    """
    at = member.published_at
    if at is None or not can_be(at, member.first_seen_at):
        return None
    return at + DAY - timedelta(seconds=1) if member.day_only else at


def can_be(published_at: datetime, first_seen_at: datetime) -> bool:
    """Whether an article that was seen then can have been published at the time that its page says."""
    return published_at <= first_seen_at and abs(published_at - _EPOCH) > DAY


def told(member: Member) -> tuple[datetime, datetime] | None:
    """When a member was published, for comparing and as its page has it; None as in `published`."""
    at = published(member)
    return None if at is None or member.published_at is None else (at, member.published_at)


def first_published(members: Iterable[Member]) -> datetime | None:
    """When the first of the members was published, as its page has it; None where no page says a time that can be."""
    first = min(filter(None, map(told, members)), default=None)
    return None if first is None else first[1]
