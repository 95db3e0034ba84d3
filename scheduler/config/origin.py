"""Each setting that holds, and where it comes from: a line of dibao.toml, or the default. No secret is ever told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from crawler.toml_file import KeyPath, read_toml
from scheduler.config.alerting import Alert, is_setting_of
from scheduler.config.file import Config, load_config
from scheduler.config.postgres_url import without_secrets

HIDDEN = "***"
_TOKEN = re.compile(r"(?=[A-Za-z_-]*[0-9])[A-Za-z0-9_-]{16,}")
"""What is long and has digits in the address of a program that is told may be what keeps others from using it."""
_SECRET_WORDS = re.compile(r"token|key|secret|pass|auth|sign|access", re.IGNORECASE)

# Where a setting of a source that is not set looks next.
_ELSEWHERE = {
    "interval_floor": ("schedule", "interval_floor"),
    "interval_ceiling": ("schedule", "interval_ceiling"),
    "delay_seconds": ("fetch", "delay_seconds"),
    "max_pages": ("fetch", "max_pages_per_run"),
    "max_requests_per_hour": ("fetch", "max_requests_per_hour"),
    "keep_for": ("retention", "keep_for"),
    "keep_bytes": ("retention", "keep_bytes"),
}
# ... and one of an alert.
_OF_ALERTS = {"min_severity": ("alerts", "min_severity"), "language": ("alerts", "language")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A setting. `table`: its section, and which of several it is in; `line` of the file, None where it is a default.

    `value` as dibao.toml would have it, None where nothing is set. `inherits`: the setting that holds in its place.
    """

    section: str
    number: int | None
    key: str
    value: Any
    line: int | None
    inherits: str | None = None


def settings(path: Path) -> Iterator[Setting]:
    """All settings, in the order of the sections; those of each webhook, alert and source. Raises ConfigError."""
    config, lines = load_config(path), read_toml(path).lines
    for section in type(config).model_fields:
        part = getattr(config, section)
        tables = part if isinstance(part, tuple) else (part,)
        for number, table in enumerate(tables):
            many = isinstance(part, tuple)
            place: KeyPath = (section, number) if many else (section,)
            for key, value in table.model_dump(mode="json").items():
                if isinstance(table, Alert) and not is_setting_of(key, table.kind):
                    continue
                yield Setting(
                    section=section,
                    number=number if many else None,
                    key=key,
                    value=_shown(section, key, value),
                    line=lines.get((*place, key)),
                    inherits=_inherited(config, section, key) if value is None else None,
                )


def _inherited(config: Config, section: str, key: str) -> str | None:
    """`delay_seconds in [fetch]` for a setting that holds where a source's or an alert's own is not set."""
    where = {"source": _ELSEWHERE, "alert": _OF_ALERTS}.get(section, {}).get(key)
    if where is None or getattr(getattr(config, where[0]), where[1]) is None:
        return None
    return f"{where[1]} in [{where[0]}]"


def _shown(section: str, key: str, value: Any) -> Any:
    """The value without what may be a secret in an address, and without what is not set in a table."""
    match value:
        case str() if (section, key) == ("engine", "url"):
            return without_secrets(value)
        case str() if "://" in value:
            return _harmless(value, tokens=section == "webhook")
        case list():
            return [_shown(section, key, one) for one in value]
        case dict():
            return {name: _shown(section, name, one) for name, one in value.items() if one is not None}
    return value


def _harmless(url: str, *, tokens: bool) -> str:
    """The address, with stars for what is called a secret in its query, and for what looks like one at all."""
    parts = urlsplit(url)
    query = "&".join(
        f"{name}={HIDDEN}" if given and (tokens or _SECRET_WORDS.search(name)) else f"{name}{equals}{given}"
        for name, equals, given in (pair.partition("=") for pair in parts.query.split("&"))
    )
    path = _TOKEN.sub(HIDDEN, parts.path) if tokens else parts.path
    changed = query != parts.query or path != parts.path
    return urlunsplit(parts._replace(path=path, query=query, fragment="")) if changed else url


