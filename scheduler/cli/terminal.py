"""What commands print, so that nothing of a page can steer the terminal that it is read on."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

import click

from storage.json_text import harmless

if TYPE_CHECKING:
    from rich.console import Console

WIDE = 200
"""Columns in a pipe, where nothing is cut or wrapped at the width of a terminal."""

LONGEST_TITLE = 300
"""Characters of a title that are shown: three times the longest headline; --json has all."""

_BLANKS = re.compile(r" +$", re.MULTILINE)


def console() -> Console:
    """Standard output, as wide as the terminal, or WIDE in a pipe."""
    from rich.console import Console  # noqa: PLC0415

    return Console() if sys.stdout.isatty() else Console(width=WIDE)


@contextmanager
def printing() -> Iterator[Console]:
    """A console for a block. In a pipe all of it comes at the end, and no line ends in blanks."""
    out = console()
    if out.is_terminal:
        yield out
        return
    with out.capture() as captured:
        yield out
    echo(_BLANKS.sub("", captured.get()))


def show_table(
    rows: Iterable[Iterable[object]], *, names: Iterable[str], numbers: Iterable[str] = (), texts: Iterable[str] = ()
) -> None:
    """None; the rows are on standard output under headings: names and numbers on one line each, then texts, wrapped."""
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in names:
        table.add_column(heading, no_wrap=True)
    for heading in numbers:
        table.add_column(heading, justify="right", no_wrap=True)
    for heading in texts:
        table.add_column(heading)
    for row in rows:
        table.add_row(*(Text(str(cell)) for cell in row))
    with printing() as out:
        out.print(table)


def echo(text: str) -> None:
    """None; a text is on standard output. Who has read enough (`| head -1`) ends the command, which is no fault."""
    try:
        click.echo(text, nl=False)
    except BrokenPipeError:
        end_unread()


def end_unread() -> NoReturn:
    """Ends the command well: who reads standard output has read enough."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())  # what is still to be written at the end of the process
    os.close(nowhere)
    sys.exit(0)


def plain(text: str | None) -> str:
    """A text on one line, without what could steer a terminal; nothing of None."""
    return "".join(character if character.isprintable() else " " for character in text or "")


def headline(title: str | None) -> str:
    """A title as it is shown."""
    return shortened(title or "") or "(no title)"


def shortened(title: str) -> str:
    """A title, or a part of one, on one line and without what could steer a terminal, no longer than LONGEST_TITLE."""
    return plain(title if len(title) <= LONGEST_TITLE else f"{title[:LONGEST_TITLE]}…")


def many(count: int, word: str) -> str:
    """How many of something: "1 article", "2 articles"."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def print_json(document: object) -> None:
    """None; a JSON document is on standard output."""
    echo(harmless(json.dumps(document, ensure_ascii=False, indent=2)) + "\n")
