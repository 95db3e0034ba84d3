"""Many pages over all cores, in input order, in bounded memory. A page that hangs or crashes costs only itself."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from crawler.pool import ExtractionPool, PoolCrash, PoolTimeout
from storage.records import Article, Rejection

PAGE_SECONDS = 20
"""Deadline of one page: ordinary pages take .05 s, the slowest honest one of the corpora under 2 s."""

LOOK_AHEAD = 8
"""Pages in flight for each process: keeps all busy beside one slow page, and memory flat."""


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
    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        pool = ExtractionPool(processes or 0)
        waiting: deque[tuple[str | int, asyncio.Task[Article | Rejection]]] = deque()
        try:
            for file in files:
                job = _settled(pool, partial(extract_file, now=now, timezone=timezone), file, page_seconds)
                waiting.append((file.id, loop.create_task(job)))
                if len(waiting) >= pool.processes * LOOK_AHEAD:
                    identity, task = waiting.popleft()
                    yield identity, loop.run_until_complete(task)
            while waiting:
                identity, task = waiting.popleft()
                yield identity, loop.run_until_complete(task)
        finally:
            pool.close()


def extract_file(file: PageFile, now: datetime, timezone: str) -> Article | Rejection:
    """Result of one file, in the worker process. A file that cannot be read is `unreadable`."""
    from crawler.extraction.page import PageInput, extract_page  # noqa: PLC0415 - trafilatura stays out of the parent

    try:
        body = Path(file.path).read_bytes()
    except (OSError, ValueError) as problem:
        return Rejection(reason="unreadable", detail=str(problem))
    return extract_page(PageInput(body=body, url=file.url, content_type=file.content_type, timezone=timezone, now=now))


async def _settled(
    pool: ExtractionPool, function: Callable[[PageFile], Article | Rejection], file: PageFile, page_seconds: float
) -> Article | Rejection:
    """The result of a page; its deadline, its crash and its fault are reasons."""
    try:
        return await pool.run(function, file, page_seconds)
    except PoolTimeout:
        return Rejection(reason="extraction_timeout")
    except (PoolCrash, RuntimeError) as fault:
        return Rejection(reason="extraction_crashed", detail=str(fault)[:200])
