"""`dibao preview`: what a source or an address would bring, and why each page is kept or not."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scheduler.cli import exit_codes, terminal
from scheduler.cli.completing import source_names
from scheduler.cli.options import ConfigurationError, config_option, read_config

if TYPE_CHECKING:
    from scheduler.config.file import Config
    from scheduler.engines.engine import Engine
    from scheduler.previewing import Preview, PreviewPage
    from storage.records import EntryChecked

DEFAULT_PAGES = 5
MOST_PAGES = 200


@click.command()
@click.argument("what", metavar="SOURCE|URL", shell_complete=source_names)
@click.option(
    "-n",
    "pages",
    type=click.IntRange(1, MOST_PAGES),
    default=DEFAULT_PAGES,
    show_default=True,
    metavar="PAGES",
    help="How many pages to look at.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output, with the full texts.")
@config_option
def preview(what: str, pages: int, config_path: Path, *, as_json: bool) -> None:
    """Show what would be stored of a SOURCE of dibao.toml, or of the article, listing, feed or sitemap at URL.

    Nothing is stored, and nothing that is stored is looked at: what Dibao has learned of a site's chrome is not left
    out here. Exit codes: 0 something would be stored, 1 nothing, 2 configuration, 130 interrupted.
    """
    from crawler.logs import configure  # noqa: PLC0415
    from scheduler.cli.faults import told_to_the_shell  # noqa: PLC0415
    from scheduler.engines.local import LocalEngine  # noqa: PLC0415

    config = read_config(config_path)
    configure("text", "CRITICAL")  # what went wrong is part of the answer
    if sys.stderr.isatty():
        click.echo(f"Looking at {what}: {config.fetch.delay_seconds:g} s between two requests ...", err=True)
    with told_to_the_shell(), closing(LocalEngine(processes=1, log_level="CRITICAL")) as engine:
        shown = _looked_at(what, config, config_path, engine, pages)
    if as_json:
        terminal.print_json(_document(shown))
    else:
        click.echo("\n".join(_lines(shown)))
    sys.exit(exit_codes.OK if shown.stored else exit_codes.SOURCES_FAILED)


def _looked_at(what: str, config: Config, config_path: Path, engine: Engine, pages: int) -> Preview:
    from crawler.config_problems import suggestion  # noqa: PLC0415
    from scheduler.previewing import preview_source, preview_url  # noqa: PLC0415
    from storage.identity import BadUrl  # noqa: PLC0415

    now = datetime.now(UTC)
    source = next((source for source in config.source if source.name == what), None)
    if source is not None:
        return preview_source(source, config, engine, now, pages)
    if "." not in what and "/" not in what and ":" not in what:
        names = [source.name for source in config.source]
        raise ConfigurationError(f'{config_path}: no source "{what}"; {suggestion(what, names)}')
    try:
        return preview_url(what if "://" in what else f"https://{what}", config, engine, now, pages)
    except BadUrl as error:
        raise ConfigurationError(f"{what}: not an address that can be asked for: {error}") from error


def _lines(shown: Preview) -> Iterator[str]:
    yield from (_entry_line(entry) for entry in shown.entries)
    if shown.entries and shown.pages:
        yield ""
    for page in shown.pages:
        yield from _page_lines(page)
        yield ""
    ending = "" if shown.reason == "finished" else f"; it ended early: {shown.reason} {shown.detail}".rstrip()
    yield f"{shown.stored} of {len(shown.pages)} pages would be stored; {shown.requests} requests{ending}."


def _entry_line(entry: EntryChecked) -> str:
    if entry.status == "failed":
        said = f"failed: {entry.reason}{f' ({entry.detail})' if entry.detail else ''}"
    else:
        noted = f"; noted: {entry.detail}" if entry.detail else ""
        said = f"{entry.links} links, {entry.new} not met before{noted}"
    return _plain(f"{entry.kind:<8} {entry.url}\n         {said}")


def _page_lines(page: PreviewPage) -> Iterator[str]:
    from scheduler.cli.showing import first_line  # noqa: PLC0415
    from storage.records import Extracted, Rejected  # noqa: PLC0415

    event = page.event
    if isinstance(event, Extracted):
        article = event.article
        published = f"{article.published.local} ({article.published.where})" if article.published else "no date"
        facts = [published, f"{len(article.text)} characters", article.origin or "", ", ".join(article.authors)]
        yield f"{click.style('stored', fg='green')}    {click.style(_plain(article.title or '(no title)'), bold=True)}"
        yield _plain(f"          {'; '.join(filter(None, facts))}")
        yield _plain(f"          {first_line(article.text)}")
    else:
        verb = "rejected" if isinstance(event, Rejected) else "failed"
        title = page.candidate.title if page.candidate else None
        yield f"{click.style(verb, fg='yellow'):<9} {_plain(title or page.url)}"
        yield _plain(f"          {event.reason}{f': {event.detail}' if event.detail else ''}")
    yield _plain(f"          {page.url}")
    if page.entry_url and page.candidate:
        yield _plain(f"          found by {page.entry_url} as “{page.candidate.title or 'no words'}”")


def _document(shown: Preview) -> dict[str, Any]:
    return {
        "source": shown.source.name,
        "home": shown.source.home,
        "entry_points": [_entry_document(entry) for entry in shown.entries],
        "pages": [_page_document(page) for page in shown.pages],
        "would_be_stored": shown.stored,
        "requests": shown.requests,
        "ended": shown.reason,
    }


def _entry_document(entry: EntryChecked) -> dict[str, Any]:
    return {
        "kind": entry.kind,
        "url": entry.url,
        "status": entry.status,
        "reason": entry.reason or None,
        "detail": entry.detail or None,
        "links": entry.links,
        "new": entry.new,
    }


def _page_document(page: PreviewPage) -> dict[str, Any]:
    from crawler.extraction.record import record  # noqa: PLC0415
    from storage.records import Extracted, Rejected, Rejection  # noqa: PLC0415

    event = page.event
    found = {
        "url": page.url,
        "entry_url": page.entry_url,
        "link_title": page.candidate.title if page.candidate else None,
        "link_published": page.candidate.published_raw if page.candidate else None,
    }
    if isinstance(event, Extracted):
        return {**found, **record(event.key, event.article), "outcome": "stored", "final_url": event.final_url}
    refused = record(event.key, Rejection(reason=event.reason, detail=event.detail))
    outcome = "rejected" if isinstance(event, Rejected) else "failed"
    return {**found, **refused, "outcome": outcome, "status": outcome, "http_status": event.http_status}


def _plain(text: str) -> str:
    """The text without what could steer a terminal; line breaks of ours stay."""
    return "".join(character if character.isprintable() or character == "\n" else " " for character in text)
