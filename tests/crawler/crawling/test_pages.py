"""What a job tells of a page, in particular of an article of several pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

from aiohttp import web

from scheduler.engines.local import LocalEngine
from storage.identity import url_key
from storage.records import (
    Extracted,
    Failed,
    HostAsked,
    JobFinished,
    PageRequest,
    Rejected,
    Unchanged,
    Validators,
)
from storage.similarity.fingerprint import fingerprint
from tests.crawler.crawling.portal import Portal, article, only, run

PATH = "/2026/11/22/c{}.html"


def page(body: bytes, etag: str) -> Callable[[web.Request], web.Response]:
    headers = {"Content-Type": "text/html; charset=utf-8", "ETag": etag}
    return lambda _: web.Response(body=body, headers=headers)


def parts_of(portal: Portal, count: int, etag: str = '"v1"') -> PageRequest:
    """An article of several pages, each with links to all of them."""
    names = ["100001" if number == 1 else f"100001_{number}" for number in range(1, count + 1)]
    strip = "".join(f'<a href="{PATH.format(name)}">{number}</a> ' for number, name in enumerate(names, 1))
    for number, name in enumerate(names, 1):
        body = article(more=f'<div class="page">{strip}</div>').replace("第", f"第{number}页第").encode()
        portal.routes[PATH.format(name)] = page(body, etag)
    url = portal.base + PATH.format("100001")
    return PageRequest(url=url, key=url_key(url))


def test_the_pages_of_an_article_become_one(engine: LocalEngine, portal: Portal) -> None:
    events = run(engine, portal.job(pages=(parts_of(portal, 3),), limits={"delay_seconds": 0.3}))
    assert portal.paths == [PATH.format(name) for name in ("100001", "100001_2", "100001_3")]
    (told,) = only(events, Extracted)
    assert (told.article.parts, told.article.missing_parts) == (3, ())
    assert [(part.number, part.url) for part in told.parts] == [
        (2, portal.base + PATH.format("100001_2")),
        (3, portal.base + PATH.format("100001_3")),
    ]
    assert [f"第{n}页" in told.article.text for n in (1, 2, 3)] == [True] * 3
    assert told.validators == Validators()
    assert all(later.at - earlier.at > 0.25 for earlier, later in pairwise(portal.asked))
    assert only(events, HostAsked)[0].requests == 4


def test_an_article_of_one_page_keeps_its_validators(engine: LocalEngine, portal: Portal) -> None:
    events = run(engine, portal.job(pages=(parts_of(portal, 1),)))
    (told,) = only(events, Extracted)
    assert (told.parts, told.validators.etag) == ((), '"v1"')


def test_an_article_of_several_pages_that_has_not_changed_is_unchanged(engine: LocalEngine, portal: Portal) -> None:
    page = parts_of(portal, 2)
    (told,) = only(run(engine, portal.job(pages=(page,))), Extracted)
    again = PageRequest(url=page.url, key=page.key, digest=told.digest)
    (unchanged,) = only(run(engine, portal.job(pages=(again,))), Unchanged)
    assert unchanged.validators == Validators()


def test_an_article_brings_the_fingerprint_of_all_its_pages(engine: LocalEngine, portal: Portal) -> None:
    (whole,) = only(run(engine, portal.job(pages=(parts_of(portal, 3),), limits={"delay_seconds": 0.0})), Extracted)
    (first,) = only(run(engine, portal.job(pages=(parts_of(portal, 1),))), Extracted)
    assert whole.signature == fingerprint(whole.article.text)
    assert first.signature == fingerprint(first.article.text)
    assert whole.signature != first.signature


def test_a_suspect_of_several_pages_is_told_whole(engine: LocalEngine, portal: Portal) -> None:
    page = replace(parts_of(portal, 3), strikes=1)
    (told,) = only(run(engine, portal.job(pages=(page,))), Extracted)
    assert told.article.parts == 3
    assert told.body is not None


def test_a_part_that_is_missing_is_named(engine: LocalEngine, portal: Portal) -> None:
    page = parts_of(portal, 3)
    portal.routes[PATH.format("100001_2")] = 404
    (told,) = only(run(engine, portal.job(pages=(page,))), Extracted)
    assert (told.article.parts, told.article.missing_parts) == (3, (2,))
    assert len(told.parts) == 2


def test_a_part_whose_host_has_had_enough_puts_off_the_whole_article(engine: LocalEngine, portal: Portal) -> None:
    page = parts_of(portal, 3)
    portal.routes[PATH.format("100001_2")] = 429
    events = run(engine, portal.job(pages=(page,)))
    assert not only(events, Extracted)
    (failed,) = only(events, Failed)
    assert (failed.reason, failed.key) == ("http_429", page.key)
    assert PATH.format("100001_3") not in portal.paths


def test_an_article_that_takes_all_requests_of_a_job_has_failed(engine: LocalEngine, portal: Portal) -> None:
    events = run(engine, portal.job(pages=(parts_of(portal, 4),), limits={"max_requests": 3}))
    assert len(portal.asked) == 3
    assert not only(events, Extracted)
    (failed,) = only(events, Failed)
    assert (failed.reason, failed.http_status, failed.poison) == ("parts_unfinished", None, False)
    assert only(events, JobFinished)[0].reason == "finished"


def test_an_article_that_takes_all_time_of_a_job_has_failed(engine: LocalEngine, portal: Portal) -> None:
    limits = {"delay_seconds": 1.0, "job_timeout_seconds": 2.5}
    events = run(engine, portal.job(pages=(parts_of(portal, 9),), limits=limits))
    assert [event.reason for event in only(events, Failed)] == ["parts_unfinished"]
    assert only(events, JobFinished)[0].reason == "timeout"


def test_an_article_that_is_stopped_between_its_pages_has_no_outcome(engine: LocalEngine, portal: Portal) -> None:
    page = parts_of(portal, 4)
    second = portal.routes[PATH.format("100001_2")]

    def stop(request: web.Request) -> object:
        engine.stop_jobs()
        return second(request)  # type: ignore[operator]

    portal.routes[PATH.format("100001_2")] = stop  # type: ignore[assignment]
    events = run(engine, portal.job(pages=(page,), limits={"delay_seconds": 1.0}))
    assert {type(event).__name__ for event in events} == {"RobotsFetched", "HostAsked", "JobFinished"}
    assert only(events, JobFinished)[0].reason == "stopped"


def test_no_more_parts_are_read_than_a_job_may(engine: LocalEngine, portal: Portal) -> None:
    (told,) = only(run(engine, portal.job(pages=(parts_of(portal, 6),), limits={"max_parts": 3})), Extracted)
    assert len(portal.paths) == 3
    assert (told.article.missing_parts, len(told.parts)) == ((4, 5, 6), 5)


def test_a_part_that_leads_elsewhere_is_missing(engine: LocalEngine, portal: Portal) -> None:
    page = parts_of(portal, 2)
    home = web.Response(status=302, headers={"Location": "/"})
    portal.routes |= {"/": article("首页"), PATH.format("100001_2"): lambda _: home}
    (told,) = only(run(engine, portal.job(pages=(page,))), Extracted)
    assert told.article.missing_parts == (2,)


def test_a_page_that_answers_from_elsewhere_is_rejected(engine: LocalEngine, portal: Portal) -> None:
    url = portal.base + "/2026/11/22/1.html"
    portal.routes |= {
        "/2026/11/22/1.html": lambda _: web.Response(status=302, headers={"Location": "/"}),
        "/": article("首页"),
    }
    events = run(engine, portal.job(pages=(PageRequest(url=url, key=url_key(url)),)))
    assert [event.reason for event in only(events, Rejected)] == ["redirected_home"]
