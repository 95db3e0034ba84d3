"""The change feed: whoever follows it has the source, whatever is written, rolled back and pruned meanwhile."""

import random
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from storage.database import Database, open_reader
from storage.faults import StorageFault
from storage.retention.pruning import prune_articles
from tests.storage.contract.recipes import recipes

TEXTS = [f"第{number}篇。桥边的集市今天有{number}个摊位。" for number in range(1, 8)]
ROLLED_BACK = 0.2
# What moves without a change: when an address was last asked.
UNTOLD = {"checked_at"}


class Pulled(StorageFault):
    """What ends a batch in its middle: a fault of the file, for any other costs one event."""


class Scribe:
    """Writes by the real ingest path what chance says; each fifth batch is rolled back, and may come again."""

    def __init__(self, desk: Any, seed: int) -> None:
        self.desk = desk
        self.chance = random.Random(seed)
        self.names = 0
        self.pulled = 0
        self.batches = 0
        self._left: int | None = None
        settle = desk.ingest._outcomes._write

        def settled(*told: Any) -> None:
            settle(*told)
            if self._left is not None:
                self._left -= 1
                if self._left < 0:
                    raise Pulled

        desk.ingest._outcomes._write = settled

    def write(self) -> None:
        """None; one job has run, in some batches."""
        desk, chance = self.desk, self.chance
        desk.now += timedelta(hours=chance.choice((1, 3, 7)))
        pages = desk.begin(limit=20, rechecks=True)
        new = [f"{self.names + number}" for number in range(chance.randint(1, 6))]
        self.names += len(new)
        events = [desk.extracted(name, chance.choice(TEXTS)) for name in new]
        events += [self._look(page.key.removeprefix("//a.cn/")) for page in pages]
        self._take([desk.discovered(*new)])
        while events:
            cut = chance.randint(1, 4)
            self._take(events[:cut])
            events = events[cut:]
        self._left = None
        desk.end()
        if chance.random() < 0.3:
            ids = [row[0] for row in desk.database.rows("SELECT id FROM articles ORDER BY id LIMIT 20")]
            prune_articles(desk.database, chance.sample(ids, 1), desk.now)

    def _look(self, name: str) -> Any:
        of = self.chance.random()
        if of < 0.3:
            return self.desk.unchanged(name)
        if of < 0.6:
            return self.desk.rejected(name, "http_410", http_status=410)
        return self.desk.extracted(name, self.chance.choice(TEXTS))

    def _take(self, batch: list[Any]) -> None:
        self.batches += 1
        if self.chance.random() < ROLLED_BACK and not hasattr(batch[0], "candidates"):
            self.pulled += 1
            self._left = self.chance.randrange(len(batch))
            with pytest.raises(Pulled):
                self.desk.take(*batch)
            self._left = None
            if self.chance.random() < 0.5:
                return
        self.desk.take(*batch)


class Consumer(threading.Thread):
    """Follows the feed by the recipe of the README, with a connection of its own, until no more comes."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.ended = threading.Event()
        self.seen: list[int] = []
        self.copy: dict[int, dict[str, Any]] = {}
        self.fault: Exception | None = None

    def run(self) -> None:
        try:
            with open_reader(self.path) as database:
                self._follow(database)
        except Exception as fault:  # noqa: BLE001 - told to the test
            self.fault = fault

    def _follow(self, database: Database) -> None:
        (feed,) = (sql for sql in recipes() if "FROM changes" in sql and ":last" in sql)
        last = 0
        while True:
            was_last_round = self.ended.is_set()
            while found := database.rows(feed, {"last": last}):
                for change in found:
                    self.seen.append(change["seq"])
                    self._keep(database, change["article_id"])
                last = found[-1]["seq"]
            if was_last_round:
                return
            self.ended.wait(0.01)

    def _keep(self, database: Database, article_id: int) -> None:
        row = database.row("SELECT * FROM articles WHERE id = ?", (article_id,))
        if row is None:
            self.copy.pop(article_id, None)
        else:
            self.copy[article_id] = told(row)


def told(row: Any) -> dict[str, Any]:
    return {name: row[name] for name in row.keys() if name not in UNTOLD}  # noqa: SIM118 - a row of SQLite


@contextmanager
def followed(path: Path) -> Iterator[list[Consumer]]:
    consumers = [Consumer(path), Consumer(path)]
    for one in consumers:
        one.start()
    try:
        yield consumers
    finally:
        for one in consumers:
            one.ended.set()
        for one in consumers:
            one.join(60)


@pytest.mark.parametrize(
    "rounds", [16, pytest.param(100, marks=pytest.mark.faults), pytest.param(300, marks=pytest.mark.nightly)]
)
def test_two_consumers_have_the_source_though_batches_are_rolled_back_while_they_read(make_desk, rounds: int) -> None:
    desk = make_desk()
    scribe = Scribe(desk, seed=rounds)
    with followed(desk.database.path) as consumers:
        for _ in range(rounds):
            scribe.write()
    source = {row["id"]: told(row) for row in desk.database.rows("SELECT * FROM articles")}
    feed = desk.database.rows("SELECT seq, op FROM changes ORDER BY seq")
    assert set(Counter(row["op"] for row in feed)) == {"insert", "revise", "link", "gone", "back", "prune"}
    assert 0.1 < scribe.pulled / scribe.batches < 0.3
    for one in consumers:
        assert one.fault is None
        assert one.seen == [row["seq"] for row in feed], "each change once, in order"
        assert one.copy == source


def test_a_consumer_that_begins_late_or_again_ends_with_the_same_copy(make_desk) -> None:
    desk = make_desk()
    scribe = Scribe(desk, seed=3)
    for _ in range(5):
        scribe.write()
    with followed(desk.database.path) as consumers:
        pass
    assert consumers[0].copy == consumers[1].copy
    assert consumers[0].copy == {row["id"]: told(row) for row in desk.database.rows("SELECT * FROM articles")}
