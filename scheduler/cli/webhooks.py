"""`dibao webhooks`: who is told of changes, what could not be delivered, and sending it again."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scheduler.cli import exit_codes
from scheduler.cli.changing import existing
from scheduler.cli.faults import told_to_the_shell
from scheduler.cli.options import ConfigurationError, config_option, json_option, read_config, wait_option
from scheduler.cli.reading import current, file_options
from scheduler.cli.terminal import plain, print_json

if TYPE_CHECKING:
    from scheduler.config.file import Config
    from scheduler.webhooks.targets import Target
    from storage.database import Database

_NUMBER = click.IntRange(1, 2**63 - 1)
"""Of a delivery or a change: as large as SQLite's numbers."""


@click.group()
def webhooks() -> None:
    """Show who is told of changes, and send again what could not be delivered."""


@webhooks.command(name="list")
@config_option
@json_option
def list_(config_path: Path, *, as_json: bool) -> None:
    """Print the webhooks of the configuration, and those that the file remembers: how they are, and what waits."""
    from scheduler.cli import webhooks_showing as showing  # noqa: PLC0415
    from storage.outbox.caring import states  # noqa: PLC0415

    config = read_config(config_path)
    with told_to_the_shell():
        known = []
        if config.dibao.database.exists():
            with current(config.dibao.database) as database:
                known = states(database)
    rows = showing.listed(config.webhook, known)
    if as_json:
        print_json({"webhooks": [asdict(row) for row in rows]})
    elif rows:
        showing.show(rows)
    else:
        click.echo(f"{config_path}: no webhook; [[webhook]] adds one", err=True)


@webhooks.command()
@click.argument("name", required=False, metavar="[NAME]")
@file_options
@json_option
def dead(name: str | None, path: Path, *, as_json: bool) -> None:
    """List the deliveries that were given up, of one webhook or of all."""
    from scheduler.cli import webhooks_showing as showing  # noqa: PLC0415
    from storage.outbox import caring  # noqa: PLC0415

    with told_to_the_shell(), _refusals(), current(path) as database:
        found = caring.dead(database, name)
    if as_json:
        print_json({"dead": [asdict(row) for row in found]})
    else:
        showing.show_dead(found)


@webhooks.command()
@click.argument("name")
@click.argument("ids", nargs=-1, type=_NUMBER, metavar="[ID]...")
@click.option("--dead", "all_dead", is_flag=True, help="All that were given up.")
@click.option("--from-seq", type=_NUMBER, metavar="N", help="All changes from this number on.")
@config_option
@wait_option
def replay(
    name: str, ids: Sequence[int], config_path: Path, wait_seconds: float, *, all_dead: bool, from_seq: int | None
) -> None:
    """Send deliveries again, as `dibao webhooks dead` lists their IDs; without any, all that waits, at once.

    A webhook that answered 410 Gone is told of changes again from then on. They go out with the next crawl, with the
    daemon, or with `dibao webhooks deliver`.
    """
    from storage.outbox import caring  # noqa: PLC0415

    if (bool(ids) + all_dead + (from_seq is not None)) > 1:
        raise click.UsageError("name IDs, or --dead, or --from-seq; not two of them")
    config = read_config(config_path)
    now = datetime.now(UTC)
    with _writing(config, wait_seconds) as database, _refusals(), database.transaction():
        if from_seq is not None:
            _configured(config, name)
            said = f"changes to be looked at again: {caring.replay_from(database, name, from_seq, now)}"
        elif ids or all_dead:
            said = f"deliveries to be sent again: {caring.replay(database, name, ids or None, now)}"
        else:
            said = f"waiting deliveries that are due now: {caring.resume(database, name, now)}"
    click.echo(f"{name}: {said}")


@webhooks.command()
@click.argument("name")
@click.argument("ids", nargs=-1, type=_NUMBER, metavar="[ID]...")
@click.option("--dead", "all_dead", is_flag=True, help="All that were given up.")
@click.option("--all", "everything", is_flag=True, help="The webhook itself: its place in the feed and all deliveries.")
@config_option
@wait_option
def drop(
    name: str, ids: Sequence[int], config_path: Path, wait_seconds: float, *, all_dead: bool, everything: bool
) -> None:
    """Forget deliveries that were given up: those of these IDs, or all of them.

    With --all, forget the webhook: one that is still configured begins anew, at the end of the feed.
    """
    from storage.outbox import caring  # noqa: PLC0415

    if (bool(ids) + all_dead + everything) != 1:
        raise click.UsageError("name IDs, or --dead, or --all; one of them")
    with _writing(read_config(config_path), wait_seconds) as database, _refusals(), database.transaction():
        if everything:
            caring.forget_webhook(database, name)
            said = "forgotten"
        else:
            said = f"dead deliveries removed: {caring.drop(database, name, ids or None)}"
    click.echo(f"{name}: {said}")


@webhooks.command()
@click.option(
    "--seconds", type=click.FloatRange(min=0), default=60.0, show_default=True, metavar="SECONDS",
    help="How long it may take; what is left is for the next time.",
)  # fmt: skip
@config_option
@wait_option
def deliver(seconds: float, config_path: Path, wait_seconds: float) -> None:
    """Send what is due now, and end: for cron. Exit code 1 where something could not be delivered."""
    from scheduler.webhooks.dispatch import Dispatcher  # noqa: PLC0415
    from storage.outbox.sending import waiting  # noqa: PLC0415

    config = read_config(config_path)
    targets = targets_of(config, config_path)
    if not targets:
        click.echo(f"{config_path}: no webhook; [[webhook]] adds one", err=True)
        return
    dispatcher = Dispatcher(targets, lambda: datetime.now(UTC))
    with _writing(config, wait_seconds) as database:
        try:
            dispatcher.deliver(database, seconds)
        finally:
            dispatcher.close(database)
        left = waiting(database, [target.name for target in targets], datetime.now(UTC))
    click.echo(f"delivered: {dispatcher.delivered}; attempts that failed: {dispatcher.failed}; due and waiting: {left}")
    sys.exit(exit_codes.SOURCES_FAILED if dispatcher.failed else exit_codes.OK)


@webhooks.command()
@click.argument("name")
@config_option
def test(name: str, config_path: Path) -> None:
    """Send a message of the type `webhook.test` to a webhook, and show its answer. Nothing is stored.

    Exit code 1 where it was not taken.
    """
    from scheduler.webhooks.testing import send_test  # noqa: PLC0415

    config = read_config(config_path)
    _configured(config, name)
    (target,) = targets_of(config, config_path, name)
    answer = send_test(target, lambda: datetime.now(UTC))
    click.echo(f"{name}: {answer.error or f'taken, HTTP {answer.http_status}'}")
    if excerpt := plain(answer.excerpt[:500].decode("utf-8", "replace")).strip():
        click.echo(f"it answered: {excerpt}", err=True)
    sys.exit(exit_codes.SOURCES_FAILED if answer.error else exit_codes.OK)


@webhooks.command()
@click.argument("file", required=False, type=click.Path(path_type=Path), metavar="[FILE]")
def secret(file: Path | None) -> None:
    """Make a new secret: in FILE, which nobody else may read and which must not exist, or on standard output."""
    from scheduler.webhooks.signing import new_secret  # noqa: PLC0415

    text = new_secret() + "\n"
    if file is None:
        click.echo(text, nl=False)
        return
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise ConfigurationError(f"{file}: is there already, and was left as it is") from None
    except OSError as error:
        raise ConfigurationError(f"{file}: cannot be made: {(error.strerror or str(error)).lower()}") from error
    with os.fdopen(descriptor, "w", encoding="ascii") as opened:
        opened.write(text)
    click.echo(f"{file}: a new secret, mode 600", err=True)


def targets_of(config: Config, path: Path, *names: str) -> tuple[Target, ...]:
    """The webhooks with their secrets, or those named only. Ends the command with code 2 where one cannot be had."""
    from crawler.config_errors import ConfigError  # noqa: PLC0415
    from scheduler.webhooks.targets import open_secrets, read_targets  # noqa: PLC0415

    try:
        targets = read_targets(config, path, only=names)
    except ConfigError as error:
        raise ConfigurationError(str(error)) from error
    for warning in open_secrets(config):
        click.echo(f"dibao: {warning}", err=True)
    return targets


@contextmanager
def _writing(config: Config, wait_seconds: float) -> Iterator[Database]:
    """A block with the file of a configuration, to be written; its faults end the command."""
    with told_to_the_shell(), existing(config.dibao.database, wait_seconds) as database:
        yield database


@contextmanager
def _refusals() -> Iterator[None]:
    """A block in which a name or a number that the file does not have is wrong usage: code 2, nothing was done."""
    from storage.outbox.caring import BadReplay, UnknownWebhook  # noqa: PLC0415

    try:
        yield
    except (UnknownWebhook, BadReplay) as error:
        raise click.UsageError(f"{error}. Nothing was changed") from error


def _configured(config: Config, name: str) -> None:
    if name not in {hook.name for hook in config.webhook}:
        there = ", ".join(hook.name for hook in config.webhook) or "none"
        raise click.UsageError(f"the configuration has no webhook {name!r}; there are: {there}")
