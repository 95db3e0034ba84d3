"""`dibao demo`: the main job on a small news world of this machine, so that one sees it work before configuring it."""

from __future__ import annotations

import shutil
import sys
import tempfile
from contextlib import closing
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scheduler.cli.faults import told_to_the_shell
from storage.records import Outcome

if TYPE_CHECKING:
    from rich.console import Console

    from scheduler.crawl import CrawlResult
    from scheduler.demo.world import World
    from storage.noted import Noted
    from storage.records import CrawlJob
    from storage.runs import SourceRun

KINDS = ("mirror", "city", "bay", "gazette", "daily", "party", "party")
ARTICLES = 6
# The second crawl happens this much later, as far as the database knows: stored articles are asked again after 1 h.
LATER = timedelta(hours=2)
# By the third, what was taken down has been missing for long enough to be believed gone.
MUCH_LATER = timedelta(hours=9)
RECHECK = "\n[recheck]\ngone_times = 2\n"
SHOWN = 12
TRIGGER = "demo"
# Headings and the most columns that each takes of a terminal of 80.
COLUMNS = {"id": 3, "source": 13, "title": 22, "published there": 16, "origin": 9, "note": 12}
COUNTS = {
    "discovered": "found",
    "stored": "stored",
    "revised": "revised",
    "unchanged": "same",
    "duplicate": "copies",
    "rejected": "rejected",
    "failed": "failed",
    "pending": "pending",
}
LOOK = (
    "{tool} rows {name} articles --limit 3",
    '{tool} {name} "SELECT source, title, origin, published_at FROM articles" --table',
    '{tool} {name} "SELECT url, reason, detail FROM rejections" --table',
    '{tool} {name} "SELECT * FROM changes ORDER BY seq DESC LIMIT 5" --table',
)


class Notes:
    """What became of each address, in the order in which it was stored."""

    def __init__(self) -> None:
        self.ended: list[tuple[str, Noted]] = []

    def started(self, source: str, job: CrawlJob) -> None:
        """None."""

    def noted(self, source: str, noted: Noted) -> None:
        """None; an address that has ended is kept."""
        if noted.outcome is not None:
            self.ended.append((source, noted))

    def finished(self, result: SourceRun) -> None:
        """None."""


@click.command()
@click.option("--database", type=click.Path(dir_okay=False, path_type=Path), default="demo.db", show_default=True,
              help="The file to leave; one that an earlier demo left is replaced.")  # fmt: skip
@click.option("--seed", type=int, default=1, show_default=True, help="Another number, another world.")
def demo(database: Path, seed: int) -> None:
    """Start a small news world on loopback, crawl it three times while it changes, and show what was stored."""
    from rich.console import Console  # noqa: PLC0415

    from crawler.logs import configure  # noqa: PLC0415

    configure("text", "ERROR")
    with told_to_the_shell():
        _clear(database)
        _show(Console(), database.absolute(), seed)


def _clear(database: Path) -> None:
    """Remove what an earlier demo left. Raises ForeignFile for any other file, which stays."""
    from storage import runs  # noqa: PLC0415
    from storage.archive.folder import remove_archive  # noqa: PLC0415
    from storage.database import open_reader  # noqa: PLC0415
    from storage.faults import ForeignFile  # noqa: PLC0415
    from storage.lock import WriterLock  # noqa: PLC0415

    if not database.exists():
        return
    with WriterLock(database):
        with open_reader(database) as reader:
            if runs.triggers(reader) - {TRIGGER}:
                raise ForeignFile(f"{database} was not left by a demo; it is left untouched. Name another (--database)")
        remove_archive(database)
        for suffix in ("", "-wal", "-shm"):
            database.with_name(database.name + suffix).unlink(missing_ok=True)


def _show(console: Console, database: Path, seed: int) -> None:
    from scheduler.config.file import load_config  # noqa: PLC0415
    from scheduler.crawl import local_engine  # noqa: PLC0415
    from scheduler.demo.server import WorldServer  # noqa: PLC0415
    from scheduler.demo.world import World  # noqa: PLC0415

    began = datetime.now(UTC)
    world = World(sites=len(KINDS), articles=ARTICLES, seed=seed, kinds=KINDS, now=began - timedelta(hours=3))
    trouble = _trouble(world)
    with WorldServer(world) as server, tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "dibao.toml"
        path.write_text(server.config_toml(str(database), delay_seconds=0.0) + RECHECK, encoding="utf-8")
        config = load_config(path)
        console.rule("[bold]The world")
        for site in world.sites:
            about = f"{site.name}, {site.kind} portal, {site.encoding}"
            console.print(f"  {server.url(site)}  {about}", highlight=False)
        console.print("\n".join(f"  trouble: {line}" for line in trouble), highlight=False)
        with closing(local_engine(config, log_level="ERROR")) as engine:
            console.rule("[bold]First crawl")
            _report(console, *_crawl(config, engine, timedelta(0)))
            console.rule("[bold]Two hours later")
            console.print("\n".join(f"  {line}" for line in _happenings(world)), highlight=False)
            _report(console, *_crawl(config, engine, LATER))
            console.rule("[bold]Nine hours later, nothing has happened")
            _report(console, *_crawl(config, engine, MUCH_LATER))
    _what_is_stored(console, database)


def _trouble(world: World) -> list[str]:
    """What goes wrong in the world, in words; it is wrong from the beginning."""
    sites = world.sites
    gone, home, busy = (world.articles(sites[place])[1] for place in (0, 1, 2))
    world.fail(gone, status=404)
    world.redirect(home, "/")
    world.fail(busy, status=502, times=1)
    return [
        f"{gone.site} lists an article that is not there (404)",
        f"{home.site} sends readers of one article to its front page",
        f"{busy.site} answers 502 once",
    ]


def _happenings(world: World) -> list[str]:
    """What happens between the first two crawls, in words."""
    sites = world.sites
    new = [*world.publish(sites[0], 2), *world.publish(sites[3], 1)]
    edited = world.edit(world.articles(sites[1])[0])
    first = world.articles(sites[5])[0]
    copy = world.repost(first, sites[6])
    cut = world.repost(first, sites[4], cut=True)
    down = world.take_down(world.articles(sites[4])[0])
    return [
        *(f"published on {article.site}: {article.title}" for article in new),
        f"edited on {edited.site}: {edited.title}",
        f"reposted from {first.site} to {copy.site}: {copy.title}",
        f"its first half, on {cut.site}: {cut.title}",
        f"taken down on {down.site}: {down.title}",
    ]


def _crawl(config: Any, engine: Any, later: timedelta) -> tuple[CrawlResult, Notes]:
    from scheduler.crawl import crawl  # noqa: PLC0415

    notes = Notes()
    result = crawl(
        config,
        clock=lambda: datetime.now(UTC) + later,
        engine=engine,
        everything=True,
        trigger=TRIGGER,
        listener=notes,
    )
    if result.failed:
        raise click.ClickException(f"could not crawl {', '.join(result.failed)}; the log above says why")
    return result, notes


def _report(console: Console, result: CrawlResult, notes: Notes) -> None:
    """Print the counts of each source, then what deserves a line of its own."""
    from rich.table import Table  # noqa: PLC0415

    table = Table(box=None, padding=(0, 1, 0, 0))
    table.add_column("  source", no_wrap=True)
    for heading in COUNTS.values():
        table.add_column(heading, justify="right", no_wrap=True)
    for one in result.sources:
        table.add_row(f"  {one.source}", *(str(getattr(one, name) or "·") for name in COUNTS))
    table.add_row("  [bold]all", *(f"[bold]{result.total(name)}" for name in COUNTS))
    console.print(table)
    for source, noted in notes.ended:
        if (line := _line(noted)) is not None:
            console.print(f"  {line[0]} {source}: {line[1]}", highlight=False)
    console.print(f"  {result.seconds:.1f} s; found = all columns but revised, which is within stored\n")


def _line(noted: Noted) -> tuple[str, str] | None:
    """What to say of one address: a coloured word, and the title or the reason; None where there is nothing to tell."""
    what = str(noted.title or getattr(noted.event, "key", ""))
    match noted.outcome:
        case Outcome.STORED if noted.revised:
            return "[cyan]revised[/]", what
        case Outcome.DUPLICATE:
            return "[magenta]a copy[/]", what
        case Outcome.REJECTED:
            return "[yellow]rejected[/]", f"{what}: {noted.reason}"
        case Outcome.FAILED:
            return "[red]failed[/]", f"{what}: {noted.reason}, will be asked again"
    return None


def _what_is_stored(console: Console, database: Path) -> None:
    """Print some rows as a reader of the file sees them, and how to look at the rest."""
    from rich.table import Table  # noqa: PLC0415

    from storage import reading  # noqa: PLC0415
    from storage.database import open_reader  # noqa: PLC0415

    with open_reader(database) as reader:
        total, rows = reading.count(reader), reading.newest(reader, SHOWN)
        stories = reading.shared_stories(reader, SHOWN)
    table = Table(box=None, padding=(0, 1, 0, 0))
    for heading, width in COLUMNS.items():
        table.add_column(heading, no_wrap=True, max_width=width)
    for row in rows:
        table.add_row(*_cells(row))
    console.rule(f"[bold]{total} articles in {database.name}, the newest {len(rows)}")
    console.print(table)
    console.rule("[bold]Stories that more than one article tells")
    for story in stories:
        told = f"{story['n_articles']} articles on {story['n_sites']} sites, first on {story['source']}"
        console.print(f"  story {story['id']}: {story['title']}\n    {told}", highlight=False, markup=False)
    name = database.name if database.parent == Path.cwd() else str(database)
    console.print("\nLook at the file:", highlight=False)
    tool = "sqlite-utils" if shutil.which("sqlite-utils") else Path(sys.executable).with_name("sqlite-utils")
    dibao = Path(sys.argv[0]).name if shutil.which("dibao") else Path(sys.argv[0])
    for story in stories[:1]:
        console.print(f"  {dibao} story show {story['id']} --database {name}", highlight=False, soft_wrap=True)
    needs = "" if find_spec("datasette") else "    # first: pip install 'dibao[web]'"
    for line in (*LOOK, "{dibao} serve --database {name}" + needs):
        told = line.format(name=name, tool=tool, dibao=dibao)
        console.print(f"  {told}", highlight=False, soft_wrap=True, markup=False)


def _cells(row: Any) -> tuple[str, ...]:
    notes = [
        *([f"story {row['story_id']}"] if not row["is_canonical"] else []),
        *([f"revision {row['revision']}"] if row["revision"] > 1 else []),
        *(["gone"] if row["status"] == "gone" else []),
    ]
    published = (row["published_local"] or "").replace("T", " ")[:16]
    return (str(row["id"]), row["source"], row["title"] or "", published, row["origin"] or "", ", ".join(notes))
