"""What a job knows of the hosts that it meets, and of how many pages each it still reports the blocks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from storage.records import HostChrome, Observation, ObservedBlock

KEY_BYTES = 8
# Of a host that the job knows nothing of: what one other page does not show, twenty do (research/extraction.md 2).
OBSERVE_UNKNOWN = 20
# What makes a message small: of a block as much as it is known by, of a monstrous page its ends, where chrome stands.
BLOCK_CHARACTERS = 160
MOST_BLOCKS = 1_000


class Learned:
    """What was learned of each host. `wanted`: whether anybody takes reports of blocks."""

    def __init__(self, chrome: Iterable[HostChrome], *, wanted: bool) -> None:
        known = tuple(chrome)
        self._wanted = wanted
        self._blocks = {one.host: _keys(one.blocks) for one in known}
        self._error_pages = {one.host: _keys(one.error_pages) for one in known}
        self._observe = {one.host: one.observe for one in known}
        self._reported: Counter[str] = Counter()

    def blocks(self, host: str) -> frozenset[bytes]:
        """The fingerprints of what the pages of a host repeat."""
        return self._blocks.get(host, frozenset())

    def error_pages(self, host: str) -> frozenset[bytes]:
        """The fingerprints of the answers that a host gives for many addresses."""
        return self._error_pages.get(host, frozenset())

    def is_wanted(self, host: str) -> bool:
        """Whether the blocks of one page more of the host are to be reported."""
        return self._wanted and self._reported[host] < self._observe.get(host, OBSERVE_UNKNOWN)

    def observed(self, host: str, shown: Observation | None) -> Observation | None:
        """What is reported of a page, made small; None where nothing is, or enough was."""
        if shown is None or not self.is_wanted(host):
            return None
        self._reported[host] += 1
        blocks = shown.blocks
        if len(blocks) > MOST_BLOCKS:
            blocks = blocks[: MOST_BLOCKS // 2] + blocks[-MOST_BLOCKS // 2 :]
        return replace(shown, blocks=tuple(_cut(block) for block in blocks))


def _cut(block: ObservedBlock) -> ObservedBlock:
    return block if len(block.text) <= BLOCK_CHARACTERS else replace(block, text=block.text[:BLOCK_CHARACTERS])


def _keys(concatenated: bytes) -> frozenset[bytes]:
    return frozenset(concatenated[at : at + KEY_BYTES] for at in range(0, len(concatenated), KEY_BYTES))
