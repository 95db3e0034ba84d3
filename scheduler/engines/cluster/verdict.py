"""Whether a cluster is well, in one sentence with the next step. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scheduler.engines.cluster.overview import Overview


def is_well(found: Overview) -> bool:
    """Whether nobody need look after it. Paused is what somebody wished, and drained, until nobody is there."""
    gone = any(not worker.is_alive for worker in found.workers)
    return found.has_coordinator and bool(found.alive) and not gone and not found.is_over_limit


def sentence(found: Overview) -> str:
    """The state in one sentence, the gravest first, with the next step where there is one."""
    if (standstill := _standstill(found)) is not None:
        return standstill
    gone = len(found.workers) - len(found.alive)
    lost = f" ({gone} more gave no sign of life lately)" if gone else ""
    leaving = len(found.named("draining"))
    drained = f", {leaving} of them draining" if 0 < leaving < len(found.alive) else ""
    workers = f"{_many(len(found.alive), 'worker')}{drained}{lost}"
    work = f"{workers}, {_many(found.doing, 'job')} at work, {found.queued} queued"
    if leaving == len(found.alive):
        paused = ", and it is paused (`dibao cluster resume`)" if found.paused else ""
        return f"all workers are to leave, so nothing begins until `dibao worker` is started again{paused}: {work}"
    if found.paused:
        return f"it is paused, so nothing begins until `dibao cluster resume`: {work}"
    return f"it works: {work}"


def _standstill(found: Overview) -> str | None:
    """Why nothing is begun though nobody has paused it; None where that is not so."""
    if found.coordinator_host is None:
        return "no coordinator has used this schema yet: start `dibao run` with this [engine] url"
    if not found.has_coordinator:
        since = lasted(found.coordinator_silent_seconds)
        return f"the coordinator gave no sign of life for {since}: start `dibao run` on {found.coordinator_host} again"
    if not found.alive:
        return f"{_nobody(found)}: start `dibao worker` on a machine that knows this address"
    if found.is_over_limit:
        waiting = f"{size(found.backlog_bytes)} of events wait, more than {size(found.max_backlog_bytes)}"
        return f"{waiting}: workers begin nothing until the coordinator has taken them in"
    return None


def _nobody(found: Overview) -> str:
    """That no worker is there, and what has become of them. Who has left in good order leaves no trace."""
    gone = len(found.workers)
    lost = f"{_many(gone, 'worker')} gave no sign of life lately" if gone else "all have left, or none has come yet"
    paused = ", and it is paused (`dibao cluster resume`)" if found.paused else ""
    return f"no worker is alive ({lost}){paused}"


def size(count: int) -> str:
    """Bytes as people read them."""
    for length, unit in ((1024**3, "GiB"), (1024**2, "MiB"), (1024, "KiB")):
        if count >= length:
            return f"{count / length:,.1f} {unit}"
    return f"{count} B"


def lasted(seconds: float | None) -> str:
    """A length of time in its largest unit of which there are two."""
    if seconds is None:
        return "never"
    for length, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{max(0.0, seconds):.0f} s"


def _many(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
