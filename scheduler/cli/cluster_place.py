"""Which cluster a command is about, and a session to its server."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from scheduler.cli import exit_codes
from scheduler.cli.options import DEFAULT_CONFIG, ConfigurationError, config_file, existing_file, read_config

if TYPE_CHECKING:
    from scheduler.engines.cluster.address import Address
    from scheduler.engines.cluster.connecting import Session

Command = TypeVar("Command", bound=Callable[..., Any])

VARIABLE = "DIBAO_ENGINE_URL"
_MISSING_EXTRA = "PostgreSQL cannot be spoken to: {} is not installed; pip install 'dibao[cluster]'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A cluster: its server, and its schema there."""

    address: Address
    schema: str


def place_options(command: Command) -> Command:
    """The command with `--engine`, `--schema`, `--allow-plaintext` and `--config`; see `place_of` for their values."""
    engine = click.option(
        "--engine",
        envvar=VARIABLE,
        show_envvar=True,
        metavar="URL",
        help="The address of the PostgreSQL server, instead of that in [engine].",
    )
    schema = click.option("--schema", metavar="NAME", help="The schema there, instead of that in [engine].")
    plaintext = click.option(
        "--allow-plaintext", is_flag=True, help="With --engine: take another machine whose certificate nobody checks."
    )
    return engine(schema(plaintext(config_file("config_path", _as_it_is)(command))))


def place_of(config_path: Path, engine: str | None, schema: str | None, *, allow_plaintext: bool) -> Place:
    """The cluster of a dibao.toml, or of the options. Ends the command with exit code 2 where there is none."""
    from crawler.config_errors import ConfigError  # noqa: PLC0415
    from scheduler.config.engine import DEFAULT_SCHEMA, parse_schema_name  # noqa: PLC0415
    from scheduler.engines.cluster.address import Address, address_of  # noqa: PLC0415

    if engine is None or config_path != Path(DEFAULT_CONFIG):
        existing_file(click.get_current_context(), click.Option(["--config"]), config_path)
    config = read_config(config_path) if config_path.is_file() else None
    named = schema or (DEFAULT_SCHEMA if config is None else config.engine.schema)
    try:
        parse_schema_name(named)
        if engine is not None:
            warn_of_process_list(engine)
            return Place(address=Address.of(engine, allow_plaintext=allow_plaintext), schema=named)
        assert config is not None, "it is asked for where no address is given"
        address = address_of(config, config_path)
    except ConfigError as error:
        raise ConfigurationError(str(error)) from error
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    if address is None:
        raise ConfigurationError(
            f"{config_path}: crawls run on this machine alone, for [engine] names no server; set its url, or name one"
            " with --engine"
        )
    return Place(address=address, schema=named)


def warn_of_process_list(engine: str) -> None:
    """None; where the address of --engine was typed with a password, it is said who reads it there."""
    from click.core import ParameterSource  # noqa: PLC0415

    from scheduler.config.postgres_url import has_secret  # noqa: PLC0415

    typed = click.get_current_context().get_parameter_source("engine") is ParameterSource.COMMANDLINE
    if typed and has_secret(engine):
        click.echo(
            "dibao: the address in --engine holds a password, which everybody on this machine can read in the list of"
            f" processes; say it in {VARIABLE}, or keep the password in the file of PGPASSFILE",
            err=True,
        )


@contextmanager
def session(place: Place) -> Iterator[Session]:
    """A block with a session of the cluster. Ends the command where it cannot be had, or is lost, with a sentence."""
    try:
        from scheduler.engines.cluster.connecting import (  # noqa: PLC0415 - an extra, and .1 s
            Refused,
            Unreachable,
            connect,
            in_words,
        )
        from scheduler.engines.cluster.overview import NotInstalled  # noqa: PLC0415
    except ImportError as error:
        raise ConfigurationError(_MISSING_EXTRA.format(error.name or "psycopg")) from error
    try:
        with (
            connect(place.address, schema=place.schema, name="dibao cluster") as connection,
            in_words(place.address, place.schema),
        ):
            yield connection
    except NotInstalled as error:
        raise ConfigurationError(f"{place.address.shown}: {error}") from error
    except Refused as error:
        raise ConfigurationError(str(error)) from error
    except Unreachable as error:
        _end_lost(str(error))


def _end_lost(sentence: str) -> NoReturn:
    click.echo(sentence, err=True)
    sys.exit(exit_codes.ENGINE_LOST)


def _as_it_is(_context: click.Context, _option: click.Parameter, path: Path) -> Path:
    return path
