"""`dibao extract`: bulk extraction over processes and the command around it."""

import importlib
import json

import pytest
from click.testing import CliRunner

from crawler.extraction import batch
from crawler.extraction.batch import MOST_BYTES, PageFile, extract_file, extract_files
from scheduler.cli.extract import extract
from tests.crawler.extraction.pages import NOW, portal_page

FIELDS = [
    "id", "status", "reason", "detail", "title", "text", "published_at", "published_raw", "origin", "authors",
    "editors", "credits", "lang", "script", "encoding", "markdown", "kicker", "subheadline", "published_in",
    "modified_at",
    "origin_kind", "origin_url", "dateline", "sections", "keywords", "print_page", "images", "counts", "licence",
    "correction", "canonical_url", "damage", "confidence", "found_by", "evidence",
]  # fmt: skip


@pytest.fixture
def page(tmp_path):
    path = tmp_path / "page.html"
    path.write_text(portal_page(above="<p>2026-11-21 08:30 来源：某某日报 作者：李楠</p>"), encoding="gb18030")
    return path


def run(tmp_path, *lines):
    listing = tmp_path / "in.jsonl"
    listing.write_text("\n".join(lines), encoding="utf-8")
    result = CliRunner().invoke(extract, ["--batch", str(listing)])
    return result, [json.loads(line) for line in result.stdout.splitlines()]


def test_a_batch_answers_in_input_order_with_exactly_the_fields_of_the_contract(tmp_path, page):
    lines = [json.dumps({"id": f"{n}", "path": str(page) if n % 3 else "/none"}) for n in range(20)]
    result, answers = run(tmp_path, *lines)
    assert result.exit_code == 0
    assert [answer["id"] for answer in answers] == [str(n) for n in range(20)]
    assert all(list(answer) == FIELDS for answer in answers)
    assert (answers[0]["status"], answers[0]["reason"], answers[0]["authors"]) == ("rejected", "unreadable", [])
    assert (answers[1]["status"], answers[1]["origin"], answers[1]["published_at"]) == (
        "article",
        "某某日报",
        "2026-11-21T08:30+08:00",
    )
    assert answers[1]["credits"] == [
        {
            "role": "author",
            "name": "李楠",
            "raw": "2026-11-21 08:30 来源：某某日报 作者：李楠",
            "found_in": "head",
            "organisation": False,
        }
    ]


def test_a_bad_line_is_told_with_its_place_and_costs_no_other(tmp_path, page):
    good = json.dumps({"id": "a", "path": str(page)})
    result, answers = run(tmp_path, good, "{broken", "[]", '{"id": "b"}', '{"path": "x"}', good)
    assert result.exit_code == 2
    assert [answer["status"] for answer in answers] == ["article", "article"]
    assert [f"in.jsonl:{number}:" in result.stderr for number in (1, 2, 3, 4, 5, 6)] == [
        False,
        True,
        True,
        True,
        True,
        False,
    ]


def test_one_page_is_printed_as_one_json_record(page):
    result = CliRunner().invoke(extract, [str(page), "--json"])
    assert json.loads(result.stdout)["title"] == "我市部署冬季供暖工作"


def test_the_command_wants_a_page_or_a_batch():
    assert CliRunner().invoke(extract, []).exit_code == 2


HOSTILE = """
import os, time
from storage.records import Rejection

def work(file, now, timezone):
    if file.path == "hang":
        time.sleep(60)
    if file.path == "die":
        os._exit(9)
    if file.path == "raise":
        raise RuntimeError("broken")
    return Rejection(reason="no_text")
"""


def test_a_page_that_hangs_or_dies_costs_only_itself(monkeypatch, tmp_path):
    (tmp_path / "hostile_extraction.py").write_text(HOSTILE)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(batch, "extract_file", importlib.import_module("hostile_extraction").work)
    files = [
        PageFile(id=path + str(n), path=path) for n in range(2) for path in ("fine", "hang", "die", "raise", "fine")
    ]
    results = dict(extract_files(files, now=NOW, timezone="Asia/Shanghai", processes=2, page_seconds=3))
    reasons = [results[file.id].reason for file in files]
    assert reasons == ["no_text", "extraction_timeout", "extraction_crashed", "extraction_crashed", "no_text"] * 2


def test_input_is_read_only_as_far_as_the_pool_needs_it(page):
    taken = []

    def listing():
        for number in range(500):
            taken.append(number)
            yield PageFile(id=str(number), path=str(page))

    answers = extract_files(listing(), now=NOW, timezone="Asia/Shanghai", processes=1)
    next(answers)
    assert len(taken) <= batch.LOOK_AHEAD + 1
    answers.close()


def test_a_file_without_an_end_is_too_large():
    result = extract_file(PageFile(id=1, path="/dev/zero"), NOW, "UTC")
    assert (result.reason, str(MOST_BYTES) in result.detail) == ("too_large", True)
