"""kill -9 of `dibao prune` at any time: each article is whole or pruned, and the next run goes on; and the daemon's."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from scheduler.demo.server import WorldServer
from scheduler.demo.world import World
from storage.database import open_reader, open_writer
from tests.faults import story_digest
from tests.nightly import long_form
from tests.scheduler.test_daemon import running
from tests.storage.test_rededup import fill

pytestmark = pytest.mark.faults

TEXTS = 120
CONFIG = """
[dibao]
database = "news.db"
contact = "tests@example.org"
"""


def ids(path: Path, table: str, column: str = "id") -> set[int]:
    with open_reader(path) as database:
        return {row[0] for row in database.rows(f"SELECT {column} FROM {table}")}


@pytest.mark.parametrize("kills", long_form(4, 12))
def test_a_prune_that_is_killed_again_and_again_leaves_no_article_half(
    dibao_command: str, tmp_path: Path, kills: int
) -> None:
    (tmp_path / "dibao.toml").write_text(CONFIG, encoding="utf-8")
    path = tmp_path / "news.db"
    fill(path, texts=TEXTS)
    every = ids(path, "article_heads")
    with open_writer(path) as database:
        # Of three copies, the first and the last are too old.
        database.execute("UPDATE article_heads SET first_seen_at = '2020-01-01T00:00:00Z' WHERE id % 3 <> 2")
        database.execute("UPDATE article_heads SET first_seen_at = '2100-01-01T00:00:00Z' WHERE id % 3 = 2")
    command = [dibao_command, "prune", "--older-than", "365d"]
    chance, seen = random.Random(8), set()
    for _ in range(kills):
        running_prune = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL)
        before = len(ids(path, "tombstones", "article_id"))
        # From the moment on at which it has begun, for some of its batches.
        deadline = time.monotonic() + 60
        while running_prune.poll() is None and len(ids(path, "tombstones", "article_id")) == before:
            assert time.monotonic() < deadline
            time.sleep(0.005)
        time.sleep(chance.uniform(0, 0.15))
        running_prune.kill()
        running_prune.wait()
        gone, here = ids(path, "tombstones", "article_id"), ids(path, "articles")
        seen.add(len(gone))
        assert gone | here == every
        assert not gone & here
        assert ids(path, "article_revisions", "article_id") == here
        assert ids(path, "article_fts_docsize") == here
        assert ids(path, "changes WHERE op = 'prune'", "article_id") == gone
        assert story_digest.faults(path) == []
    subprocess.run(command, cwd=tmp_path, check=True, timeout=120)
    assert ids(path, "articles") == {one for one in every if one % 3 == 2}
    assert story_digest.faults(path) == []
    assert len(seen) > 2


def test_the_daemon_gives_up_what_is_too_old_and_crawls_on(dibao_command: str, tmp_path: Path) -> None:
    fill(tmp_path / "news.db", texts=2)
    with open_writer(tmp_path / "news.db") as database:
        database.execute("UPDATE article_heads SET first_seen_at = '2020-01-01T00:00:00Z'")
    with WorldServer(World(sites=1, articles=2, kinds=["daily"])) as server, \
            running(dibao_command, tmp_path, server) as daemon:  # fmt: skip
        daemon.configure(more='\n[retention]\nkeep_for = "365d"\n')
        text = daemon.config.read_text(encoding="utf-8")
        daemon.config.write_text(text.replace("[dibao]\n", "[dibao]\nmaintenance_seconds = 1\n", 1), encoding="utf-8")
        daemon.until(lambda: daemon.said("the daemon has started"))
        daemon.process.send_signal(signal.SIGHUP)
        daemon.until(lambda: daemon.value("SELECT count(*) FROM tombstones") == 6)
        daemon.until(lambda: daemon.said("pruned 6 articles of a for age"))
        daemon.until(lambda: daemon.value("SELECT count(*) FROM articles") > 1)
        code, _ = daemon.stop()
        assert code == 0
    with open_reader(tmp_path / "news.db") as database:
        assert database.value("SELECT count(*) FROM articles WHERE source = 'a'") == 0
