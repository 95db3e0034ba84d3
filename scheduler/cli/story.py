"""`dibao story`: who had a text first and who has it from whom, and what a person decides of that."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scheduler.cli.changing import existing
from scheduler.cli.faults import told_to_the_shell
from scheduler.cli.options import config_option, read_config, wait_option
from scheduler.cli.reading import current, file_options
from scheduler.cli.terminal import print_json

if TYPE_CHECKING:
    from storage.database import Database
    from storage.stories.deciding import Done
    from storage.stories.resolving import Refused

REMEDY = "dibao db rededup"

json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")


@click.group()
def story() -> None:
    """Show the stories that articles are copies of, and correct them.

    A story is named by its id, by the id of any article in it, or by an address of one.
    """


@story.command()
@click.argument("named", metavar="STORY")
@file_options
@json_option
def show(named: str, path: Path, *, as_json: bool) -> None:
    """Show the articles of a story: who had it first, who has it from whom, and what only looks like it."""
    from scheduler.cli import story_showing  # noqa: PLC0415
    from storage.stories.timeline import timeline  # noqa: PLC0415

    with told_to_the_shell(), current(path, REMEDY) as database:
        found = timeline(database, _story_id(database, named))
        assert found is not None, "the story of an article that is placed has a head"
    if as_json:
        print_json(story_showing.document(found))
    else:
        story_showing.show(found)


@story.command()
@click.argument("named", metavar="STORY")
@file_options
@json_option
def history(named: str, path: Path, *, as_json: bool) -> None:
    """Show which articles came into a story and left it, why, and what was decided."""
    from scheduler.cli import story_showing  # noqa: PLC0415
    from storage.stories.history import history as history_of  # noqa: PLC0415

    with told_to_the_shell(), current(path, REMEDY) as database:
        found = history_of(database, _story_id(database, named))
    if as_json:
        print_json(story_showing.history_document(found))
    else:
        story_showing.show_history(found)


@story.command()
@click.argument("named", metavar="STORY")
@click.argument("articles", metavar="ARTICLE...", nargs=-1, required=True)
@config_option
@wait_option
def split(named: str, articles: Sequence[str], config_path: Path, wait_seconds: float) -> None:
    """Make ARTICLEs of a story a story of their own, whatever their texts say. It is kept until it is undone."""

    def decide(database: Database, now: datetime) -> Done | Refused:
        from storage.stories import deciding  # noqa: PLC0415

        return deciding.split(database, named, articles, now)

    _decide(config_path, wait_seconds, decide)


@story.command()
@click.argument("stories", metavar="STORY STORY...", nargs=-1, required=True)
@config_option
@wait_option
def merge(stories: Sequence[str], config_path: Path, wait_seconds: float) -> None:
    """Make two or more stories one, whatever their texts say. It is kept until it is undone."""

    def decide(database: Database, now: datetime) -> Done | Refused:
        from storage.stories import deciding  # noqa: PLC0415

        return deciding.merge(database, stories, now)

    _decide(config_path, wait_seconds, decide)


@story.command()
@click.argument("decision", type=click.IntRange(min=1))
@config_option
@wait_option
def undo(decision: int, config_path: Path, wait_seconds: float) -> None:
    """Take back a split or a merge. DECISION is its number, which it told and `dibao story history` tells."""

    def decide(database: Database, now: datetime) -> Done | Refused:
        from storage.stories import deciding  # noqa: PLC0415

        return deciding.undo(database, decision, now)

    _decide(config_path, wait_seconds, decide)


def _decide(
    config_path: Path, wait_seconds: float, decide: Callable[[Database, datetime], Done | Refused]
) -> None:
    """None; what was decided is done and told. Ends the command where it is refused, or another writes the file."""
    from storage.stories.resolving import Refused  # noqa: PLC0415

    path = read_config(config_path).dibao.database
    with told_to_the_shell(), existing(path, wait_seconds) as database, database.transaction():
        done = decide(database, datetime.now(UTC))
    if isinstance(done, Refused):
        raise click.UsageError(f"{done.why}. Nothing was changed")
    undone = " undone" if done.decision.undone_at else ""
    click.echo(f"decision {done.decision.id}{undone}: {done.decision.command}")
    for story_id, articles in done.stories:
        noun = "article" if len(articles) == 1 else "articles"
        click.echo(f"story {story_id}: {noun} {', '.join(map(str, articles))}")
    if not undone:
        click.echo(f"`dibao story undo {done.decision.id}` takes it back")


def _story_id(database: Database, named: str) -> int:
    from storage.stories.resolving import Refused, story_named  # noqa: PLC0415

    found = story_named(database, named)
    if isinstance(found, Refused):
        raise click.UsageError(found.why)
    return found
