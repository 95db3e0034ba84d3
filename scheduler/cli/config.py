"""`dibao config`: every setting with where it comes from, and the schema by which editors check dibao.toml."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from scheduler.cli import terminal
from scheduler.cli.options import ConfigurationError, config_option, json_option, log_options

if TYPE_CHECKING:
    from scheduler.config.origin import Setting

TABLES = frozenset({"webhook", "alert", "source"})
VARIABLES = {"config": "DIBAO_CONFIG", "log-format": "DIBAO_LOG_FORMAT", "log-level": "DIBAO_LOG_LEVEL"}
WIDEST_VALUE = 60
"""Columns of a value behind which its origin stands; a longer one has it behind itself."""


@click.group()
def config() -> None:
    """Show every setting with where it comes from, and what editors need to check dibao.toml."""


@config.command()
@config_option
@click.option("--origin", is_flag=True, help="Say where each comes from: a line of the file, or the default.")
@json_option
@log_options
def show(config_path: Path, log_format: str, log_level: str, *, origin: bool, as_json: bool) -> None:
    """Print every setting that holds, as a dibao.toml; of each source, too. No secret is shown.

    Durations and paths are shown as they are understood. What is not set is a comment.
    """
    from crawler.config_errors import ConfigError  # noqa: PLC0415
    from scheduler.config.origin import settings  # noqa: PLC0415

    try:
        found = list(settings(config_path))
    except ConfigError as error:
        raise ConfigurationError(str(error)) from error
    given = {"config": str(config_path), "log-format": log_format, "log-level": log_level.upper()}
    command = [_option(name, value) for name, value in given.items()]
    if as_json:
        terminal.print_json({"command": command, "settings": [_row(config_path, one) for one in found]})
        return
    terminal.echo("\n".join(_lines(config_path, command, found, origin=origin)) + "\n")


@config.command()
def schema() -> None:
    """Print the JSON Schema (2020-12) of dibao.toml: keys, types, bounds, defaults and what each means.

    Write it beside the file, `dibao config schema > dibao.schema.json`, and put `#:schema ./dibao.schema.json` in the
    first line of dibao.toml: VS Code with Even Better TOML, and every editor with Taplo, checks and completes then.
    """
    from scheduler.config.schema import schema as made  # noqa: PLC0415

    terminal.print_json(made())


def _option(name: str, value: str) -> dict[str, str | None]:
    """An option that all commands share, with who gave it: the command line, the environment, or nobody."""
    names = {"config": "config_path", "log-format": "log_format", "log-level": "log_level"}
    source = click.get_current_context().get_parameter_source(names[name])
    spoken = {ParameterSource.COMMANDLINE: "command line", ParameterSource.ENVIRONMENT: "environment"}
    origin = spoken.get(source, "default") if source is not None else "default"
    return {
        "option": f"--{name}",
        "value": value,
        "origin": origin,
        "variable": VARIABLES[name] if origin == "environment" else None,
    }


def _row(path: Path, one: Setting) -> dict[str, Any]:
    return {
        "section": one.section,
        "number": one.number,
        "key": one.key,
        "value": one.value,
        "origin": "default" if one.line is None else "file",
        "file": None if one.line is None else str(path),
        "line": one.line,
        "inherits": one.inherits,
    }


def _lines(
    path: Path, command: Sequence[dict[str, str | None]], found: Sequence[Setting], *, origin: bool
) -> Iterator[str]:
    for option in command if origin else ():
        yield f"# {option['option']} {option['value']}  ({option['variable'] or option['origin']})"
    table: tuple[str, int | None] | None = None
    for one in found:
        if table != (table := (one.section, one.number)):
            yield ""
            yield f"[[{one.section}]]" if one.section in TABLES else f"[{one.section}]"
        yield _line(path, one, origin=origin)


def _line(path: Path, one: Setting, *, origin: bool) -> str:
    from scheduler.config.toml_text import value  # noqa: PLC0415

    if one.value is None:
        holds = f"as {one.inherits}" if one.inherits else "not set"
        return f"#{one.key}: {holds}"
    written = f"{one.key} = {value(one.value)}"
    if not origin:
        return written
    where = "default" if one.line is None else f"{path}:{one.line}"
    return f"{written:<{WIDEST_VALUE}}  # {where}"
