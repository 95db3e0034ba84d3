"""`dibao db describe`: what the columns of the file mean."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scheduler.cli import reading
from scheduler.cli.faults import told_to_the_shell
from scheduler.cli.terminal import echo, print_json, printing

if TYPE_CHECKING:
    from storage.contract.views import View

FORMATS = ("text", "markdown", "json", "datasette")


@click.command()
@click.argument("names", metavar="[VIEW]...", nargs=-1)
@reading.file_options
@click.option(
    "--format",
    "shape",
    type=click.Choice(FORMATS),
    default="text",
    show_default=True,
    help="`datasette`: metadata for `datasette news.db -m`, always of all views.",
)
def describe(path: Path, names: tuple[str, ...], shape: str) -> None:
    """Tell what the columns that programs may read mean; without VIEW, what views there are."""
    from storage.contract.document import document, markdown  # noqa: PLC0415
    from storage.contract.views import views  # noqa: PLC0415

    chosen = _chosen(names, views())
    with told_to_the_shell(), reading.current(path) as database:
        tables = [row[0] for row in database.rows("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    if shape == "datasette":
        from storage.contract.datasette_metadata import metadata  # noqa: PLC0415

        print_json(metadata(path.stem, [name for name in tables if not name.startswith("sqlite_")]))
    elif shape == "json":
        print_json(document(chosen))
    elif shape == "markdown":
        echo(markdown(chosen))
    elif names:
        _show(chosen)
    else:
        _list(chosen)


def _chosen(names: Sequence[str], known: Sequence[View]) -> Sequence[View]:
    """The views of those names, in the order of the command line; all of them where none is named."""
    by_name = {view.name: view for view in known}
    for name in names:
        if name not in by_name:
            near = difflib.get_close_matches(name, by_name, n=1)
            advice = f"did you mean {near[0]!r}?" if near else "`dibao db describe` lists all."
            raise click.BadParameter(f"there is no view {name!r}; {advice}", param_hint="VIEW")
    return [by_name[name] for name in dict.fromkeys(names)] or known


def _list(chosen: Sequence[View]) -> None:
    from rich.table import Table  # noqa: PLC0415

    from storage.contract.views import plain  # noqa: PLC0415

    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for view in chosen:
        table.add_row(view.name, plain(view.description))
    with printing() as out:
        out.print(table, highlight=False)
        out.print("\n`dibao db describe VIEW` tells the columns of one.", highlight=False)


def _show(chosen: Sequence[View]) -> None:
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    from storage.contract.views import plain  # noqa: PLC0415

    with printing() as out:
        for at, view in enumerate(chosen):
            if at:
                out.print()
            out.print(Text(view.name, style="bold"))
            out.print(Text(plain(view.description)))
            table = Table(box=None, pad_edge=False)
            for heading in ("column", "type", "meaning", "example", "NULL when"):
                table.add_column(heading, no_wrap=heading in {"column", "type"}, overflow="fold")
            for column in view.columns:
                table.add_row(
                    Text(column.name),
                    Text(column.type.upper()),
                    Text(plain(column.meaning)),
                    Text(column.example or ""),
                    Text(plain(column.null)),
                )
            out.print(table)
