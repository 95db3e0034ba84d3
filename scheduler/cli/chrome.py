"""`dibao chrome`: what was learned of the pages of a source, and what the operator decides of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scheduler.cli import terminal
from scheduler.cli.completing import source_names
from scheduler.cli.faults import told_to_the_shell
from scheduler.cli.options import config_option, json_option, read_config, wait_option

if TYPE_CHECKING:
    from storage.database import Database
    from storage.pins import Host

COLUMNS = ("key", "pages", "since", "verdict", "text")
# Digits of a key that are shown, and the fewest that name one. Two blocks of one site hardly ever share eight.
SHOWN_DIGITS = 8
FEWEST_DIGITS = 4

FEWEST_LETTERS = 2
"""Of a text that is dropped: any number counts as any other, so that a text of digits would drop all numbers."""


@click.command()
@click.argument("source", shell_complete=source_names)
@config_option
@wait_option
@json_option
@click.option("--keep", multiple=True, metavar="KEY", help="This block is text, however often it is repeated.")
@click.option("--drop", multiple=True, metavar="KEY_OR_TEXT", help="This block is chrome, wherever it stands.")
@click.option("--unpin", multiple=True, metavar="KEY", help="Let what is learned decide on this block again.")
@click.option("--forget", is_flag=True, help="Forget all that was learned of the source; what was pinned stays.")
def chrome(
    source: str,
    config_path: Path,
    wait_seconds: float,
    *,
    as_json: bool,
    keep: Sequence[str],
    drop: Sequence[str],
    unpin: Sequence[str],
    forget: bool,
) -> None:
    """Show what the pages of SOURCE repeat and so is left out of its articles, and correct it."""
    path = read_config(config_path).dibao.database
    asked = None
    with told_to_the_shell():
        if keep or drop or unpin or forget:
            edits = {"keep": keep, "drop": drop, "unpin": unpin}
            asked, hosts = _edited(path, source, edits, wait_seconds, forget=forget)
        else:
            hosts = _read(path, source)
    document = _document(source, hosts, asked)
    if as_json:
        terminal.print_json(document)
    else:
        _show(document)


def _read(path: Path, source: str) -> tuple[Host, ...]:
    from storage import pins, schema  # noqa: PLC0415
    from storage.database import open_reader  # noqa: PLC0415

    with open_reader(path) as database:
        source_id = _source_id(database, source)
        if database.value("PRAGMA user_version") < schema.VERSION:
            return ()  # the file of a Dibao that learned nothing
        return pins.of_source(database, source_id)


def _edited(
    path: Path, source: str, edits: dict[str, Sequence[str]], wait_seconds: float, *, forget: bool
) -> tuple[int, tuple[Host, ...]]:
    """How many addresses are asked for again, and what is known of the source now."""
    from storage import pins  # noqa: PLC0415
    from storage.database import open_reader, open_writer  # noqa: PLC0415
    from storage.lock import WriterLock  # noqa: PLC0415

    with open_reader(path) as reader:  # which refuses to make a file
        _source_id(reader, source)
    with WriterLock(path, wait_seconds=wait_seconds), open_writer(path) as database, database.transaction():
        source_id, now = _source_id(database, source), datetime.now(UTC)
        asked = pins.forget(database, source_id, now) if forget else 0
        for words, change in ((edits["unpin"], pins.unpin), (edits["keep"], pins.keep)):
            keys = [_key(database, source_id, word) for word in words]
            asked += change(database, source_id, keys, now)
        asked += pins.drop(database, source_id, _drops(database, source_id, edits["drop"]), now)
        return asked, pins.of_source(database, source_id)


def _source_id(database: Database, name: str) -> int:
    found = database.value("SELECT id FROM sources WHERE name = ?", (name,))
    if found is None:
        names = ", ".join(row[0] for row in database.rows("SELECT name FROM sources ORDER BY name")) or "none"
        raise click.UsageError(f"the database knows no source {name!r}; it knows: {names}")
    return int(found)


def _key(database: Database, source_id: int, word: str) -> bytes:
    """The one block of the source whose key starts so. Ends the command where there is none, or more."""
    found = _found(database, source_id, word)
    if len(found) != 1:
        many = f"{len(found)} blocks have keys that begin so; give more digits" if found else "there is no such block"
        raise click.UsageError(f"{word!r}: {many}")
    return found[0]


def _drops(database: Database, source_id: int, words: Sequence[str]) -> dict[bytes, str | None]:
    """The blocks to drop: None for one that is named by its key, else the text that was given."""
    from crawler.extraction.chrome import block_key  # noqa: PLC0415
    from storage import chrome_hosts  # noqa: PLC0415

    blocks: dict[bytes, str | None] = {}
    for word in words:
        if _found(database, source_id, word):
            blocks[_key(database, source_id, word)] = None
        elif sum(char.isalpha() for char in word) < FEWEST_LETTERS:
            raise click.UsageError(f"{word!r}: too short to be told from other texts; give {FEWEST_LETTERS} letters")
        elif not chrome_hosts.of_source(database, source_id):
            raise click.UsageError("nothing is known of the source's pages yet; crawl it first")
        else:
            blocks[block_key(word)] = word
    return blocks


def _found(database: Database, source_id: int, word: str) -> list[bytes]:
    from storage import pins  # noqa: PLC0415

    return sorted(pins.find(database, source_id, word)) if len(word) >= FEWEST_DIGITS else []


def _document(source: str, hosts: Sequence[Host], asked: int | None) -> dict[str, Any]:
    shown = [
        {
            "host": host.host,
            "pages": host.pages,
            "error_pages": host.error_pages,
            "blocks": [
                {
                    "key": block.key.hex(),
                    "text": block.text,
                    "pages": block.pages,
                    "first_seen_at": block.first_seen_at,
                    "last_seen_at": block.last_seen_at,
                    "verdict": block.verdict,
                    "since": block.since,
                }
                for block in host.blocks
            ],
        }
        for host in hosts
    ]
    return {"source": source, "asked_again": asked, "hosts": shown}


def _show(document: dict[str, Any]) -> None:
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = terminal.console()
    if not document["hosts"]:
        console.print(f"nothing was learned of {document['source']} yet", highlight=False)
    for host in document["hosts"]:
        told = f"{len(host['blocks'])} blocks, from {host['pages']} pages; {host['error_pages']} error pages"
        console.print(f"{host['host']}: {told}", highlight=False, markup=False)
        table = Table(box=None, padding=(0, 1, 0, 0))
        for heading in COLUMNS:
            table.add_column(heading, overflow="fold", justify="right" if heading == "pages" else "left")
        for block in host["blocks"]:
            cells = (block["key"][:SHOWN_DIGITS], str(block["pages"]), block["since"][:10], block["verdict"])
            table.add_row(*cells, Text(block["text"]))  # no markup of a page's own
        console.print(table)
    if document["asked_again"]:
        console.print(f"{document['asked_again']} addresses are read again at the next crawl", highlight=False)
