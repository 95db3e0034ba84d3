"""What the processes of a crawl have in memory while it runs: by role, with the pages that were done by then."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import linear_regression

import psutil

ROLES = ("coordinator", "worker", "fork server", "pool process")
_SIZE = re.compile(r"^(Rss|Pss|Private_Clean|Private_Dirty): +(\d+) kB", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resident:
    """One process at one time, in bytes. `own`: what would be free without it (USS); `share`: with its part of what
    several have (PSS)."""

    role: str
    pid: int
    pages: int
    resident: int
    share: int
    own: int


def watched(
    root: psutil.Process, pages: Callable[[], int], running: Callable[[], bool], seconds: float
) -> list[Resident]:
    """What was seen of the tree of `root`, every so many seconds, until it has ended."""
    seen: list[Resident] = []
    while running():
        done = pages()
        for process, role in _roles(root):
            if (one := _resident(process, role, done)) is not None:
                seen.append(one)
        time.sleep(seconds)
    return seen


def slope(seen: list[Resident], role: str, since: int) -> float:
    """Bytes that a process of the role has grown by a page, from that page on; by the process that was seen longest."""
    of_role = [one for one in seen if one.role == role and one.pages >= since]
    longest = max({one.pid for one in of_role}, key=lambda pid: sum(one.pid == pid for one in of_role))
    points = [(one.pages, one.own) for one in of_role if one.pid == longest]
    return linear_regression([page for page, _ in points], [own for _, own in points]).slope


def _roles(root: psutil.Process) -> list[tuple[psutil.Process, str]]:
    """The processes with their roles; what is none of ours by its command line is a process of the pool."""
    found = [(root, "coordinator")]
    try:
        children = root.children(recursive=True)
    except psutil.NoSuchProcess:
        return found
    servers = set()
    for child in children:
        try:
            command = " ".join(child.cmdline())
            if "resource_tracker" in command:
                continue
            if "crawler.worker" in command:
                found.append((child, "worker"))
            elif child.ppid() in servers:
                found.append((child, "pool process"))
            elif "forkserver" in command:
                servers.add(child.pid)
                found.append((child, "fork server"))
        except psutil.NoSuchProcess:
            continue
    return found


def _resident(process: psutil.Process, role: str, pages: int) -> Resident | None:
    try:
        text = Path(f"/proc/{process.pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return None
    sizes = {name: int(kilobytes) * 1024 for name, kilobytes in _SIZE.findall(text)}
    if not sizes:
        return None
    return Resident(
        role=role,
        pid=process.pid,
        pages=pages,
        resident=sizes["Rss"],
        share=sizes["Pss"],
        own=sizes["Private_Clean"] + sizes["Private_Dirty"],
    )
