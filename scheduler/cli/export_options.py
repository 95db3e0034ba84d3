"""The options of `dibao export`, and what comes of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from scheduler.cli.reading import file_options
from scheduler.cli.selecting import selection_options

if TYPE_CHECKING:
    from storage.database import Database
    from storage.export.columns import Column
    from storage.export.lines import Wanted

Command = TypeVar("Command", bound=Callable[..., Any])


def article_options(command: Command) -> Command:
    """The command with the options by which articles are chosen, and `--out`."""
    options = (
        file_options,
        out_option,
        selection_options,
        click.option(
            "--where",
            "conditions",
            multiple=True,
            metavar="CONDITION",
            help="Only articles for which this holds, such as 'lang = zh' or 'title ~ 党建'; may be repeated.",
        ),
        click.option("--search", "words", metavar="WORDS", help="Only articles that `dibao search` finds by them."),
        click.option("--section", metavar="NAME", help="Only articles with this in their breadcrumb."),
        click.option("--canonical", is_flag=True, help="Only the article that stands for its story: each text once."),
    )
    return _with(command, options)


def feed_options(command: Command) -> Command:
    """The command with `--since-seq`, `--cursor` and `--limit`."""
    options = (
        click.option(
            "--since-seq",
            type=click.IntRange(min=0),
            metavar="N",
            help="Only what changed after change N of the feed; 0 for all.",
        ),
        click.option(
            "--cursor",
            metavar="FILE",
            type=click.Path(dir_okay=False, path_type=Path),
            help="Keep N in this file: only what changed since the last export with it.",
        ),
        limit_option,
    )
    return _with(command, options)


def out_option(command: Command) -> Command:
    """The command with `--out`; it is called with `out`, None for standard output."""
    return click.option(
        "--out",
        "-o",
        metavar="FILE",
        type=click.Path(allow_dash=True, dir_okay=False, path_type=Path),
        callback=lambda _context, _option, path: None if path == Path("-") else path,
        help="Where to; replaced in one step at the end, compressed if it ends in .gz. By default standard output.",
    )(command)


def limit_option(command: Command) -> Command:
    """The command with `--limit`."""
    return click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most N articles.")(command)


def columns_option(command: Command) -> Command:
    """The command with `--columns`; it is called with `names`, None for those by default."""
    return click.option(
        "--columns",
        "names",
        metavar="A,B,C",
        callback=_split,
        help="Which columns of the view `articles`, in this order.",
    )(command)


def wanted(
    *,
    sources: Sequence[str],
    since: str | None,
    until: str | None,
    conditions: Sequence[str],
    words: str | None,
    section: str | None,
    canonical: bool,
    limit: int | None = None,
) -> Wanted:
    """What is asked for. Raises click.UsageError."""
    from storage.export.filters import condition  # noqa: PLC0415
    from storage.export.lines import Wanted  # noqa: PLC0415
    from storage.selection import Selection  # noqa: PLC0415

    with wrong_usage_told():
        return Wanted(
            selection=Selection(sources=tuple(sources), since=since, until=until),
            conditions=tuple(map(condition, conditions)),
            section=section,
            canonical=canonical,
            words=words,
            limit=limit,
        )


def chosen_columns(database: Database, names: Sequence[str] | None, *, feed: bool) -> tuple[Column, ...]:
    """The columns of these names, or all. Of a feed `id` is among them, for else nobody knows whom to drop."""
    from storage.export.columns import chosen, columns  # noqa: PLC0415

    known = columns(database)
    asked = known if names is None else names
    return chosen(known, ("id", *asked) if feed else tuple(asked))


@contextmanager
def wrong_usage_told() -> Iterator[None]:
    """A block in which a condition or a column that is none ends the command with exit code 2."""
    from storage.export.columns import NoSuchColumn  # noqa: PLC0415
    from storage.export.filters import BadFilter  # noqa: PLC0415

    try:
        yield
    except (NoSuchColumn, BadFilter) as error:
        raise click.UsageError(str(error)) from error


def _split(_context: click.Context, _option: click.Parameter, text: str | None) -> tuple[str, ...] | None:
    if text is None:
        return None
    names = tuple(name.strip() for name in text.split(","))
    if not all(names):
        raise click.BadParameter("write names of columns with commas between, such as id,title,text")
    return names


def _with(command: Command, options: Sequence[Callable[[Command], Command]]) -> Command:
    for option in reversed(options):
        command = option(command)
    return command
