"""Why a crawl over several machines stands still, and when that is said: once it has lasted, and when it changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from scheduler.listeners import Silent

if TYPE_CHECKING:
    from storage.engine_seen import EngineSeen
    from storage.noted import Noted

PATIENCE_SECONDS: Final = 5.0
"""A worker that is started again, or a server, is there by then."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why nothing runs. `kind`: two of one kind are the same news, whatever they say besides."""

    kind: str
    says: str


def reason_of(seen: EngineSeen | None) -> Reason | None:
    """Why nothing runs, with the next step; None where something does, or nobody has looked yet."""
    if seen is None:
        return None
    if not seen.is_reachable:
        error = seen.error or f"PostgreSQL at {seen.server} does not answer"
        return Reason("away", f"{error}; it is tried again, and nothing is lost. See `dibao doctor`")
    if not seen.workers:
        return Reason("nobody", "no worker is alive: start `dibao worker` on a machine that knows this server")
    return None if seen.doing else _unbegun(seen)


def _unbegun(seen: EngineSeen) -> Reason | None:
    """Why those that are alive begin nothing; None where they may."""
    if seen.paused:
        return Reason("paused", "the cluster is paused: `dibao cluster resume` lets it go on")
    if seen.draining == seen.workers:
        return Reason("drained", "all workers are to leave (`dibao cluster drain`): start `dibao worker` again")
    return None


class Standstill(Silent):
    """Gives `tell` a line where nothing runs, and one when it goes on. As a listener it hears that something does.

    `seen`: gives what the engine saw last.
    """

    def __init__(self, seen: Callable[[], EngineSeen | None], tell: Callable[[str], object]) -> None:
        self._seen = seen
        self._tell = tell
        self._since: float | None = None
        self._told: str | None = None
        self._moved = False
        self._old_news: datetime | None = None

    def noted(self, source: str, noted: Noted) -> None:  # noqa: ARG002 - as any listener is told
        """None; something runs, whatever was seen before."""
        self._moved = True

    def look(self, monotonic: float, away: str | None = None) -> None:
        """None; what there is to say is said. `monotonic`: seconds; `away`: why the engine cannot be asked, if so."""
        seen = self._seen()
        if self._moved:
            self._moved, self._old_news = False, None if seen is None else seen.at
        reason = Reason("away", away) if seen is None and away else reason_of(seen)
        if reason is None or (seen is not None and seen.at == self._old_news):
            self._go_on()
            return
        self._since = monotonic if self._since is None else self._since
        if monotonic - self._since >= PATIENCE_SECONDS and reason.kind != self._told:
            self._tell(f"nothing is fetched: {reason.says}")
            self._told = reason.kind

    def _go_on(self) -> None:
        if self._told is not None:
            self._tell("it goes on")
        self._since = self._told = None
