import json
from dataclasses import replace
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from scheduler.bench import benching
from scheduler.bench.fault import BenchFault
from scheduler.cli import exit_codes
from scheduler.cli.bench import bench
from tests.scheduler.bench.results import DISK, crawls, result


@pytest.fixture
def found(monkeypatch):
    """What is found, in the place of a measurement of half a minute; and how much of it was asked for."""
    told = {"result": result(), "asked": None}

    def measured(folder, size, _now, _say):
        told["asked"] = (folder, size)
        if isinstance(told["result"], BaseException):
            raise told["result"]
        return told["result"]

    monkeypatch.setattr(benching, "bench", measured)
    return told


def run(*arguments):
    return CliRunner().invoke(bench, arguments)


def test_each_figure_has_a_line_with_its_verdict_and_then_what_it_comes_to(found):
    done = run()
    assert done.exit_code == exit_codes.OK
    assert found["asked"][1] == benching.FULL
    assert "Made-up 9000: 4 cores, 8192 MiB" in done.output
    assert done.output.count(" good") == 10
    assert "new articles a day" in done.output


def test_sections_of_the_configuration_are_printed_as_they_are_written(found):
    found["result"] = result(found=crawls(coordinator=1, worker=30))
    said = " ".join(run().output.split())
    assert "`max_bytes` in [archive]" in said
    assert "set `workers = 2` in [dibao]" in said


def test_what_is_not_good_has_its_advice_below(found):
    found["result"] = result(disk=replace(DISK, commits_second=40))
    done = run()
    assert done.exit_code == exit_codes.OK
    assert "-> put the database on a disk of this machine" in done.output


def test_what_is_bad_ends_with_a_code_of_its_own(found):
    found["result"] = result(disk=replace(DISK, commits_second=4))
    assert run().exit_code == exit_codes.SOURCES_FAILED


def test_json_has_every_figure_and_the_verdicts(found):
    document = json.loads(run("--json", "--quick").output)
    assert found["asked"][1] == benching.QUICK
    assert document["disk"]["commits_second"] == 400
    assert document["page"]["dibao"]["page_ms"] == pytest.approx(8)
    assert document["estimate"]["bound"] == "cores"
    assert {line["verdict"] for line in document["verdicts"]} == {"good"}


@pytest.mark.parametrize(
    ("fault", "code", "said"),
    [
        (BenchFault("no address on loopback can be listened on"), exit_codes.SOURCES_FAILED, "no address on loopback"),
        (OSError(28, "No space left on device", "/x/news.db"), exit_codes.STORAGE, "make room, then start again"),
        (KeyboardInterrupt(), exit_codes.INTERRUPTED, "its files are gone"),
    ],
)
def test_what_cannot_be_measured_is_told_in_a_sentence(found, fault, code, said):
    found["result"] = fault
    done = run()
    assert done.exit_code == code
    assert said in done.stderr


def test_a_folder_without_room_is_refused_before_anything_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr(benching.shutil, "disk_usage", lambda _: SimpleNamespace(free=10**6))
    done = run("--folder", str(tmp_path))
    assert done.exit_code == exit_codes.SOURCES_FAILED
    assert "make room, or name another folder with --folder" in done.stderr
    assert list(tmp_path.iterdir()) == []
