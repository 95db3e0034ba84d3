"""The READMEs as tests read them: sections, tables, and code blocks."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEADING = re.compile(r"^(#{2,4}) (.+)$", re.MULTILINE)
ROW = re.compile(r"^\| (.*) \|$", re.MULTILINE)
CODE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"`([^`]+)`")


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def prose_of(name: str) -> str:
    """A document without its code blocks: a # in a shell script is no heading."""
    return re.sub(r"^```.*?^```$", "", text_of(name), flags=re.MULTILINE | re.DOTALL)


def section(name: str, heading: str) -> str:
    """What stands under a heading, up to the next one of its level or above."""
    text = prose_of(name)
    headings = list(HEADING.finditer(text))
    for at, found in enumerate(headings):
        if found[2] == heading:
            level = len(found[1])
            ends = (later.start() for later in headings[at + 1 :] if len(later[1]) <= level)
            return text[found.end() : next(ends, len(text))]
    raise AssertionError(f"{name} has no heading {heading!r}")


def rows(text: str) -> list[list[str]]:
    """The cells of all table rows, headings and rules left out."""
    lines = [[cell.strip() for cell in line.split(" | ")] for line in ROW.findall(text)]
    return [cells for cells in lines if cells[0].startswith("`") or cells[0].isdigit()]


def first_names(text: str) -> list[str]:
    """What the first cells of table rows name in backticks."""
    return [name for cells in rows(text) for name in NAMED.findall(cells[0])]


def blocks(name: str, language: str) -> list[str]:
    return [code for kind, code in CODE.findall(text_of(name)) if kind == language]
