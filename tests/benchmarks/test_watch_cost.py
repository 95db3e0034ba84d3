"""What it costs to count and sample each page for the watch, in relation to storing it."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from storage.database import open_writer
from storage.identity import content_digest
from storage.ingest import Ingest
from storage.records import Article, Credit, Extracted, PublicationTime
from storage.search.terms import search_terms
from storage.similarity.fingerprint import fingerprint
from storage.watch.noting import Noting
from storage.watch.sentences import packed
from tests.benchmarks.news_words import REFERENCE, Words
from tests.storage.conftest import POLICY, START, Desk, key, url

pytestmark = pytest.mark.benchmark

ARTICLES = 3_000
BATCH = 20
"""Pages of one transaction: what four workers bring within half a second."""
SOURCES = "abcd"
LARGEST_SHARE = 0.08
"""Of the CPU time of storing an article: 60 of 1,210 us are 0.049, and 0.057 were seen while others had the machine.
Where each page is a batch by itself, it is 0.123."""


class TimedNoting(Noting):
    """Sums up the CPU time of what it does."""

    spent = 0.0

    def page(self, *told: Any) -> None:
        began = time.process_time()
        super().page(*told)
        type(self).spent += time.process_time() - began

    def write(self) -> None:
        began = time.process_time()
        super().write()
        type(self).spent += time.process_time() - began


class TimedIngest(Ingest):
    def _new_noting(self) -> Noting:
        return TimedNoting(self._database, from_web=True)


def articles() -> list[Extracted]:
    """What workers send of as many pages, with all that they make of them."""
    words, made = Words(), []
    for number in range(ARTICLES):
        title, text = words.text(number)
        at = START - timedelta(minutes=5)
        article = Article(
            title=title, text=text, markdown=text, encoding="utf-8", encoding_evidence="meta", extractor="test",
            published=PublicationTime(at=at, precision="minute", raw="", where="head"), origin="望川日报",
            credits=(Credit(role="reporter", name="何欢喜", raw="记者何欢喜", where="head"),),
        )  # fmt: skip
        name = f"{number}.html"
        made.append(
            Extracted(
                job_id="", number=number, key=key(name), url=url(name), final_url=url(name), final_key=key(name),
                fetched_at=START, article=article, digest=content_digest(article),
                signature=fingerprint(text), terms=search_terms(title, text), sentences=packed(text),
            )
        )  # fmt: skip
    return made


def cpu_seconds(desk: Desk, batch: tuple[Extracted, ...]) -> float:
    desk.take(desk.discovered(*(page.url.removeprefix("https://a.cn/") for page in batch)))
    events = [replace(page, job_id=desk.job) for page in batch]
    TimedNoting.spent = 0.0
    began = time.process_time()
    noted = desk.take(*events)
    taken = time.process_time() - began
    assert all(one.outcome is not None for one in noted)
    return taken


def test_what_is_noted_for_the_watch_costs_little_of_storing_an_article(tmp_path: Path) -> None:
    if not REFERENCE.is_dir():
        pytest.skip("the shared corpus is not here")
    pages = articles()
    times: list[tuple[float, float]] = []
    with open_writer(tmp_path / "news.db") as database:
        database.execute("PRAGMA synchronous = OFF")
        desk = Desk(database)
        desk.ingest = TimedIngest(database, desk.leases, POLICY)
        batches = (tuple(pages[first : first + BATCH]) for first in range(0, len(pages), BATCH))
        for batch, source in zip(batches, cycle(SOURCES), strict=False):
            desk.begin(source=source)
            times.append((cpu_seconds(desk, batch), TimedNoting.spent))
        assert database.value("SELECT sum(articles) FROM day_log") == ARTICLES
    late = times[len(times) // 4 :]
    whole, noted = (sum(column) for column in zip(*late, strict=True))
    share = noted / (whole - noted)
    articles_late = len(late) * BATCH
    print(f"\nstored: {1e6 * (whole - noted) / articles_late:.0f} us of CPU an article without what is noted,")
    print(f"noted: {1e6 * noted / articles_late:.0f} us more, in batches of {BATCH}: {share:.3f}")
    assert share < LARGEST_SHARE
