"""`dibao serve`: the web page."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scheduler.cli.faults import told_to_the_shell
from scheduler.cli.options import ConfigurationError, read_config
from scheduler.cli.reading import config_read, file_options

if TYPE_CHECKING:
    from storage.web.guard import Entrance
    from storage.web.serving import Service

TOKEN = "DIBAO_WEB_TOKEN"  # noqa: S105 - is the name of a variable
WITHOUT_EXTRA = (
    "dibao serve needs Datasette, which the extra [web] brings; install it with `pip install 'dibao[web]'`,"
    " in the environment that this Dibao is in"
)


@click.command()
@file_options
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="Where to listen.")
@click.option("--port", type=click.IntRange(0, 65535), default=8001, show_default=True, help="0: any that is free.")
@click.option(
    "--token-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help=f"Who may look must say what stands there; else what is in {TOKEN}, if anything.",
)
@click.option(
    "--base-url",
    metavar="URL",
    help="The address, or its path, by which a reverse proxy makes the page known.",
)
@click.option("--sql", is_flag=True, help="Visitors may type SQL.")
@click.option("--open", "open_browser", is_flag=True, help="Open the page in a browser.")
def serve(
    path: Path,
    host: str,
    port: int,
    token_file: Path | None,
    base_url: str | None,
    *,
    sql: bool,
    open_browser: bool,
) -> None:
    """Serve the web page: how sources are, runs, incidents, search, articles, stories, and all tables."""
    if importlib.util.find_spec("datasette") is None:
        raise ConfigurationError(WITHOUT_EXTRA)
    from storage.web.serving import Service  # noqa: PLC0415

    reached = _entrance(base_url)
    service = Service(
        path=path, host=host, port=port, token=_token(token_file), sql=sql, entrance=reached, timezone=_timezone()
    )
    _refuse_open_doors(service, base_url)
    with told_to_the_shell():
        _serve(service, open_browser=open_browser)


def _serve(service: Service, *, open_browser: bool) -> None:
    from storage.web.serving import BadAddress, serve  # noqa: PLC0415

    def ready(address: str) -> None:
        click.echo(f"{address} shows {service.path}; Ctrl-C ends it")
        if open_browser:
            click.launch(address)

    try:
        serve(service, ready)
    except BadAddress as error:
        raise ConfigurationError(f"dibao: {error}") from error


def _entrance(base_url: str | None) -> Entrance:
    from storage.web.serving import entrance  # noqa: PLC0415

    try:
        return entrance(base_url or "/")
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--base-url") from error


def _token(file: Path | None) -> str | None:
    """What visitors must say, or None. It is taken out of the environment, which child processes get."""
    from storage.web.sessions import BadToken, checked  # noqa: PLC0415

    named = os.environ.pop(TOKEN, "")
    if file is None and not named:
        return None
    try:
        said = named if file is None else file.read_text(encoding="utf-8").strip()
        return checked(said)
    except BadToken as error:
        raise ConfigurationError(f"{file or TOKEN}: {error}; `openssl rand -hex 24` makes a good one") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{file}: cannot be read: {error}") from error


def _timezone() -> str:
    """In which pages say times: that of alerts, where a configuration is read."""
    from storage.web.settings import ZONE  # noqa: PLC0415

    config = config_read()
    return ZONE if config is None else read_config(config).alerts.timezone


def _refuse_open_doors(service: Service, base_url: str | None) -> None:
    """None; ends the command where others than this machine could look without a token."""
    from storage.web.serving import is_loopback  # noqa: PLC0415

    named = [host for host in service.entrance.hosts if not is_loopback(host)]
    if service.token is not None or (is_loopback(service.host) and not named):
        return
    where = f"--host {service.host}" if not is_loopback(service.host) else f"--base-url {base_url}"
    raise ConfigurationError(
        f"{where}: others than this machine could reach the page, so a token is needed: write one of 16 characters or"
        f" more into a file, and give it with --token-file FILE, or set {TOKEN}. Nothing was served"
    )
