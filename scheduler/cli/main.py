"""The `dibao` command: its subcommands, each loaded only when it is used."""

from __future__ import annotations

import errno
import importlib
import io
import keyword
import os
import sys
from typing import Any, ClassVar

import click
from click.shell_completion import CompletionItem

from scheduler.cli.exit_codes import STORAGE


class Commands(click.Group):
    """A group that imports a command's module when it is asked for: `dibao status` must not load Scrapy."""

    MODULES: ClassVar[dict[str, str]] = {
        "add": "Look at a site, and add it as a source.",
        "alerts": "Who is told of incidents, trying it, and telling again what did not arrive.",
        "backup": "Copy the database while it is written, verified, and keep the newest copies.",
        "bench": "Measure this machine: how quick it is at Dibao's work, and what it carries.",
        "chrome": "What the pages of a source repeat and so is left out, and corrections of it.",
        "cluster": "Several machines: their server made ready, how they are, pause and drain (extra [cluster]).",
        "completion": "What a shell needs to complete commands, options and source names.",
        "config": "Every setting with where it comes from; and what editors need to check dibao.toml.",
        "crawl": "Crawl once what is due, and end: for cron.",
        "db": "Look after the database file.",
        "demo": "See it work: a small news world on this machine, three crawls, and what was stored.",
        "diff": "What changed in an article, word by word; and which changes nobody was told of.",
        "doctor": "Look for what is wrong with the machine, the file and the configuration.",
        "errors": "What failed and was rejected of a source lately, and why.",
        "export": "Articles as JSON lines, CSV, Parquet, an Atom feed, chunks for RAG, or WARC.",
        "extract": "Main text and facts of saved pages, without network or database.",
        "import": "Store saved pages, texts and WARC files as articles of a source.",
        "incidents": "What is wrong, since when, and what was.",
        "init": "Write a commented dibao.toml.",
        "metrics": "What the file knows as numbers for Prometheus.",
        "pause": "Ask sources no more, until they are resumed.",
        "ops": "Files for running it: units of systemd, a container, cron, alert rules.",
        "preview": "What a source or a page would bring, without storing it.",
        "prune": "Give up old articles, by age and size, so that they never come back.",
        "quarantine": "Pages that broke what reads them: see them, and ask for them again.",
        "reextract": "Read the kept raw pages again with the rules of today, offline.",
        "reload": "Have the running daemon read dibao.toml again.",
        "restore": "Put a backup in the place of the database.",
        "resume": "Ask sources again that were paused.",
        "run": "Run the daemon.",
        "schedule": "What is crawled next, when, and why then.",
        "search": "Find articles by words, of any length and in either script.",
        "serve": "Serve the web page (extra [web]).",
        "snapshot": "Write a copy for readers that may not write its folder.",
        "sources": "The sources as a list, for other programs: export and import.",
        "status": "When each source was last crawled, and how it is.",
        "story": "Who had a text first and who has it from whom; split and merge stories.",
        "validate": "Check dibao.toml.",
        "webhooks": "Who is told of changes, what could not be delivered, and sending it again.",
        "worker": "Crawl for a cluster: jobs and events by its PostgreSQL server (extra [cluster]).",
    }

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """What click makes of the command line, with all three standard streams open."""
        _open_standard_streams()
        # We have no plugins of pydantic; to look for some, it reads the metadata of all that is installed (.02 s).
        os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
        try:
            return super().main(*args, **kwargs)
        except OSError as fault:
            if fault.errno not in {errno.ENOSPC, errno.EIO}:
                raise
            click.echo(f"dibao: what it has to say cannot be written: {fault.strerror}", err=True)
            sys.exit(STORAGE)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The commands that begin so, without loading any: a shell waits for this."""
        if not incomplete.startswith("-"):
            return [CompletionItem(name, help=text) for name, text in sorted(self.MODULES.items())
                    if name.startswith(incomplete)]  # fmt: skip
        return super().shell_complete(ctx, incomplete)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The names of the commands."""
        return sorted(self.MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of that name, or None."""
        if cmd_name not in self.MODULES:
            return None
        name = f"{cmd_name}_" if keyword.iskeyword(cmd_name) else cmd_name
        module = importlib.import_module(f"scheduler.cli.{name}")
        command: click.Command = getattr(module, name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of commands without loading any."""
        with formatter.section("Commands"):
            formatter.write_dl(sorted(self.MODULES.items()))


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="dibao", prog_name="dibao")
def main() -> None:
    """Watch news portals and keep their articles, deduplicated, in one SQLite file."""


def _open_standard_streams() -> None:
    """None; a stream that the caller closed (`2>&-`) leads to nowhere, lest the next open file takes its number."""
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            nowhere = os.open(os.devnull, os.O_RDWR)
            if nowhere != descriptor:
                os.dup2(nowhere, descriptor)
                os.close(nowhere)
    sys.stdout = sys.stdout or os.fdopen(1, "w", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(2, "w", closefd=False)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal of another encoding shows \uXXXX
