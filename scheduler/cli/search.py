"""`dibao search`: finding articles by words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from scheduler.cli import reading
from scheduler.cli.faults import told_to_the_shell
from scheduler.cli.options import json_option
from scheduler.cli.selecting import selection_options
from scheduler.cli.terminal import echo, print_json

if TYPE_CHECKING:
    from storage.search.finding import Sort

MOST = 1_000
"""Hits of one page; `dibao export` is for more."""


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("words", metavar="WORDS...", nargs=-1, required=True)
@reading.file_options
@selection_options
@click.option(
    "--sort",
    type=click.Choice(["date", "relevance"]),
    default="date",
    show_default=True,
    help="The newest first, or the best of the newest, up to 400.",
)
@click.option(
    "--limit",
    "-n",
    type=click.IntRange(1, MOST),
    default=20,
    show_default=True,
    metavar="N",
    help="At most N articles.",
)
@click.option("--offset", type=click.IntRange(0, 100_000), default=0, metavar="N", help="Pass over the first N.")
@click.option("--stories", "stories", is_flag=True, help="Only one article of each story.")
@click.option("--count", "only_count", is_flag=True, help="Only how many there are, counted exactly.")
@json_option
def search(  # noqa: PLR0917 - click calls it by name
    words: Sequence[str],
    path: Path,
    sources: tuple[str, ...],
    since: str | None,
    until: str | None,
    sort: str,
    limit: int,
    offset: int,
    *,
    stories: bool,
    only_count: bool,
    as_json: bool,
) -> None:
    """Find the articles that say all WORDS, in title or text, of any length and in either script.

    A word of letters is found at the beginning of words: elect finds election. "Several words" in quotes are one
    string, and -word leaves out the articles that say it; then put the whole search in single quotes for the shell.
    """
    from storage.search.finding import find, matching  # noqa: PLC0415
    from storage.search.query import BadQuery  # noqa: PLC0415
    from storage.selection import Selection, UnknownSource  # noqa: PLC0415

    asked = " ".join(words)
    selection = Selection(sources=sources, since=since, until=until)
    with told_to_the_shell(), reading.current(path) as database:
        try:
            if only_count:
                _show_count(asked, sum(1 for _ in matching(database, asked, selection)), as_json=as_json)
                return
            order = cast("Sort", sort)
            found = find(database, asked, selection, sort=order, limit=limit, offset=offset, stories=stories)
        except (BadQuery, UnknownSource) as error:
            raise click.UsageError(str(error)) from error
    from scheduler.cli import search_showing  # noqa: PLC0415 - rich

    if as_json:
        print_json(search_showing.document(asked, found))
    else:
        search_showing.show(found)
        click.echo(search_showing.summary(found, offset=offset, stories=stories), err=True)


def _show_count(query: str, total: int, *, as_json: bool) -> None:
    if as_json:
        print_json({"query": query, "total": total, "is_exact": True})
    else:
        echo(f"{total}\n")
