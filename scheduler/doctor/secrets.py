"""Whether the secrets of webhooks and alerts can be had, and are nobody else's."""

from __future__ import annotations

from collections.abc import Iterator

from crawler.config_errors import ConfigError, Problem
from scheduler.alerting import sinks
from scheduler.doctor.case import Case, Finding
from scheduler.webhooks import targets


def can_be_had(case: Case) -> Iterator[Finding]:
    """Whether each can be read and is one; none is shown.

    A variable that is not set here may be set where the daemon is started: by its unit, for one.
    """
    assert case.config is not None, "asked for where there is one"
    check, problems = "secrets", [*_problems_of_webhooks(case), *_problems_of_alerts(case)]
    for problem in problems:
        says = f"{problem.key}: {problem.message}"
        if problem.key.endswith("_env"):
            step = "set it where dibao is started; if it is set there, look again with the same environment"
            yield Finding(check=check, level="warn", says=says, step=step)
        else:
            yield Finding(check=check, level="fail", says=says, step="put it there, for the daemon's user alone")
    if not problems:
        told = len(case.config.webhook) + len(case.config.alert)
        yield Finding(check=check, level="ok", says=f"those of {told} webhooks and alerts can be had")


def are_private(case: Case) -> Iterator[Finding]:
    """Whether no file with a secret can be read by all users."""
    assert case.config is not None, "asked for where there is one"
    found = [*targets.open_secrets(case.config), *sinks.open_secrets(case.config)]
    for sentence in found:
        says, _, step = sentence.partition("; ")
        yield Finding(check="open secrets", level="warn", says=says, step=step)
    if not found:
        yield Finding(check="open secrets", level="ok", says="no file with a secret can be read by everybody")


def _problems_of_webhooks(case: Case) -> tuple[Problem, ...]:
    assert case.config is not None, "asked for where there is one"
    try:
        targets.read_targets(case.config, case.config_path, case.environment)
    except ConfigError as error:
        return tuple(error.problems)
    return ()


def _problems_of_alerts(case: Case) -> tuple[Problem, ...]:
    assert case.config is not None, "asked for where there is one"
    try:
        sinks.read_sinks(case.config, case.config_path, case.environment)
    except ConfigError as error:
        return tuple(error.problems)
    return ()
