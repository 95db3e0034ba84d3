"""`dibao ops`: the files for running it that come with the program, for who has installed it with pip."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Final

import click

from scheduler.cli.terminal import echo

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

FILES: Final = {
    "dibao.service": "The daemon as a hardened unit of systemd, with a watchdog.",
    "dibao-crawl.service": "One crawl as a unit of systemd, for its timer.",
    "dibao-crawl.timer": "Starts that unit every five minutes.",
    "dibao-worker.service": "A worker of a cluster as a hardened unit of systemd, with a watchdog.",
    "dibao-web.service": "The web page as a unit of systemd, behind a token.",
    "dibao.cron": "Lines for /etc/cron.d: crawls, metrics, a copy each night.",
    "Dockerfile": "A container from the wheel, without root, with a health check.",
    "compose.yaml": "That container with a volume, read-only otherwise.",
    "alerts.rules.yml": "Alert rules for Prometheus.",
}


@click.group()
def ops() -> None:
    """Print the files for running it that come with the program: units of systemd, a container, cron, alert rules."""


@ops.command(name="list")
def list_() -> None:
    """List the files."""
    width = max(map(len, FILES))
    echo("".join(f"{name:{width}}  {meaning}\n" for name, meaning in FILES.items()))


@ops.command(name="print")
@click.argument("name", type=click.Choice([*FILES]), metavar="NAME")
def print_(name: str) -> None:
    """Print the file of that NAME: dibao ops print dibao.service > /etc/systemd/system/dibao.service."""
    echo(shipped(name).read_text(encoding="utf-8"))


def shipped(name: str) -> Traversable:
    """The file of that name, wherever the program is installed."""
    return files("scheduler.ops").joinpath(name)
