"""What a job has taught of its source beside its articles: when it publishes, and how its addresses look."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from crawler.discovery.link_shapes import shape_of
from storage.ended_pages import EndedPage


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """`times`: when what is new was published, None where that is unknown.

    `shapes`: pages that were articles and that were none, by the shape of their addresses.
    """

    times: list[datetime | None]
    shapes: dict[str, tuple[int, int]]


def findings_of(pages: Iterable[EndedPage]) -> Findings:
    """What these pages teach."""
    counted: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    times = []
    for page in pages:
        counted[page.is_article][shape_of(page.url)] += 1
        if page.is_new:
            times.append(page.published_at)
    articles, others = counted[True], counted[False]
    return Findings(times=times, shapes={shape: (articles[shape], others[shape]) for shape in articles | others})
