"""Charts as SVG in the page, of attributes and classes alone: our policy allows no style in a tag, and no script.

Every chart says in `label` what the eye sees, and each of its marks in a title what it stands for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup, escape

RUNS: Final = 48
"""Runs in a row of bars."""
_STEP: Final = 4
_UP: Final = 20
_DOWN: Final = 7
_CELL: Final = 14
_LEFT: Final = 30
_TOP: Final = 14
_WIDE: Final = 240
_HIGH: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One run: how many were new; `trouble` where it failed or is partial; what its mark is to say."""

    new: int
    trouble: str | None
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A measure by day, None for days without it, between `low` and `high`; `usual`: what it was like before."""

    values: Sequence[float | None]
    titles: Sequence[str]
    low: float
    high: float
    usual: float | None


def sparks(bars: Sequence[Bar], label: str, *, told: bool) -> Markup:
    """Runs as a row of bars, the newest at the right: up for what was new, down where it failed.

    `told`: each bar has its title; else only those that failed, and the others are one drawing of a tenth of the bytes.
    """
    first = RUNS - len(bars)
    most = max((bar.new for bar in bars), default=0)
    shapes: dict[str, list[str]] = {"up": [], "none": []}
    marks: list[str] = []
    for at, bar in enumerate(bars, first):
        name, shape = _bar(bar, at * _STEP, most)
        if told or bar.trouble is not None:
            marks.append(f'<path class="{name}" d="{shape}"><title>{escape(bar.title)}</title></path>')
        else:
            shapes[name].append(shape)
    marks += [f'<path class="{name}" d="{"".join(all_)}"/>' for name, all_ in shapes.items() if all_]
    drawn = Markup("".join(marks))  # noqa: S704 - numbers, our own names, and titles that are escaped
    return Markup(
        '<svg class="sparks" viewBox="0 0 {} {}" role="img" aria-label="{}"><path class="base" d="M0 {}.5h{}"/>{}</svg>'
    ).format(RUNS * _STEP, _UP + _DOWN + 2, label, _UP, RUNS * _STEP - 1, drawn)


def _bar(bar: Bar, x: int, most: int) -> tuple[str, str]:
    """The class of a bar and its path."""
    high = _height(bar.new, most)
    if bar.trouble is None:
        return "up" if bar.new else "none", f"M{x} {_UP}v-{high}h3v{high}z"
    deep = _DOWN if bar.trouble == "failed" else 4
    up = f"M{x} {_UP}v-{high}h3v{high}z" if bar.new else ""
    return f"down {bar.trouble}", f"M{x} {_UP + 1}v{deep}h3v-{deep}z{up}"


def _height(new: int, most: int) -> int:
    """Of a bar, in units: by the square root, so that one article is seen beside two hundred."""
    return max(3, round(_UP * (new / most) ** 0.5)) if new else 1


def heat(
    cells: Sequence[tuple[float, str]], days: Sequence[str], label: str, *, darkest: float | None = None
) -> Markup:
    """168 hours of a week as squares, Monday first, darker for more; `cells`: the number and what the square says."""
    most = darkest or max((value for value, _ in cells), default=0)
    squares = [
        Markup('<rect class="h{}" x="{}" y="{}" width="12" height="12" rx="2"><title>{}</title></rect>').format(
            _shade(value, most), _LEFT + at % 24 * _CELL, _TOP + at // 24 * _CELL, title
        )
        for at, (value, title) in enumerate(cells)
    ]
    hours = [_text(_LEFT + hour * _CELL, 9, f"{hour}") for hour in range(0, 24, 3)]
    names = [_text(0, _TOP + at * _CELL + 10, day) for at, day in enumerate(days)]
    return Markup('<svg class="heat" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        _LEFT + 24 * _CELL, _TOP + 7 * _CELL, label, Markup().join([*hours, *names, *squares])
    )


def _shade(value: float, most: float) -> int:
    """0 for nothing, else 1 to 5."""
    return 0 if value <= 0 or most <= 0 else min(5, 1 + int(5 * (value / most) ** 0.7))


def _text(x: float, y: float, text: str) -> Markup:
    return Markup('<text x="{}" y="{}">{}</text>').format(x, y, text)


def line(drawn: Line, label: str) -> Markup:
    """A measure by day as a line, the newest at the right; what it usually is as a dashed one."""
    step = _WIDE / max(1, len(drawn.values))
    places = [
        None if value is None else (round((at + 0.5) * step, 1), _place(value, drawn))
        for at, value in enumerate(drawn.values)
    ]
    usual = ""
    if drawn.usual is not None:
        usual = Markup('<path class="usual" d="M0 {}h{}"/>').format(_place(drawn.usual, drawn), _WIDE)
    path = Markup('<path class="course" d="{}"/>').format(" ".join(_runs(places)))
    dots = [Markup('<circle class="dot" cx="{}" cy="{}" r="2.5"/>').format(*place) for place in _alone(places)]
    areas = [
        Markup('<rect class="over" x="{}" y="0" width="{}" height="{}"><title>{}</title></rect>').format(
            round(at * step, 1), round(step, 1), _HIGH, title
        )
        for at, title in enumerate(drawn.titles)
        if places[at] is not None
    ]
    return Markup('<svg class="line" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        _WIDE, _HIGH, label, Markup().join([usual, path, *dots, *areas])
    )


def _place(value: float, drawn: Line) -> float:
    share = (value - drawn.low) / (drawn.high - drawn.low or 1)
    return round(_HIGH - 3 - (_HIGH - 6) * min(1.0, max(0.0, share)), 1)


def _runs(places: Iterable[tuple[float, float] | None]) -> list[str]:
    """Pieces of a path: it goes on over days without a value, which many have none of."""
    pieces: list[str] = []
    for place in places:
        if place is not None:
            pieces.append(f"{'L' if pieces else 'M'}{place[0]} {place[1]}")
    return pieces


def _alone(places: Sequence[tuple[float, float] | None]) -> list[tuple[float, float]]:
    """The last day with a value: where the line is now."""
    known = [place for place in places if place is not None]
    return known[-1:]


def share(part: float, whole: float, label: str) -> Markup:
    """A part of a whole as a bar."""
    wide = 0 if whole <= 0 else round(100 * min(1.0, part / whole), 1)
    return Markup(
        '<svg class="share" viewBox="0 0 100 6" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<rect class="whole" width="100" height="6"/><rect class="part" width="{}" height="6"/></svg>'
    ).format(label, wide)
