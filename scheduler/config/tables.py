"""What is wrong among tables of a configuration that there may be several of: names used twice, sources not there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from crawler.config_errors import Problem
from crawler.config_problems import shown, spoken_key, suggestion
from crawler.toml_file import TomlFile


def table_problems(toml: TomlFile, section: str) -> Iterator[Problem]:
    """A problem for each of its tables whose name another has, or that names a source which the file does not have."""
    first: dict[str, int] = {}
    known = [name for name in map(_name_of, _tables(toml, "source")) if name is not None]
    for index, table in enumerate(_tables(toml, section)):
        name = _name_of(table)
        line = toml.line_of((section, index, "name"))
        if name is not None and first.setdefault(name, line) != line:
            message = f"the {section} on line {first[name]} has this name too; names must be unique"
            key = spoken_key((section, index, "name"), toml.data)
            yield Problem(file=str(toml.path), line=line, key=key, message=message)
        wanted = table.get("sources") if isinstance(table, dict) else None
        for number, source in enumerate(wanted if isinstance(wanted, list) else ()):
            if isinstance(source, str) and source not in known:
                yield _unknown_source(toml, section, (index, number), known)


def _unknown_source(toml: TomlFile, section: str, place: tuple[int, int], known: list[str]) -> Problem:
    index, number = place
    source = toml.data[section][index]["sources"][number]
    hint = suggestion(source, known) if known else "there is none"
    return Problem(
        file=str(toml.path),
        line=toml.line_of((section, index, "sources", number)),
        key=spoken_key((section, index, "sources"), toml.data),
        message=f"no source {shown(source)} in this file; {hint}",
    )


def _tables(toml: TomlFile, section: str) -> list[Any]:
    tables = toml.data.get(section)
    return tables if isinstance(tables, list) else []


def _name_of(table: Any) -> str | None:
    name = table.get("name") if isinstance(table, dict) else None
    return name if isinstance(name, str) and name else None
