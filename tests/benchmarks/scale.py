"""The section "Speed and scale" of scheduler/README.md: its data, and the figure and the table that are made of it."""

from __future__ import annotations

import json
import re
import textwrap
from dataclasses import asdict, dataclass
from html import unescape
from pathlib import Path
from typing import Any

from tests.benchmarks.chart import Plot, figure

ROOT = Path(__file__).parents[2]
README, FIGURE = ROOT / "scheduler" / "README.md", ROOT / "scheduler" / "scale.svg"
BEGIN, END = "<!-- scale -->", "<!-- end of scale -->"
_METADATA = re.compile(r"<metadata>(.*?)</metadata>", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Point:
    """One crawl: how many `of` what there were, and what a page took. `role_ms`: CPU milliseconds a page by role."""

    of: int
    pages: int
    pages_second: float
    page_ms: float
    memory_mb: float
    coordinator_mb: float
    role_ms: dict[str, float]


@dataclass(frozen=True, kw_only=True)
class Scale:
    """What was measured, on which machine, on which day."""

    day: str
    machine: str
    sources: list[Point]
    stored: list[Point]
    cores: list[Point]

    @property
    def bound(self) -> tuple[str, float]:
        """The role that has one process only and is full first, and its CPU milliseconds a page."""
        roles = self.cores[-1].role_ms
        return max(((role, roles[role]) for role in ("coordinator", "worker")), key=lambda each: each[1])

    @property
    def end(self) -> tuple[float, float]:
        """Cores from which on no more pages are stored, and how many those are in a second."""
        _, most = self.bound
        return sum(self.cores[-1].role_ms.values()) / most, 1000 / most

    def document(self) -> str:
        """All of it as JSON."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)


def read(svg: str) -> Scale:
    """What a figure was drawn of. Raises ValueError where it is none of ours."""
    found = _METADATA.search(svg)
    if found is None:
        raise ValueError("the figure has no data")
    document: dict[str, Any] = json.loads(unescape(found[1]))
    for name in ("sources", "stored", "cores"):
        document[name] = [Point(**point) for point in document[name]]
    return Scale(**document)


def draw(scale: Scale) -> str:
    """The figure."""
    cores, rate = scale.end
    ends = [(cores, rate, f"one machine ends: {rate:,.0f}"), None]
    columns = [
        ("sources", scale.sources, [float(n) for n in range(len(scale.sources))]),
        ("stored articles", scale.stored, [float(n) for n in range(len(scale.stored))]),
        ("cores", scale.cores, [float(point.of) for point in scale.cores]),
    ]
    rows = [
        [
            Plot(
                title=title,
                axis=axis,
                names=[short(point.of) for point in points],
                values=[value(point) for point in points],
                places=places,
                end=end if axis == "cores" else None,
            )
            for axis, points, places in columns
        ]
        for title, value, end in (
            ("pages a second", lambda point: point.pages_second, ends[0]),
            ("memory at most, MB", lambda point: point.memory_mb, ends[1]),
        )
    ]
    about = f"A crawl from pages on loopback to committed rows, all processes. {scale.machine}, {scale.day}."
    return figure("Speed and scale", about, rows, scale.document())


def block(scale: Scale) -> str:
    """The table of the page and what it comes to, between their marks."""
    lines = ["| | pages a second | CPU a page | memory | of it the coordinator |", "|---|---|---|---|---|"]
    for what, points in (("sources", scale.sources), ("stored articles", scale.stored), ("cores", scale.cores)):
        lines += [_row(what, point) for point in points]
    lines += ["", *textwrap.wrap(_end_in_words(scale), 120)]
    return "\n".join([BEGIN, *lines, END])


def _end_in_words(scale: Scale) -> str:
    role, most = scale.bound
    cores, rate = scale.end
    named = {"coordinator": "the coordinator, which alone writes the file", "worker": "the worker, which fetches"}[role]
    return (
        f"**Where one machine ends.** Pages are read on as many cores as there are. Of what is one process, {named}, is"
        f" full first: at {most:.1f} ms of CPU a page that is {rate:,.0f} pages a second, or"
        f" {rate * 86_400 / 1e6:,.1f} million a day, for which all processes together take {cores:.1f} cores of this"
        f" kind. Measured on {scale.machine}, on {scale.day}."
    )


def _row(what: str, point: Point) -> str:
    word = what[:-1] if point.of == 1 else what
    return (
        f"| {point.of:,} {word} | {point.pages_second:.0f} | {point.page_ms:.1f} ms | {point.memory_mb:.0f} MB"
        f" | {point.coordinator_mb:.0f} MB |"
    )


def short(number: int) -> str:
    """A number as an axis has it."""
    for size, letter in ((1_000_000, "M"), (1_000, "k")):
        if number >= size and number % size == 0 and number >= 10_000:
            return f"{number // size}{letter}"
    return f"{number:,}"


def write(scale: Scale) -> None:
    """None; the figure and the page are of this data. Raises ValueError where the page has no place for it."""
    FIGURE.write_text(draw(scale), encoding="utf-8")
    before, begin, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{README} has no {BEGIN} or no {END}")
    README.write_text(before + block(scale) + after, encoding="utf-8")
