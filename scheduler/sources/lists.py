"""Sources as lists that other programs read and write: rows that came in, what is wrong with them, what is new."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from crawler.config import Source
from crawler.config_problems import shown
from storage.identity import BadUrl, host_of, url_key

LONGEST_NAME = 64
MAX_FILE_BYTES = 32 * 1024 * 1024
"""A list of 10,000 sources has about 2 MB."""
_MEANINGLESS = frozenset({"www", "m", "wap", "news", "com", "net", "org", "gov", "edu", "co", "html"})


class ListFault(ValueError):
    """A list that cannot be read at all; the message says why, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What a list says of one source, unchecked. `line`: where. A missing `name` is proposed from `home`."""

    line: int
    values: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A row that is not taken: its line and why, in words."""

    line: int
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """What comes of a list: sources to add, rows that name what is there already, rows that are wrong."""

    new: tuple[Source, ...] = ()
    known: tuple[Told, ...] = ()
    bad: tuple[Told, ...] = ()


def sort_rows(rows: Iterable[Row], present: Sequence[Source]) -> Sorted:
    """The rows, each checked as dibao.toml would check it. A repeat of a name or a home, also in the list, is known."""
    by_name = {source.name: "dibao.toml" for source in present}
    by_home = {home_key(source.home): "dibao.toml" for source in present}
    new, known, bad = [], [], []
    for row in rows:
        try:
            source = Source.model_validate(_named(row.values, by_name))
        except ValidationError as error:
            bad.append(Told(line=row.line, message=_problems(error)))
            continue
        home = home_key(source.home)
        if (place := by_home.get(home)) is not None:
            known.append(Told(line=row.line, message=f"{source.home} is in {place} already"))
        elif (place := by_name.get(source.name)) is not None:
            known.append(Told(line=row.line, message=f'a source "{source.name}" is in {place} already'))
        else:
            new.append(source)
            by_name[source.name] = by_home[home] = f"line {row.line}"
    return Sorted(new=tuple(new), known=tuple(known), bad=tuple(bad))


def propose_name(host: str, taken: Iterable[str] = ()) -> str:
    """A valid name that is not taken, from a host's meaningful labels: news.enshi.cn is `enshi`, then `enshi-2`."""
    taken = frozenset(taken)
    is_address = re.fullmatch(r"[\d.]+|\[.*\]", host) is not None
    labels = [host] if is_address else (host.split(".")[:-1] or [host])
    kept = [label for label in labels if label not in _MEANINGLESS] or labels[-1:]
    name = slug("-".join(kept)) or "source"
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name[: LONGEST_NAME - len(str(number)) - 1]}-{number}"
    return free


def home_key(home: str) -> str:
    """What two spellings of one home have in common; what is no address is its own."""
    try:
        return url_key(home)
    except BadUrl:
        return home


def slug(text: str) -> str:
    """The text with only what a name may have, cut to its longest; empty where nothing is left."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:LONGEST_NAME].rstrip("-")


def _named(values: dict[str, Any], taken: Iterable[str]) -> dict[str, Any]:
    if values.get("name"):
        return values
    try:
        host = host_of(str(values.get("home", "")))
    except BadUrl:
        return {**values, "name": "source"}  # its home is the problem that is told
    return {**values, "name": propose_name(host, taken)}


def _problems(error: ValidationError) -> str:
    """All that is wrong with one row: `home: expected a http:// or https:// address; got "x"; every: ...`."""
    return "; ".join(
        f"{'.'.join(str(part) for part in details['loc'])}: {_message(details)}".removeprefix(": ")
        for details in error.errors(include_url=False)
    )


def _message(details: Any) -> str:
    if details["type"] == "value_error":
        return str(details["ctx"]["error"])
    if details["type"] == "missing":
        return "required"
    return f"{details['msg'][:1].lower()}{details['msg'][1:]}; got {shown(details['input'])}"
