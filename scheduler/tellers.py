"""Whom a daemon tells what: webhooks of changes, people of incidents."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from crawler.config_errors import ConfigError, Problem
from scheduler.alerting import sinks as alerting_sinks
from scheduler.alerting.alerting import alerting
from scheduler.alerting.sinks import Sink, read_sinks
from scheduler.config.file import Config
from scheduler.webhooks import targets as webhook_targets
from scheduler.webhooks.targets import Target, read_targets
from scheduler.webhooks.telling import of_changes


@dataclass(frozen=True, slots=True, kw_only=True)
class Receivers:
    """Who is told, with secrets that are never shown."""

    webhooks: tuple[Target, ...]
    sinks: tuple[Sink, ...]


class Tellers:
    """Tell receivers while others work. `wake` is called from a thread when something came back."""

    def __init__(self, receivers: Receivers, clock: Callable[[], datetime], wake: Callable[[], None]) -> None:
        self.changes = of_changes(receivers.webhooks, clock, wake)
        self.incidents = alerting(receivers.sinks, clock, wake)

    def configure(self, receivers: Receivers) -> None:
        """None; these are the receivers from now on."""
        self.changes.configure(receivers.webhooks)
        self.incidents.configure(receivers.sinks)

    def hurry(self) -> None:
        """None; the next look at what is due comes at once."""
        self.changes.hurry()
        self.incidents.hurry()


def read_receivers(config: Config, path: Path) -> Receivers:
    """All receivers of a configuration. Raises ConfigError that names each secret that cannot be had."""
    problems: list[Problem] = []
    webhooks: tuple[Target, ...] = ()
    sinks: tuple[Sink, ...] = ()
    try:
        webhooks = read_targets(config, path)
    except ConfigError as error:
        problems += error.problems
    try:
        sinks = read_sinks(config, path)
    except ConfigError as error:
        problems += error.problems
    if problems:
        raise ConfigError(problems)
    return Receivers(webhooks=webhooks, sinks=sinks)


def open_secrets(config: Config) -> list[str]:
    """A sentence for each file with a secret that all users of this machine can read."""
    return [*webhook_targets.open_secrets(config), *alerting_sinks.open_secrets(config)]
