"""How commands hand their wish to a running daemon, and what they make of its answers."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from scheduler.cli import exit_codes
from scheduler.cli.stopping import asked_to_stop

if TYPE_CHECKING:
    from scheduler.cli.progress import Watcher
    from scheduler.config.file import Config
    from scheduler.control.client import Conversation
    from scheduler.control.wishes import Answer, Done, Taken, Wish
    from scheduler.crawl_result import CrawlResult
    from storage.engine_seen import EngineSeen
    from storage.runs import SourceRun

LOOK_SECONDS = 1.0
"""How often the file is read for what the daemon has seen of other machines."""
CODES = {"configuration": exit_codes.CONFIGURATION, "busy": exit_codes.LOCKED, "storage": exit_codes.STORAGE}
LEFT = "the daemon goes on with it; `dibao status` shows what comes of it"
NOT_TAKEN = "the daemon had not begun with it; nothing was done"


def crawl(
    config: Config, names: tuple[str, ...], listener: Watcher, tell: Callable[[str], object]
) -> CrawlResult | None:
    """What the daemon's crawl of these sources came to, of all for no names; None where no daemon runs.

    `tell` is given a line when no machine of its cluster runs anything, with the reason, and when it goes on. Ends the
    command where the daemon refuses, or goes away, or nobody wants to wait any longer.
    """
    from scheduler.control import wishes  # noqa: PLC0415
    from scheduler.control.client import ANSWER_SECONDS, DaemonGone, Leaving, NoDaemon, asking  # noqa: PLC0415

    wish = wishes.Crawl(names=names)
    taken, began = None, time.monotonic()
    try:
        with asking(config.dibao.database, wish, _stop_or_tell(config, tell)) as daemon:
            match first := daemon.answer(ANSWER_SECONDS):
                case wishes.Taken():
                    taken = first
                    return _followed(daemon, taken, listener, began)
            _end_for(first)
    except NoDaemon:
        return None
    except Leaving:
        _end(LEFT if taken else NOT_TAKEN, exit_codes.INTERRUPTED)
    except DaemonGone as error:
        _end(str(error), exit_codes.SOURCES_FAILED if taken else exit_codes.LOCKED)


def granted(config: Config, wish: Wish) -> Answer | None:
    """The daemon's one answer; None where no daemon runs. Ends the command where it refuses or says nothing."""
    from scheduler.control import wishes  # noqa: PLC0415
    from scheduler.control.client import ANSWER_SECONDS, DaemonGone, Leaving, NoDaemon, asking  # noqa: PLC0415

    try:
        with asking(config.dibao.database, wish, asked_to_stop()) as daemon:
            answer = daemon.answer(ANSWER_SECONDS)
    except NoDaemon:
        return None
    except Leaving:
        _end("left before the daemon had answered; it may do it still", exit_codes.INTERRUPTED)
    except DaemonGone as error:
        _end(str(error), exit_codes.LOCKED)
    if isinstance(answer, wishes.Refused):
        _end_for(answer)
    return answer


def _followed(daemon: Conversation, taken: Taken, listener: Watcher, began: float) -> CrawlResult:
    """The result, once the daemon is done. `began`: monotonic seconds. Raises DaemonGone or Leaving."""
    from scheduler.control import wishes  # noqa: PLC0415
    from scheduler.crawl_result import CrawlResult  # noqa: PLC0415

    results: list[SourceRun] = []
    for note in taken.notes:
        click.echo(f"dibao: {note}", err=True)
    done = None
    while done is None:
        match answer := daemon.answer():
            case wishes.Progress():
                listener.stands(answer.source, answer.wanted, answer.ended)
            case wishes.Ended():
                results.append(answer.result)
                listener.finished(answer.result)
            case wishes.Done():
                done = answer
            case _:
                _end_for(answer)
    _tell_left_out(done)
    return CrawlResult(
        run_id=taken.run_id,
        sources=tuple(sorted(results, key=lambda one: one.source)),
        interrupted=done.interrupted,
        seconds=time.monotonic() - began,
    )


def _stop_or_tell(config: Config, tell: Callable[[str], object]) -> Callable[[], bool]:
    """A function that says whether the command is to stop; who asks it, time and again, has told of a standstill."""
    should_stop = asked_to_stop()
    if not config.engine.is_elsewhere:
        return should_stop
    from scheduler.standstill import Standstill  # noqa: PLC0415

    began, looked = datetime.now(UTC), 0.0
    standstill = Standstill(lambda: _seen_since(began, config.dibao.database), tell)

    def asked() -> bool:
        nonlocal looked
        if (now := time.monotonic()) - looked >= LOOK_SECONDS:
            looked = now
            standstill.look(now)
        return should_stop()

    return asked


def _seen_since(began: datetime, path: Path) -> EngineSeen | None:
    """What the daemon has seen of its cluster since then, as it noted in the file; None where that is not known."""
    from storage import engine_seen  # noqa: PLC0415
    from storage.database import open_reader  # noqa: PLC0415
    from storage.faults import StorageFault  # noqa: PLC0415

    try:
        with open_reader(path) as database:
            seen = engine_seen.noted(database)
    except StorageFault:
        return None
    return seen if seen is not None and seen.at >= began else None


def _tell_left_out(done: Done) -> None:
    for name in done.left_out:
        click.echo(f"dibao: {name} waits: its hosts have had their requests of this hour", err=True)


def _end_for(answer: Answer) -> NoReturn:
    """Ends the command as a refusal says."""
    from scheduler.control.wishes import Refused  # noqa: PLC0415

    if isinstance(answer, Refused):
        _end(answer.why, CODES[answer.cause])
    _end(f"the daemon is of another version, restart it: {type(answer).__name__}", exit_codes.LOCKED)


def _end(message: str, code: int) -> NoReturn:
    click.echo(f"dibao: {message}", err=True)
    sys.exit(code)
