"""kill -9 of `dibao db rededup` at any time: the file is as it was or made anew, and the next run ends it."""

from __future__ import annotations

import random
import subprocess
import time
from pathlib import Path

import pytest

from storage import schema
from storage.database import open_reader, open_writer
from storage.stories import scratch
from tests import digest
from tests.nightly import long_form
from tests.storage.test_rededup import fill, forget

pytestmark = pytest.mark.faults

TEXTS = 100
TABLES = ("fingerprints", "anchors", "hot_anchors", "pairs", "story_aliases")
CONFIG = """
[dibao]
database = "news.db"
contact = "tests@example.org"
"""


def told(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """All that stories consist of, but for when they were made; and how much was told to followers."""
    with open_reader(path) as database:
        found = {table: sorted(map(tuple, database.rows(f"SELECT * FROM {table}"))) for table in TABLES}
        heads = "id, canonical_id, articles, sites, first_published_at"
        found["story_heads"] = sorted(map(tuple, database.rows(f"SELECT {heads} FROM story_heads")))
        for table in ("story_log", "changes"):
            found[table] = [(database.value(f"SELECT count(*) FROM {table}"),)]
    return found


@pytest.mark.parametrize("kills", long_form(4, 24))
def test_a_rededup_that_is_killed_again_and_again_ends_like_an_undisturbed_one(
    dibao_command: str, tmp_path: Path, kills: int
) -> None:
    """Kills at random moments of a run; where it came to its end first, the file is made one of old again."""
    (tmp_path / "dibao.toml").write_text(CONFIG, encoding="utf-8")
    path = tmp_path / "news.db"
    fill(path, texts=TEXTS)
    forget(path)
    before = told(path)
    command = [dibao_command, "db", "rededup"]
    began = time.monotonic()
    subprocess.run(command, cwd=tmp_path, check=True, timeout=300)
    length = time.monotonic() - began
    after = told(path)
    assert len(after["story_heads"]) == TEXTS
    forget(path)
    chance = random.Random(7)
    ended = went_on = 0
    for number in range(kills):
        went_on += scratch.beside(path).exists()
        running = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL)
        if number % 2 == 0:  # one of two in the midst of the work, however short that is beside the start
            while not scratch.beside(path).exists() and running.poll() is None:
                time.sleep(0.002)
        try:
            assert running.wait(chance.uniform(0.1, 1.05) * length * (1 if number % 2 else 0.1)) == 0
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()
        now = told(path)
        assert now in (before, after)
        assert digest.is_sound(path)
        if now == after:
            ended += 1
            forget(path)
    assert went_on
    subprocess.run(command, cwd=tmp_path, check=True, timeout=300)
    assert told(path) == after
    assert not scratch.beside(path).exists()
    with open_writer(path) as database:
        assert database.value("PRAGMA user_version") == schema.VERSION
