"""What it costs to keep a raw page, in relation to reading it, and to have one back."""

from __future__ import annotations

import os
import random
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.extraction.page import PageInput
from crawler.extraction.signed import read_signed
from crawler.raw_pages import of_file
from storage.archive.folder import archive_folder
from storage.archive.keeping import Archive
from storage.archive.reading import read_page
from storage.database import open_writer

pytestmark = pytest.mark.benchmark

SHARED = Path(os.environ.get("DIBAO_SHARED", Path(__file__).parents[3] / "shared"))
PAGES = SHARED / "corpus" / "zh-dev" / "html"
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
READ = 40
LOOKS = 500
LARGEST_SHARE = 0.10
"""Of the CPU time of reading a page, what packing it may take; 0.055 when it was written, with two cores at work."""
LARGEST_RATIO = 0.32
"""Of a page's bytes, what its record has; 0.285 when it was written."""
MOST_MILLISECONDS = 5.0


def test_a_raw_page_costs_little_to_keep_and_is_had_back_at_once(tmp_path: Path) -> None:
    if not PAGES.is_dir():
        pytest.skip("the shared corpus is not here")
    inputs = [
        PageInput(body=path.read_bytes(), url=f"https://a.cn/{path.stem}", now=NOW) for path in sorted(PAGES.iterdir())
    ]
    read_signed(inputs[0])
    of_file(inputs[0], inputs[0].url)
    began = time.process_time()
    for page in inputs[:READ]:
        read_signed(page)
    reading = (time.process_time() - began) / READ
    began = time.process_time()
    raw = [of_file(page, page.url) for page in inputs]
    packing = (time.process_time() - began) / len(raw)
    ratio = sum(len(page.record) for page in raw) / sum(len(page.body) for page in inputs)
    with open_writer(tmp_path / "news.db") as database:
        database.execute("PRAGMA foreign_keys = OFF")  # there are pages only
        archive = Archive(database, archive_folder(database.path), 128 * 1024**2)
        began = time.process_time()
        with database.transaction(), archive.batch(NOW):
            for number, page in enumerate(raw, 1):
                archive.keep(number, 1, [page])
        keeping = (time.process_time() - began) / len(raw)
        chance, times = random.Random(1), []
        for _ in range(LOOKS):
            number = chance.randrange(1, len(raw) + 1)
            began = time.perf_counter()
            found = read_page(database, number, 1)
            times.append((time.perf_counter() - began) * 1e3)
            assert found is not None
            assert found.body == inputs[number - 1].body
    times.sort()
    print(
        f"\n{len(raw)} pages: {sum(len(page.record) for page in raw) / len(raw):,.0f} bytes each ({ratio:.3f} of the"
        f" page); reading a page {reading * 1e3:.1f} ms CPU, its record {packing * 1e3:.2f} ms"
        f" ({packing / reading:.3f}),"
        f" appending and indexing it {keeping * 1e3:.3f} ms; had back in {times[LOOKS // 2]:.2f} ms at the median,"
        f" {times[LOOKS * 95 // 100]:.2f} ms at the 95th of 100"
    )
    assert packing / reading < LARGEST_SHARE
    assert ratio < LARGEST_RATIO
    assert times[LOOKS // 2] < MOST_MILLISECONDS
