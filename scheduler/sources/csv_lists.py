"""Sources as CSV (RFC 4180) with a header, for spreadsheets: one row a source, lists separated by spaces."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from crawler.config import Listing, Source
from crawler.config_problems import suggestion
from crawler.config_values import duration_text
from scheduler.sources.lists import ListFault, Row

COLUMNS = ("name", "home", "feeds", "sitemaps", "listings", "every", "cron", "timezone", "enabled")
"""All others of a source are not carried."""
_OF_A_LISTING = ("links", "items", "link", "title", "date")
_SWITCHES = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def csv_text(sources: Iterable[Source]) -> str:
    """The sources as CSV. Lines end in CR LF, as the RFC has it.

    A listing is its address and, behind it, its settings: `https://a.cn/gn/ links=/{date}/{id}.html`.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([_without_controls(cell) for cell in _cells(source)] for source in sources)
    return out.getvalue()


def csv_rows(body: bytes) -> Iterator[Row]:
    """The rows of a CSV file, UTF-8 (with or without BOM) or GBK. Raises ListFault where it is no such table."""
    table = csv.reader(io.StringIO(_decoded(body), newline=""), strict=True)
    try:
        header = _header(next(table, []))
        before = table.line_num
        for cells in table:
            line, before = before + 1, table.line_num
            if any(cell.strip() for cell in cells):
                yield Row(line=line, values=_values(header, cells))
    except csv.Error as error:
        raise ListFault(f"line {table.line_num}: not valid CSV: {error}") from error


def _cells(source: Source) -> Sequence[str]:
    listings = " ".join(_listing_text(listing) for listing in source.listings)
    return (
        source.name,
        source.home,
        " ".join(source.feeds),
        " ".join(source.sitemaps),
        listings,
        "" if source.every is None else duration_text(source.every),
        source.cron or "",
        source.timezone,
        "true" if source.enabled else "false",
    )


def _listing_text(listing: Listing) -> str:
    values = listing.model_dump(exclude_defaults=True)
    return " ".join([listing.url, *(f"{name}={values[name]}" for name in _OF_A_LISTING if name in values)])


def _decoded(body: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ListFault('neither UTF-8 nor GBK; save it as "CSV UTF-8"')


def _header(cells: Sequence[str]) -> list[str]:
    names = [cell.strip().lower() for cell in cells]
    if "home" not in names:
        raise ListFault(f"line 1: no header with a column named home; the columns are: {', '.join(COLUMNS)}")
    for name in names:
        if name not in COLUMNS:
            raise ListFault(f'line 1: no such column: "{name}"; {suggestion(name, COLUMNS)}')
        if names.count(name) > 1:
            raise ListFault(f'line 1: the column "{name}" is there twice')
    return names


def _values(header: Sequence[str], cells: Sequence[str]) -> dict[str, Any]:
    """What the cells say, for the model to check. An empty cell says nothing."""
    values: dict[str, Any] = {}
    for name, text in zip(header, (cell.strip() for cell in cells), strict=False):
        if not text:
            continue
        if name in {"feeds", "sitemaps"}:
            values[name] = tuple(text.split())
        elif name == "listings":
            values[name] = _listings(text.split())
        elif name == "enabled":
            values[name] = _SWITCHES.get(text.lower(), text)
        else:
            values[name] = text
    if len(cells) > len(header):
        values["extra"] = f"{len(cells)} cells under {len(header)} columns"
    return values


def _listings(words: Sequence[str]) -> tuple[dict[str, str], ...]:
    """Listings of the words of a cell: `name=value` belongs to the address before it."""
    listings: list[dict[str, str]] = []
    for word in words:
        name, mark, value = word.partition("=")
        if mark and name in _OF_A_LISTING and listings:
            listings[-1][name] = value
        else:
            listings.append({"url": word})
    return tuple(listings)


def _without_controls(text: str) -> str:
    return "".join(character for character in text if character.isprintable())
