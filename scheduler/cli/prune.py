"""`dibao prune`: giving up articles, by age, by size, or because somebody asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scheduler.cli.changing import existing
from scheduler.cli.counting import counted
from scheduler.cli.faults import told_to_the_shell
from scheduler.cli.options import config_option, json_option, read_config, wait_option
from scheduler.cli.reading import current
from scheduler.cli.selecting import AgeOf, source_option
from scheduler.cli.terminal import echo, many, plain, print_json

if TYPE_CHECKING:
    from scheduler.config.file import Config
    from storage.database import Database
    from storage.retention.policy import Policy
    from storage.retention.pruning import Pruned


@click.command()
@config_option
@source_option
@click.option(
    "--older-than", type=AgeOf(), metavar="AGE", help="What was first seen before that, such as 90d; no other bounds."
)
@click.option(
    "--article", "-a", "words", multiple=True, metavar="ID", help="This article, by id or address; may be repeated."
)
@click.option("--dry-run", is_flag=True, help="Only say what would be pruned; the file is read, not written.")
@click.option("--vacuum", "vacuuming", is_flag=True, help="Then give the freed room back to the disk.")
@json_option
@wait_option
def prune(
    config_path: Path,
    sources: tuple[str, ...],
    older_than: int | None,
    words: tuple[str, ...],
    wait_seconds: float,
    *,
    dry_run: bool,
    vacuuming: bool,
    as_json: bool,
) -> None:
    """Give up old articles as [retention] says, or those that are named here, so that they never come back.

    Text, revisions and raw pages go; the address and the day it went stay, and followers of the feed are told. It
    cannot be undone. It goes on where it was when it is interrupted and run again.
    """
    if words and (sources or older_than is not None):
        raise click.UsageError("--article names articles; --source and --older-than are for others")
    if vacuuming and dry_run:
        raise click.UsageError("--vacuum writes the file; --dry-run does not")
    config = read_config(config_path)
    path, now = config.dibao.database, datetime.now(UTC)
    by_settings = not (words or sources or older_than is not None)
    with told_to_the_shell(), _opened(path, wait_seconds, dry_run=dry_run) as database:
        if words:
            document = _named(database, words, now, dry_run=dry_run)
        else:
            document = _prune(database, _policy(config, sources, older_than), now, dry_run=dry_run)
        if by_settings and not dry_run:
            document |= {"runs": _forget_runs(config, database, now)}
        if vacuuming:
            from storage.vacuum import vacuum  # noqa: PLC0415

            document |= {"freed_bytes": vacuum(database)}
    if as_json:
        print_json({**document, "dry_run": dry_run})
    else:
        _show(document, path, dry_run=dry_run)


@contextmanager
def _opened(path: Path, wait_seconds: float, *, dry_run: bool) -> Iterator[Database]:
    """A block with the file, which must be there: to be written, or for a dry run only read."""
    with current(path) if dry_run else existing(path, wait_seconds) as database:
        yield database


def _policy(config: Config, sources: tuple[str, ...], older_than: int | None) -> Policy:
    from scheduler.maintenance import policy  # noqa: PLC0415
    from storage.retention.policy import Keep, Policy  # noqa: PLC0415

    if older_than is not None:
        return Policy(default=Keep(seconds=older_than), only=sources)
    return policy(config, sources)


def _prune(database: Database, policy: Policy, now: datetime, *, dry_run: bool) -> dict[str, Any]:
    """What was pruned, or would be."""
    from storage.retention.pruning import prune as prune_all  # noqa: PLC0415
    from storage.selection import UnknownSource  # noqa: PLC0415

    with counted("pruning articles") as progress:
        try:
            done = prune_all(database, policy, now, dry_run=dry_run, progress=progress)
        except UnknownSource as error:
            raise click.UsageError(str(error)) from error
    return _document(done, idle=policy.is_idle)


def _forget_runs(config: Config, database: Database, now: datetime) -> int:
    from storage.retention.run_log import prune_runs  # noqa: PLC0415
    from storage.retention.watched import prune_watched  # noqa: PLC0415

    for _ in prune_watched(database, config.retention.keep_runs_for, now):
        pass
    return sum(prune_runs(database, config.retention.keep_runs_for, now))


def _named(database: Database, words: tuple[str, ...], now: datetime, *, dry_run: bool) -> dict[str, Any]:
    """What was pruned of articles that were named, and which others tell the same story."""
    from storage import tombstones  # noqa: PLC0415
    from storage.lookup import article_of  # noqa: PLC0415
    from storage.retention.choosing import asked, summed  # noqa: PLC0415
    from storage.retention.pruning import Pruned, prune_articles  # noqa: PLC0415
    from storage.stories.resolving import articles_of, story_of  # noqa: PLC0415

    ids: list[int] = []
    for word in words:
        article = article_of(database, word)
        if article is None:
            raise click.UsageError(f"{word!r}: there is no such article. Nothing was changed")
        ids.append(article)
    stories = {story for article in ids if (story := story_of(database, article)) is not None}
    others = sorted({one for story in stories for one in articles_of(database, story)} - set(ids))
    before = [stone.sentence for article in ids if (stone := tombstones.of(database, article)) is not None]
    if dry_run:
        done = Pruned(lots=summed(one.lot for one in asked(database, ids)))
    else:
        done = prune_articles(database, ids, now)
    return {
        **_document(done, idle=False),
        "before": before,
        "others_of_story": [_told_of(database, article) for article in others],
    }


def _document(done: Pruned, *, idle: bool) -> dict[str, Any]:
    """What was given up, for machines. `idle`: whether the settings keep everything for ever."""
    return {
        "articles": done.articles,
        "raw_pages": done.raw_pages,
        "idle": idle,
        "pruned": [asdict(lot) for lot in done.lots],
    }


def _told_of(database: Database, article: int) -> dict[str, Any]:
    row = database.row("SELECT id, source, url, title FROM article_list WHERE id = ?", (article,))
    assert row is not None, "it is in a story"
    return dict(row)


def _show(document: dict[str, Any], path: Path, *, dry_run: bool) -> None:
    """None; what was done stands on standard output, a line for each source and reason."""
    dry = "(dry run, nothing changed) " if dry_run else ""
    if document["idle"]:
        click.echo(f"{path}: [retention] sets neither keep_for nor keep_bytes, so all articles are kept", err=True)
    for sentence in document.get("before", ()):
        click.echo(f"{path}: {sentence}", err=True)
    for lot in document["pruned"]:
        echo(
            f"{plain(lot['source'])}: {many(lot['articles'], 'article')} for {lot['why']},"
            f" {lot['text_bytes']} bytes of text, first seen {lot['oldest']} to {lot['newest']}\n"
        )
    for other in document.get("others_of_story", ()):
        title = plain(other["title"]) or "(no title)"
        of = f"{other['id']} {plain(other['source'])} {plain(other['url'])} {title}"
        echo(f"of the same story, and kept: {of}\n")
    parts = [f"{many(document['articles'], 'article')} pruned"]
    if document["raw_pages"]:
        parts.append(f"{many(document['raw_pages'], 'raw page')} gone")
    if document.get("runs"):
        parts.append(f"{document['runs']} old runs forgotten")
    if "freed_bytes" in document:
        parts.append(f"the file is {document['freed_bytes']} bytes smaller")
    echo(f"{path}: {dry}{', '.join(parts)}\n")
