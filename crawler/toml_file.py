"""TOML with line numbers. The standard parser reads the values; a locator beside it remembers where each key stands.

The locator runs only over text that tomllib has accepted, so it need not check anything (TOML 1.0.0, https://toml.io).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crawler.config_errors import ConfigError, Problem

KeyPath = tuple[str | int, ...]
"""Where a value is: keys, and 0-based numbers within arrays. `("source", 0, "listings", 1, "url")`."""


@dataclass(frozen=True, slots=True)
class TomlFile:
    """The values of one file, and the line of each key, table and array element."""

    path: Path
    data: dict[str, Any]
    lines: Mapping[KeyPath, int]

    def line_of(self, key_path: KeyPath) -> int:
        """The 1-based line of that key; for one that is not there, the line of the nearest table around it, else 1."""
        for length in range(len(key_path), 0, -1):
            if (line := self.lines.get(key_path[:length])) is not None:
                return line
        return 1


def read_toml(path: Path) -> TomlFile:
    """The file's values with their lines. Raises ConfigError for a file that cannot be read or is not TOML."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        reason = "no such file" if isinstance(error, FileNotFoundError) else (error.strerror or str(error)).lower()
        raise ConfigError([Problem(file=str(path), line=None, key="", message=reason)]) from error
    return parse_toml(raw, path)


def parse_toml(raw: bytes, path: Path) -> TomlFile:
    """The values of these bytes with their lines; `path` is only named in messages. Raises ConfigError."""
    try:
        # Editors on Windows put a byte order mark in front, which tomllib refuses.
        text = raw.decode("utf-8-sig").replace("\r\n", "\n")
        data = tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        message = f"not UTF-8 (byte 0x{raw[error.start]:02x}); save the file as UTF-8"
        raise ConfigError([Problem(file=str(path), line=line, key="", message=message)]) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([_syntax_problem(str(error), text, path)]) from error
    except RecursionError:
        message = "lists or tables stand too deep within each other"
        raise ConfigError([Problem(file=str(path), line=None, key="", message=message)]) from None
    locator = _Locator(text)
    locator.document()
    return TomlFile(path, data, locator.lines)


_POSITION = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


def _syntax_problem(message: str, text: str, path: Path) -> Problem:
    position = _POSITION.search(message)
    what = _POSITION.sub("", message)
    what = what[:1].lower() + what[1:]
    if position is None or position[1] is None:
        line = text.rstrip("\n").count("\n") + 1
        return Problem(file=str(path), line=line, key="", message=f"not valid TOML: {what} (end of the file)")
    message = f"not valid TOML: {what} (column {position[2]})"
    return Problem(file=str(path), line=int(position[1]), key="", message=message)


_BLANK = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"""(?:"{0,2})'  # a multi-line string may end in up to two quotes of its own
    r"|'''.*?'''(?:'{0,2})"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)
_BARE_VALUE = re.compile(r"[^,\]}#\n]+")
_KEY_PART = re.compile(r"""[ \t]*("(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[A-Za-z0-9_-]+)[ \t]*""")


@dataclass(slots=True)
class _Locator:
    """Walks valid TOML once and notes the line of every key path."""

    text: str
    at: int = 0
    lines: dict[KeyPath, int] = field(default_factory=dict)
    tables: dict[KeyPath, int] = field(default_factory=dict)
    """How many `[[tables]]` each array of tables has so far."""
    counted: tuple[int, int] = (0, 1)
    """The last offset whose line was asked for, and that line: lines are counted once, not from the top each time."""

    def document(self) -> None:
        table: KeyPath = ()
        self.skip(_BLANK)
        while self.at < len(self.text):
            if self.text.startswith("[[", self.at):
                table = self.array_table_header()
            elif self.text[self.at] == "[":
                table = self.table_header()
            else:
                self.assignment(table)
            self.skip(_BLANK)

    def array_table_header(self) -> KeyPath:
        line = self.line()
        self.at += 2
        *parents, last = self.key()
        self.at += 2
        array = (*self.resolved(parents), last)
        number = self.tables.get(array, 0)
        self.tables[array] = number + 1
        self.lines.setdefault(array, line)
        self.lines[*array, number] = line
        return (*array, number)

    def table_header(self) -> KeyPath:
        line = self.line()
        self.at += 1
        path = self.resolved(self.key())
        self.at += 1
        self.lines[path] = line
        return path

    def resolved(self, keys: list[str]) -> KeyPath:
        """The path of dotted keys in a header, where an array of tables means its newest table."""
        path: KeyPath = ()
        for key in keys:
            path = (*path, key)
            if path in self.tables:
                path = (*path, self.tables[path] - 1)
        return path

    def assignment(self, table: KeyPath) -> None:
        line = self.line()
        path = table
        for part in self.key():
            path = (*path, part)
            self.lines.setdefault(path, line)
        self.at += 1  # the equals sign
        self.skip(_BLANK)
        self.value(path)

    def value(self, path: KeyPath) -> None:
        opening = self.text[self.at]
        if opening == "[":
            self.array(path)
        elif opening == "{":
            self.inline_table(path)
        elif opening in "\"'":
            self.skip(_STRING)
        else:
            self.skip(_BARE_VALUE)

    def array(self, path: KeyPath) -> None:
        number = 0
        while self.next_item("]"):
            element = (*path, number)
            self.lines[element] = self.line()
            self.value(element)
            number += 1

    def inline_table(self, path: KeyPath) -> None:
        while self.next_item("}"):
            self.assignment(path)

    def next_item(self, closing: str) -> bool:
        """True when another item follows; otherwise the closing bracket has been passed."""
        self.at += self.text[self.at] in "[{"
        self.skip(_BLANK)
        if self.text[self.at] == ",":
            self.at += 1
            self.skip(_BLANK)
        if self.text[self.at] == closing:
            self.at += 1
            return False
        return True

    def key(self) -> list[str]:
        parts: list[str] = []
        while match := _KEY_PART.match(self.text, self.at):
            self.at = match.end()
            part = match[1]
            parts.append(tomllib.loads(f"key = {part}")["key"] if part[0] in "\"'" else part)
            if self.text[self.at] != ".":
                break
            self.at += 1
        return parts

    def skip(self, pattern: re.Pattern[str]) -> None:
        if match := pattern.match(self.text, self.at):
            self.at = match.end()

    def line(self) -> int:
        offset, line = self.counted
        self.counted = (self.at, line + self.text.count("\n", offset, self.at))
        return self.counted[1]
