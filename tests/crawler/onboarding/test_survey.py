"""Surveys of portals of every kind, and of sites that mean ill."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from scheduler.demo.pages import Answer
from tests.crawler.onboarding.portals import (
    PLACES,
    Portal,
    articles,
    at,
    feed,
    listing,
    page,
    path_of,
    surveyed,
    title_of,
)

ALTERNATE = "<link rel='alternate' type='application/rss+xml' href='/rss.xml'>"


def local_of(number: int) -> str:
    return f"{at(number) + timedelta(hours=8):%Y-%m-%d %H:%M:%S}"


def entry_points(found) -> list[tuple[str, str]]:
    return [(one.sort, one.url.partition("//")[2].partition("/")[2]) for one in found.chosen]


def test_a_feed_that_the_front_page_declares_is_enough() -> None:
    portal = Portal({"/": listing(range(20), ALTERNATE), "/rss.xml": feed(range(20)), **articles(20)})
    found = surveyed(portal)
    assert entry_points(found) == [("feed", "rss.xml")]
    assert found.failure is None
    assert (found.zone.name, found.newest) == ("Asia/Shanghai", at(0))
    assert 20 < found.per_day < 30
    assert [sample.result.title for sample in found.samples] == [title_of(0), title_of(1), title_of(2)]
    assert found.requests == len(portal.asked) <= 25


def test_a_feed_is_found_by_the_page_that_lists_feeds() -> None:
    front = listing(range(20), more="<a href='/rss/'>RSS订阅</a>")
    feeds = page("<a href='/rss/gn.xml'>国内新闻 RSS</a>")
    found = surveyed(Portal({"/": front, "/rss/": feeds, "/rss/gn.xml": feed(range(20)), **articles(20)}))
    assert entry_points(found) == [("feed", "rss/gn.xml")]
    assert "feed page" in found.chosen[0].where


def test_of_a_sitemap_index_only_the_newest_part_is_asked() -> None:
    def part(number: int) -> str:
        return f"<sitemap><loc>{{base}}/news-{number}.xml</loc><lastmod>{2020 + number}-11-20</lastmod></sitemap>"

    urls = "".join(
        f"<url><loc>{{base}}{path_of(n)}</loc><news:news><news:publication_date>{at(n).isoformat()}"
        f"</news:publication_date><news:title>{title_of(n)}</news:title></news:news></url>"
        for n in range(30)
    )
    spaces = "xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' xmlns:news='http://www.google.com/schemas/sitemap-news/0.9'"
    portal = Portal({
        "/robots.txt": "User-agent: *\nDisallow: /admin/\nSitemap: {base}/index.xml\n",
        "/": listing(range(20)),
        "/index.xml": f"<sitemapindex {spaces}>{''.join(map(part, range(7)))}</sitemapindex>",
        "/news-6.xml": f"<urlset {spaces}>{urls}</urlset>",
        **articles(30),
    })  # fmt: skip
    found = surveyed(portal)
    assert entry_points(found) == [("news sitemap", "index.xml")]
    assert [path for path in portal.asked if path.startswith("/news-")] == ["/news-6.xml"]
    assert found.robots.decision == "rules"


def test_indexes_within_an_index_are_followed_to_the_newest_articles_and_not_in_circles() -> None:
    def index(*names: str) -> str:
        parts = "".join(f"<sitemap><loc>{{base}}/{name}.xml.gz</loc></sitemap>" for name in names)
        return f"<sitemapindex>{parts}</sitemapindex>"

    def day(numbers: range) -> str:
        return "<urlset>" + "".join(f"<url><loc>{{base}}{path_of(n)}</loc></url>" for n in numbers) + "</urlset>"

    portal = Portal({
        "/robots.txt": "User-agent: *\nSitemap: {base}/all.xml.gz\n",
        "/": listing(range(4)),
        "/all.xml.gz": index("2025", "2026", "news-empty"),
        "/news-empty.xml.gz": index("all", "news-empty"),
        "/2026.xml.gz": index("2026-11-20", "2026-11-21"),
        "/2026-11-21.xml.gz": day(range(9)),
        "/2026-11-20.xml.gz": day(range(9, 50)),
        **articles(12),
    })  # fmt: skip
    found = surveyed(portal)
    assert entry_points(found) == [("sitemap", "all.xml.gz")]
    assert len(found.chosen[0].candidates) == 50
    parts = [path for path in portal.asked if path.endswith(".gz")]
    assert parts == [
        "/all.xml.gz", "/news-empty.xml.gz", "/2026.xml.gz", "/2026-11-21.xml.gz", "/2026-11-20.xml.gz"
    ]  # fmt: skip


def test_beside_a_feed_stands_the_listing_that_shows_what_has_left_it() -> None:
    turn = "<a href='/roll/'>滚动新闻</a><a href='/gn/'>国内</a>"
    older = "<a href='/roll/index_2.html'>下一页</a>"
    portal = Portal({
        "/": listing(range(10), ALTERNATE, turn),
        "/rss.xml": feed(range(20)),
        "/gn/": listing(range(0, 10, 2)),
        "/roll/": listing(range(15), more=older),
        **articles(30),
    })  # fmt: skip
    found = surveyed(portal)
    assert entry_points(found) == [("feed", "rss.xml"), ("listing", "roll/")]
    assert "/gn/" not in portal.asked
    assert found.links == "/gn/{date}/{id}.shtml"
    longer = surveyed(Portal({"/": listing(range(30), ALTERNATE), "/rss.xml": feed(range(20)), **articles(30)}))
    assert entry_points(longer) == [("feed", "rss.xml"), ("listing", "")]


def test_the_words_of_readers_tell_the_language_and_so_the_zone_of_dates() -> None:
    script = "<script>var calendar = 'january february march april may june july'; fetch('/api/list?page=1')</script>"
    items = [{"title": title_of(n), "url": path_of(n), "time": local_of(n)} for n in range(20)]
    portal = Portal({
        "/": page(f"<div id='app'>loading</div>{script}"),
        "/api/list?page=1": json.dumps({"data": {"list": items}}, ensure_ascii=False),
        **articles(20),
    })  # fmt: skip
    found = surveyed(portal)
    assert (found.zone.name, found.newest) == ("Asia/Shanghai", at(0))
    assert found.samples[0].result.published.at == at(0)


def test_listings_get_the_pattern_of_their_articles_and_a_wrong_charset_is_told() -> None:
    front = listing(
        range(12), "<meta charset='utf-8'><title>首页</title>", more="<a href='/gn/'>国内</a><a href='/gj/'>国际</a>"
    )
    answers = {"/": front, "/gn/": listing(range(30)), "/gj/": listing(range(30, 50)), **articles(50)}
    found = surveyed(Portal(answers, charset="gb18030"))
    assert {where for _, where in entry_points(found)} >= {"gn/", "gj/"}
    assert found.links == "/gn/{date}/{id}.shtml"
    assert found.charset == "gb18030"
    assert any("utf-8" in warning and "gb18030" in warning for warning in found.warnings)


def test_the_json_behind_a_page_that_scripts_draw_becomes_a_listing() -> None:
    items = [{"title": title_of(n), "url": path_of(n), "time": f"{at(n):%Y-%m-%d %H:%M:%S}"} for n in range(20)]
    script = "<script>fetch('/api/list?page=1').then(draw)</script>"
    portal = Portal({
        "/": page(f"<div id='app'></div>{script}"),
        "/api/list?page=1": json.dumps({"data": {"list": items}}, ensure_ascii=False),
        **articles(20),
    })  # fmt: skip
    found = surveyed(portal)
    assert entry_points(found) == [("api", "api/list?page={page}")]
    assert found.chosen[0].json.items == "data.list"
    assert any("JavaScript" in warning for warning in found.warnings)


def test_a_front_page_that_only_points_on_is_followed() -> None:
    away = page("", "<meta http-equiv='refresh' content='0;url=/xw/index.html'>")
    found = surveyed(Portal({"/": away, "/xw/index.html": listing(range(20)), **articles(20)}))
    assert found.home.endswith("/xw/index.html")
    assert entry_points(found) == [("listing", "xw/index.html")]


def test_a_feed_of_half_the_news_is_kept_beside_the_listings() -> None:
    portal = Portal({"/": listing(range(20), ALTERNATE), "/rss.xml": feed(range(0, 20, 4)), **articles(20)})
    found = surveyed(portal)
    assert entry_points(found) == [("feed", "rss.xml"), ("listing", "")]
    assert any("25%" in choice.why for choice in found.choices)


def test_a_feed_that_died_is_told() -> None:
    old = feed(range(40, 60), age=timedelta(days=90))
    portal = Portal({"/": listing(range(20), ALTERNATE), "/rss.xml": old, **articles(60)})
    found = surveyed(portal)
    assert ("listing", "") in entry_points(found)
    assert any("rss.xml: nothing new for 9" in warning for warning in found.warnings)


def test_a_feed_itself_may_be_named_and_so_may_an_article() -> None:
    answers = {"/": listing(range(20)), "/rss.xml": feed(range(20)), **articles(20)}
    by_feed = surveyed(Portal(answers), "/rss.xml")
    assert entry_points(by_feed) == [("feed", "rss.xml")]
    assert by_feed.home.endswith("/")
    by_article = surveyed(Portal(answers), path_of(3))
    assert entry_points(by_article) == [("listing", "")]


def test_pages_without_dates_are_told() -> None:
    undated = {f"/news/show-{10_000 + n}.html": text for n, text in enumerate(articles(8, date=False).values())}
    links = "".join(f"<a href='{path}'>{title_of(n)}</a>" for n, path in enumerate(undated))
    found = surveyed(Portal({"/": page(links), **undated}))
    assert found.failure is None
    assert (found.newest, found.per_day) == (None, None)
    assert any(warning.startswith("no dates") for warning in found.warnings)


def test_a_site_that_robots_txt_closes_is_asked_for_nothing_else() -> None:
    portal = Portal({"/robots.txt": "User-agent: *\nDisallow: /\n", "/": listing(range(20)), **articles(20)})
    found = surveyed(portal)
    assert portal.asked == ["/robots.txt"]
    assert "robots.txt" in found.failure
    assert not found.chosen
    assert surveyed(portal, obey_robots=False).failure is None


def test_a_robots_txt_that_cannot_be_had_keeps_us_out() -> None:
    portal = Portal({"/robots.txt": Answer(503), "/": listing(range(20))})
    assert "RFC 9309" in surveyed(portal).failure
    assert portal.asked == ["/robots.txt"]


def test_links_that_lead_to_no_articles_are_no_proof() -> None:
    empty = {path_of(n): page("<p>抱歉，您访问的页面不存在</p>", "<title>404</title>") for n in range(20)}
    found = surveyed(Portal({"/": listing(range(20), ALTERNATE), "/rss.xml": feed(range(20)), **empty}))
    assert not found.chosen
    assert "none of" in found.failure


@pytest.mark.parametrize(
    ("front", "said"),
    [
        (Answer(302, b"", {"Location": "/a"}), "redirect_loop"),
        (Answer(500, b"oops"), "http_500"),
        (Answer(200, b"slow", seconds=3.0), "timeout"),
        (Answer(200, b"%PDF-1.4"), "not_html"),
        (Answer(200, b""), ""),
    ],
)
def test_a_front_page_that_cannot_be_had_is_a_reason(front: Answer, said: str) -> None:
    portal = Portal({"/": front, "/a": Answer(302, b"", {"Location": "/"})})
    found = surveyed(portal, seconds=0.3)
    assert said in found.failure
    assert len(portal.asked) < 10


def test_a_site_that_fails_everywhere_behind_its_front_page_ends_soon() -> None:
    stalls = {path_of(n): Answer(200, b"", seconds=2.0) for n in range(20)}
    portal = Portal({"/": listing(range(20), ALTERNATE), "/rss.xml": feed(range(20)), **stalls})
    found = surveyed(portal, seconds=0.2)
    assert not found.chosen
    assert "3 requests in a row" in found.warnings[0]
    assert len(portal.asked) < 10


def test_a_site_that_is_asked_too_much_is_left_alone() -> None:
    busy = {path_of(n): Answer(429, b"", {"Retry-After": "60"}) for n in range(20)}
    portal = Portal({"/": listing(range(20)), **busy})
    found = surveyed(portal)
    assert sum(path.endswith(".shtml") for path in portal.asked) == 2
    assert any("asked too much" in warning for warning in found.warnings)


def test_no_site_gets_more_than_25_requests() -> None:
    links = "".join(f"<link rel='alternate' type='application/rss+xml' href='/f{n}.xml'>" for n in range(50))
    sections = "".join(f"<a href='/s{n}/'>栏目{PLACES[n]}</a>" for n in range(10))
    robots = "User-agent: *\nDisallow:\n" + "".join(f"Sitemap: {{base}}/m{n}.xml\n" for n in range(50))
    portal = Portal({
        "/robots.txt": robots,
        "/": listing(range(60), links, sections),
        **{f"/s{n}/": listing(range(60 + 10 * n, 70 + 10 * n)) for n in range(10)},
        **{path_of(n): page(f"<p>{n}</p>") for n in range(200)},
    })  # fmt: skip
    found = surveyed(portal)
    assert found.requests == len(portal.asked) <= 25
    assert found.failure


def test_megabytes_of_links_are_read_within_bounds() -> None:
    body = "<html><body>" + "<a href='/x/1'>很多很多兆字节的链接，后面还有更多</a>" * 60_000
    portal = Portal({"/": body, "/big": body})
    found = surveyed(portal)
    assert found.failure
