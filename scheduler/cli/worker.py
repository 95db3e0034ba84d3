"""`dibao worker`: one more machine for a cluster."""

from __future__ import annotations

import gc
import os
import re
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING, NoReturn

import click

from scheduler.cli import exit_codes
from scheduler.cli.cluster_place import VARIABLE, warn_of_process_list
from scheduler.cli.faults import told_to_the_shell
from scheduler.cli.options import ConfigurationError, log_options

if TYPE_CHECKING:
    from scheduler.engines.cluster.address import Address
    from scheduler.engines.cluster.worker.joining import Introduction, Membership
    from scheduler.notify import Notifier

LONGEST_HOST = 30
SLICE_SECONDS = 0.2
SWEEP_OBJECTS = 20_000
"""That have come and not gone before Python looks for circles among them: events come by hundreds, go, and make none.
With its own 700, and all that is loaded looked through each time, that was a tenth of what the relay costs."""
SECRETS = (VARIABLE, "PGPASSWORD")
"""Variables in which a password may be."""
EXITS = {
    "drained": exit_codes.OK,
    "stopped": exit_codes.OK,
    "refused": exit_codes.REFUSED,
    "unfit": exit_codes.REFUSED,
    "worn": exit_codes.ENGINE_LOST,
}
WHY = {
    "refused": "the coordinator has jobs of another format now: install its version of dibao here",
    "unfit": "no worker process lives on this machine; the log says why",
    "worn": "no further worker process can be started; the log says why. Start it again",
}


def _checked_name(_context: click.Context, _option: click.Parameter, name: str | None) -> str | None:
    if name is not None and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", name):
        raise click.BadParameter("take letters, digits, dot, - and _, at most 64, the first a letter or digit")
    return name


@click.command()
@click.option(
    "--engine",
    envvar=VARIABLE,
    show_envvar=True,
    required=True,
    metavar="URL",
    help="The address of the cluster's PostgreSQL server, with the workers' role.",
)
@click.option("--schema", default="dibao", show_default=True, metavar="NAME", help="The schema there.")
@click.option(
    "--allow-plaintext", is_flag=True, help="Take a server on another machine whose certificate nobody checks."
)
@click.option(
    "--name", metavar="NAME", callback=_checked_name, help="What this worker is called there. [default: HOST-PID]"
)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    metavar="N",
    help="Processes that crawl, each with many jobs side by side.",
)
@click.option(
    "--processes",
    type=click.IntRange(0, 256),
    default=0,
    show_default=True,
    metavar="N",
    help="Processes that read pages, for each of those; 0: one for each core.",
)
@click.option(
    "--jobs",
    type=click.IntRange(0, 100_000),
    default=0,
    show_default=True,
    metavar="N",
    help="How many jobs it has at once at most; 0: as many as it can carry.",
)
@log_options
def worker(
    *,
    engine: str,
    schema: str,
    allow_plaintext: bool,
    name: str | None,
    workers: int,
    processes: int,
    jobs: int,
    log_format: str,
    log_level: str,
) -> None:
    """Crawl for a cluster until SIGTERM: with nothing but the address of its PostgreSQL server.

    The first SIGTERM or Ctrl-C lets what is in flight finish, for 15 s at most; the second ends it at once.

    Exit codes: 0 stopped or drained, 2 the command line is wrong, 3 another worker has the name, 75 PostgreSQL or its
    worker processes were lost (start it again), 78 refused, by the server, the coordinator, or the machine (put that
    right first), 130 ended at once by a second signal.
    """
    from crawler.logs import configure  # noqa: PLC0415

    _refuse_without_extra()
    address = _address(engine, schema, allow_plaintext=allow_plaintext)
    configure(log_format, log_level)
    warn_of_process_list(engine)
    from crawler import wire  # noqa: PLC0415
    from crawler.leash import Leash  # noqa: PLC0415
    from scheduler.engines.cluster.worker.fence import LEASH_SECONDS  # noqa: PLC0415
    from scheduler.engines.cluster.worker.relay import Relay  # noqa: PLC0415
    from scheduler.engines.local import LocalEngine  # noqa: PLC0415
    from scheduler.notify import notifier  # noqa: PLC0415

    told, stops = notifier(), Stops()
    with told_to_the_shell():
        membership = _joined(address, schema, _introduction(name, workers), stops, told)
        for secret in SECRETS:  # what reads pages need not know them
            os.environ.pop(secret, None)
        leash = Leash(LEASH_SECONDS)
        local = LocalEngine(
            workers=workers,
            processes=processes,
            log_format=log_format,
            log_level=log_level,
            leash=leash,
            unframed=wire.unframed_to_pass,
        )
        with closing(local):
            relay = Relay(membership, schema, local, leash, told, jobs=jobs)
            stops.heard_by(relay.stop)
            gc.freeze()
            gc.set_threshold(SWEEP_OBJECTS)
            outcome = relay.run()
    if outcome in WHY:
        click.echo(f"dibao: {WHY[outcome]}", err=True)
    sys.exit(exit_codes.INTERRUPTED if stops.count > 1 else EXITS[outcome])


class Stops:
    """How often it was asked to stop, by SIGINT or SIGTERM, from now on."""

    def __init__(self) -> None:
        self.count = 0
        self._heard: Callable[[], object] | None = None
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._note)

    def heard_by(self, stop: Callable[[], object]) -> None:
        """None; that is called for each time, also for those that were."""
        self._heard = stop
        for _ in range(self.count):
            stop()

    def pause(self, seconds: float, meanwhile: Callable[[], object]) -> bool:
        """Whether it is to stop, after so long or as soon as that is known; `meanwhile` is called now and then."""
        until = time.monotonic() + seconds
        while not self.count and (left := until - time.monotonic()) > 0:
            meanwhile()
            time.sleep(min(left, SLICE_SECONDS))
        return bool(self.count)

    def _note(self, _number: int, _frame: object) -> None:
        self.count += 1
        if self.count > 1:  # the next one is not to depend on us
            signal.signal(signal.SIGINT, signal.default_int_handler)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
        if self._heard is not None:
            self._heard()
        elif self.count > 1:
            raise KeyboardInterrupt


def _refuse_without_extra() -> None:
    """None. Where PostgreSQL cannot be spoken to the command ends with code 2."""
    try:
        from scheduler.engines.cluster import connecting  # noqa: F401, PLC0415 - what it imports is an extra
    except ImportError as error:
        raise ConfigurationError(f"PostgreSQL cannot be spoken to: {error}; pip install 'dibao[cluster]'") from error


def _address(engine: str, schema: str, *, allow_plaintext: bool) -> Address:
    """The server. Ends the command with code 2 where the words are wrong."""
    from scheduler.config.engine import parse_schema_name  # noqa: PLC0415
    from scheduler.engines.cluster.address import Address  # noqa: PLC0415

    try:
        parse_schema_name(schema)
        return Address.of(engine, allow_plaintext=allow_plaintext)
    except ValueError as error:
        raise click.UsageError(str(error)) from error


def _introduction(name: str | None, workers: int) -> Introduction:
    """Who this is."""
    from importlib.metadata import version  # noqa: PLC0415

    from scheduler.engines.cluster.worker.joining import Introduction  # noqa: PLC0415

    host, pid = socket.gethostname(), os.getpid()
    return Introduction(
        name=name or f"{host[:LONGEST_HOST]}-{pid}", host=host, pid=pid, version=version("dibao"), processes=workers
    )


def _joined(address: Address, schema: str, introduction: Introduction, stops: Stops, told: Notifier) -> Membership:
    """The membership. Where there will be none the command ends."""
    from scheduler.engines.cluster.connecting import Refused  # noqa: PLC0415
    from scheduler.engines.cluster.worker.joining import NameTaken, join  # noqa: PLC0415

    def pause(seconds: float) -> bool:
        return stops.pause(seconds, lambda: told.turned("waiting for the cluster"))

    told.ready("waiting for the cluster")  # to systemd, which else would give it up
    try:
        membership = join(address, schema, introduction, pause=pause)
    except Refused as error:
        _end(str(error), exit_codes.REFUSED)
    except NameTaken as error:
        _end(str(error), exit_codes.LOCKED)
    if membership is None:
        sys.exit(exit_codes.OK)
    return membership


def _end(sentence: str, code: int) -> NoReturn:
    click.echo(f"dibao: {sentence}", err=True)
    sys.exit(code)
