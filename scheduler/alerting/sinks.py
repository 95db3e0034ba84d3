"""Alerts of the configuration with their addresses and secrets, read when a command begins to send."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

import ada_url

from crawler.config_errors import ConfigError, Problem
from crawler.config_values import parse_url
from crawler.toml_file import TomlFile, read_toml
from scheduler.config.alerting import LOOPBACK, ROBOTS, SECRET_FILES, SIGNED, WITH_ADDRESS, Alert, Alerts
from scheduler.config.file import Config
from scheduler.config.secrets import held_text, open_files
from scheduler.webhooks.signing import parse_secrets

SHORTEST_HIDDEN = 6
"""Characters from which on a part of an address may be a token, and is not told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sink:
    """A place that can be told. Its address, its secrets and its password are never shown.

    `keys`: of the kind "json", as `scheduler.webhooks.signing` has them; `secret`: of the other kinds that sign.
    """

    alert: Alert
    settings: Alerts
    url: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    keys: tuple[bytes, ...] = field(default=(), repr=False)
    password: str = field(default="", repr=False)

    @property
    def name(self) -> str:
        """Its name in dibao.toml."""
        return self.alert.name

    @property
    def language(self) -> str:
        """The language of its messages: its own, or that of all."""
        return self.alert.language or self.settings.language

    @property
    def zone(self) -> ZoneInfo:
        """The zone of times in its messages."""
        return ZoneInfo(self.settings.timezone)

    def without_secrets(self, text: str) -> str:
        """A text of somebody else, in which nothing stands any more that this place keeps to itself."""
        hidden = {self.url, self.secret, self.password, *self.secret.split(), *_tokens(self.url)} - {""}
        for one in sorted(hidden, key=len, reverse=True):
            text = text.replace(one, "…")
        return text


def read_sinks(
    config: Config, path: Path, environment: Mapping[str, str] = os.environ, only: Collection[str] = ()
) -> tuple[Sink, ...]:
    """The places that a configuration tells, or only those named; `path` is the file that it is from.

    Raises ConfigError that names each address and secret that cannot be had, with its line, and never shows one.
    """
    sinks: list[Sink] = []
    problems: list[Problem] = []
    toml = _lines(path) if config.alert else None
    for index, alert in enumerate(config.alert):
        if only and alert.name not in only:
            continue
        values: dict[str, str | tuple[bytes, ...]] = {}
        for what, setting in _held(alert):
            try:
                values |= _value(alert, what, environment)
            except ValueError as error:
                line = None if toml is None else toml.line_of(("alert", index, setting))
                key = f'alert "{alert.name}" {setting}'
                problems.append(Problem(file=str(path), line=line, key=key, message=str(error)))
        sinks.append(Sink(alert=alert, settings=config.alerts, **values))  # type: ignore[arg-type]
    if problems:
        raise ConfigError(problems)
    return tuple(sinks)


def open_secrets(config: Config) -> list[str]:
    """A sentence for each file with a secret that all users of this machine can read."""
    return open_files(getattr(alert, name) for alert in config.alert for name in SECRET_FILES)


def _lines(path: Path) -> TomlFile | None:
    """Where each key stands; None where the file has gone since it was read."""
    try:
        return read_toml(path)
    except ConfigError:
        return None


def _held(alert: Alert) -> list[tuple[str, str]]:
    """What of the alert is held elsewhere: url, secret or password, and the setting that says where."""
    return [
        (what, f"{what}_{place}")
        for what in ("url", "secret", "password")
        for place in ("env", "file")
        if getattr(alert, f"{what}_{place}") is not None
    ]


def _value(alert: Alert, what: str, environment: Mapping[str, str]) -> dict[str, str | tuple[bytes, ...]]:
    """What is held, as a Sink has it. Raises ValueError with a sentence that tells nothing of it."""
    variable, file = getattr(alert, f"{what}_env"), getattr(alert, f"{what}_file")
    text = held_text(variable, file, environment).strip()
    place = f"the variable {variable}" if variable else f"{file}"
    if not text or not text.isascii():
        raise ValueError(f"{place}: {'no text of ASCII characters' if text else 'there is nothing in it'}")
    if what == "url":
        return {"url": _address(alert, text, place)}
    if what == "secret" and alert.kind not in SIGNED[:2]:
        try:
            return {"keys": parse_secrets(text), "secret": text}
        except ValueError as error:
            raise ValueError(f"{place}: {error}") from None
    return {what: text}


def _address(alert: Alert, text: str, place: str) -> str:
    """The address of a receiver; a token goes over the network under TLS only."""
    assert alert.kind in WITH_ADDRESS, "no other kind has an address"
    try:
        url = ada_url.URL(parse_url(text))
    except ValueError:
        raise ValueError(f"{place}: expected a http:// or https:// address, alone") from None
    if url.protocol != "https:" and alert.kind in ROBOTS and url.hostname.strip("[]") not in LOOPBACK:
        raise ValueError(f"{place}: expected a https:// address, for it holds a token")
    return text


def _tokens(url: str) -> set[str]:
    """The parts of an address that may be a token: long pieces of its path, values of its query."""
    if not url:
        return set()
    parsed = ada_url.URL(url)
    query = [part.partition("=")[2] for part in parsed.search.lstrip("?").split("&")]
    return {part for part in (*parsed.pathname.split("/"), *query) if len(part) >= SHORTEST_HIDDEN}
