"""What an operator sees and decides of chrome: blocks pinned as text (`keep`) or chrome (`drop`), whatever is learned.

Every function here that changes something asks for the articles that the change concerns again, and is called inside
a transaction.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from storage import chrome, chrome_hosts, observations, rereading
from storage.database import Database, Row
from storage.records import utc_text

Verdict = Literal["learned", "keep", "drop"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A block of a host. `pages`: on how many of the newest ones it stands; `text`: cut. Times are UTC text."""

    key: bytes
    text: str
    pages: int
    first_seen_at: str | None
    last_seen_at: str | None
    verdict: Verdict
    since: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """A host of a source: its pages that are remembered, its blocks, and how many error pages it is known to have."""

    host: str
    pages: int
    blocks: tuple[Block, ...]
    error_pages: int


def of_source(database: Database, source_id: int) -> tuple[Host, ...]:
    """What was learned and decided of the hosts of a source; the blocks that most pages show first."""
    return tuple(_host(database, host) for host in chrome_hosts.of_source(database, source_id))


def find(database: Database, source_id: int, start: str) -> frozenset[bytes]:
    """The blocks of a source's hosts whose key, in hexadecimal digits, starts so."""
    keys = {row["key"] for host in chrome_hosts.of_source(database, source_id) for row in _rows(database, host)}
    return frozenset(key for key in keys if key.hex().startswith(start.lower()))


def keep(database: Database, source_id: int, keys: Iterable[bytes], now: datetime) -> int:
    """How many addresses are asked for again: these blocks are text from now on."""
    chosen, asked = frozenset(keys), 0
    for host in chrome_hosts.of_source(database, source_id):
        rows = [row for row in _rows(database, host) if row["key"] in chosen and row["verdict"] != "keep"]
        _decide(database, rows, "keep", now)
        if rows:
            asked += rereading.again(database, rereading.shortened(database, host), now)
    return asked


def drop(database: Database, source_id: int, blocks: dict[bytes, str | None], now: datetime) -> int:
    """How many addresses are asked for again: these blocks are chrome from now on.

    A block that is given with its text is chrome of every host of the source; one with None, where it is known.
    """
    asked = 0
    for host in chrome_hosts.of_source(database, source_id):
        known = {row["key"]: row for row in _rows(database, host)}
        new = {key: rereading.sample(text) for key, text in blocks.items() if text is not None and key not in known}
        rows = [row for key, row in known.items() if key in blocks and row["verdict"] != "drop"]
        _decide(database, rows, "drop", now)
        database.executemany(
            "INSERT INTO chrome_blocks (host, key, sample, pages, verdict, since) VALUES (?, ?, ?, 0, 'drop', ?)",
            [(host, key, text, utc_text(now)) for key, text in new.items()],
        )
        risen = new | {row["key"]: row["sample"] for row in rows if row["verdict"] == "keep"}
        asked += _kept_again(database, host, risen, now)
    return asked


def unpin(database: Database, source_id: int, keys: Iterable[bytes], now: datetime) -> int:
    """How many addresses are asked for again: of these blocks, what was learned counts again."""
    chosen, asked = frozenset(keys), 0
    for host in chrome_hosts.of_source(database, source_id):
        rows = [row for row in _rows(database, host) if row["key"] in chosen and row["verdict"] != "learned"]
        repeated = _repeated(database, host)
        _decide(database, [row for row in rows if row["key"] in repeated], "learned", now)
        fallen = [row for row in rows if row["key"] not in repeated]
        database.executemany("DELETE FROM chrome_blocks WHERE id = ?", [(row["id"],) for row in fallen])
        risen = {r["key"]: r["sample"] for r in rows if r["verdict"] == "keep" and r["key"] in repeated}
        asked += _kept_again(database, host, risen, now)
        if any(row["verdict"] == "drop" for row in fallen):
            asked += rereading.again(database, rereading.shortened(database, host), now)
    return asked


def forget(database: Database, source_id: int, now: datetime) -> int:
    """How many addresses are asked for again: what was learned of the source's hosts is forgotten; pins stay."""
    asked = 0
    for host in chrome_hosts.of_source(database, source_id):
        asked += rereading.again(database, rereading.shortened(database, host), now)
        database.execute("DELETE FROM chrome_blocks WHERE host = ? AND verdict = 'learned'", (host,))
        for table in ("chrome_pages", "error_answers", "error_pages"):
            database.execute(f"DELETE FROM {table} WHERE host = ?", (host,))
    return asked


def _host(database: Database, host: str) -> Host:
    blocks = tuple(
        Block(
            key=row["key"],
            text=row["sample"],
            pages=row["pages"],
            first_seen_at=row["first_seen_at"],
            last_seen_at=row["last_seen_at"],
            verdict=row["verdict"],
            since=row["since"],
        )
        for row in _rows(database, host)
    )
    errors = int(database.value("SELECT count(*) FROM error_pages WHERE host = ?", (host,)))
    return Host(host=host, pages=observations.count(database, host), blocks=blocks, error_pages=errors)


def _rows(database: Database, host: str) -> list[Row]:
    return database.rows("SELECT * FROM chrome_blocks WHERE host = ? ORDER BY pages DESC, since, id", (host,))


def _decide(database: Database, rows: Iterable[Row], verdict: Verdict, now: datetime) -> None:
    database.executemany(
        "UPDATE chrome_blocks SET verdict = ?, since = ?, job_id = NULL WHERE id = ?",
        [(verdict, utc_text(now), row["id"]) for row in rows],
    )


def _kept_again(database: Database, host: str, risen: dict[bytes, str], now: datetime) -> int:
    """How many addresses are asked for again, because these blocks have become chrome and stand in their text."""
    if not risen:
        return 0
    return rereading.again(database, chrome.keeping(database, host, risen), now)


def _repeated(database: Database, host: str) -> frozenset[bytes]:
    """What would be learned of the remembered pages, were nothing known."""
    pages = observations.of_host(database, host)
    needed = chrome.enough(len(pages))
    blocks = frozenset().union(*(page.weights for page in pages))
    windows = (observations.counted(pages, entry, blocks) for entry in {page.entry_point_id for page in pages})
    return frozenset(key for counts in windows for key, count in counts.items() if count >= needed)
