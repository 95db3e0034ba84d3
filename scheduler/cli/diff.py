"""`dibao diff`: what one revision of an article says otherwise than another, and which edits nobody was told of."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scheduler.cli.faults import told_to_the_shell
from scheduler.cli.options import json_option
from scheduler.cli.reading import current, file_options
from scheduler.cli.terminal import echo, print_json

if TYPE_CHECKING:
    from storage.database import Database
    from storage.revisions.comparison import Comparison
    from storage.revisions.reading import StealthEdit

MOST_WORDS = 3
LISTED = 50
MOST_LISTED = 1_000_000


@click.command()
@click.argument("words", nargs=-1, metavar="ARTICLE [REV [REV]]")
@file_options
@json_option
@click.option("--html", "as_html", is_flag=True, help="One HTML page on standard output.")
@click.option("--stealth", is_flag=True, help="List the edits of headline or text that the page says nothing of.")
@click.option(
    "--limit", type=click.IntRange(1, MOST_LISTED), default=LISTED, show_default=True, help="Of --stealth: how many."
)
def diff(
    words: Sequence[str], path: Path, *, as_json: bool, as_html: bool, stealth: bool, limit: int
) -> None:
    """Show what changed in ARTICLE, which is its id or its address: the newest revision against the one before.

    With one REV, what that revision changed; with two, what became of the first in the second. With --stealth, the only
    argument is the name of a source, or there is none.
    """
    _check(words, as_json=as_json, as_html=as_html, stealth=stealth)
    if stealth:
        with told_to_the_shell(), current(path) as database:
            edits = _stealth_edits(database, words[0] if words else None, limit)
        _list(edits, as_json=as_json)
    else:
        with told_to_the_shell(), current(path) as database:
            found = _compared(database, words)
        _tell(found, as_json=as_json, as_html=as_html)


def _check(words: Sequence[str], *, as_json: bool, as_html: bool, stealth: bool) -> None:
    if stealth and (as_html or len(words) > 1):
        raise click.UsageError("--stealth lists edits, of one SOURCE or of all; it takes --json, not --html")
    if not stealth and not 1 <= len(words) <= MOST_WORDS:
        raise click.UsageError("name an ARTICLE by its id or its address, and at most two of its revisions")
    if as_json and as_html:
        raise click.UsageError("--json and --html are two forms of one answer; give one of them")
    for word in words[1:]:
        if not (word.isascii() and word.isdigit() and len(word) < 10 and int(word)):  # noqa: PLR2004
            raise click.UsageError(f"{word!r}: a revision is a number, from 1 on")


def _stealth_edits(database: Database, source: str | None, limit: int) -> list[StealthEdit]:
    from storage.revisions import reading  # noqa: PLC0415

    if source is not None and database.value("SELECT id FROM sources WHERE name = ?", (source,)) is None:
        names = ", ".join(row[0] for row in database.rows("SELECT name FROM sources ORDER BY name")) or "none"
        raise click.UsageError(f"the database knows no source {source!r}; it knows: {names}")
    return reading.stealth_edits(database, source, limit)


def _list(edits: Sequence[StealthEdit], *, as_json: bool) -> None:
    from scheduler.cli import diff_showing  # noqa: PLC0415

    if as_json:
        print_json({"edits": [diff_showing.edit_document(edit) for edit in edits]})
    else:
        diff_showing.show_edits(edits)


def _tell(found: Comparison, *, as_json: bool, as_html: bool) -> None:
    from scheduler.cli import diff_showing  # noqa: PLC0415
    from storage.revisions import comparison, diff_html  # noqa: PLC0415

    if as_json:
        print_json(comparison.document(found))
    elif as_html:
        echo(diff_html.page(found))
    else:
        diff_showing.show(found)


def _compared(database: Database, words: Sequence[str]) -> Comparison:
    """The two revisions that are asked for. Ends the command where there is no such article or revision."""
    from storage import tombstones  # noqa: PLC0415
    from storage.lookup import article_of  # noqa: PLC0415
    from storage.revisions import reading  # noqa: PLC0415

    article_id = article_of(database, words[0])
    if article_id is None:
        raise click.UsageError(f"the database has no article {words[0]!r}; give its id or its address")
    stone = tombstones.of(database, article_id)
    if stone is not None:
        raise click.UsageError(stone.sentence)
    newest = reading.newest(database, article_id)
    old, new = _revisions([int(word) for word in words[1:]], newest)
    found = reading.compared(database, article_id, old, new)
    if found is None:
        raise click.UsageError(f"article {article_id} has the revisions 1 to {newest}, not {old} and {new}")
    return found


def _revisions(asked: Sequence[int], newest: int) -> tuple[int, int]:
    """The revisions that are compared; the first one of an article against itself, for nothing was before."""
    match asked:
        case [old, new]:
            return old, new
        case [one]:
            return max(1, one - 1), one
        case _:
            return max(1, newest - 1), newest
