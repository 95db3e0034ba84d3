"""`dibao add`: look at a site, show what it offers, and add it to dibao.toml as a source."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scheduler.cli import exit_codes
from scheduler.cli.options import ConfigurationError, read_config
from scheduler.cli.writing import agreed, append, target_options

if TYPE_CHECKING:
    from crawler.onboarding.findings import Survey
    from scheduler.config.file import Config
    from scheduler.sources.proposal import Proposal


def _checked(kind: str) -> Callable[[click.Context, click.Parameter, str | None], Any]:
    def check(_context: click.Context, _parameter: click.Parameter, value: str | None) -> Any:
        from crawler.config_values import parse_duration, parse_name  # noqa: PLC0415 - only where it is asked for

        try:
            return None if value is None else (parse_name if kind == "name" else parse_duration)(value)
        except ValueError as error:
            raise click.BadParameter(str(error)) from error

    return check


@click.command()
@click.argument("url")
@click.option("--name", callback=_checked("name"), help="The source's name; by default made from its host.")
@click.option(
    "--every",
    callback=_checked("every"),
    metavar="DURATION",
    help='Ask it at this interval, such as "15m", not as its rhythm says.',
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
@target_options
def add(url: str, name: str | None, every: int | None, config_path: Path, *, as_json: bool, yes: bool) -> None:
    """Look at the site of URL, and add it to dibao.toml as a source.

    At most 25 requests, one at a time, [fetch] delay_seconds apart. Shows what was found, three articles as they would
    be stored, and the lines for dibao.toml; writes them with --yes, or when you press y. The database is not touched.

    Exit codes: 0 all well, 1 nothing was found, 2 configuration, or the site is a source already, 130 interrupted.
    """
    from scheduler.cli.showing import document, report  # noqa: PLC0415 - heavy
    from scheduler.sources.proposal import propose  # noqa: PLC0415

    config = read_config(config_path)
    _refuse_repeat(config, config_path, url, name)
    now = datetime.now(UTC)
    found = _surveyed(url, config, now)
    proposal = None
    if found.failure is None:
        _refuse_repeat(config, config_path, found.home, name)
        taken = [source.name for source in config.source]
        proposal = propose(found, config.schedule, taken, now=now, name=name, every=every)
    click.echo(
        json.dumps(document(found, proposal), ensure_ascii=False, indent=2) if as_json else report(found, proposal)
    )
    if proposal is None:
        sys.exit(exit_codes.SOURCES_FAILED)
    _write(config_path, proposal, yes=yes, as_json=as_json)


def _write(config_path: Path, proposal: Proposal, *, yes: bool, as_json: bool) -> None:
    if agreed(f'source "{proposal.source.name}" to {config_path}', yes=yes):
        append(config_path, [proposal.block])
        click.echo(f'Added source "{proposal.source.name}" to {config_path}.', err=True)
        if not as_json:
            click.echo(f"Crawl it: dibao crawl {proposal.source.name} --config {config_path}", err=True)


def _surveyed(url: str, config: Config, now: datetime) -> Survey:
    """What the site offers. Ends the command where it is interrupted."""
    from crawler.jobs import user_agent  # noqa: PLC0415
    from crawler.logs import configure  # noqa: PLC0415
    from crawler.onboarding.answers import Web  # noqa: PLC0415
    from crawler.onboarding.survey import survey  # noqa: PLC0415
    from crawler.onboarding.web import with_web  # noqa: PLC0415
    from crawler.pool import ExtractionPool  # noqa: PLC0415

    async def work(web: Web) -> Survey:
        return await survey(url, web=web, pool=pool, fetch=config.fetch, now=now)

    configure("text", "CRITICAL")
    logging.disable()  # what went wrong is part of the report; Twisted tells of each bad certificate at length
    pool = ExtractionPool(1)
    if sys.stderr.isatty():
        click.echo(f"Looking at {url}: at most 25 requests, {config.fetch.delay_seconds:g} s apart ...", err=True)
    try:
        return with_web(work, config.fetch, user_agent(config.dibao.contact), url if "://" in url else f"https://{url}")
    except KeyboardInterrupt:
        click.echo("dibao: interrupted; nothing was written", err=True)
        sys.exit(exit_codes.INTERRUPTED)
    finally:
        pool.close()  # here, because an interrupted event loop closes nothing


def _refuse_nonsense(url: str) -> None:
    """Nothing comes back; the command ends where this is the address of no site, before any process is started."""
    from crawler.fetching.addresses import port_of  # noqa: PLC0415
    from storage.identity import BadUrl, host_of  # noqa: PLC0415

    scheme = url.partition("://")[0] if "://" in url else "https"
    if scheme.lower() not in {"http", "https"}:
        raise ConfigurationError(f"expected a http:// or https:// address; got {url!r}")
    whole = url if "://" in url else f"https://{url}"
    try:
        host_of(whole)
        port_of(whole)
    except (BadUrl, ValueError):
        raise ConfigurationError(f"expected the address of a site, such as news.example.cn; got {url!r}") from None


def _refuse_repeat(config: Config, config_path: Path, url: str, name: str | None) -> None:
    """Nothing comes back; the command ends where the source is there already. Another name makes another source."""
    from scheduler.sources.proposal import present  # noqa: PLC0415

    _refuse_nonsense(url)
    for source in config.source:
        if source.name == name:
            raise ConfigurationError(f'{config_path}: there is a source "{name}" already; choose another --name')
    there = present(config.source, url if "://" in url else f"https://{url}")
    if there is not None and name is None:
        raise ConfigurationError(
            f'{config_path}: {there.home} is there already, as source "{there.name}"; '
            "to add another source of this site, give it a --name"
        )
