"""A migration that is killed at any step leaves the old file or the new one, and a copy of the old one beside it."""

from __future__ import annotations

import random
import shutil
from pathlib import Path
from typing import Any

import pytest

from storage import before_migration, schema
from storage.care.checking import check
from storage.database import Database, open_reader, open_writer, unchecked
from tests.faults.acknowledging import forked, migrate_until, steps_of_migration
from tests.storage.contract.test_released_files import EARLIER, unpacked

pytestmark = pytest.mark.faults


@pytest.mark.parametrize("kills", [2, pytest.param(100, marks=pytest.mark.nightly)])
@pytest.mark.parametrize("version", EARLIER)
def test_a_killed_migration_leaves_the_old_file_or_the_new_one(tmp_path: Path, version: int, kills: int) -> None:
    released = unpacked(version, tmp_path)
    with unchecked(released) as database:
        old = rows(database)
    path = Path(shutil.copyfile(released, tmp_path / "news.db"))
    steps = steps_of_migration(path)
    path.unlink()
    chance, left_old = random.Random(version), 0
    for _ in range(kills):
        for one in tmp_path.glob("news.db*"):
            one.unlink()
        shutil.copyfile(released, path)
        killed = forked(migrate_until, path, chance.randrange(1, steps))
        killed.join()
        assert killed.exitcode == -9
        with unchecked(path) as database:
            found = database.value("PRAGMA user_version")
            assert found in {version, schema.VERSION}
            if found == version:
                left_old += 1
                assert rows(database) == old
        copy = before_migration.copy_path(path, schema.VERSION)
        if copy.exists() or found != version:
            with unchecked(copy) as database:
                assert rows(database) == old
        with open_writer(path, any_key_rules=True) as database:
            assert database.value("SELECT count(*) FROM article_heads") == len(old["article_heads"])
        assert not [one.name for one in tmp_path.glob("*.partial")]
        with open_reader(path) as reader:
            reader.execute("BEGIN")
            assert [one.check for one in check(reader).findings if one.damage] == []
    print(f"schema {version}: {kills} kills in {steps} steps, {left_old} left the old file")


def rows(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables, and the schema itself."""
    names = [row[0] for row in database.rows("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    found = {name: sorted((tuple(row) for row in database.rows(f'SELECT * FROM "{name}"')), key=repr) for name in names}
    schema_rows = database.rows("SELECT type, name, sql FROM sqlite_schema")
    return {**found, "the schema": sorted((tuple(row) for row in schema_rows), key=repr)}
