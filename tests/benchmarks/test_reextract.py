"""How many kept pages a second are read again, beside plain extraction of the same pages, and that no row is touched.

Pages are those of the corpora, as often as it takes, each copy with a number of its own behind its markup. CPU seconds
are the kernel's own sum over all processes; what either command takes for one page alone, its start, is taken off.

`REEXTRACT_PAGES=10000 pytest tests/benchmarks/test_reextract.py -m benchmark -s` prints the table.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import pytest

from scheduler.config.file import Archive
from scheduler.importing import ImportedSource, ImportPlan, import_all
from storage.archive.folder import archive_folder
from storage.database import open_reader, open_writer

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.skipif(sys.platform != "linux", reason="whole process trees are measured by Linux's means"),
]

HERE = Path(__file__).parent
SHARED = Path(os.environ.get("DIBAO_SHARED", HERE.parents[2] / "shared"))
PAGES = int(os.environ.get("REEXTRACT_PAGES", "120"))
_DIBAO = str(Path(sys.executable).with_name("dibao"))
MEASURABLE = 1_000
"""Pages from which on the ratio is one: each process of either pool warms up over its first ones, about a second."""

CONFIG = '[dibao]\ncontact = "a@example.cn"\n'
MOST_RATIO = 1.25
"""CPU of a page beside plain extraction: reading the archive and what is stored, telling that nothing differs. On a
busy machine 1.4 ms of 27 were measured in the parent, 1.2 in the pool."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the pages as files, and with a database of them and its archive."""
    made = tmp_path_factory.mktemp("reextract")
    (made / "files").mkdir()
    chinese = sorted((SHARED / "corpus" / "zh-dev" / "html").glob("*"))
    english = sorted((SHARED / "corpus" / "en-zyte").glob("*.html.gz"))
    bodies = [path.read_bytes() for path in chinese] + [gzip.decompress(path.read_bytes()) for path in english]
    if not bodies:
        pytest.skip(f"the corpora are not on this machine ({SHARED})")
    for number, body in enumerate(islice(cycle(bodies), PAGES)):
        (made / "files" / f"{number:06}.html").write_bytes(b"%s<!-- %d -->" % (body, number))
    source = ImportedSource(name="a", home="https://www.example.cn/", timezone="Asia/Shanghai")
    plan = ImportPlan(database=made / "news.db", source=source, paths=[made / "files"], archive=Archive())
    import_all(plan, clock=lambda: datetime.now(UTC))
    (made / "dibao.toml").write_text(CONFIG, encoding="utf-8")
    for path in _rejected(made):
        path.unlink()
    return made


def test_kept_pages_are_read_again_at_the_speed_of_extraction_and_no_row_is_touched(folder: Path) -> None:
    before = _digest(folder / "news.db")
    ours, theirs = [_DIBAO, "reextract", "--json"], [sys.executable, str(HERE / "reextract_side.py"), "files"]
    again, alone = _measured(folder, *ours), _measured(folder, *theirs)
    starts = _measured(folder, *ours, "--limit", "1")["cpu_seconds"], _measured(folder, *theirs, "1")["cpu_seconds"]
    said = json.loads(again["out"])
    ratio = (again["cpu_seconds"] - starts[0]) / (alone["cpu_seconds"] - starts[1])
    kept = sum(path.stat().st_size for path in archive_folder(folder / "news.db").iterdir())
    print(f"\n{said['read']} kept pages, {kept / said['read'] / 1000:.1f} kB each in the archive")
    for name, report, start in (("re-extraction", again, starts[0]), ("plain extraction", alone, starts[1])):
        print(
            f"{name:>17}: {said['read'] / report['wall_seconds']:6.1f} pages/s,"
            f" {1000 * (report['cpu_seconds'] - start) / said['read']:6.1f} ms CPU a page, {start:.1f} s to start,"
            f" peak {report['peak_bytes'] / 1e6:4.0f} MB"
        )
    print(f"{'CPU ratio':>17}: {ratio:.2f}")
    counts = {name: said[name] for name in ("read", "unchanged", "changed", "written", "not_archived")}
    # A page or two of the corpora is no article by itself, or a copy of the address of another.
    assert 0.99 * int(alone["out"]) <= said["read"] <= int(alone["out"])
    assert counts == {"read": said["read"], "unchanged": said["read"], "changed": 0, "written": 0,
                      "not_archived": 0}  # fmt: skip
    assert _digest(folder / "news.db") == before
    assert ratio <= MOST_RATIO or PAGES < MEASURABLE


def test_pages_that_were_all_read_badly_are_all_mended(folder: Path) -> None:
    with open_writer(folder / "news.db") as database:
        database.execute("UPDATE article_revisions SET kicker = 'x', content_digest = 'older'")
    again = _measured(folder, _DIBAO, "reextract", "--json")
    said = json.loads(again["out"])
    print(f"\n{said['written']} of {said['read']} written: {said['read'] / again['wall_seconds']:.1f} pages/s,"
          f" {1000 * again['cpu_seconds'] / said['read']:.1f} ms CPU a page")  # fmt: skip
    assert (said["written"], said["unchanged"]) == (said["read"], 0)
    settled = _digest(folder / "news.db")
    said = json.loads(_measured(folder, _DIBAO, "reextract", "--json")["out"])
    assert said["unchanged"] == said["read"]
    assert _digest(folder / "news.db") == settled


def _measured(folder: Path, *command: str) -> dict[str, Any]:
    """What a command cost, and what it printed."""
    with (folder / "out").open("wb") as out, (folder / "log").open("wb") as log:
        measuring = [sys.executable, str(HERE / "measured.py"), "report.json", *command]
        subprocess.run(measuring, cwd=folder, stdout=out, stderr=log, check=True)
    report: dict[str, Any] = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert report["exit"] == 0, (folder / "log").read_text(encoding="utf-8")[-2000:]
    return {**report, "out": (folder / "out").read_text(encoding="utf-8")}


def _rejected(folder: Path) -> list[Path]:
    """The files of which no article came: nothing of them is kept, so that both commands are to read the others."""
    with open_reader(folder / "news.db") as database:
        kept = {row[0] for row in database.rows("SELECT title FROM articles")}
        states = {row[0].rpartition("/")[2] for row in database.rows("SELECT url FROM urls WHERE state <> 'stored'")}
    assert kept
    return [path for path in (folder / "files").iterdir() if path.name in states]


def _digest(path: Path) -> str:
    """SHA-256 over all rows of all tables."""
    found = hashlib.sha256()
    with open_reader(path) as database:
        for (table,) in database.rows("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name"):
            found.update(table.encode())
            for row in database.execute(f"SELECT * FROM {table}"):
                found.update(repr(tuple(row)).encode("utf-8", "surrogatepass"))
    return found.hexdigest()
