"""What is wished of a daemon, and what it answers: a line of JSON for each, `["Crawl", {"names": ["enshi"]}]`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from storage.runs import SourceRun


@dataclass(frozen=True, slots=True, kw_only=True)
class Crawl:
    """Crawl these sources now, or all that are switched on and not paused; then tell how each went."""

    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Ask these sources no more. `why` is shown where somebody wonders."""

    names: tuple[str, ...]
    why: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume:
    """Ask these sources again."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reload:
    """Read the configuration again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledge:
    """An operator has seen these incidents."""

    ids: tuple[int, ...]


Wish = Crawl | Pause | Resume | Reload | Acknowledge


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """The sources are crawled. `joined`: those that were being crawled already. `notes`: sentences to heed."""

    run_id: int | None
    sources: tuple[str, ...]
    joined: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far they are: of so many pages that are wanted, so many have ended; a page of `source` was the last."""

    source: str
    wanted: int
    ended: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """One source is done."""

    result: SourceRun


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """All are. `interrupted`: the daemon stops first. `left_out`: sources whose hosts have no requests left now."""

    interrupted: bool = False
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """The sources that are paused, or not, from now on; and those of which it was so before."""

    names: tuple[str, ...]
    already: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reloaded:
    """What came of reading again: so many sources, or the problems for which the old configuration stays."""

    sources: int = 0
    problems: tuple[str, ...] = ()
    at_start: tuple[str, ...] = ()
    """Settings that have changed, and take effect at the next start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged:
    """The incidents of which it is noted that an operator has seen them."""

    ids: tuple[int, ...]


Cause = Literal["configuration", "busy", "storage"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Nothing is done, or no more. The causes are those of the exit codes 2, 3 and 4."""

    why: str
    cause: Cause


Answer = Taken | Progress | Ended | Done | Changed | Reloaded | Acknowledged | Refused

_KINDS: dict[str, type[Any]] = {
    kind.__name__: kind
    for kind in (
        *(Crawl, Pause, Resume, Reload, Acknowledge),
        *(Taken, Progress, Ended, Done, Changed, Reloaded, Acknowledged, Refused),
    )
}
_envelope = msgspec.json.Decoder(tuple[str, msgspec.Raw])


def encode(said: Wish | Answer) -> bytes:
    """One line."""
    return msgspec.json.encode((type(said).__name__, said)) + b"\n"


def wish_of(line: bytes) -> Wish:
    """The wish on a line. Raises msgspec.MsgspecError for anything that is none."""
    said = _decoded(line)
    if not isinstance(said, Crawl | Pause | Resume | Reload | Acknowledge):
        raise msgspec.ValidationError(f"no wish: {type(said).__name__}")
    return said


def answer_of(line: bytes) -> Answer:
    """The answer on a line. Raises msgspec.MsgspecError for anything that is none."""
    said = _decoded(line)
    if isinstance(said, Crawl | Pause | Resume | Reload | Acknowledge):
        raise msgspec.ValidationError(f"no answer: {type(said).__name__}")
    return said


def _decoded(line: bytes) -> Wish | Answer:
    kind, body = _envelope.decode(line)
    try:
        wanted = _KINDS[kind]
    except KeyError:
        raise msgspec.ValidationError(f"no such message: {kind!r}") from None
    said: Wish | Answer = msgspec.json.decode(body, type=wanted)
    return said
