"""What a source costs each time it is asked for every address that is known of it: the job takes them all along."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import pytest

from storage import ledger, sources
from storage.database import Database, open_writer

pytestmark = pytest.mark.benchmark

ADDRESSES = 200_000
SITE = "b.test"
ROUNDS = 5
LARGEST_SHARE = 0.5
"""Of the CPU time that reading them as rows takes; 0.2 to 0.25 when it was written."""
NOW = datetime(2026, 11, 1, tzinfo=UTC)
ROWS = """
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :addresses)
    INSERT INTO urls (key, key_hash, site, url, source_id, state, discovered_at)
    SELECT printf('//%s/%d.html', :site, n), randomblob(8), :site, printf('https://%s/%d.html', :site, n), :source,
           'stored', '2026-11-01T00:00:00Z' FROM numbers"""


def test_known_addresses_are_read_in_half_the_time_that_their_rows_would_take(tmp_path: Path) -> None:
    with open_writer(tmp_path / "news.db") as database:
        source = sources.ensure(database, "b", f"https://{SITE}/", NOW, None)
        database.execute(ROWS, {"addresses": ADDRESSES, "site": SITE, "source": source})
        assert ledger.known(database, [SITE], source) == _by_rows(database, source)
        texts, rows = [], []
        for _ in range(ROUNDS):
            texts.append(_seconds(lambda: ledger.known(database, [SITE], source)))
            rows.append(_seconds(lambda: _by_rows(database, source)))
    spent, of_rows = median(texts), median(rows)
    print(f"\n{1e6 * spent / ADDRESSES:.2f} us of CPU for each known address, {spent / of_rows:.2f} of rows")
    assert spent < LARGEST_SHARE * of_rows


def _by_rows(database: Database, source: int) -> bytes:
    hashes = {row[0] for row in database.rows("SELECT key_hash FROM urls WHERE source_id = ?", (source,))}
    hashes |= {row[0] for row in database.rows("SELECT key_hash FROM urls WHERE site = ?", (SITE,))}
    return b"".join(sorted(hashes))


def _seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began
