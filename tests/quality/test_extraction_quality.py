"""What is extracted from real pages, scored against human gold; the floors stand in floors.toml."""

import json
import os
import re
import subprocess
import sys
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.extraction.batch import PageFile, extract_files
from crawler.extraction.record import record

pytestmark = pytest.mark.quality

HERE = Path(__file__).parent
SHARED = Path(os.environ.get("DIBAO_SHARED", HERE.parents[2] / "shared"))
FLOORS = tomllib.loads((HERE / "floors.toml").read_text(encoding="utf-8"))
NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture(scope="module")
def gold(tmp_path_factory):
    tool = SHARED / "tools" / "make_gold.py"
    if not tool.is_file() or not (SHARED / "corpus").is_dir():
        pytest.skip(f"the corpus is not on this machine ({SHARED})")
    folder = tmp_path_factory.mktemp("gold")
    subprocess.run([sys.executable, str(tool), str(folder)], check=True)
    return folder


def figures(gold, name, *, kind, with_title=False):
    """The scorer's figures for one set."""
    pages = [json.loads(line) for line in (gold / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]
    files = (PageFile(id=page["id"], path=page["path"], url=page["url"] or "") for page in pages)
    predicted = gold / f"{name}.predicted.jsonl"
    with predicted.open("w", encoding="utf-8") as target:
        for identity, result in extract_files(files, now=NOW, timezone="Asia/Shanghai"):
            values = record(identity, result)
            if with_title:
                values["text"] = f"{values['title'] or ''}\n{values['text'] or ''}"
            target.write(json.dumps(values, ensure_ascii=False) + "\n")
    scorer = [
        sys.executable,
        str(SHARED / "tools" / "score_extraction.py"),
        kind,
        str(gold / f"{name}.jsonl"),
        str(predicted),
    ]
    scored = json.loads(subprocess.run(scorer, check=True, capture_output=True, text=True).stdout)
    print(name, json.dumps(scored, ensure_ascii=False))
    return scored


def share(text):
    """The share that a figure of the scorer names: `0.983 of 60`, `P 0.9 R 0.9 F 0.9 (gold 34)`, `0 of 12`."""
    return float(re.search(r"(?:F )([\d.]+)|^([\d.]+)", text).group(1) or re.match(r"[\d.]+", text)[0])


@pytest.mark.parametrize(("name", "with_title"), [("zh-body", True), ("en-body", False)])
def test_main_text_is_as_good_as_it_was(gold, name, with_title):
    scored = figures(gold, name, kind="body", with_title=with_title)
    assert scored["answered"] == scored["pages"]
    assert scored["F"] >= FLOORS[name]["F"]


def test_facts_are_as_good_as_they_were(gold):
    scored = figures(gold, "zh-facts", kind="meta")
    floors = dict(FLOORS["zh-facts"])
    assert share(scored["source_invented"]) <= floors.pop("source_invented")
    assert {name: share(scored[name]) for name in floors if share(scored[name]) < floors[name]} == {}
