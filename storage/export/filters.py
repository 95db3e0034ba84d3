"""Conditions that people write, such as `characters >= 500`, as SQL with bound values.

Of what is written nothing reaches SQL but a column's name that the file itself has, and values, which are bound.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from storage.export.columns import SIMPLE_LISTS, Column, column

HOW = "write COLUMN OPERATOR VALUE with one of = != < <= > >= ~ (contains) !~, or COLUMN is null, COLUMN is not null"
_WRITTEN = re.compile(
    r"\s*(\w+)\s*(\bis\s+not\s+null\b|\bis\s+null\b|!=|<>|<=|>=|!~|=|<|>|~)\s*(.*)", re.DOTALL | re.IGNORECASE
)
_TIME = re.compile(r"\d{4}(-\d\d(-\d\d(T\d\d(:\d\d(:\d\dZ?)?)?)?)?)?", re.ASCII)
_ORDERED = frozenset({"<", "<=", ">", ">="})
_LARGEST = 2**63 - 1


class BadFilter(ValueError):
    """A condition that says nothing that can be asked. The message says what to write."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A condition as it was written. `operator`: one of `=` `!=` `<` `<=` `>` `>=` `~` `!~` `is null` `is not null`."""

    column: str
    operator: str
    value: str

    def sql(self, known: dict[str, Column], view: str = "v") -> tuple[str, list[Any]]:
        """SQL over the columns of `articles` under the alias `view`, and its values.

        Raises NoSuchColumn, or BadFilter where value or operator do not fit the column.
        """
        of = column(known, self.column)
        name = f"{view}.{of.name}"
        if self.operator.startswith("is"):
            empty = f"({name} IS NULL OR {name} = '[]')" if of.is_list else f"{name} IS NULL"
            return (f"NOT {empty}" if "not" in self.operator else empty), []
        if of.is_list:
            return self._of_list(of, name)
        if self.operator in {"~", "!~"}:
            return self._contains(name)
        comparison = {"=": "IS", "!=": "IS NOT"}.get(self.operator, self.operator)
        return f"{name} {comparison} ?", [self._value(of)]

    def _contains(self, text: str) -> tuple[str, list[Any]]:
        found = f"coalesce(instr({text}, ?) > 0, 0)"
        return (f"NOT {found}" if self.operator == "!~" else found), [self.value]

    def _of_list(self, of: Column, name: str) -> tuple[str, list[Any]]:
        """Of a list of names, whether one of them is so; of a list of objects, whether its JSON contains the value."""
        if self.operator in _ORDERED or (of.kind not in SIMPLE_LISTS and self.operator in {"=", "!="}):
            others = "= != ~ !~" if of.kind in SIMPLE_LISTS else "~ !~"
            raise BadFilter(f"{of.name} is a list, which cannot be asked for with {self.operator}; use one of {others}")
        if of.kind not in SIMPLE_LISTS:
            return self._contains(name)
        test = "instr(one.value, ?) > 0" if "~" in self.operator else "CAST(one.value AS TEXT) = ?"
        found = f"EXISTS (SELECT 1 FROM json_each({name}) one WHERE {test})"
        return (f"NOT {found}" if self.operator.startswith("!") else found), [self.value]

    def _value(self, of: Column) -> Any:
        """The value as the column has it. Raises BadFilter."""
        if of.kind == "time" and not _TIME.fullmatch(self.value):
            written = f"{of.name} {self.operator} {self.value}"
            raise BadFilter(f"{written}: times are UTC, such as 2026-11-22T08:30:00Z or a beginning of that")
        made: Callable[[str], Any] | None = {"integer": int, "real": float}.get(of.kind)
        if made is None:
            return self.value
        try:
            number = made(self.value)
        except ValueError:
            raise BadFilter(f"{of.name} {self.operator} {self.value}: {of.name} is a number") from None
        if not -_LARGEST <= number <= _LARGEST:  # neither is what is not a number
            raise BadFilter(f"{of.name} {self.operator} {self.value}: no number is that large")
        return number


def condition(text: str) -> Condition:
    """What a person wrote. Raises BadFilter where it is no condition."""
    found = _WRITTEN.fullmatch(text)
    if found is None:
        raise BadFilter(f"{text!r} is no condition; {HOW}")
    name, operator, rest = found[1], " ".join(found[2].lower().split()).replace("<>", "!="), _unquoted(found[3].strip())
    if operator.startswith("is") == bool(rest):
        raise BadFilter(f"{text!r}: {'nothing' if rest else 'a value'} stands behind {operator}; {HOW}")
    try:
        rest.encode()
    except UnicodeEncodeError:
        raise BadFilter(f"{text!r} is not UTF-8") from None
    return Condition(column=name, operator=operator, value=rest)


def _unquoted(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        return value[1:-1]
    return value
