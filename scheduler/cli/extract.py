"""`dibao extract`: main text and facts of saved pages, one by one or in bulk."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING, Any

import click

from scheduler.cli import exit_codes

if TYPE_CHECKING:
    from crawler.extraction.batch import PageFile

BAD_LINES = 2
"""Exit code where a line of the batch could not be understood; all others were answered."""

DEFAULT_TIMEZONE = "Asia/Shanghai"


def _zone(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    """The zone's name, if there is such a zone: a wrong one would give wrong times."""
    from crawler.config_values import parse_timezone  # noqa: PLC0415 - only where it is asked for

    try:
        return parse_timezone(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


@click.command()
@click.argument("page", required=False, type=click.Path(exists=True, dir_okay=False))
@click.option("--url", default="", help="Address of the page; resolves its canonical link and may carry its date.")
@click.option("--content-type", default=None, help="Content-Type header that came with the page.")
@click.option(
    "--timezone", default=DEFAULT_TIMEZONE, show_default=True, callback=_zone, help="Zone of times that name none."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON also to a terminal.")
@click.option(
    "--batch",
    type=click.File("r", encoding="utf-8", errors="replace"),
    help='JSON lines {"id", "path", "url"?, "site"?, "content_type"?} in, results out; - is standard input.',
)
def extract(
    page: str | None, url: str, content_type: str | None, timezone: str, *, as_json: bool, batch: IO[str] | None
) -> None:
    """Print title, text and facts of PAGE, or of every page that --batch names."""
    if (page is None) == (batch is None):
        raise click.UsageError("Give one page file, or --batch with a file of JSON lines.")
    if batch is not None:
        try:
            code = run_batch(batch, sys.stdout, timezone)
        except KeyboardInterrupt:
            click.echo("dibao: interrupted; the pages already printed are whole", err=True)
            code = exit_codes.INTERRUPTED
        sys.exit(code)
    show(str(page), url, content_type, timezone, as_json=as_json or not sys.stdout.isatty())


def show(path: str, url: str, content_type: str | None, timezone: str, *, as_json: bool) -> None:
    """Prints the record of one page file."""
    from crawler.extraction.batch import PageFile, extract_file  # noqa: PLC0415 - heavy
    from crawler.extraction.record import record  # noqa: PLC0415

    file = PageFile(id=path, path=path, url=url, content_type=content_type)
    values = record(path, extract_file(file, datetime.now(UTC), timezone))
    click.echo(json.dumps(values, ensure_ascii=False, indent=2) if as_json else readable(values))


def readable(values: dict[str, Any]) -> str:
    """A record for human eyes: the headline, a line for each fact, the text."""
    if values["status"] == "rejected":
        detail = f" ({values['detail']})" if values["detail"] else ""
        return f"{values['id']} is not an article: {values['reason']}{detail}."
    facts = [
        ("kicker", values["kicker"]),
        ("subheadline", values["subheadline"]),
        ("published", values["published_at"]),
        ("modified", values["modified_at"]),
        ("origin", values["origin"]),
        ("original", values["origin_url"]),
        ("section", " > ".join(values["sections"])),
        *((credit["role"].replace("_", " "), credit["name"]) for credit in values["credits"]),
        ("language", " ".join(filter(None, (values["lang"], values["script"])))),
        ("encoding", values["encoding"]),
        ("damage", values["damage"]),
    ]
    lines = [f"{name:>14}  {value}" for name, value in facts if value]
    return "\n".join([click.style(values["title"] or "(no title)", bold=True), "", *lines, "", values["text"]])


def run_batch(source: IO[str], target: IO[str], timezone: str) -> int:
    """Exit code after every line was answered: 0, or BAD_LINES where one was not understood (told on stderr)."""
    from crawler.extraction.batch import extract_files  # noqa: PLC0415 - heavy
    from crawler.extraction.record import record  # noqa: PLC0415

    problems: list[str] = []
    name = getattr(source, "name", "<stdin>")
    for identity, result in extract_files(page_files(source, name, problems), now=datetime.now(UTC), timezone=timezone):
        target.write(json.dumps(record(identity, result), ensure_ascii=False) + "\n")
    target.flush()
    return BAD_LINES if problems else 0


def page_files(source: IO[str], name: str, problems: list[str]) -> Iterator[PageFile]:
    """Page files of the lines; a line that is none is told on stderr with its place, and appended to `problems`."""
    from crawler.extraction.batch import PageFile  # noqa: PLC0415 - heavy

    for number, line in enumerate(source, start=1):
        if not line.strip():
            continue
        try:
            values = json.loads(line)
            if not isinstance(values, dict):
                raise ValueError("the line is not a JSON object")  # noqa: TRY004, TRY301 - told like broken JSON
            if not isinstance(values.get("id"), (str, int)) or values["id"] == "":
                raise ValueError('"id" is missing, or neither a text nor a number')  # noqa: TRY301
            if not isinstance(values.get("path"), str) or not values["path"]:
                raise ValueError('"path" is missing or not a text')  # noqa: TRY301
        except (ValueError, RecursionError) as problem:
            problems.append(f"{name}:{number}: {problem}")
            click.echo(f'{name}:{number}: {problem}. Each line is an object with "id" and "path".', err=True)
            continue
        yield PageFile(
            id=values["id"],
            path=values["path"],
            url=_text(values, "url") or "",
            content_type=_text(values, "content_type"),
        )


def _text(values: dict[str, Any], key: str) -> str | None:
    """A text value, or None for one that is absent or of another type."""
    value = values.get(key)
    return value if isinstance(value, str) else None
