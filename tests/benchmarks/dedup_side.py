"""`python dedup_side.py FOLDER LEVEL:MEASURED...`: what one more article costs in a file that holds LEVEL already.

Prints JSON. `levels`: for each the CPU of `Ingest.batch` an article (of the quiet, the median and the dear batches),
that of the step that finds its copies, what the file takes for it, and the memory of this process as the articles came.
`times`: how many times as much CPU the last level takes as the one before, batch by batch in turns, because the machine
may be half as fast a minute later. Where that is more than FLAT, twice as many turns follow, and it is told of all.
"""

from __future__ import annotations

import gc
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import psutil

from scheduler.bench.storing import lent
from storage.database import Database, open_writer
from storage.dedup import placing
from storage.identity import content_digest, url_key
from storage.ingest import Ingest
from storage.noted import Lease
from storage.rechecks import RecheckPolicy
from storage.records import Article, Extracted, JobFinished, PublicationTime
from storage.similarity.fingerprint import fingerprint
from tests.benchmarks.news_texts import Newsroom
from tests.benchmarks.rounds import FURTHER

START = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
BATCH = 100
WARMING = 1500
"""Real articles that come before any is measured: those that later ones copy, and the set phrases that grow common."""
PORTALS = 12
SETTLING, TURNS = 5, 60
"""Batches of each of two files: those that only warm them up, and those that are compared. The median of 20 turns was
1.25 to 1.45 times in four runs, by what else the machine did."""
FLAT = 1.5
"""Of what an article costs at one level, what it may cost at the next."""


class Clock:
    """CPU seconds that a function has taken, and how often it was called."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self.seconds, self.calls = 0.0, 0

    def __call__(self, *given: Any, **named: Any) -> Any:
        began = time.process_time()
        try:
            return self._function(*given, **named)
        finally:
            self.seconds += time.process_time() - began
            self.calls += 1

    def installed(self) -> Clock:
        """This clock, in the place of its function in every module that has it."""
        for name, module in list(sys.modules.items()):
            if name.startswith("storage."):
                for attribute, value in list(vars(module).items()):
                    if value is self._function:
                        setattr(module, attribute, self)
        return self


class Stream:
    """Articles of some portals, which come in batches."""

    def __init__(self) -> None:
        self._room = Newsroom()
        self._next = 0

    def batch(self, database: Database, leases: dict[str, Lease]) -> tuple[list[Extracted], str]:
        """The next articles, all of one portal, and the job that has them on loan."""
        first, self._next = self._next, self._next + BATCH
        now, portal = START + timedelta(seconds=first), f"p{first // BATCH % PORTALS}"
        job = f"job-{first}"
        urls = [f"https://{portal}.test/{n * 7919 % 999983}/{n}.html" for n in range(first, self._next)]
        leases[job] = lent(database, job, f"https://{portal}.test/", urls, now)
        return [self._event(job, n, url) for n, url in zip(range(first, self._next), urls, strict=True)], job

    def _event(self, job: str, number: int, url: str) -> Extracted:
        item, at = self._room.item(number), START + timedelta(seconds=number)
        article = Article(
            title=item.title,
            text=item.text,
            published=PublicationTime(at=at, precision="second", raw="", where="meta"),
            encoding="utf-8",
            encoding_evidence="meta",
            extractor="test",
        )
        key, digest = url_key(url), content_digest(article)
        return Extracted(
            job_id=job, number=number, key=key, url=url, final_url=url, final_key=key, fetched_at=at, article=article,
            digest=digest, signature=fingerprint(item.text),
        )  # fmt: skip


class Store:
    """One file that takes in the batches of its stream. `clock`: of the step of it that is measured too."""

    def __init__(self, database: Database, stream: Stream, clock: Clock | None = None) -> None:
        self._database, self._stream, self._clock = database, stream, clock or Clock(placing.place)
        self._leases: dict[str, Lease] = {}
        self._ingest = Ingest(database, self._leases, RecheckPolicy(ages=(timedelta(hours=6),)))
        self.whole: list[float] = []
        self.step: list[float] = []
        self.wall: list[float] = []

    def batch(self) -> None:
        """None; one more batch is stored, and what an article cost is noted in microseconds, of CPU but for `wall`."""
        events, job = self._stream.batch(self._database, self._leases)
        self._clock.seconds = 0.0
        began, moment = time.process_time(), time.monotonic()
        self._ingest.batch(events, events[-1].fetched_at)
        self.whole.append((time.process_time() - began) / BATCH * 1e6)
        self.wall.append((time.monotonic() - moment) / BATCH * 1e6)
        self.step.append(self._clock.seconds / BATCH * 1e6)
        self._ingest.batch([JobFinished(job_id=job, number=0, reason="finished")], events[-1].fetched_at)
        self._leases.clear()

    def cost(self) -> dict[str, dict[str, float]]:
        """Of an article, over the batches that were noted."""
        return {"ingest_us": _spread(self.whole), "step_us": _spread(self.step)}


def measure(path: Path, stream: Stream, count: int, clock: Clock) -> dict[str, Any]:
    """What `count` articles cost: microseconds of CPU an article, and resident bytes after each thousand."""
    resident = []
    with open_writer(path) as database:
        store = Store(database, stream, clock)
        for done in range(0, count, BATCH):
            store.batch()
            if done % 500 == 0:
                gc.collect()
                resident.append(psutil.Process().memory_info().rss)
        pairs = int(database.value("SELECT count(*) FROM pairs"))
        hot = int(database.value("SELECT count(*) FROM hot_anchors"))
    return {**store.cost(), "resident": resident, "pairs": pairs, "hot": hot}


def in_turns(files: list[tuple[Path, Stream]], turns: int, clock: Clock | None = None) -> list[Store]:
    """The files, each of which has taken so many batches, one after another."""
    with ExitStack() as opened:
        stores = [Store(opened.enter_context(open_writer(path)), stream, clock) for path, stream in files]
        for _ in range(turns):
            for store in stores:
                store.batch()
    return stores


def _spread(batches: list[float]) -> dict[str, float]:
    """Of an article: in the quietest quarter of the batches, at the median, and in the dearest tenth."""
    cuts = quantiles(batches, n=20) if len(batches) > 1 else batches * 19
    return {"quiet": cuts[4], "median": cuts[9], "dear": cuts[17]}


def levels(folder: Path, wanted: list[tuple[int, int]]) -> dict[str, Any]:
    """What an article costs at each level; the file grows from one to the next. Then the last two of them, in turns."""
    path, before = folder / "news.db", folder / "before.db"
    stream, clock = Stream(), Clock(placing.place).installed()
    earlier, found = stream, []
    for place, (level, count) in enumerate(wanted):
        if place:
            shutil.copyfile(path, before)
            earlier = deepcopy(stream)
        held = _fill(path, level - WARMING * (place == 0), *["as-they-come"] * (place == 0))
        measure(path, stream, WARMING if place == 0 else BATCH, clock)
        assert clock.calls, "no article was placed"
        found.append({"level": level, "bytes": held, **measure(path, stream, count, clock)})
    files, times = [(before, earlier), (path, stream)], Compared(SETTLING)
    times.add(*in_turns(files, SETTLING + TURNS, clock))
    if max(times.told().values()) > FLAT:
        times.add(*in_turns(files, SETTLING + FURTHER * TURNS, clock))
    return {"levels": found, "times": times.told()}


class Compared:
    """How many times as much one file takes as another, at the median of the turns, without the first of each go."""

    def __init__(self, settling: int) -> None:
        self._settling = settling
        self._turns: dict[str, list[float]] = {"ingest": [], "step": []}

    def add(self, few: Store, many: Store) -> None:
        """None; the turns of both count as well."""
        for name, more, less in (("ingest", many.whole, few.whole), ("step", many.step, few.step)):
            pairs = list(zip(more, less, strict=True))[self._settling :]
            self._turns[name] += [one / other for one, other in pairs]

    def told(self) -> dict[str, float]:
        """The median of each, so far."""
        return {name: median(turns) for name, turns in self._turns.items()}


def _fill(path: Path, upto: int, *options: str) -> float:
    """What `fill` says, called in a process of its own: the memory of this one is measured."""
    command = [sys.executable, str(Path(__file__).with_name("stored_articles.py")), str(path), str(upto), *options]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main() -> None:
    folder, *wanted = sys.argv[1:]
    pairs = [(int(level), int(count)) for level, _, count in (one.partition(":") for one in wanted)]
    json.dump(levels(Path(folder), pairs), sys.stdout)


if __name__ == "__main__":
    main()
