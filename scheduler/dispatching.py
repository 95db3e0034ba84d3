"""Which of the sources that wait may go out: hosts are asked by one job at a time, and rest after each."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from scheduler.leasing import Planned
from scheduler.running import Running

# Sources that failed last time and do not answer hold a place until their timeouts. So many are asked at once while
# others wait, and no more than these when none does: the next that are due are to find room.
SUSPECTS_BESIDE_OTHERS = 8
SUSPECTS_ALONE = 48


class Queue:
    """The sources that wait, in the order in which they came. Moments are monotonic seconds."""

    def __init__(self) -> None:
        self.waiting: list[Planned] = []
        self._rested: dict[str, float] = {}

    @property
    def run_ids(self) -> set[int]:
        """The runs of which a source waits."""
        return {planned.run_id for planned in self.waiting}

    def free(self, running: Collection[Running], moment: float, room: int) -> list[Planned]:
        """Those that may go out now, `room` at most; the caller drops each, sent out or not.

        Their hosts are asked by no job of `running` nor by each other's, and have had their pause since the last.
        """
        self._rested = {site: until for site, until in self._rested.items() if until > moment}
        most = SUSPECTS_BESIDE_OTHERS if any(not planned.suspect for planned in self.waiting) else SUSPECTS_ALONE
        busy = set(self._rested).union(*(one.sites for one in running))
        suspects, found = sum(one.suspect for one in running), list[Planned]()
        for planned in self.waiting:
            if len(found) >= room:
                break
            if planned.sites.isdisjoint(busy) and not (planned.suspect and suspects >= most):
                found.append(planned)
                busy |= planned.sites
                suspects += planned.suspect
        return found

    def drop(self, planned: Planned) -> None:
        """None; it does not wait any more."""
        self.waiting.remove(planned)

    def rest(self, sites: Iterable[str], until: float) -> None:
        """None; these are not asked before that moment."""
        self._rested |= dict.fromkeys(sites, until)
