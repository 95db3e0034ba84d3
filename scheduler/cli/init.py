"""`dibao init`: a configuration file to begin with."""

from __future__ import annotations

import json
from pathlib import Path

import click

from crawler.config_values import parse_contact
from scheduler.cli.options import DEFAULT_CONFIG, ConfigurationError
from scheduler.config.file import template_text

CONTACT_LINE = '#contact = "you@your-domain.org"'
"""The line of the template that `--contact` fills in."""


def _checked_contact(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    try:
        return None if value is None else parse_contact(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


@click.command()
@click.argument("path", default=DEFAULT_CONFIG, type=click.Path(path_type=Path), metavar="[FILE]")
@click.option(
    "--contact",
    callback=_checked_contact,
    metavar="ADDRESS",
    help="Your e-mail or web address; it goes into the user agent, so that sites can reach you.",
)
def init(path: Path, contact: str | None) -> None:
    """Write a commented dibao.toml to begin with.

    FILE is dibao.toml where it is not given; for a folder, dibao.toml in it. A file that exists is left as it is.
    """
    if path.is_dir():
        path /= DEFAULT_CONFIG
    text = template_text()
    if contact is not None:
        text = text.replace(CONTACT_LINE, f"contact = {json.dumps(contact)}")
    _write_new(path, text)
    click.echo(f"Wrote {path}. Next:")
    for number, step in enumerate(_next_steps(path, contact), 1):
        click.echo(f"  {number}. {step}")


def _write_new(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise ConfigurationError(f"{path}: exists already, and is left as it is; name another file") from None
    except FileNotFoundError:
        raise ConfigurationError(f"{path}: there is no folder {path.parent}; make it first") from None
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be written: {(error.strerror or str(error)).lower()}") from error


def _next_steps(path: Path, contact: str | None) -> list[str]:
    option = "" if path == Path(DEFAULT_CONFIG) else f" --config {path}"
    return [
        *([] if contact else ["fill in contact: sites must be able to reach you"]),
        f"add each site: dibao add URL{option}",
        f"check it: dibao validate{option}",
        f"crawl once: dibao crawl{option}   or keep crawling: dibao run{option}",
    ]
