from dataclasses import replace

import pytest

from scheduler.bench import telling
from tests.scheduler.bench.results import DISK, MACHINE, crawls, result


def verdict(found, begin):
    (line,) = (line for line in telling.lines(found) if line.what.startswith(begin))
    return line


def test_on_a_good_machine_all_is_good():
    assert {line.verdict for line in telling.lines(result())} == {"good"}


@pytest.mark.parametrize(
    ("commits", "expected", "advice"),
    [(400, "good", "SSD"), (40, "fair", "SSD"), (5, "bad", "SSD"), (90_000, "fair", "power cut")],
)
def test_a_disk_is_judged_by_how_it_commits(commits, expected, advice):
    line = verdict(result(disk=replace(DISK, commits_second=commits)), "database: commits")
    assert line.verdict == expected
    assert advice in line.advice


@pytest.mark.parametrize(("page_ms", "expected"), [(4, "good"), (12, "fair"), (60, "bad")])
def test_a_core_is_judged_by_a_page(page_ms, expected):
    assert verdict(result(page_ms=page_ms), "reading: a page").verdict == expected


def test_what_is_too_little_to_be_told_from_nothing_is_not_said_to_be_nothing():
    assert verdict(result(found=crawls(poll_ms=0.2)), "asking").figure == "less than 1 ms of CPU"
    assert verdict(result(found=crawls(poll_ms=20)), "asking").figure == "20 ms of CPU"


def test_memory_is_judged_by_what_the_machine_has():
    small = replace(result(), machine=replace(MACHINE, memory_bytes=420_000_000))
    assert verdict(small, "memory").verdict == "bad"


def test_figures_are_of_pages_beyond_starting():
    line = verdict(result(), "crawling")
    assert line.figure == "100 pages a second (4.0 times the obvious script)"
    assert "costs 8.0 ms of CPU, one of the obvious script 40.0 ms" in telling.summary(result())[2]


def test_what_ends_first_is_said_with_what_to_do():
    assert "`workers = 2`" in telling.summary(result(found=crawls(coordinator=1, worker=30)))[0]


def test_an_estimate_has_two_figures():
    found = result()
    said = replace(found, estimate=replace(found.estimate, pages_day=4_321_987, sources=5_432))
    assert "4,300,000 new articles a day" in telling.summary(said)[0]
    assert "5,400 sources" in telling.summary(said)[0]
    assert "More than 1,000 were not tried." in telling.summary(said)[0]


def test_a_machine_with_other_work_is_told_first():
    busy = replace(result(), machine=replace(MACHINE, load=12.0))
    assert telling.summary(busy)[0].startswith("Other programs were at work (load 12.0, with cores for 4)")
    assert telling.summary(busy)[1:] == telling.summary(result())
