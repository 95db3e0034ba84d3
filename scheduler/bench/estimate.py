"""How much of a newsroom this machine carries, from what was measured. An estimate: real sites are slower to answer."""

from __future__ import annotations

from dataclasses import dataclass

from scheduler.bench.crawling import Crawls
from scheduler.bench.machine import Machine
from scheduler.config.file import Archive

DAY_SECONDS = 86_400
USED = 0.5
"""Of the machine: the other half is for readers, backups, the busy hours of the morning, and a disk that is slow."""
ARTICLES, POLLS = 100, 96
"""New articles of a source in a day, as a portal of a city has, and how often it is asked: every 15 minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """`pages_day`: new articles. `sources`: that have ARTICLES new ones a day and are asked POLLS times.

    `bound`: what ends first, the cores, or the one process that writes, or the one that fetches. What such a day adds:
    `day_bytes` to the database, `day_raw_bytes` to the raw pages, of which `raw_bytes_kept` are kept at most.
    `disk_days`: until the disk is full.
    """

    pages_day: int
    sources: int
    bound: str
    day_bytes: int
    day_raw_bytes: int
    raw_bytes_kept: int
    disk_days: int


def estimate(machine: Machine, crawls: Crawls, free_bytes: int) -> Estimate:
    """What the machine carries with half of it in use."""
    day_ms = DAY_SECONDS * 1000 * USED
    roles = {
        "cores": crawls.dibao.page_ms / machine.cores,
        "writer": crawls.dibao.role_ms("coordinator"),
        "worker": crawls.dibao.role_ms("worker"),
    }
    bound = max(roles, key=lambda role: roles[role])
    # A poll is spread over the same roles; it is laid on the cores, of which it takes most.
    source_ms = max(ARTICLES * roles[bound], (ARTICLES * crawls.dibao.page_ms + POLLS * crawls.poll_ms) / machine.cores)
    sources = int(day_ms / max(source_ms, 0.001))
    added, raw = (sources * ARTICLES * each for each in (crawls.kept.file_bytes, crawls.kept.raw_bytes))
    most_raw = Archive().max_bytes
    days = max(free_bytes / max(added + raw, 1.0), (free_bytes - most_raw) / max(added, 1.0))
    return Estimate(
        pages_day=int(day_ms / max(roles[bound], 0.001)),
        sources=sources,
        bound=bound,
        day_bytes=int(added),
        day_raw_bytes=int(raw),
        raw_bytes_kept=most_raw,
        disk_days=int(days),
    )
