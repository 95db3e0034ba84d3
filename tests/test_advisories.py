"""No library is older than the version that mended a known fault, here or where somebody installs the lower bounds."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
from lxml import etree

from storage.database import sqlite3

HERE = Path(__file__).parent
ADVISORIES = tomllib.loads((HERE / "advisories.toml").read_text(encoding="utf-8"))["advisory"]
PROJECT = tomllib.loads((HERE.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def numbers(text: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", text)[:3]))


def lower_bound(package: str) -> tuple[int, ...]:
    wanted = [*PROJECT["dependencies"], *(one for more in PROJECT["optional-dependencies"].values() for one in more)]
    found = next(one for one in wanted if re.match(rf"{re.escape(package)}\b(?!-)", one, re.IGNORECASE))
    return numbers(found.partition(">=")[2].partition(",")[0])


@pytest.mark.parametrize("advisory", ADVISORIES, ids=lambda one: one["id"])
def test_neither_what_is_installed_nor_what_may_be_has_a_known_fault(advisory: dict[str, str]) -> None:
    fixed = numbers(advisory["fixed"])
    assert numbers(version(advisory["package"])) >= fixed, advisory["let_in"]
    bound = lower_bound(advisory["package"])
    assert bound + (0,) * (3 - len(bound)) >= fixed, advisory["let_in"]


def test_the_libraries_under_python_are_past_theirs() -> None:
    """But expat, which comes with Python: below 2.6.0 one long token of a feed costs seconds (README, Security)."""
    assert sqlite3.sqlite_version_info >= (3, 51, 3)  # the WAL-reset fault
    assert etree.LIBXML_VERSION >= (2, 14, 0)
