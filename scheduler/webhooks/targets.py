"""Webhooks with their secrets, read from the environment and from files when a command begins to send."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from crawler.config_errors import ConfigError, Problem
from crawler.toml_file import TomlFile, read_toml
from scheduler.config.file import Config, Webhook
from scheduler.config.secrets import held_text, open_files
from scheduler.webhooks.signing import parse_secrets
from storage.outbox.feeding import Wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A webhook that can be sent to. Its keys are never shown, nor its address, which may hold a token."""

    hook: Webhook = field(repr=False)
    keys: tuple[bytes, ...] = field(repr=False)

    @property
    def name(self) -> str:
        """Its name in dibao.toml."""
        return self.hook.name

    @property
    def wanted(self) -> Wanted:
        """Of which changes it is told."""
        return Wanted(name=self.hook.name, ops=self.hook.ops, sources=self.hook.sources)


def read_targets(
    config: Config, path: Path, environment: Mapping[str, str] = os.environ, only: Collection[str] = ()
) -> tuple[Target, ...]:
    """The webhooks of a configuration with their secrets, or only those named; `path` is the file that it is from.

    Raises ConfigError that names each secret that cannot be had, with its line, and never shows one.
    """
    if not config.webhook:
        return ()
    targets: list[Target] = []
    problems: list[Problem] = []
    toml = _lines(path)
    for index, hook in enumerate(config.webhook):
        if only and hook.name not in only:
            continue
        try:
            targets.append(Target(hook=hook, keys=_keys(hook, environment)))
        except ValueError as error:
            setting = "secret_env" if hook.secret_env else "secret_file"
            line = None if toml is None else toml.line_of(("webhook", index, setting))
            key = f'webhook "{hook.name}" {setting}'
            problems.append(Problem(file=str(path), line=line, key=key, message=str(error)))
    if problems:
        raise ConfigError(problems)
    return tuple(targets)


def open_secrets(config: Config) -> list[str]:
    """A sentence for each file with a secret that all users of this machine can read."""
    return open_files(hook.secret_file for hook in config.webhook)


def _lines(path: Path) -> TomlFile | None:
    """Where each key stands; None where the file has gone since it was read."""
    try:
        return read_toml(path)
    except ConfigError:
        return None


def _keys(hook: Webhook, environment: Mapping[str, str]) -> tuple[bytes, ...]:
    text = held_text(hook.secret_env, hook.secret_file, environment)
    try:
        return parse_secrets(text)
    except ValueError as error:
        place = f"the variable {hook.secret_env}" if hook.secret_env else str(hook.secret_file)
        raise ValueError(f"{place}: {error}") from None
