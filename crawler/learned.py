"""What a job knows of the hosts that it meets, and of how many pages each it still reports the blocks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from storage.records import HostChrome, Observation, ObservedBlock

T = TypeVar("T")

KEY_BYTES = 8
# Of a host that the job knows nothing of: what one other page does not show, twenty do (research/extraction.md 2).
OBSERVE_UNKNOWN = 20
# What makes a message small: of a block as much as it is known by, of a monstrous page its ends, where chrome stands.
BLOCK_CHARACTERS = 160
MOST_BLOCKS = 1_000


class Learned:
    """What was learned of each host. `wanted`: whether anybody takes reports of blocks."""

    def __init__(self, chrome: Iterable[HostChrome], *, wanted: bool) -> None:
        self._wanted = wanted
        self._known = {one.host: one for one in chrome}
        self._reported: Counter[str] = Counter()

    def blocks(self, host: str) -> bytes:
        """The fingerprints of what the pages of a host repeat, one after the other."""
        known = self._known.get(host)
        return known.blocks if known else b""

    def error_pages(self, host: str) -> bytes:
        """The fingerprints of the answers that a host gives for many addresses, one after the other."""
        known = self._known.get(host)
        return known.error_pages if known else b""

    def is_wanted(self, host: str) -> bool:
        """Whether the blocks of one page more of the host are to be reported."""
        known = self._known.get(host)
        return self._wanted and self._reported[host] < (known.observe if known else OBSERVE_UNKNOWN)

    def observed(self, host: str, shown: T | None) -> T | None:
        """What is reported of a page; None where nothing is, or enough was."""
        if shown is None or not self.is_wanted(host):
            return None
        self._reported[host] += 1
        return shown


def made_small(shown: Observation) -> Observation:
    """What is reported of a page, in as few bytes as it is known by."""
    blocks = shown.blocks
    if len(blocks) > MOST_BLOCKS:
        blocks = blocks[: MOST_BLOCKS // 2] + blocks[-MOST_BLOCKS // 2 :]
    return replace(shown, blocks=tuple(_cut(block) for block in blocks))


def keys(concatenated: bytes) -> frozenset[bytes]:
    """The fingerprints that stand one after the other."""
    return frozenset(concatenated[at : at + KEY_BYTES] for at in range(0, len(concatenated), KEY_BYTES))


def _cut(block: ObservedBlock) -> ObservedBlock:
    return block if len(block.text) <= BLOCK_CHARACTERS else replace(block, text=block.text[:BLOCK_CHARACTERS])

