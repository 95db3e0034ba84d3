"""What a job asks of entry points, how far it walks, and what it tells of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from aiohttp import web

from scheduler.engines.local import LocalEngine
from storage.records import (
    Discovered,
    EntryChecked,
    EntryPoint,
    Event,
    HostAsked,
    JobFinished,
    JsonItems,
    KnownSitemap,
    Validators,
)
from tests.crawler.crawling.portal import Portal, checked, feed, links, news, only, run, sitemap

NEXT = '<a href="{}">下一页</a>'


def listing(portal: Portal, **more: object) -> EntryPoint:
    return EntryPoint(kind="listing", url=f"{portal.base}/list/", **more)  # type: ignore[arg-type]


def found(events: list[Event]) -> list[str]:
    """The paths that were discovered, in order."""
    return ["/" + c.url.split("/", 3)[3] for event in only(events, Discovered) for c in event.candidates]


def pages_of(portal: Portal, *pages: tuple[str, ...]) -> None:
    """A listing of these pages, each linked from the one before it."""
    for number, paths in enumerate(pages, 1):
        address = "/list/" if number == 1 else f"/list/index_{number}.html"
        more = NEXT.format(f"/list/index_{number + 1}.html") if number < len(pages) else ""
        portal.routes[address] = links(*paths, more=more)


NO_PAGES: Any = {"limits": {"max_pages": 0}}


def test_a_new_listing_is_walked_to_its_end_and_told_once(engine: LocalEngine, portal: Portal) -> None:
    pages_of(portal, news(9, 8, 7), news(6, 5, 4), news(3, 2, 1))
    events = run(engine, portal.job(listing(portal), **NO_PAGES))
    assert portal.paths == ["/list/", "/list/index_2.html", "/list/index_3.html"]
    assert found(events) == list(news(9, 8, 7, 6, 5, 4, 3, 2, 1))
    told = checked(events, listing(portal).url)
    assert (told.status, told.links, told.new, told.pages, told.gap, told.kind) == ("ok", 9, 9, 3, "none", "listing")
    assert told.digest
    assert told.http_status == 200
    kinds = [type(event) for event in events]
    assert kinds.index(Discovered) < kinds.index(EntryChecked)


def test_no_further_page_is_asked_where_the_older_part_is_known(engine: LocalEngine, portal: Portal) -> None:
    pages_of(portal, news(9, 8, 7), news(6, 5, 4))
    events = run(engine, portal.job(listing(portal, seen=True), known=news(8, 7), **NO_PAGES))
    assert portal.paths == ["/list/"]
    assert found(events) == list(news(9))


def test_a_known_item_pinned_to_the_top_does_not_stop_the_walk(engine: LocalEngine, portal: Portal) -> None:
    pages_of(portal, news(1, 9, 8, 7, 6, 5), news(4, 3, 2))
    events = run(engine, portal.job(listing(portal, seen=True), known=news(1, 2, 3), **NO_PAGES))
    assert portal.paths == ["/list/", "/list/index_2.html"]
    assert found(events) == list(news(9, 8, 7, 6, 5, 4))
    assert checked(events, listing(portal).url).gap == "none"


def test_pages_that_repeat_themselves_end_the_walk(engine: LocalEngine, portal: Portal) -> None:
    pages_of(portal, *[news(3, 2, 1)] * 9)
    events = run(engine, portal.job(listing(portal), **NO_PAGES))
    assert portal.paths == ["/list/", "/list/index_2.html"]
    assert checked(events, listing(portal).url).links == 3


def test_pages_that_link_in_a_circle_are_asked_once(engine: LocalEngine, portal: Portal) -> None:
    portal.routes["/list/"] = links(*news(9, 8), more=NEXT.format("/list/b.html"))
    portal.routes["/list/b.html"] = links(*news(7, 6), more=NEXT.format("/list/"))
    run(engine, portal.job(listing(portal), **NO_PAGES))
    assert portal.paths == ["/list/", "/list/b.html"]


def test_a_listing_without_end_is_left_after_so_many_pages(engine: LocalEngine, portal: Portal) -> None:
    pages_of(portal, *(news(3 * n, 3 * n + 1, 3 * n + 2) for n in range(30, 0, -1)))
    events = run(engine, portal.job(listing(portal), limits={"max_pages": 0, "max_listing_pages": 4}))
    assert len(portal.paths) == 5
    assert checked(events, listing(portal).url).pages == 5


def test_a_missing_older_page_is_the_end_of_a_listing(engine: LocalEngine, portal: Portal) -> None:
    pages_of(portal, news(9, 8), news(7, 6))
    portal.routes["/list/index_2.html"] = 404
    portal.routes["/list/"] = web_with_etag(str(portal.routes["/list/"]))
    told = checked(run(engine, portal.job(listing(portal), **NO_PAGES)), listing(portal).url)
    assert (told.pages, told.validators.etag) == (1, '"v1"')


def web_with_etag(body: str) -> Callable[[web.Request], web.Response]:
    return lambda _request: web.Response(body=body.encode(), headers={"ETag": '"v1"', "Content-Type": "text/html"})


@pytest.mark.parametrize(
    ("broken", "limits"), [(500, {}), (None, {"max_requests": 2})], ids=["server error", "out of requests"]
)
def test_a_walk_that_is_cut_short_commits_no_validators(
    engine: LocalEngine, portal: Portal, broken: int | None, limits: dict[str, int]
) -> None:
    pages_of(portal, news(9, 8), news(7, 6))
    portal.routes["/list/"] = web_with_etag(str(portal.routes["/list/"]))
    if broken:
        portal.routes["/list/index_2.html"] = broken
    events = run(engine, portal.job(listing(portal), limits={"max_pages": 0, **limits}))
    told = checked(events, listing(portal).url)
    assert (told.status, told.pages, told.validators) == ("ok", 1, Validators())
    assert "cut short after page 1" in told.detail
    assert found(events) == list(news(9, 8))
    assert only(events, JobFinished)[0].reason == "finished"


def test_a_listing_in_json_is_asked_page_by_page(engine: LocalEngine, portal: Portal) -> None:
    for page in (1, 2, 3):
        rows = [{"url": path, "title": "会议"} for path in news(*range(30 - 3 * page, 27 - 3 * page, -1))]
        portal.routes[f"/api?p={page}"] = json.dumps({"data": {"list": rows if page < 3 else []}})
    entry = EntryPoint(kind="listing", url=f"{portal.base}/api?p={{page}}", json=JsonItems(items="data.list"))
    events = run(engine, portal.job(entry, **NO_PAGES))
    assert portal.paths == ["/api?p=1", "/api?p=2", "/api?p=3"]
    assert len(found(events)) == 6
    assert checked(events, entry.url).pages == 3


def test_a_signpost_is_followed_as_the_same_entry_point(engine: LocalEngine, portal: Portal) -> None:
    portal.routes["/list/"] = '<html><head><meta http-equiv="refresh" content="0;url=/a/"></head><body></body></html>'
    portal.routes["/a/"] = '<html><head><meta http-equiv="refresh" content="0;url=/b/"></head><body></body></html>'
    portal.routes["/b/"] = links(*news(3, 2, 1))
    events = run(engine, portal.job(listing(portal), **NO_PAGES))
    assert portal.paths == ["/list/", "/a/", "/b/"]
    told = checked(events, listing(portal).url)
    assert (told.links, told.validators) == (3, Validators())


def test_signposts_in_a_circle_or_to_elsewhere_are_not_followed(engine: LocalEngine, portal: Portal) -> None:
    post = '<html><head><meta http-equiv="refresh" content="0;url={}"></head><body></body></html>'
    portal.routes["/list/"] = post.format("/a/")
    portal.routes["/a/"] = post.format("/list/")
    portal.routes["/away/"] = post.format("http://127.0.0.9:9/")
    away = EntryPoint(kind="listing", url=f"{portal.base}/away/")
    events = run(engine, portal.job(listing(portal), away, **NO_PAGES))
    assert portal.paths == ["/list/", "/a/", "/away/"]
    assert [event.status for event in only(events, EntryChecked)] == ["ok", "ok"]


def test_an_unchanged_entry_point_costs_one_request_and_brings_nothing(engine: LocalEngine, portal: Portal) -> None:
    portal.routes["/list/"] = lambda request: 304 if request.headers.get("If-None-Match") == '"v1"' else 500
    entry = listing(portal, validators=Validators(etag='"v1"'), seen=True)
    events = run(engine, portal.job(entry))
    assert portal.paths == ["/list/"]
    told = checked(events, entry.url)
    assert (told.status, told.http_status, told.gap) == ("unchanged", 304, "none")


def test_a_failed_entry_point_says_all_that_is_known(engine: LocalEngine, portal: Portal) -> None:
    portal.routes["/list/"] = 500
    told = checked(run(engine, portal.job(listing(portal, found_by="fallback"))), listing(portal).url)
    assert (told.status, told.reason, told.http_status, told.found_by) == ("failed", "http_500", 500, "fallback")


# Sitemaps


def index(portal: Portal, name: str = "index.xml") -> EntryPoint:
    return EntryPoint(kind="sitemap", url=f"{portal.base}/{name}")


def test_the_parts_of_an_index_are_read_to_the_second_level(engine: LocalEngine, portal: Portal) -> None:
    names = ["index.xml", "a.xml", "b.xml", "c.xml", "d.xml"]
    for outer, inner in pairwise(names):
        portal.routes[f"/{outer}"] = sitemap(
            f"{portal.base}/{inner}", f"{portal.base}/{outer}", f"{portal.base}/index.xml", index=True
        )
    portal.routes["/a.xml"] = sitemap(f"{portal.base}/b.xml", f"{portal.base}/x.xml", index=True, lastmod="2026-11-01")
    portal.routes["/x.xml"] = sitemap(portal.base + news(1)[0])
    events = run(engine, portal.job(index(portal), **NO_PAGES))
    assert portal.paths == ["/index.xml", "/a.xml", "/b.xml", "/x.xml"]
    part = checked(events, f"{portal.base}/x.xml")
    assert (part.found_by, part.parent, part.lastmod, part.links) == (
        "index",
        f"{portal.base}/a.xml",
        "2026-11-01",
        1,
    )
    assert checked(events, f"{portal.base}/b.xml").detail == "2 parts too deep in the index"


def test_an_index_of_thousands_costs_fifty_requests(engine: LocalEngine, portal: Portal) -> None:
    urls = [f"{portal.base}/s{n}.xml" for n in range(2000)]
    portal.routes["/index.xml"] = sitemap(*urls, index=True)
    events = run(engine, portal.job(index(portal)))
    assert len(portal.paths) == 51
    assert checked(events, f"{portal.base}/index.xml").detail == "50 of 2000 parts at a time"


def test_parts_that_rest_or_have_not_changed_are_not_asked(engine: LocalEngine, portal: Portal) -> None:
    def part(name: str) -> str:
        return f"{portal.base}/{name}.xml"

    same, changed = "2026-11-01", "2026-11-22"
    portal.routes["/index.xml"] = sitemap(part("same"), part("other"), index=True, lastmod=changed).replace(
        f"same.xml</loc><lastmod>{changed}", f"same.xml</loc><lastmod>{same}"
    ).replace("</sitemapindex>", f"<sitemap><loc>{part('rests')}</loc></sitemap>"
              f"<sitemap><loc>{part('undated')}</loc></sitemap></sitemapindex>")  # fmt: skip
    known = (
        KnownSitemap(url=part("same"), lastmod=same),
        KnownSitemap(url=part("other"), lastmod=same, rest=True, validators=Validators(etag='"o"')),
        KnownSitemap(url=part("rests"), rest=True),
        KnownSitemap(url=part("undated"), validators=Validators(etag='"u"')),
    )
    events = run(engine, portal.job(index(portal), sitemaps=known))
    assert sorted(portal.paths) == ["/index.xml", "/other.xml", "/undated.xml"]
    sent = {asked.path: asked.headers.get("If-None-Match") for asked in portal.asked}
    assert (sent["/other.xml"], sent["/undated.xml"]) == ('"o"', '"u"')
    assert checked(events, part("other")).lastmod == changed


def test_a_failing_part_rests_whatever_lastmod_its_index_gives(engine: LocalEngine, portal: Portal) -> None:
    dead, again = (f"{portal.base}/{name}.xml" for name in ("dead", "again"))
    portal.routes["/index.xml"] = sitemap(dead, again, index=True, lastmod="2026-11-22")
    known = (KnownSitemap(url=dead, failing=True, rest=True), KnownSitemap(url=again, failing=True))
    run(engine, portal.job(index(portal), sitemaps=known))
    assert portal.paths == ["/index.xml", "/again.xml"]


# What we look for ourselves


def test_a_source_with_nothing_but_a_home_is_looked_at_for_more(engine: LocalEngine, portal: Portal) -> None:
    feeds = "".join(f'<link rel="alternate" type="application/rss+xml" href="/f{n}.xml">' for n in range(5))
    portal.routes["/"] = links(*news(3, 2)).replace("<head>", f"<head>{feeds}")
    portal.routes["/robots.txt"] = f"Sitemap: {portal.base}/news.xml\nSitemap: http://127.0.0.9/away.xml\nSitemap: ://"
    portal.routes["/news.xml"] = sitemap(portal.base + news(4)[0])
    portal.routes["/f0.xml"] = feed(*news(5))
    home = EntryPoint(kind="listing", url=f"{portal.base}/")
    events = run(engine, portal.job(home, **NO_PAGES))
    assert sorted(portal.paths) == ["/", "/f0.xml", "/f1.xml", "/f2.xml", "/news.xml"]
    assert checked(events, f"{portal.base}/news.xml").found_by == "robots"
    told = checked(events, f"{portal.base}/f0.xml")
    assert (told.found_by, told.kind, told.parent, told.new) == ("page", "feed", home.url, 1)


def test_what_was_found_before_is_not_asked_twice_nor_while_it_rests(engine: LocalEngine, portal: Portal) -> None:
    portal.routes["/"] = links(*news(3, 2))
    portal.routes["/robots.txt"] = f"Sitemap: {portal.base}/news.xml\nSitemap: {portal.base}/dead.xml\n"
    portal.routes["/news.xml"] = sitemap(portal.base + news(4)[0])
    home = EntryPoint(kind="listing", url=f"{portal.base}/")
    before = EntryPoint(kind="sitemap", url=f"{portal.base}/news.xml", found_by="robots")
    resting = (KnownSitemap(url=f"{portal.base}/dead.xml", rest=True),)
    run(engine, portal.job(home, before, sitemaps=resting, **NO_PAGES))
    assert sorted(portal.paths) == ["/", "/news.xml"]


def test_a_source_that_names_its_entry_points_is_not_looked_at_for_more(engine: LocalEngine, portal: Portal) -> None:
    portal.routes["/robots.txt"] = f"Sitemap: {portal.base}/news.xml\n"
    portal.routes["/list/"] = links(*news(1))
    run(engine, portal.job(listing(portal), **NO_PAGES))
    assert portal.paths == ["/list/"]


# Gaps


def test_a_listing_with_a_gap_is_walked_until_something_known_is_met(engine: LocalEngine, portal: Portal) -> None:
    pages_of(portal, news(12, 11, 10), news(9, 8, 7), news(6, 5, 4), news(3, 2, 1))
    events = run(engine, portal.job(listing(portal, seen=True), known=news(6, 5, 4), **NO_PAGES))
    assert len(portal.paths) == 3
    assert checked(events, listing(portal).url).gap == "closed"


def test_a_gap_that_nothing_bridges_stays_open(engine: LocalEngine, portal: Portal) -> None:
    pages_of(portal, news(12, 11, 10), news(9, 8, 7))
    events = run(engine, portal.job(listing(portal, seen=True), known=news(1), **NO_PAGES))
    told = checked(events, listing(portal).url)
    assert (told.gap, told.pages, told.new) == ("open", 2, 6)


def rss(portal: Portal, **more: object) -> EntryPoint:
    return EntryPoint(kind="feed", url=f"{portal.base}/feed.xml", seen=True, **more)  # type: ignore[arg-type]


def test_a_feed_with_a_gap_is_bridged_by_another_entry_point(engine: LocalEngine, portal: Portal) -> None:
    portal.routes["/feed.xml"] = feed(*news(9, 8))
    pages_of(portal, news(9, 8, 7), news(6, 5, 4))
    events = run(engine, portal.job(rss(portal), listing(portal, seen=True), known=news(6, 5, 4), **NO_PAGES))
    assert checked(events, rss(portal).url).gap == "closed"
    assert found(events) == list(news(9, 8, 7))


def test_a_feed_with_a_gap_is_bridged_by_the_sitemap_of_robots_txt(engine: LocalEngine, portal: Portal) -> None:
    portal.routes["/feed.xml"] = feed(*news(9, 8))
    portal.routes["/robots.txt"] = f"Sitemap: {portal.base}/map.xml\n"
    portal.routes["/map.xml"] = sitemap(*(portal.base + path for path in news(9, 8, 7, 6)))
    events = run(engine, portal.job(rss(portal), known=news(6), **NO_PAGES))
    assert portal.paths == ["/feed.xml", "/map.xml"]
    assert checked(events, rss(portal).url).gap == "closed"
    assert checked(events, f"{portal.base}/map.xml").found_by == "robots"
    assert found(events) == list(news(9, 8, 7))


def test_the_older_pages_of_a_feed_are_asked_only_over_a_gap(engine: LocalEngine, portal: Portal) -> None:
    older = '<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="next" href="/feed.xml?paged=2"/>'
    portal.routes["/feed.xml"] = feed(*news(9, 8)).replace("<item>", f"{older}<item>", 1)
    portal.routes["/feed.xml?paged=2"] = feed(*news(7, 6))
    events = run(engine, portal.job(rss(portal), known=news(6), **NO_PAGES))
    assert portal.paths == ["/feed.xml", "/feed.xml?paged=2"]
    assert checked(events, rss(portal).url).gap == "closed"
    run(engine, portal.job(replace(rss(portal), seen=False), **NO_PAGES))
    assert len(portal.paths) == 3


def test_a_feed_that_shows_something_known_has_no_gap(engine: LocalEngine, portal: Portal) -> None:
    portal.routes["/feed.xml"] = feed(*news(9, 8))
    portal.routes["/robots.txt"] = f"Sitemap: {portal.base}/map.xml\n"
    events = run(engine, portal.job(rss(portal), known=news(8), **NO_PAGES))
    assert portal.paths == ["/feed.xml"]
    assert checked(events, rss(portal).url).gap == "none"


def test_a_gap_of_a_feed_alone_stays_open(engine: LocalEngine, portal: Portal) -> None:
    portal.routes["/feed.xml"] = feed(*news(9, 8))
    events = run(engine, portal.job(rss(portal), **NO_PAGES))
    assert checked(events, rss(portal).url).gap == "open"


def test_a_feed_with_a_gap_is_bridged_by_the_sections_of_the_home_page(engine: LocalEngine, portal: Portal) -> None:
    portal.routes["/feed.xml"] = feed(*news(29, 28))
    portal.routes["/"] = links(*news(29, 28, 27), more='<a href="/guonei/">国内</a> <a href="/shehui/">社会</a>')
    portal.routes["/guonei/"] = links(*news(29, 27, 26), more=NEXT.format("/guonei/index_2.html"))
    portal.routes["/guonei/index_2.html"] = links(*news(24, 11, 10), more=NEXT.format("/guonei/index_3.html"))
    portal.routes["/guonei/index_3.html"] = links(*news(4, 3))
    portal.routes["/shehui/"] = links(*news(10, 28, 25))
    events = run(engine, portal.job(rss(portal), known=news(11, 10), **NO_PAGES))
    assert portal.paths == ["/feed.xml", "/", "/guonei/", "/guonei/index_2.html", "/shehui/"]
    assert sorted(found(events)) == sorted(news(29, 28, 27, 26, 25, 24))
    assert checked(events, rss(portal).url).gap == "closed"
    home, section = checked(events, f"{portal.base}/"), checked(events, f"{portal.base}/guonei/")
    assert (home.found_by, home.parent, home.met, home.gap) == ("fallback", None, False, "none")
    assert (section.found_by, section.parent, section.met) == ("fallback", home.url, True)


def test_sections_do_not_close_a_gap_where_one_of_them_was_cut_short(engine: LocalEngine, portal: Portal) -> None:
    portal.routes["/feed.xml"] = feed(*news(29, 28))
    portal.routes["/"] = links(*news(29, 28, 27), more='<a href="/guonei/">国内</a> <a href="/shehui/">社会</a>')
    portal.routes["/guonei/"] = links(*news(29, 11, 10))
    portal.routes["/shehui/"] = 500
    events = run(engine, portal.job(rss(portal), known=news(11, 10), **NO_PAGES))
    assert checked(events, rss(portal).url).gap == "open"


def test_a_gap_is_told_before_what_was_found_beside_it(engine: LocalEngine, portal: Portal) -> None:
    portal.routes["/feed.xml"] = feed(*news(9, 8))
    portal.routes["/"] = links(*news(9, 8, 7, 6, 5, 4))
    events = run(engine, portal.job(rss(portal), known=news(5, 4), **NO_PAGES))
    told = [event for event in only(events, EntryChecked) if event.url == rss(portal).url]
    assert [event.gap for event in told] == ["open", "closed"]
    assert told[0].number < only(events, Discovered)[0].number < told[1].number


def test_the_feed_of_another_channel_bridges_no_gap(engine: LocalEngine, portal: Portal) -> None:
    portal.routes["/feed.xml"] = feed(*news(9, 8))
    portal.routes["/other.xml"] = feed(*news(7, 1))
    other = EntryPoint(kind="feed", url=f"{portal.base}/other.xml", seen=True)
    events = run(engine, portal.job(rss(portal), other, known=news(1), **NO_PAGES))
    assert checked(events, rss(portal).url).gap == "open"


def test_a_walk_that_was_cut_short_is_taken_up_again_behind_its_known_pages(
    engine: LocalEngine, portal: Portal
) -> None:
    pages_of(portal, news(12, 11, 10), news(9, 8, 7), news(6, 5, 4), news(3, 2, 1))
    whole = portal.routes["/list/index_3.html"]
    portal.routes["/list/index_3.html"] = 500
    known = news(3, 2, 1)
    events = run(engine, portal.job(listing(portal, seen=True), known=known, **NO_PAGES))
    told = checked(events, listing(portal).url)
    assert (told.gap, told.pages, told.validators) == ("open", 2, Validators())
    assert told.detail.startswith("cut short after page 2: http_500")
    portal.routes["/list/index_3.html"] = whole
    since = tuple(found(events))
    hashes = portal.job(known=since).known
    owing = listing(portal, seen=True, owing=True)
    events = run(engine, portal.job(owing, known=(*known, *since), known_since_gap=hashes, **NO_PAGES))
    assert found(events) == list(news(6, 5, 4))
    assert checked(events, listing(portal).url).gap == "closed"


def test_a_first_walk_that_was_cut_short_owes_nothing_once_it_was_walked_to_its_end(
    engine: LocalEngine, portal: Portal
) -> None:
    pages_of(portal, news(9, 8), news(7, 6), news(5, 4))
    known = news(9, 8)
    owing = listing(portal, seen=True, owing=True)
    events = run(engine, portal.job(owing, known=known, known_since_gap=portal.job(known=known).known, **NO_PAGES))
    assert found(events) == list(news(7, 6, 5, 4))
    assert checked(events, listing(portal).url).gap == "closed"


def test_a_link_keeps_the_date_that_stands_beside_it_on_a_later_page(engine: LocalEngine, portal: Portal) -> None:
    pages_of(portal, news(9, 8, 7), news(6, 5, 4))
    path = news(9)[0]
    dated = f'<li><a href="{path}">冬季供暖工作会议召开研究部署{path}</a> <span>2026-11-22 08:30</span></li>'
    portal.routes["/list/index_2.html"] = str(portal.routes["/list/index_2.html"]).replace("<ul>", f"<ul>{dated}")
    events = run(engine, portal.job(listing(portal), **NO_PAGES))
    (first,) = (c for event in only(events, Discovered) for c in event.candidates if c.url.endswith(path))
    assert first.published_raw is not None
    assert first.published_at is not None


# The budget, the stop


def test_entry_points_that_are_out_of_requests_are_not_told_of(engine: LocalEngine, portal: Portal) -> None:
    entries = [EntryPoint(kind="feed", url=f"{portal.base}/f{n}.xml") for n in range(5)]
    portal.routes |= {f"/f{n}.xml": feed(*news(n)) for n in range(5)}
    events = run(engine, portal.job(*entries, limits={"max_requests": 3}))
    assert len(portal.asked) == 3  # robots.txt is one of them
    assert len(only(events, EntryChecked)) == 2
    end = only(events, JobFinished)[0]
    assert (end.reason, end.requests) == ("finished", 3)
    assert only(events, HostAsked)[0].requests == 3


def test_a_walk_that_is_stopped_tells_nothing(engine: LocalEngine, portal: Portal) -> None:
    pages_of(portal, *(news(3 * n, 3 * n + 1, 3 * n + 2) for n in range(30, 0, -1)))
    job = portal.job(listing(portal), limits={"delay_seconds": 1.0})
    first = str(portal.routes["/list/"])

    def stop(_request: web.Request) -> str:
        engine.stop_jobs()
        return first

    portal.routes["/list/"] = stop
    events = run(engine, replace(job))
    assert only(events, JobFinished)[0].reason == "stopped"
    assert not only(events, EntryChecked)
    assert not only(events, Discovered)
    assert only(events, HostAsked)
