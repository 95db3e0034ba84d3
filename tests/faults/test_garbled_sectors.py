"""A disk that gives back other bytes than it was given: `dibao db check` finds each sector, SQLite alone does not."""

from __future__ import annotations

import hashlib
import random
from datetime import timedelta
from pathlib import Path

import pytest

from storage.care.checking import check, pages
from storage.database import open_reader, open_writer
from storage.faults import StorageFault
from tests.faults.acknowledging import text
from tests.storage.conftest import Desk

pytestmark = pytest.mark.faults

SECTOR = 512
ARTICLES, EDITED = 60, 30


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of articles, of which half were edited once."""
    path, chance = tmp_path_factory.mktemp("garbled") / "news.db", random.Random(1)
    with open_writer(path) as database:
        desk = Desk(database)
        for number in range(ARTICLES):
            desk.stored(f"{number}.html", text(chance))
        desk.now += timedelta(days=4)
        desk.recheck(*(desk.extracted(f"{number}.html", text(chance)) for number in range(EDITED)))
        assert database.value("SELECT count(*) FROM article_texts") == ARTICLES + EDITED
    return path


def said(path: Path) -> str | None:
    """A digest of all that the tables hold; None where they cannot be read."""
    try:
        with open_reader(path) as database:
            database.connection.text_factory = bytes
            names = database.rows(
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
            )
            found = hashlib.sha256()
            for (name,) in names:
                found.update(repr([tuple(row) for row in database.rows(f"SELECT * FROM {name.decode()}")]).encode())
            return found.hexdigest()
    except (StorageFault, UnicodeDecodeError):
        return None


@pytest.mark.parametrize("kind", ["random", "zeros", "others"])
@pytest.mark.parametrize("trials", [30, pytest.param(300, marks=pytest.mark.nightly)])
def test_every_sector_that_says_something_else_is_found(file: Path, tmp_path: Path, kind: str, trials: int) -> None:
    chance, content, before = random.Random(kind), file.read_bytes(), said(file)
    path, found, by_sqlite, made = tmp_path / "news.db", 0, 0, 0
    while made < trials:
        at = SECTOR * chance.randrange(8, len(content) // SECTOR)
        other = SECTOR * chance.randrange(8, len(content) // SECTOR)
        contents = {"random": chance.randbytes(SECTOR), "zeros": bytes(SECTOR), "others": content[other:][:SECTOR]}
        sector = contents[kind]
        path.write_bytes(content[:at] + sector + content[at + SECTOR :])
        if said(path) == before:
            continue  # room that nothing uses yet
        made += 1
        found += bool(finding(path, whole=True))
        by_sqlite += bool(finding(path, whole=False))
    print(f"{kind}: {found} of {trials} found, {by_sqlite} by quick_check")
    assert found == trials


def finding(path: Path, *, whole: bool) -> object:
    """What is found, if anything is."""
    try:
        with open_reader(path) as database:
            database.execute("BEGIN")
            return check(database).findings if whole else pages(database, quick=True)
    except StorageFault as fault:
        return fault
