"""Many pages over all cores, in input order, in bounded memory. A page that hangs or crashes costs only itself."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from crawler.pool import ExtractionPool, PoolCrash, PoolTimeout
from storage.records import Article, Rejection

PAGE_SECONDS = 20
"""Deadline of one page: ordinary pages take .05 s, the slowest honest one of the corpora under 2 s."""

LOOK_AHEAD = 8
"""Pages in flight for each process: keeps all busy beside one slow page, and memory flat."""

WAITING_BYTES = 64 * 1024 * 1024
"""Of bodies that wait for a process; files are read in the process, captures of a WARC file before."""

MOST_BYTES = 64 * 1024 * 1024
"""Of a file that is read: nothing that long is a page, and a device has no end."""

TEXT_TYPES = {".txt": "text/plain", ".text": "text/plain", ".md": "text/markdown", ".markdown": "text/markdown"}
"""Content types of files that are text by their name, where none came with them."""

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFile:
    """A page in a file. `id` comes back with its result."""

    id: str | int
    path: str
    url: str = ""
    content_type: str | None = None


def extract_files(
    files: Iterable[PageFile],
    *,
    now: datetime,
    timezone: str,
    processes: int | None = None,
    page_seconds: float = PAGE_SECONDS,
) -> Iterator[tuple[str | int, Article | Rejection]]:
    """(id, result) of each file, in input order. Files are read in the worker; at most LOOK_AHEAD a process wait."""
    function = partial(extract_file, now=now, timezone=timezone)
    for file, result in in_pool(function, files, processes=processes or 0, page_seconds=page_seconds):
        yield file.id, result


def extract_file(file: PageFile, now: datetime, timezone: str) -> Article | Rejection:
    """Result of one file, in the worker process. A file that cannot be read is `unreadable`."""
    from crawler.extraction.budget import read_affordable  # noqa: PLC0415 - trafilatura stays out of the parent
    from crawler.extraction.page import PageInput  # noqa: PLC0415

    path = Path(file.path)
    try:
        with path.open("rb") as opened:
            body = opened.read(MOST_BYTES + 1)
    except (OSError, ValueError) as problem:
        return Rejection(reason="unreadable", detail=str(problem))
    if len(body) > MOST_BYTES:
        return Rejection(reason="too_large", detail=f"more than {MOST_BYTES} bytes")
    content_type = file.content_type or TEXT_TYPES.get(path.suffix.lower())
    page = PageInput(body=body, url=file.url, content_type=content_type, timezone=timezone, now=now)
    return read_affordable(page).result


def in_pool(
    function: Callable[[T], R],
    items: Iterable[T],
    *,
    processes: int = 0,
    page_seconds: float = PAGE_SECONDS,
    size: Callable[[T], int] = lambda _item: 0,
) -> Iterator[tuple[T, R | Rejection]]:
    """(item, what the function makes of it) in input order; where its process hung or died, the reason of that.

    `function` and the items go to other processes. `size`: bytes of an item in memory; WAITING_BYTES may wait, or one.
    """
    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        pool = ExtractionPool(processes)
        waiting: deque[tuple[T, asyncio.Task[R | Rejection]]] = deque()
        held = 0
        try:
            for item in items:
                waiting.append((item, loop.create_task(_settled(pool, function, item, page_seconds))))
                held += size(item)
                while len(waiting) >= pool.processes * LOOK_AHEAD or held > WAITING_BYTES:
                    first, task = waiting.popleft()
                    held -= size(first)
                    yield first, loop.run_until_complete(task)
            while waiting:
                first, task = waiting.popleft()
                yield first, loop.run_until_complete(task)
        finally:
            pool.close()


async def _settled(
    pool: ExtractionPool, function: Callable[[T], R], item: T, page_seconds: float
) -> R | Rejection:
    """The result of a page; its deadline, its crash and its fault are reasons."""
    try:
        return await pool.run(function, item, page_seconds)
    except PoolTimeout:
        return Rejection(reason="extraction_timeout")
    except (PoolCrash, RuntimeError) as fault:
        return Rejection(reason="extraction_crashed", detail=str(fault)[:200])
