"""How a source's pages were day by day: which facts they had, how long they were, and how much was refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final

from markupsafe import Markup

from storage.watch.days import DaySums
from storage.web.pages.frame import Visit
from storage.web.pages.svg import Line, line

DAYS: Final = 60
_LATE: Final = 3
"""The last days, which are held against those before them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """One measure. `now`, `usual`: of the last days that have it, and before; as people read them."""

    name: str
    drawn: Markup
    now: str
    usual: str
    is_off: bool
    has_usual: bool


Measure = Callable[[DaySums], float | None]


def _per_article(name: str) -> Measure:
    def measured(day: DaySums) -> float | None:
        value = getattr(day, name)
        return value / day.articles if day.articles and value is not None else None

    return measured


def _rejected(day: DaySums) -> float | None:
    looked_at = day.articles + day.rejected
    return day.rejected / looked_at if looked_at else None


_SHARES: Final[Mapping[str, Measure]] = MappingProxyType(
    {
        **{name: _per_article(name) for name in ("titles", "times", "origins", "credits", "repeated")},
        "rejected": _rejected,
    }
)
_OFF: Final = 0.3
"""How far a share must be from its usual one for the chart to say so; the judgement itself is the watch's."""


def charts(days: Sequence[DaySums], visit: Visit) -> list[Chart]:
    """A chart for each measure; none where no day has an article."""
    if not any(day.articles for day in days):
        return []
    by_day = {day.day: day for day in days}
    last = visit.now.date()
    row = [(last - timedelta(days=back)) for back in reversed(range(DAYS))]
    shares = [_chart(name, measure, row, by_day, visit, high=1.0) for name, measure in _SHARES.items()]
    return [
        *shares[:4],
        _chart("characters", _per_article("characters"), row, by_day, visit, high=None),
        *shares[4:],
        _chart("articles", lambda day: float(day.articles), row, by_day, visit, high=None),
    ]


def _chart(
    name: str, measure: Measure, row: Sequence[date], by_day: Mapping[str, DaySums], visit: Visit, *, high: float | None
) -> Chart:
    values = [None if (day := by_day.get(at.isoformat())) is None else measure(day) for at in row]
    known = [value for value in values if value is not None]
    usual = _mean([value for value in values[:-_LATE] if value is not None])
    now = known[-1] if known else None
    is_share = high is not None
    titles = [f"{at:%m-%d} {_said(value, is_share=is_share)}" for at, value in zip(row, values, strict=True)]
    title = visit.words(f"drift.{name}")
    now_said, usual_said = (_said(value, is_share=is_share) for value in (now, usual))
    label = visit.words("drift.label", name=title, now=now_said, usual=usual_said)
    top = high or max([*known, 1.0]) * 1.05
    drawn = Line(values=values, titles=titles, low=0.0, high=top, usual=usual)
    return Chart(
        name=title,
        drawn=line(drawn, label),
        now=now_said,
        usual=usual_said,
        is_off=name != "articles" and _is_off(now, usual, is_share=is_share),
        has_usual=usual is not None,
    )


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _is_off(now: float | None, usual: float | None, *, is_share: bool) -> bool:
    if now is None or usual is None:
        return False
    return abs(now - usual) > _OFF if is_share else abs(now - usual) > usual / 2


def _said(value: float | None, *, is_share: bool) -> str:
    if value is None:
        return "–"
    return f"{100 * value:.0f}%" if is_share else f"{value:,.0f}"
