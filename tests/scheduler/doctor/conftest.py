"""A machine in a folder: a configuration, a database, and whatever a test breaks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from scheduler.doctor.case import Case, Finding, read_case
from storage.database import open_writer

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
CONFIG = """
[dibao]
contact = "tests@example.org"
"""
SOURCE = """
[[source]]
name = "{name}"
home = "https://{name}.example/"
"""


@pytest.fixture(scope="module", autouse=True)
def _quick_files(quick_files: None) -> None:
    """None; see `quick_files`."""


@pytest.fixture
def make_case(tmp_path: Path) -> Callable[..., Case]:
    """A function that makes a case of a configuration, and changes what is named in it."""

    def make(toml: str = CONFIG + SOURCE.format(name="enshi"), **changes: Any) -> Case:
        config = tmp_path / "dibao.toml"
        config.write_text(toml, encoding="utf-8")
        return replace(read_case(config, NOW), **changes)

    return make


@pytest.fixture
def case(make_case: Callable[..., Case]) -> Case:
    """One source, and a database that was just made."""
    made = make_case()
    open_writer(made.database).close()
    return made


def levels(found: Any) -> list[str]:
    return [one.level for one in found]


def only(found: Any) -> Finding:
    """The one finding, whose next step is said where it is not well."""
    (one,) = found
    assert (one.level == "ok") or one.step
    return one
