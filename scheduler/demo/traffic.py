"""What the demo world's sites were asked: counts of requests and bytes, and how many ran at the same time."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


class Traffic:
    """Counts by site. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: dict[str, Counter[tuple[str, int]]] = {}
        self._bytes: Counter[str] = Counter()
        self._running: Counter[str] = Counter()
        self._peak: Counter[str] = Counter()

    @contextmanager
    def under_way(self, site: str) -> Iterator[None]:
        """A context in which one more request of the site is under way."""
        with self._lock:
            self._running[site] += 1
            self._peak[site] = max(self._peak[site], self._running[site])
        try:
            yield
        finally:
            with self._lock:
                self._running[site] -= 1

    def count(self, site: str, path: str, status: int, body_bytes: int) -> None:
        """Nothing: the path was answered with this status, and a body so long, once more."""
        with self._lock:
            self._seen.setdefault(site, Counter())[path, status] += 1
            self._bytes[site] += body_bytes

    def seen(self, site: str) -> Counter[tuple[str, int]]:
        """Answers of a site so far, by path and status."""
        with self._lock:
            return Counter(self._seen.get(site, {}))

    def sent(self, site: str) -> int:
        """Bytes in the bodies of a site's answers so far."""
        with self._lock:
            return self._bytes[site]

    def peak(self, site: str) -> int:
        """The highest number of requests that were under way at once."""
        with self._lock:
            return self._peak[site]

    def reset(self) -> None:
        """Nothing: all counts begin anew; requests under way count as the new highest number."""
        with self._lock:
            self._seen.clear()
            self._bytes.clear()
            self._peak = Counter(self._running)
