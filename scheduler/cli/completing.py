"""What a shell is told when somebody presses Tab: source names, from dibao.toml alone."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

import click

DEFAULT_CONFIG = "dibao.toml"


def source_names(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """The names in the configuration that begin so and are not on the line yet; none where it cannot be read."""
    given = context.params.get(parameter.name or "")
    there = given if isinstance(given, tuple | list) else ()
    return [name for name in _names(_config(context)) if name.startswith(incomplete) and name not in there]


def _config(context: click.Context) -> Path:
    named: Any = context.params.get("config_path") or os.environ.get("DIBAO_CONFIG")
    return Path(named or DEFAULT_CONFIG)


def _names(path: Path) -> list[str]:
    """No checks, no models: a shell waits for this."""
    try:
        sources = tomllib.loads(path.read_text(encoding="utf-8-sig")).get("source", [])
    except (OSError, ValueError):
        return []
    named = (source.get("name") for source in sources if isinstance(source, dict)) if isinstance(sources, list) else ()
    return [name for name in named if isinstance(name, str)]
