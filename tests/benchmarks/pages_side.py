"""What each page of `dibao serve` costs on a file: milliseconds, and steps of SQLite's machine."""

from __future__ import annotations

import asyncio
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import quote

from storage.contract.datasette_metadata import metadata
from storage.web.pages import frame
from tests.benchmarks import pages_fill

TIMES = 5
STEP = 1_000
"""Steps of SQLite's machine between two looks."""
ROOT = "/-/dibao"
FIXED = {
    "sources": "", "source": "/source/b7", "runs": "/runs", "run": "/runs/1500", "incidents": "/incidents",
    "incident": "/incidents/7", "newest": "/search", "newest of a source": "/search?source=b7",
    "newest, far down": "/search?behind=2025-03-01T00:00:00Z_5", "article": "/article/77",
    "article of 8 revisions": "/article/2", "what changed": "/article/2/diff", "story of one": "/story/77",
    "story of 60": "/story/101", "two articles": "/article/102/diff?with=101", "rejected": "/rejected",
    "rejected, of a source": "/rejected?source=b7", "rejected, of no such reason": "/rejected?reason=captcha",
    "rejected, far down": "/rejected?behind=2025-03-01T00:00:00Z_5", "quarantine": "/quarantine",
    "no such article": "/article/987654321",
}  # fmt: skip
PROBES = {"health": "/-/health", "metrics": "/-/metrics"}
_STATUS = {ROOT + FIXED["no such article"]: {404}, PROBES["health"]: {200, 503}}


def paged(path: Path, articles: int, asked: dict[str, list[str]]) -> dict[str, dict[str, float]]:
    """By page: median milliseconds of CPU and of wall time, the most of these, and thousands of steps.

    `asked`: searches by kind; of each kind all are looked for, and the 95th of a hundred is told.
    """
    pages_fill.add(path, articles)
    with _viewer(path) as get:
        told = {name: _cost([get(ROOT + at) for _ in range(TIMES)]) for name, at in FIXED.items()}
        told |= {name: _cost([get(at) for _ in range(TIMES)]) for name, at in PROBES.items()}
        for kind, strings in asked.items():
            for sort in ("date", "relevance"):
                costs = [get(f"{ROOT}/search?q={quote(one)}&sort={sort}") for one in strings]
                told[f"search, {kind} by {sort}"] = _cost(costs, share=0.95)
    return told


def _cost(costs: list[tuple[float, float, int]], share: float = 0.5) -> dict[str, float]:
    cpu, wall, steps = (sorted(values) for values in zip(*costs, strict=True))
    at = min(len(cpu) - 1, int(len(cpu) * share))
    return {"cpu": cpu[at] if share != 0.5 else median(cpu), "wall": wall[at], "most": cpu[-1], "steps": steps[at]}


@contextmanager
def _viewer(path: Path) -> Iterator[Any]:
    """A function that asks for a page: seconds of CPU and wall time, in milliseconds, and steps."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own libraries deprecate what it uses
        from datasette.app import Datasette  # noqa: PLC0415
        from datasette.plugins import pm  # noqa: PLC0415

        from storage.web import plugin  # noqa: PLC0415
    if not pm.is_registered(plugin):  # as an installation does it, by its entry point
        pm.register(plugin, "dibao-of-the-benchmarks")
    shown = Datasette(files=[str(path)], metadata=metadata(path.stem, []))
    loop = asyncio.new_event_loop()
    loop.run_until_complete(shown.invoke_startup())
    counted = _Steps()
    before, frame.bounded = frame.bounded, counted.counting

    def get(address: str) -> tuple[float, float, int]:
        counted.looks = 0
        wall, cpu = time.perf_counter(), time.process_time()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            answer = loop.run_until_complete(shown.client.get(address))
        cost = (time.process_time() - cpu) * 1e3, (time.perf_counter() - wall) * 1e3, counted.looks
        assert answer.status_code in _STATUS.get(address, {200}), (address, answer.status_code)
        return cost

    try:
        get(ROOT)
        yield get
    finally:
        frame.bounded = before
        loop.run_until_complete(loop.shutdown_default_executor())
        shown.executor.shutdown()
        loop.close()


class _Steps:
    """Steps of SQLite's machine in a page's own reading, in thousands."""

    def __init__(self) -> None:
        self.looks = 0

    @contextmanager
    def counting(self, connection: Any) -> Iterator[None]:
        """A block whose steps are counted, in place of one that is stopped after a time."""
        connection.set_progress_handler(self._look, STEP)
        try:
            yield
        finally:
            connection.set_progress_handler(None, STEP)

    def _look(self) -> int:
        self.looks += 1
        return 0
