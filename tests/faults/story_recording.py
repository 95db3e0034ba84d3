"""What twelve portals print in six days, and change, as the events that workers would send: always the same ones.

A third of the articles are copies, from which stories come; a sixth fill in forms, which make no story: so many of them
that what they have in common grows too common to look for. Each day some articles of earlier days are looked at again:
most were edited, so that stories lose and win members.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Literal

from storage.identity import content_digest, url_key
from storage.records import Article, Candidate, Discovered, Extracted, PageEvent, PublicationTime, Rejected, Unchanged
from storage.similarity.fingerprint import fingerprint
from tests.benchmarks.news_texts import Newsroom

START = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
DAY = timedelta(days=1)
SOURCES = tuple(f"s{number:02}" for number in range(1, 13))
DAYS = 6
NEW, AGAIN = 180, 70
"""Articles a day, and looks at those of earlier days: 1,430 pages in all."""
JOB = "job"
"""Stands for the name of the job, which is another one each time that the page is asked for."""

Change = Literal["new", "edited", "restored", "unchanged", "missing"]


@dataclass(frozen=True, slots=True)
class Page:
    """What one address says on one day."""

    number: int
    change: Change
    day: int

    @property
    def source(self) -> str:
        return SOURCES[self.number * 7 % len(SOURCES)]

    @property
    def url(self) -> str:
        """Without the order of the numbers: that the keys sort otherwise than the ids is part of the test."""
        return f"https://{self.source}.test/{self.number * 7919 % 10007 + 10000}/{self.number}.html"

    @property
    def at(self) -> datetime:
        return START + self.day * DAY + timedelta(seconds=self.number)


class Recording:
    """The days, each a list of pages in the order in which their answers come."""

    def __init__(self, seed: int = 1, days: int = DAYS) -> None:
        self._room = Newsroom(seed, copies=0.35, forms=0.16, reach=120, kinds=2, characters=250)
        self.days = list(self._days(random.Random(f"days {seed}"), days))

    def __len__(self) -> int:
        return sum(map(len, self.days))

    def event(self, page: Page) -> PageEvent:
        """What a worker says of a page, as a member of the job JOB."""
        said = {"job_id": JOB, "number": 0, "key": url_key(page.url), "fetched_at": page.at}
        match page.change:
            case "unchanged":
                return Unchanged(**said)
            case "missing":
                return Rejected(**said, reason="gone", http_status=410)
        article = self._article(page)
        return Extracted(
            **said,
            url=page.url,
            final_url=page.url,
            final_key=url_key(page.url),
            article=article,
            digest=content_digest(article),
            signature=fingerprint(article.text),
        )

    def _article(self, page: Page) -> Article:
        item = self._room.edited(page.number) if page.change == "edited" else self._room.item(page.number)
        first = item.like if item.like is not None else page.number
        luck = random.Random(f"facts {page.number}")
        at = START + timedelta(seconds=first) + luck.choice((0, 0, 1, 30)) * timedelta(minutes=7)
        hours = timezone(timedelta(hours=8))
        published = PublicationTime(at=at.astimezone(hours), precision="minute", raw="", where="meta")
        if luck.random() < 0.2:
            midnight = published.at.replace(hour=0, minute=0, second=0)
            published = replace(published, at=midnight, precision="day")
        origin = Page(first, "new", 0).source if luck.random() < 0.5 else None
        return Article(
            title=item.title,
            text=item.text,
            published=published if luck.random() < 0.9 else None,
            origin=origin and f"{origin}日报",
            origin_kind=None if origin is None else "own" if first == page.number else "repost",
            encoding="utf-8",
            encoding_evidence="meta",
            extractor="test",
        )

    def _days(self, luck: random.Random, days: int) -> Iterator[list[Page]]:
        edited: set[int] = set()
        for day in range(days):
            known = day * NEW
            pages = [Page(number, "new", day) for number in range(known, known + NEW)]
            for number in luck.sample(range(known), AGAIN) if day else []:
                draw = luck.random()
                change: Change = "missing" if draw < 0.05 else "unchanged" if draw < 0.25 else "edited"
                if number in edited and change == "edited":
                    change = "restored"
                edited ^= {number} if change in {"edited", "restored"} else set()
                pages.append(Page(number, change, day))
            luck.shuffle(pages)
            yield pages


def discovered(pages: list[Page], source: str) -> Discovered:
    """What the source's feed named, of a day's pages."""
    found = tuple(
        Candidate(url=page.url, key=url_key(page.url), position=at)
        for at, page in enumerate(page for page in pages if page.source == source and page.change == "new")
    )
    return Discovered(
        job_id=JOB, number=0, entry_url=f"https://{source}.test/feed.xml", candidates=found, taken=len(found)
    )


def out_of_order(pages: list[Page], seed: int) -> list[Page]:
    """The pages, those of each source in another order, in the places that the source's had."""
    luck = random.Random(seed)
    queues: dict[str, list[Page]] = {}
    for page in pages:
        queues.setdefault(page.source, []).append(page)
    for queue in queues.values():
        luck.shuffle(queue)
    return [queues[page.source].pop() for page in pages]
