"""Which of the sources that wait may go out: hosts are asked by one job at a time, and rest after each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

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

    def free(self, running: Mapping[str, Running], moment: float) -> Iterator[Planned]:
        """Those that may go out now; the caller `drop`s each, sent out or not, before it asks for the next.

        Their hosts are asked by no job of `running`, which the caller adds to, and have had their pause since the last.
        """
        self._rested = {site: until for site, until in self._rested.items() if until > moment}
        most = SUSPECTS_BESIDE_OTHERS if any(not planned.suspect for planned in self.waiting) else SUSPECTS_ALONE
        busy, suspects = self._held(running.values())
        for planned in list(self.waiting):
            if planned.sites & busy or (planned.suspect and suspects >= most):
                continue
            yield planned
            busy, suspects = self._held(running.values())

    def drop(self, planned: Planned) -> None:
        """None; it does not wait any more."""
        self.waiting.remove(planned)

    def rest(self, sites: Iterable[str], until: float) -> None:
        """None; these are not asked before that moment."""
        self._rested |= dict.fromkeys(sites, until)

    def _held(self, running: Collection[Running]) -> tuple[frozenset[str], int]:
        """The sites that are not to be asked, and how many of the jobs have not answered since they failed."""
        busy = frozenset(self._rested).union(*(one.sites for one in running))
        return busy, sum(one.suspect for one in running)
