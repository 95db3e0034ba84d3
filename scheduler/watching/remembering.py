"""What the detectors remember of a source between two rounds, as the text that the file keeps. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from scheduler.watching import usual_week
from scheduler.watching.page_history import Change, PageHistory
from scheduler.watching.pages import AMOUNTS, SHARES, Amount, Baseline, Look, Share
from scheduler.watching.silence import MOST_SPELLS, Quiet, Spell

VERSION = 1
_LARGEST = 1e15
MOST_KEPT = 4096
"""Sources whose memories are kept; beyond, they are read anew in each round."""
_kept: dict[str, Memory] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Polls:
    """How the polls of late went. Times are epoch seconds.

    `failing_since`: when the failures that last were first seen. `day`, `answered`, `empty`: that day's polls that were
    counted already. `empty_run`, `empty_since`: polls in a row without any link. `empty_share`: the part of the polls
    that had none, of late.
    """

    failing_since: float | None = None
    day: int = 0
    answered: int = 0
    empty: int = 0
    empty_run: int = 0
    empty_since: float | None = None
    empty_share: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """All that is remembered. `week_day`: the day on which the week of expected articles was last made."""

    quiet: Quiet = field(default_factory=Quiet)
    history: PageHistory = field(default_factory=PageHistory)
    polls: Polls = field(default_factory=Polls)
    week_day: int = 0

    def text(self) -> str:
        """The memory as JSON of some 5 KB."""
        said = {
            "v": VERSION,
            "quiet": _fields(self.quiet, ("until", "polled", "last", "hours", "days", "articles", "longest"))
            | {"week": self.quiet.week.text()}
            | {"spells": [[hour, _short(a), _short(b), length] for hour, a, b, length in self.quiet.spells]},
            "history": _fields(self.history, ("seen", "day", "today", "a_day", "lost"))
            | {
                "looks": [look.values() for look in self.history.looks],
                "lasting": [change.values() for change in self.history.lasting],
                "shares": [_values(share) for share in self.history.baseline.shares],
                "amounts": [_values(amount) for amount in self.history.baseline.amounts],
                "articles": list(self.history.baseline.articles),
            },
            "polls": _values(self.polls),
            "week_day": self.week_day,
        }
        return json.dumps(said, separators=(",", ":"))


NOTHING = Memory()


def read(text: str | None) -> Memory:
    """The memory that `text` wrote; an empty one for None and for what is no such text.

    Kept itself until it is forgotten, in 20 KB each: the file has the text, and most rounds bring nothing new.
    """
    if text is None:
        return NOTHING
    memory = _kept.get(text)
    if memory is None:
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        memory = _kept[text] = _read(text)
    return memory


def forget(text: str | None) -> None:
    """None; the text is that of an earlier round, and nobody asks for it again: one is kept for each source."""
    _kept.pop(text or "", None)


def _read(text: str) -> Memory:
    try:
        said = json.loads(text)
        if said["v"] != VERSION:
            return NOTHING
        return Memory(
            quiet=_quiet(said["quiet"]),
            history=_history(said["history"]),
            polls=_of_values(Polls, said["polls"]),
            week_day=int(_number(said["week_day"])),
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError):
        return NOTHING


def _quiet(said: Mapping[str, Any]) -> Quiet:
    numbers = {name: _number(said[name]) for name in ("hours", "days", "articles")}
    spells: list[Spell] = [
        (int(_number(hour)), _number(a), _number(b), int(_number(length)))
        for hour, a, b, length in said["spells"][:MOST_SPELLS]
    ]
    return Quiet(
        week=usual_week.read(str(said["week"])),
        until=int(_number(said["until"])),
        polled=_whole(said["polled"]),
        last=_whole(said["last"]),
        longest=int(_number(said["longest"])),
        spells=tuple(spells),
        **numbers,
    )


def _history(said: Mapping[str, Any]) -> PageHistory:
    shares = tuple(_of_values(Share, values) for values in said["shares"])
    amounts = tuple(_of_values(Amount, values) for values in said["amounts"])
    if (len(shares), len(amounts)) != (len(SHARES), len(AMOUNTS)):
        raise ValueError("another version's")
    articles = tuple(int(_number(number)) for number in said["articles"])
    return PageHistory(
        baseline=Baseline(shares=shares, amounts=amounts, articles=articles),
        looks=tuple(map(Look.of_values, said["looks"])),
        lasting=tuple(map(Change.of_values, said["lasting"])),
        seen=int(_number(said["seen"])),
        day=int(_number(said["day"])),
        today=int(_number(said["today"])),
        a_day=_number(said["a_day"]),
        lost=int(_number(said["lost"])),
    )


def _fields(value: object, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: _short(getattr(value, name)) for name in names}


def _values(value: Any) -> list[Any]:
    return [_short(getattr(value, name)) for name in value.__dataclass_fields__]


def _of_values(kind: type[Any], values: Any) -> Any:
    """The dataclass of numbers that `_values` kept. Raises ValueError, TypeError for what is none."""
    names = list(kind.__dataclass_fields__)
    if len(names) != len(values):
        raise ValueError("another version's")
    return kind(**{name: None if value is None else _number(value) for name, value in zip(names, values, strict=True)})


def _short(value: Any) -> Any:
    return round(value, 6) if isinstance(value, float) else value


def _whole(value: object) -> int | None:
    return None if value is None else int(_number(value))


def _number(value: object) -> Any:
    """The number itself. Raises ValueError for what is none, or none that a detector has written."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not -_LARGEST <= value <= _LARGEST:
        raise ValueError("not an amount")
    return value
