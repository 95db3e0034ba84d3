"""The options by which articles are chosen, and the filters that come of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import click

from crawler.config_values import parse_age
from scheduler.cli.completing import source_names
from storage.records import utc_text

Command = TypeVar("Command", bound=Callable[..., Any])


class Moment(click.ParamType):  # type: ignore[type-arg]  # generic in stubs of newer versions only
    """A time as people say it: `2026-11-22`, `2026-11-22T08:30+08:00`, or an age such as `7d`, `12h`, `1h30m`.

    A time without an offset is one of this machine's time zone. It becomes UTC text to the second, as times are stored.
    """

    name = "TIME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The moment as UTC text. Ends the command with exit code 2 for what is none."""
        try:
            return moment(str(value), datetime.now(UTC))
        except (ValueError, OverflowError, OSError):
            message = f"{value!r} is no time; write 2026-11-22, 2026-11-22T08:30 or an age such as 7d or 12h"
            self.fail(message, param, ctx)


def moment(text: str, now: datetime) -> str:
    """UTC text of a time or an age. Raises ValueError, OverflowError or OSError for what is neither."""
    if re.fullmatch(r"(\d+[dhms])+", text, re.ASCII):
        at = now - timedelta(seconds=parse_age(text))
    elif text[:4].isdigit():
        at = datetime.fromisoformat(text)
    else:
        raise ValueError(text)
    return utc_text(at.astimezone())


class AgeOf(click.ParamType):  # type: ignore[type-arg]  # generic in stubs of newer versions only
    """A length of time with its unit, such as `90d`; it becomes seconds."""

    name = "AGE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The seconds. Ends the command with exit code 2 for what is no age."""
        try:
            return parse_age(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


def source_option(command: Command) -> Command:
    """The command with `--source`; it is called with `sources`."""
    return click.option(
        "--source",
        "-s",
        "sources",
        multiple=True,
        metavar="NAME",
        shell_complete=source_names,
        help="Only of this source; may be repeated.",
    )(command)


def selection_options(command: Command) -> Command:
    """The command with `--source`, `--since` and `--until`; it is called with `sources`, `since` and `until`."""
    options = (
        source_option,
        click.option(
            "--since",
            type=Moment(),
            metavar="TIME",
            help="Only articles of then and later: 2026-11-22, or an age such as 7d.",
        ),
        click.option("--until", type=Moment(), metavar="TIME", help="Only articles from before then."),
    )
    for option in reversed(options):
        command = option(command)
    return command
