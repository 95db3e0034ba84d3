"""What the last pages of a host showed: the blocks of each, and how much of the article's text each one was.

A page is kept as one BLOB, nine bytes a block: its key, and a byte that is 0 where the block is no part of the text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import chain, islice
from struct import iter_unpack
from typing import Any

from storage.database import Database
from storage.records import Observation

KEY_BYTES = 8
HEAVIEST = 255
# One other page of a host shows most of what it repeats, twenty show what only some pages have
# (research/extraction.md 2, "Cross-page learned chrome": saturated at one to five).
WINDOW = 20
# Pages are remembered for each entry point apart, because a section is often a template of its own; of a host with
# more sections than this, those that were seen last.
MOST_PAGES = 10 * WINDOW
# A copy of a page repeats its text, and text is not chrome: above this share of a page's own text it teaches nothing.
COPY_SHARE = 0.5
# Letters of the shortest block that is learned. Shorter ones are cells of tables (`418 households` is any number of it)
# and labels as often as chrome: learning them cost the demo world's articles their tables (measured).
FEWEST_LETTERS = 6
# Pages of real portals have 50 to 400 blocks; of a monster, the ends are kept, where chrome stands.
MOST_BLOCKS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PageBlocks:
    """One page. `weights`: its blocks, each with its share in the text: 0 for none, else 1 to 255 characters."""

    article_id: int
    entry_point_id: int | None
    seen_at: str
    weights: Mapping[bytes, int]

    @property
    def kept(self) -> frozenset[bytes]:
        """The blocks that are part of the article's text."""
        return frozenset(key for key, weight in self.weights.items() if weight)


def weights(observation: Observation) -> dict[bytes, int]:
    """The blocks of an observation with their weights; left out are short ones, and keys of other than eight bytes."""
    blocks = [block for block in observation.blocks if len(block.key) == KEY_BYTES and _is_long(block.text)]
    if len(blocks) > MOST_BLOCKS:
        blocks = blocks[: MOST_BLOCKS // 2] + blocks[-MOST_BLOCKS // 2 :]
    return {block.key: min(HEAVIEST, max(1, len(block.text))) if block.kept else 0 for block in blocks}


def of_host(database: Database, host: str) -> list[PageBlocks]:
    """The remembered pages of a host, newest first."""
    return _pages(database, "host = :host", {"host": host})


def windows(database: Database, host: str, entry_point_id: int | None) -> list[PageBlocks]:
    """The newest pages of a host and of one of its entry points, newest first: those that blocks are counted on."""
    either = """id IN (
        SELECT id FROM (SELECT id FROM chrome_pages WHERE host = :host ORDER BY id DESC LIMIT :window) UNION
        SELECT id FROM (SELECT id FROM chrome_pages WHERE host = :host AND entry_point_id IS :entry
                         ORDER BY id DESC LIMIT :window))"""
    return _pages(database, either, {"host": host, "entry": entry_point_id, "window": WINDOW})


def count(database: Database, host: str) -> int:
    """How many pages of a host are remembered."""
    return int(database.value("SELECT count(*) FROM chrome_pages WHERE host = ?", (host,)))


def remember(database: Database, host: str, page: PageBlocks) -> None:
    """None; the page is remembered, and the oldest are not, where there are too many. An article has one page."""
    database.execute(
        "INSERT OR REPLACE INTO chrome_pages (host, entry_point_id, article_id, seen_at, blocks)"
        " VALUES (?, ?, ?, ?, ?)",
        (host, page.entry_point_id, page.article_id, page.seen_at, _packed(page.weights)),
    )
    values = {"host": host, "entry": page.entry_point_id, "window": WINDOW, "most": MOST_PAGES}
    database.execute(
        "DELETE FROM chrome_pages WHERE id IN (SELECT id FROM chrome_pages WHERE host = :host"
        " AND entry_point_id IS :entry ORDER BY id DESC LIMIT -1 OFFSET :window)",
        values,
    )
    database.execute(
        "DELETE FROM chrome_pages WHERE id IN (SELECT id FROM chrome_pages WHERE host = :host"
        " ORDER BY id DESC LIMIT -1 OFFSET :most)",
        values,
    )


def is_copy(own: Mapping[bytes, int], others: Iterable[PageBlocks], chrome: Container[bytes]) -> bool:
    """Whether more than half of a page's text stands on one other page. What is known as chrome counts for nothing.

    One block in common makes no copy of a page that has text of its own: of short items, a notice is more than half.
    """
    text = {key: weight for key, weight in own.items() if weight and key not in chrome}
    return any(_is_most(text, {key for key in text if other.weights.get(key)}) for other in others)


def _is_most(text: Mapping[bytes, int], shared: Collection[bytes]) -> bool:
    """Whether shared blocks are most of a text."""
    if len(shared) == 1 < len(text):
        return False
    return sum(text[key] for key in shared) > COPY_SHARE * sum(text.values())


def counted(
    pages: Sequence[PageBlocks], entry_point_id: int | None, blocks: AbstractSet[bytes]
) -> Counter[bytes]:
    """On how many pages each of some blocks stands, of the newest of the host or of the entry point: the greater."""
    of_entry = [page for page in pages if page.entry_point_id == entry_point_id]
    return _on(pages[:WINDOW], blocks) | _on(of_entry[:WINDOW], blocks)


def _on(pages: Iterable[PageBlocks], blocks: AbstractSet[bytes]) -> Counter[bytes]:
    return Counter(chain.from_iterable(page.weights.keys() & blocks for page in pages))


def _is_long(text: str) -> bool:
    return next(islice(filter(str.isalpha, text), FEWEST_LETTERS - 1, None), None) is not None


def _pages(database: Database, which: str, values: dict[str, Any]) -> list[PageBlocks]:
    rows = database.rows(f"SELECT * FROM chrome_pages WHERE {which} ORDER BY id DESC", values)
    return [
        PageBlocks(
            article_id=row["article_id"],
            entry_point_id=row["entry_point_id"],
            seen_at=row["seen_at"],
            weights=_unpacked(row["blocks"]),
        )
        for row in rows
    ]


def _packed(weights: Mapping[bytes, int]) -> bytes:
    return b"".join(key + bytes((weight,)) for key, weight in weights.items())


def _unpacked(blocks: bytes) -> dict[bytes, int]:
    return dict(iter_unpack(f"{KEY_BYTES}sB", blocks))
