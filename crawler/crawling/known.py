"""Which candidates are new: what the ledger knew when the job began, and what the job itself has found since."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from storage.identity import key_hash
from storage.records import Candidate

HASH_BYTES = 8


class Known:
    """`concatenated`: the hashes of the keys that the ledger knows (storage.records.CrawlJob.known).

    `since_gap`: those of them that were found since a gap was opened (CrawlJob.known_since_gap).
    """

    def __init__(self, concatenated: bytes, since_gap: bytes = b"") -> None:
        self._concatenated = concatenated
        self._since_gap = _hashes(since_gap)
        self._found: set[bytes] = set()

    def has(self, candidate: Candidate) -> bool:
        """Whether the ledger knew it when the job began."""
        return key_hash(candidate.key) in self._before

    def is_old(self, candidate: Candidate) -> bool:
        """Whether the ledger knew it before any gap was opened: who meets it has come out behind the gap."""
        return self.has(candidate) and key_hash(candidate.key) not in self._since_gap

    @property
    def nothing_is_old(self) -> bool:
        """Whether there is nothing that a walk back could meet: all that is known was found since the gap."""
        return self._before <= self._since_gap

    def fresh(self, candidates: Iterable[Candidate]) -> list[Candidate]:
        """Those that neither the ledger knew nor the job has found; from now on it has."""
        fresh = []
        for candidate in candidates:
            digest = key_hash(candidate.key)
            if digest not in self._before and digest not in self._found:
                self._found.add(digest)
                fresh.append(candidate)
        return fresh

    @cached_property
    def _before(self) -> frozenset[bytes]:
        """Made when the first candidate comes: a job whose entry points are unchanged never needs it."""
        return _hashes(self._concatenated)


def _hashes(concatenated: bytes) -> frozenset[bytes]:
    return frozenset(concatenated[at : at + HASH_BYTES] for at in range(0, len(concatenated), HASH_BYTES))
