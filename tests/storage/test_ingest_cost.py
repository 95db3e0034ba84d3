"""What an article costs to store, in what can be counted: statements, and those that are prepared anew."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from storage.database import KEPT_STATEMENTS, Database

PAGES = 20
MOST_STATEMENTS = 29
"""Of one article, beside those of a batch: 22 were counted for one like no other, 27 for one with a copy."""
SENTENCES = 24


class Counted:
    """A connection that counts what is asked of it."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def execute(self, sql: str, *values: Any) -> Any:
        self.asked.append(sql)
        return self._connection.execute(sql, *values)

    def executemany(self, sql: str, *values: Any) -> Any:
        self.asked.append(sql)
        return self._connection.executemany(sql, *values)


@contextmanager
def counting(database: Database) -> Iterator[list[str]]:
    """A block in which the statements are noted."""
    connection = database.connection
    database.connection = counted = Counted(connection)
    try:
        yield counted.asked
    finally:
        database.connection = connection


def text(seed: int) -> str:
    """Prose that no other seed has."""
    first, second = range(seed * 997, seed * 997 + 3069, 31), range(seed * 61, seed * 61 + 1683, 17)
    places = (chr(0x4E00 + one % 6000) + chr(0x5E00 + two % 3000) for one, two in zip(first, second, strict=True))
    return "\n".join(f"记者从{one}镇了解到，今年{one}河大桥的建设进展顺利，村民对{one}工程表示满意。" for one in places)


@pytest.mark.parametrize("copies", [False, True])
def test_an_article_takes_no_more_statements_than_it_did(desk: Any, *, copies: bool) -> None:
    desk.begin()
    names = [str(number) for number in range(2 * PAGES)]
    desk.take(desk.discovered(*names))
    first, second = names[:PAGES], names[PAGES:]
    desk.take(*(desk.extracted(name, text(int(name))) for name in first))
    behind = [desk.extracted(name, text(int(name) - PAGES * copies) + "（完）" * copies) for name in second]
    with counting(desk.database) as of_one:
        desk.take(behind[0])
    with counting(desk.database) as of_all:
        desk.take(*behind[1:])
    assert (len(of_all) - len(of_one)) / (PAGES - 2) <= MOST_STATEMENTS
    # Twice as many distinct ones as a connection keeps would be prepared anew for each page.
    assert 2 * len(set(of_all)) <= KEPT_STATEMENTS
    told = desk.database.value("SELECT count(DISTINCT story_id) FROM fingerprints")
    assert told == (PAGES if copies else 2 * PAGES)
