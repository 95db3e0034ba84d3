"""What goes wrong in the demo world: failures, delays, redirects, lies; each for an address or a whole site."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from scheduler.demo.rendered import Lie

FaultKind = Literal["fail", "stall", "redirect", "lie"]


@dataclass(slots=True)
class Fault:
    """One thing that goes wrong. `times` counts down to nothing; None means for good. `where`: site, path, or both."""

    kind: FaultKind
    where: str
    times: int | None = None
    status: int = 503
    seconds: float = 0.0
    retry_after: str | None = None
    location: str = ""
    how: Lie | None = None


@dataclass(frozen=True, slots=True)
class Trouble:
    """What must happen to one request: wait so long, then answer so. `status` 0: answer as usual.

    `lie`: how the validators of the answer are wrong.
    """

    seconds: float = 0.0
    status: int = 0
    retry_after: str | None = None
    location: str = ""
    lie: Lie | None = None


@dataclass(slots=True)
class Faults:
    """The faults in force. Safe to use from several threads."""

    _faults: list[Fault] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, fault: Fault) -> None:
        """Nothing: the fault holds from now on, in place of an earlier one of its kind for the same target."""
        with self._lock:
            self._drop(fault.where, fault.kind)
            self._faults.append(fault)

    def heal(self, where: str | None) -> None:
        """Nothing: all faults of this target end; of everything if it is None."""
        with self._lock:
            self._drop(where, None)

    def trouble(self, site: str, path: str) -> Trouble:
        """What happens to a request for this path now; faults with a count have one less of it afterwards."""
        if not self._faults:
            return _NO_TROUBLE
        with self._lock:
            hit = {fault.kind: fault for fault in self._spend(site, path)}
        stall, fail, redirect = hit.get("stall"), hit.get("fail"), hit.get("redirect")
        chosen = fail or redirect
        return Trouble(
            seconds=stall.seconds if stall else 0.0,
            status=chosen.status if chosen else 0,
            retry_after=chosen.retry_after if chosen else None,
            location=redirect.location if redirect and not fail else "",
            lie=hit["lie"].how if "lie" in hit else None,
        )

    def _spend(self, site: str, path: str) -> Iterator[Fault]:
        """The faults that meet this request, one of their times used up."""
        targets = {site, path, f"{site}{path}"}
        for fault in [fault for fault in self._faults if fault.where in targets]:
            if fault.times is not None:
                fault.times -= 1
                if fault.times <= 0:
                    self._faults.remove(fault)
            yield fault

    def _drop(self, where: str | None, kind: FaultKind | None) -> None:
        self._faults[:] = [
            fault for fault in self._faults if not (where in (None, fault.where) and kind in (None, fault.kind))
        ]


_NO_TROUBLE = Trouble()
