"""A small writer of SVG: line charts side by side, in colours that a light and a dark page can both have."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from xml.sax.saxutils import quoteattr

WIDTH, ROW, TOP = 960, 196, 76
LEFT, GAP, BOTTOM = 52, 34, 34
STYLE = """
.page{fill:#ffffff}.t{fill:#1f2328;font:600 14px sans-serif}.s{fill:#59636e;font:12px sans-serif}
.v{fill:#1f2328;font:12px sans-serif}.g{stroke:#d1d9e0;fill:none}.a{stroke:#8c959f;fill:none}
.l{stroke:#0550ae;stroke-width:2;fill:none}.p{fill:#0550ae}
.e{stroke:#bc4c00;stroke-width:2;stroke-dasharray:5 4;fill:none}
.q{fill:#ffffff;stroke:#bc4c00;stroke-width:2}.x{fill:#bc4c00;font:600 12px sans-serif}
@media (prefers-color-scheme:dark){
.page{fill:#0d1117}.t,.v{fill:#f0f6fc}.s{fill:#9198a1}.g{stroke:#30363d}.a{stroke:#6e7681}
.l{stroke:#79c0ff}.p{fill:#79c0ff}.e{stroke:#ffa657}.q{fill:#0d1117;stroke:#ffa657}.x{fill:#ffa657}}
""".strip()


@dataclass(frozen=True, kw_only=True)
class Plot:
    """One line: a name and its value for each place on the axis. `end`: a place beyond, reached by a broken line."""

    title: str
    axis: str
    names: Sequence[str]
    values: Sequence[float]
    places: Sequence[float]
    end: tuple[float, float, str] | None = None
    unit: str = ""


@dataclass(frozen=True, kw_only=True)
class Frame:
    """Where a plot stands, and what its axes reach to."""

    left: float
    top: float
    width: float
    height: float
    low: float
    high: float
    most: float
    parts: list[str] = field(default_factory=list)

    def x(self, place: float) -> float:
        """The pixel of a place on the axis."""
        spread = self.high - self.low or 1
        return round(self.left + 26 + (place - self.low) / spread * (self.width - 62), 1)

    def y(self, value: float) -> float:
        """The pixel of a value."""
        return round(self.top + self.height - value / self.most * self.height, 1)


def figure(title: str, about: str, rows: Sequence[Sequence[Plot]], metadata: str) -> str:
    """The whole SVG; `metadata` is kept in it as it is given."""
    height = TOP + len(rows) * (ROW + BOTTOM) + 8
    parts = [_text("t", 16, 28, title, size=17), _text("s", 16, 50, about)]
    for row, plots in enumerate(rows):
        width = (WIDTH - 16 - len(plots) * (LEFT + GAP)) / len(plots)
        most = _nice(max(_most(plot) for plot in plots))
        for column, plot in enumerate(plots):
            left = LEFT + column * (width + LEFT + GAP) + 8
            parts += _plot(plot, left, TOP + row * (ROW + BOTTOM) + 30, width, most)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}"'
    label = f"role=\"img\" aria-label={quoteattr(f'{title}. {about}')}"
    body = "\n".join(parts)
    return (
        f"{head} {label}>\n<title>{escape(title)}</title>\n<metadata>{escape(metadata, quote=False)}</metadata>\n"
        f'<style>{STYLE}</style>\n<rect class="page" width="{WIDTH}" height="{height}"/>\n{body}\n</svg>\n'
    )


def _plot(plot: Plot, left: float, top: float, width: float, most: float) -> list[str]:
    places = [*plot.places, *([plot.end[0]] if plot.end else [])]
    frame = Frame(
        left=left, top=top, width=width, height=ROW - 66, low=min(places), high=max(places), most=most
    )
    parts = [_text("t", left - 36, top - 14, plot.title, size=13)]
    for step in range(5):
        value = most * step / 4
        y = frame.y(value)
        parts.append(f'<path class="{"a" if step == 0 else "g"}" d="M{left} {y}H{round(left + width, 1)}"/>')
        parts.append(_text("s", left - 6, y + 4, _number(value), anchor="end"))
    points = [(frame.x(place), frame.y(value)) for place, value in zip(plot.places, plot.values, strict=True)]
    parts.append(f'<path class="l" d="M{"L".join(f"{x} {y}" for x, y in points)}"/>')
    for (x, y), value, name in zip(points, plot.values, plot.names, strict=True):
        parts.append(f'<circle class="p" cx="{x}" cy="{y}" r="4"/>')
        parts.append(_text("v", x, y - 9, _number(value) + plot.unit, anchor="middle"))
        parts.append(_text("s", x, top + frame.height + 18, name, anchor="middle"))
    if plot.end is not None:
        parts += _end(frame, points[-1], plot.end)
    parts.append(_text("s", left + width / 2, top + frame.height + 36, plot.axis, anchor="middle"))
    return parts


def _end(frame: Frame, last: tuple[float, float], end: tuple[float, float, str]) -> list[str]:
    """The broken line to where one machine ends, and what is said there."""
    place, value, said = end
    x, y = frame.x(place), frame.y(value)
    way = [f'<path class="e" d="M{last[0]} {last[1]}L{x} {y}"/>'] if x > last[0] else []
    return [
        *way,
        f'<circle class="q" cx="{x}" cy="{y}" r="5"/>',
        _text("x", x + 8, y - 11, said, anchor="end"),
        _text("s", x, frame.top + frame.height + 18, _number(place), anchor="middle"),
    ]


def _text(kind: str, x: float, y: float, said: str, *, anchor: str = "start", size: int = 0) -> str:
    sized = f' style="font-size:{size}px"' if size else ""
    place = f'x="{round(x, 1)}" y="{round(y, 1)}" text-anchor="{anchor}"'
    return f'<text class="{kind}" {place}{sized}>{escape(said)}</text>'


def _most(plot: Plot) -> float:
    return max(*plot.values, plot.end[1] if plot.end else 0)


def _nice(value: float) -> float:
    """The next of 1, 2, 4, 6, 8 times a power of ten above what is shown with room for its label."""
    power = 10 ** math.floor(math.log10(value * 1.12))
    return next(step * power for step in (1, 2, 4, 6, 8, 10) if step * power >= value * 1.12)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.1f}"
