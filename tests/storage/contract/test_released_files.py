"""Files of every released schema: today's code reads and mends them, and old consumers and old code meet today's file.

A file is made by make_file.py, run with the code of its version:

    git archive COMMIT | tar -x -C FOLDER
    python -P tests/storage/contract/make_file.py FOLDER tests/storage/contract/files/schema_NN.db.gz

The .toml beside it are the public views and columns of then, the .sql the queries of its documents. None is edited
once it was released. Those of today's schema are made by `python -m tests.storage.contract.freeze`; with the next one,
its commit goes into COMMITS.
"""

import gzip
import re
import subprocess
import sys
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from storage import rededup, rekeying, schema
from storage.database import Database, open_reader, open_writer
from tests.storage.contract.recipes import PARAMETERS

ROOT = Path(__file__).resolve().parents[3]
FILES = Path(__file__).with_name("files")
NOW = datetime(2026, 11, 30, 8, tzinfo=UTC)
# The last commit of each schema that users could have, for its code.
COMMITS = {5: "12053a2", 8: "88635e7", 9: "f1270db", 10: "9a020f3", 11: "f9fcc6c", 12: "050b35a", 13: "8bdaa9a"}
EARLIER = sorted(COMMITS)
RELEASED = [*EARLIER, schema.VERSION]
# What needs files beside the database, or a network; and an index that holds no text.
WITHOUT_ROWS = {"raw_pages", "deliveries", "article_fts"}
# What people decided or found out since may change: rekeying and stories set these.
SET_ANEW = {"duplicate_of", "story_id", "is_canonical"}
CODE_OF_THEN = """
import sys
from pathlib import Path
from storage import database, faults
for opened in (database.open_writer, database.open_reader):
    try:
        opened(Path(sys.argv[1]))
    except faults.NewerSchema as fault:
        print(fault)
"""


def unpacked(version: int, folder: Path) -> Path:
    path = folder / f"schema_{version:02}.db"
    path.write_bytes(gzip.decompress((FILES / f"schema_{version:02}.db.gz").read_bytes()))
    return path


def public(version: int) -> dict[str, list[str]]:
    found: dict[str, list[str]] = tomllib.loads((FILES / f"schema_{version:02}.toml").read_text(encoding="utf-8"))
    return found


def answers(database: Database, version: int) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all public views of that version, its columns only."""
    return {
        view: sorted((tuple(row) for row in database.rows(f"SELECT {', '.join(columns)} FROM {view}")), key=repr)
        for view, columns in public(version).items()
        if view not in WITHOUT_ROWS | {"column_docs"}
    }


@pytest.mark.parametrize("version", RELEASED)
def test_a_released_file_answers_as_before_once_it_is_migrated(tmp_path: Path, version: int) -> None:
    path = unpacked(version, tmp_path)
    with open_reader(path) as old:
        assert old.value("PRAGMA user_version") == version
        before = answers(old, version)
    assert all(before.values()), "a view of the file has no row to compare"
    with open_writer(path, any_key_rules=True) as new:
        assert new.value("PRAGMA user_version") == schema.VERSION
        assert answers(new, version) == before
        assert sound(new)


@pytest.mark.parametrize("version", EARLIER)
def test_a_released_file_is_sound_and_keeps_its_articles_once_it_is_rekeyed_and_rededuped(
    tmp_path: Path, version: int
) -> None:
    path = unpacked(version, tmp_path)
    kept = ", ".join(column for column in public(version)["articles"] if column not in SET_ANEW)
    with open_reader(path) as old:
        before = [tuple(row) for row in old.rows(f"SELECT {kept} FROM articles ORDER BY id")]
        changes = [tuple(row) for row in old.rows("SELECT seq, article_id, op, revision, at FROM changes")]
    rekeying.rekey_file(path, NOW)
    rededup.rededup_file(path, NOW)
    with open_writer(path) as new:
        assert sound(new)
        assert [tuple(row) for row in new.rows(f"SELECT {kept} FROM articles ORDER BY id")] == before
        feed = [tuple(row) for row in new.rows("SELECT seq, article_id, op, revision, at FROM changes ORDER BY seq")]
        assert feed[: len(changes)] == changes
        assert {row[2] for row in feed[len(changes) :]} <= {"link"}
        told = "SELECT n_articles, (SELECT count(*) FROM article_story WHERE story_id = s.id) FROM stories s"
        assert {row[0] == row[1] for row in new.rows(told)} == {True}
        assert new.value("SELECT story_id FROM articles WHERE id = 3") == 1, "the copy in the other script"
        listed = "SELECT count(*) FROM article_list WHERE shown_at <= first_seen_at AND characters > 0"
        assert new.value(listed) == len(before)


def sound(database: Database) -> bool:
    assert [row[0] for row in database.rows("PRAGMA integrity_check")] == ["ok"]
    assert database.rows("PRAGMA foreign_key_check") == []
    return True


@pytest.fixture(scope="module")
def today(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of today's schema with a row in every view that a released file had."""
    path = unpacked(schema.VERSION, tmp_path_factory.mktemp("today"))
    open_writer(path).close()
    return path


@pytest.mark.parametrize("version", RELEASED)
def test_the_queries_that_a_version_documented_run_on_a_file_of_today(today: Path, version: int) -> None:
    text = (FILES / f"schema_{version:02}.sql").read_text(encoding="utf-8")
    queries = [query for query in re.split(r"^-- .*\n", text, flags=re.MULTILINE) if query.strip()]
    assert len(queries) > 5
    with open_reader(today) as database:
        for query in queries:
            named = {name: PARAMETERS[name] for name in re.findall(r":([a-z]+)\b", query)}
            found = database.rows(query, named)
            if "discovered <>" in query:
                assert found == []  # the rule that runs keep
            elif "'now'" not in query:
                assert found, query


@pytest.fixture(scope="module")
def code_of(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A function that gives the folder with the storage package of a version, from the history of this checkout."""

    def unpack(version: int) -> Path:
        folder = tmp_path_factory.mktemp(f"code-{version}")
        packed = subprocess.run(
            ["git", "archive", COMMITS[version], "storage"], cwd=ROOT, capture_output=True, check=False
        )
        if packed.returncode:
            pytest.skip(f"this checkout has no history to take {COMMITS[version]} from")
        subprocess.run(["tar", "-x", "-C", str(folder)], input=packed.stdout, check=True)
        return folder

    return unpack


OLDER_CODE = [pytest.param(version, marks=pytest.mark.faults) for version in EARLIER[:-1]]


@pytest.mark.parametrize("version", [*OLDER_CODE, EARLIER[-1]])
def test_code_of_an_older_version_refuses_a_file_of_today_untouched(today: Path, code_of: Any, version: int) -> None:
    folder = code_of(version)
    before = today.read_bytes()
    asked = subprocess.run(
        [sys.executable, "-P", "-W", "ignore", "-c", CODE_OF_THEN, str(today)],
        env={"PYTHONPATH": str(folder)},
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    said = f"has schema {schema.VERSION}, this Dibao knows {version}; upgrade Dibao"
    assert [said in line for line in asked.stdout.splitlines()] == [True, True], asked.stderr
    assert today.read_bytes() == before
