"""The labelled world through the real import, and what the file says of it afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from scheduler.importing import ImportedSource, ImportPlan, ImportResult, import_all
from storage.database import open_reader
from tests.quality.stories.chance import chance
from tests.quality.stories.measures import Figures, figures, joined
from tests.quality.stories.records import Record
from tests.quality.stories.showing import Form, write

NOW = datetime(2026, 11, 22, tzinfo=UTC)
FORMS: tuple[Form, ...] = ("page", "page", "bare", *("text",) * 17)
"""Of twenty records two are shown as HTML pages, one as a text without front matter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Streamed:
    """What came of a stream. `groups`: the story of each record by its key; those that were not stored are missing."""

    result: ImportResult
    groups: Mapping[str, int]
    database: Path


def stream(records: Sequence[Record], folder: Path, *, order: str = "stream") -> Streamed:
    """All records written as files in an order drawn by name, imported as one source, and their stories read."""
    shuffled = sorted(records, key=lambda one: one.key)
    chance("order", order).shuffle(shuffled)
    pages = folder / "pages"
    pages.mkdir()
    by_url = {
        write(one, pages, number, chance("form", one.key).choice(FORMS)): one.key for number, one in enumerate(shuffled)
    }
    assert len(by_url) == len(records), "two records have one address"
    database = folder / "stories.db"
    result = import_files([pages], database)
    groups = {by_url[url]: story for url, story in story_by_url(database).items()}
    return Streamed(result=result, groups=groups, database=database)


def import_files(paths: Sequence[Path], database: Path) -> ImportResult:
    """The result of what `dibao import` does."""
    source = ImportedSource(name="labelled", home="https://www.labelled.example/", timezone="Asia/Shanghai")
    return import_all(ImportPlan(database=database, source=source, paths=paths), clock=lambda: NOW)


def story_by_url(database: Path) -> dict[str, int]:
    """The story of each article of the file, by its address."""
    with open_reader(database) as file:
        rows = file.rows("SELECT a.url, s.story_id FROM articles a JOIN article_story s ON s.article_id = a.id")
        return {row["url"]: row["story_id"] for row in rows}


def report(records: Sequence[Record], groups: Mapping[str, int]) -> tuple[Figures, list[str]]:
    """The figures, and lines that say how each kind fared: its recall, and how many of its records met strangers."""
    labels = {one.key: one.story for one in records if one.key in groups}
    sums = figures(labels, groups)
    lines = [f"{name} {getattr(sums, name):.4f}" for name in Figures.__slots__]
    return sums, [" ".join(lines), *_by_kind(records, groups), *_wrong(records, groups)]


def _by_kind(records: Sequence[Record], groups: Mapping[str, int]) -> list[str]:
    """For each kind the share of its pairs (with the other records of their story) that were found."""
    members: dict[str, list[Record]] = {}
    for one in records:
        if one.key in groups:
            members.setdefault(one.story, []).append(one)
    found: dict[str, list[int]] = {}
    for several in members.values():
        for one in several:
            if len(several) > 1:
                near = sum(groups[one.key] == groups[other.key] for other in several) - 1
                counts = found.setdefault(one.kind, [0, 0])
                counts[0] += near
                counts[1] += len(several) - 1
    ranked = sorted(found.items(), key=lambda item: item[1][0] / item[1][1])
    return [f"  {kind:20} recall {near / right:.4f} of {right} pairs" for kind, (near, right) in ranked]


def _wrong(records: Sequence[Record], groups: Mapping[str, int]) -> list[str]:
    labels = {one.key: one.story for one in records}
    return [f"  joined: {one} + {other}: {count} pairs" for one, other, count in joined(labels, groups)[:40]]
