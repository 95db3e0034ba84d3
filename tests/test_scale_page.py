"""The section "Speed and scale": its figure and its table are of the data that the figure carries."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from tests.benchmarks import scale
from tests.benchmarks.scale import Point, Scale
from tests.readmes import section

ROLES = {"coordinator": 3.0, "worker": 2.0, "pool": 6.0, "fork server": 1.0}


def point(of: int, rate: float = 80.0) -> Point:
    return Point(
        of=of, pages=2000, pages_second=rate, page_ms=12.0, memory_mb=410.0, coordinator_mb=70.0, role_ms=ROLES
    )


@pytest.fixture
def some() -> Scale:
    return Scale(
        day="2026-11-23",
        machine='A "made-up" <machine> & more',
        sources=[point(10), point(1_000, 79.0)],
        stored=[point(0), point(1_000_000, 70.0)],
        cores=[point(1, 45.0), point(2, 85.0)],
    )


def test_the_figure_is_drawn_of_the_data_that_it_carries() -> None:
    svg = scale.FIGURE.read_text(encoding="utf-8")
    assert scale.draw(scale.read(svg)) == svg


def test_the_table_is_of_the_data_of_the_figure() -> None:
    found = scale.read(scale.FIGURE.read_text(encoding="utf-8"))
    assert scale.block(found) in section("scheduler/README.md", "Speed and scale")


def test_data_that_are_drawn_come_back_whole(some: Scale) -> None:
    svg = scale.draw(some)
    assert scale.read(svg) == some
    assert ET.fromstring(svg).find("{http://www.w3.org/2000/svg}metadata") is not None  # noqa: S314 - drawn by us


def test_one_machine_ends_where_what_has_one_process_is_full(some: Scale) -> None:
    assert some.bound == ("coordinator", 3.0)
    assert some.end == (4.0, pytest.approx(1000 / 3))
    said = " ".join(scale.block(some).split())
    assert "3.0 ms of CPU a page that is 333 pages a second, or 28.8 million a day" in said
    assert "one machine ends: 333" in scale.draw(some)


def test_where_the_measured_cores_reach_beyond_the_end_nothing_is_drawn_on_from_them(some: Scale) -> None:
    assert 'class="e"' in scale.draw(some)
    wide = Scale(day="", machine="", sources=some.sources, stored=some.stored, cores=[*some.cores, point(8, 300.0)])
    assert 'class="e"' not in scale.draw(wide)


def test_a_figure_of_another_hand_is_told(some: Scale) -> None:
    with pytest.raises(ValueError, match="no data"):
        scale.read("<svg/>")
