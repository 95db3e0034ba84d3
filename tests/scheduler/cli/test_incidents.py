"""`dibao incidents`, `dibao errors` and `dibao status --problems`: what an operator sees of what is wrong."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scheduler.demo.world import World
from scheduler.engines.local import LocalEngine
from storage.database import open_writer
from storage.watch import incidents
from tests.scheduler.newsroom import Newsroom
from tests.scheduler.watching.desk import Desk

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Three sources: one fails, one is silent, one is well; a third incident is over."""
    with open_writer(tmp_path / "news.db") as database:
        desk = Desk(tmp_path, database, ["a", "b", "c"])
        desk.wrong = {"c": ["source_drift"]}
        desk.round()
        desk.wrong = {"a": ["source_failing"], "b": ["source_silent"]}
        desk.round()
        desk.round(40)
        yield desk


def test_the_open_incidents_are_listed_and_with_all_those_that_are_over(desk: Desk, dibao_here: Run) -> None:
    done = dibao_here("incidents")
    assert (done.returncode, done.stderr) == (0, "")
    assert "a: fetching fails. 3 attempts in a row have failed." in done.stdout
    assert "c: the pages have changed" not in done.stdout
    everything = dibao_here("incidents", "--all").stdout
    assert "c: the pages have changed" in everything
    assert "over 2026-11-22T02:42:00Z" in everything
    assert "b: gone silent" in dibao_here("incidents", "list", "--source", "b").stdout
    assert "fetching fails" not in dibao_here("incidents", "list", "--source", "b").stdout
    assert dibao_here("incidents", "--since", "2026-11-22T03:00:00Z").stdout.count("\n") == 3
    assert len(desk.open) == 2


def test_programs_get_all_of_it(desk: Desk, dibao_here: Run) -> None:
    (one, _) = json.loads(dibao_here("incidents", "--json").stdout)["incidents"]
    assert (one["kind"], one["source"], one["severity"], one["resolved_at"]) == ("source_failing", "a", "warning", None)
    assert one["facts"] == {"failures": 3}
    assert one["sentence"] == "3 attempts in a row have failed."
    assert "dibao errors a" in one["advice"]
    whole = json.loads(dibao_here("incidents", "show", str(one["id"]), "--json").stdout)
    assert whole["alerts"][0]["alert"] == "log"
    assert whole["alerts"][0]["state"] == "pending"
    shown = dibao_here("incidents", "show", str(one["id"])).stdout
    assert shown.startswith(f"{one['id']}: a: fetching fails (warning)\n")
    assert "  log: opened, pending\n" in shown
    assert len(desk.all) == 3


def test_one_that_is_not_there_is_wrong_usage(desk: Desk, dibao_here: Run) -> None:
    for command in ("show", "acknowledge"):
        done = dibao_here("incidents", command, "99")
        assert done.returncode == 2
        assert "no incident 99" in done.stderr
    assert dibao_here("incidents", "acknowledge", str(desk.all[0].id), "99").returncode == 2
    assert all(one.acknowledged_at is None for one in desk.all)


def test_status_tells_problems_alone_until_they_are_acknowledged(desk: Desk, dibao_here: Run) -> None:
    found = json.loads(dibao_here("status", "--problems", "--json").stdout)["problems"]
    # Nobody has crawled here: that is the first problem.
    assert [(one["about"], one["code"]) for one in found] == [
        ("dibao", "never"), ("incident", "source_failing"), ("incident", "source_silent"),
    ]  # fmt: skip
    done = dibao_here("status", "--problems")
    assert done.returncode == 1
    said = "incident 2: a: fetching fails. 3 attempts in a row have failed. Next: open the site in a browser"
    assert said in done.stdout
    ids = [str(one.id) for one in incidents.open_incidents(desk.database)]
    assert dibao_here("incidents", "acknowledge", *ids).stdout == f"acknowledged: {', '.join(ids)}\n"
    found = json.loads(dibao_here("status", "--problems", "--json").stdout)["problems"]
    assert [one["about"] for one in found] == ["dibao"]
    assert "seen" in dibao_here("incidents").stdout


def test_status_tells_the_state_of_each_source_and_the_incidents(desk: Desk, dibao_here: Run) -> None:
    document = json.loads(dibao_here("status", "--json").stdout)
    assert [(row["source"], row["state"], row["state_reason"]) for row in document["sources"]] == [
        ("a", "failing", "source_failing"), ("b", "failing", "source_silent"), ("c", "ok", None),
    ]  # fmt: skip
    assert document["sources"][2]["state_sentence"] == "All is well."
    assert [one["source"] for one in document["incidents"]] == ["a", "b"]
    shown = dibao_here("status").stdout
    assert "incident 2 (warning, since 2026-11-22T02:02:00Z): a: fetching fails." in shown
    assert len(desk.open) == 2


@pytest.fixture
def room(tmp_path: Path, engine: LocalEngine) -> Iterator[Newsroom]:
    """Two portals after two crawls; a page of the first is no article, the second is down."""
    with Newsroom(tmp_path, World(sites=2, articles=3, kinds=["daily"]), engine) as room:
        room.world.fail(room.world.articles(room.world.sites[0])[0], status=404)
        room.world.fail(room.world.sites[1], status=500)
        room.crawl()
        yield room


def test_what_went_wrong_with_a_source_is_told_by_reason_with_examples(room: Newsroom, dibao_here: Run) -> None:
    first, second = (site.name for site in room.world.sites)
    document = json.loads(dibao_here("errors", first, "--since", "2026-11-01", "--json").stdout)
    assert document["runs"] == {"ok": 1}
    (page,) = document["pages"]
    assert (page["outcome"], page["reason"], page["count"]) == ("rejected", "http_404", 1)
    assert page["examples"][0]["http_status"] == 404
    shown = dibao_here("errors", first, "--since", "2026-11-01").stdout
    assert "rejected http_404: 1 page\n" in shown
    assert "(HTTP 404" in shown
    dead = json.loads(dibao_here("errors", second, "--since", "2026-11-01", "--json").stdout)
    assert dead["runs"] == {"failed": 1}
    assert dead["failures_in_a_row"] == 1
    assert dead["entry_points"][0]["failures"] == 1
    assert "entry point " in dibao_here("errors", second, "--since", "2026-11-01").stdout
    nobody = dibao_here("errors", "nobody")
    assert nobody.returncode == 2
    assert "nobody" in nobody.stderr


def test_a_name_that_no_source_has_is_not_one_that_is_well(desk: Desk, dibao_here: Run) -> None:
    done = dibao_here("incidents", "--source", "nobody")
    assert (done.returncode, done.stdout) == (2, "")
    assert "no source 'nobody'; there are: a, b, c" in done.stderr
    assert dibao_here("incidents", "--source", "c").returncode == 0


def test_a_file_that_is_not_there_is_a_problem(config_file: Path, dibao_here: Run) -> None:
    """Before the first crawl, and where a disk is not mounted: nobody is at work, and that is no good news."""
    done = dibao_here("status", "--problems", "--json")
    (problem,) = json.loads(done.stdout)["problems"]
    assert (done.returncode, problem["about"], problem["code"]) == (1, "dibao", "unreadable")
    assert "news.db does not exist yet" in problem["says"]
    assert dibao_here("incidents").returncode == 4
    assert not (config_file.parent / "news.db").exists()
