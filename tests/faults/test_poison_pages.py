"""Pages and feeds that break what reads them: each costs itself, is counted, and is kept away after two strikes."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from scheduler import coordinator
from scheduler.config.file import load_config
from scheduler.crawl import CrawlResult, crawl
from scheduler.engines.local import LocalEngine
from storage import quarantine
from storage.database import open_reader
from tests.crawler.crawling.portal import Portal, article, news, sitemap
from tests.faults.poison import arm, config, marked

pytestmark = pytest.mark.faults

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
IN_POOL = {
    "hang": "extraction_timeout",
    "exit": "extraction_crashed",
    "crash": "extraction_crashed",
    "memory": "extraction_crashed",
    "raise": "internal_error",
    "deep": "internal_error",
}
# Seconds for which a worker may say nothing, as `hang` in its loop makes it. To start one takes 2 to 6 s.
HANG_SECONDS = 15.0

LETTERS = "云山村镇桥路江河春夏秋冬早晚新老大小东西南北人民学校医院市场工厂农田果园森林"

Crawl = Callable[..., CrawlResult]


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalEngine]:
    """An engine in whose workers pages do what they say."""
    arm(tmp_path, monkeypatch)
    with closing(LocalEngine(processes=2, log_level="CRITICAL")) as running:
        yield running


@pytest.fixture
def portals() -> Iterator[list[Portal]]:
    """Three portals that answer 404."""
    with ExitStack() as stack:
        yield [stack.enter_context(Portal(f"127.0.0.{number}")) for number in (1, 2, 3)]


def serve(portal: Portal, count: int, poison: Mapping[int, tuple[str, str]]) -> list[str]:
    """The addresses of a portal's articles, of which some are poisoned."""
    paths = news(*range(count))
    for number, path in enumerate(paths):
        page = text_of(portal, number)
        portal.routes[path] = marked(page, *poison[number]) if number in poison else page
    urls = [f"{portal.base}{path}" for path in paths]
    portal.routes["/sitemap.xml"] = sitemap(*urls)
    return urls


def text_of(portal: Portal, number: int) -> str:
    """An article that is like no other."""
    chance = random.Random(f"{portal.authority.split(':')[0]} {number}")
    paragraphs = ("".join(chance.choices(LETTERS, k=60)) for _ in range(8))
    return article(f"第{number}次供暖工作会议召开", "".join(f"<p>{paragraph}。</p>" for paragraph in paragraphs))


def crawler(path: Path, engine: LocalEngine) -> Crawl:
    """A function that crawls those sources, or all, so many hours after NOW."""

    def run(hours: float, *names: str) -> CrawlResult:
        now = NOW + timedelta(hours=hours)
        return crawl(load_config(path), clock=lambda: now, engine=engine, names=names, everything=not names)

    return run


def rows(path: Path, sql: str) -> list[Any]:
    with open_reader(path.with_name("news.db")) as database:
        return database.rows(sql)


def states(path: Path) -> dict[str, tuple[str, str | None, int]]:
    return {row["url"]: (row["state"], row["reason"], row["strikes"]) for row in rows(path, "SELECT * FROM urls")}


def adds_up(result: CrawlResult) -> bool:
    names = ("stored", "unchanged", "duplicate", "rejected", "failed", "pending")
    return all(one.discovered == sum(getattr(one, name) for name in names) for one in result.sources)


def test_pages_that_break_the_extractor_cost_themselves_and_are_kept_away(
    engine: LocalEngine, portals: list[Portal], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    portal = portals[0]
    poison = dict(enumerate(IN_POOL, 2))
    urls = serve(portal, 16, {number: ("pool", deed) for number, deed in poison.items()})
    path = config(tmp_path, portal.base, extract_timeout_seconds=8)
    run = crawler(path, engine)
    first = run(0)
    assert (first.total("stored"), first.total("failed"), adds_up(first)) == (10, 6, True)
    for number, deed in poison.items():
        assert states(path)[urls[number]] == ("pending", IN_POOL[deed], 1)
    second = run(1)
    assert (second.total("failed"), adds_up(second)) == (6, True)
    kept = {row["url"]: row for row in rows(path, "SELECT * FROM quarantined_pages")}
    assert {url: row["reason"] for url, row in kept.items()} == {
        urls[number]: IN_POOL[deed] for number, deed in poison.items()
    }
    with open_reader(path.with_name("news.db")) as database:
        for number in poison:
            found = quarantine.find(database, urls[number])
            assert found is not None
            assert found[1] == str(portal.routes[news(number)[0]]).encode()
    # Not for a year; and then one try for another extractor, which may be the one that reads them.
    portal.asked.clear()
    run(24 * 400)
    assert not {news(number)[0] for number in poison} & set(portal.paths)
    for number in poison:
        portal.routes[news(number)[0]] = text_of(portal, number)
    monkeypatch.setattr(coordinator, "EXTRACTOR", "another")
    assert run(24 * 401).total("stored") == len(poison)
    assert rows(path, "SELECT * FROM quarantined_pages") == []
    assert {strikes for _, _, strikes in states(path).values()} == {0}


@pytest.mark.parametrize(
    "deed", ["exit", pytest.param("crash", marks=pytest.mark.nightly), pytest.param("hang", marks=pytest.mark.nightly)]
)
def test_a_page_that_kills_the_worker_is_found_out_and_its_neighbours_are_not_punished(
    deed: str, engine: LocalEngine, portals: list[Portal], tmp_path: Path
) -> None:
    killer = serve(portals[0], 6, {3: ("worker", deed)})[3]
    # Too much for a pipe's buffer: it must be on its way before it is read, for that is the worker's end.
    text = str(portals[0].routes[news(3)[0]]) + "<p>一段。</p>" * 50_000
    portals[0].routes[news(3)[0]] = text
    for portal in portals[1:]:
        serve(portal, 12, {})
    path = config(tmp_path, *(portal.base for portal in portals))
    if deed == "hang":
        engine._hang_seconds = HANG_SECONDS
    run = crawler(path, engine)
    deaths = 0
    for hours in range(6):
        result = run(hours)
        assert adds_up(result)
        crashed = [one.source for one in result.sources if one.status == "failed"]
        deaths += bool(crashed)
        if not any(state == "pending" for state, _, _ in states(path).values()):
            break
    assert deaths <= 2, "one death a strike"
    found = states(path)
    assert found.pop(killer)[0] == "failed"
    assert {state for state, _, _ in found.values()} == {"stored"}
    assert {strikes for _, _, strikes in found.values()} == {0}
    (page,) = rows(path, "SELECT * FROM quarantined_pages")
    assert (page["url"], page["reason"], page["strikes"], page["body_kept"]) == (killer, "worker_crashed", 2, 1)
    assert page["body_bytes"] == len(text.encode())


def test_a_feed_that_kills_the_worker_is_its_own_sources_failure(
    engine: LocalEngine, portals: list[Portal], tmp_path: Path
) -> None:
    serve(portals[0], 3, {})
    portals[0].routes["/sitemap.xml"] = marked(str(portals[0].routes["/sitemap.xml"]), "feed", "exit")
    for portal in portals[1:]:
        serve(portal, 12, {})
    path = config(tmp_path, *(portal.base for portal in portals))
    run = crawler(path, engine)
    for hours in range(2):
        run(hours)
    failures = {row["name"]: row["failures"] for row in rows(path, "SELECT name, failures FROM sources")}
    assert failures["a"] == 2
    # They may have been read beside it when it was not yet known to be one.
    assert max(failures["b"], failures["c"]) <= 1
    assert run(3, "b", "c").failed == ()
    assert len(rows(path, "SELECT 1 FROM articles")) == 24
    assert rows(path, "SELECT 1 FROM quarantined_pages") == []
