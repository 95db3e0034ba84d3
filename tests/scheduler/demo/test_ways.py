"""The ways in which articles can be found: each leads to all of them, whatever the template of the pages."""

import gzip
import json
import re
from html import unescape
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import pytest

from scheduler.demo.archive import is_event
from scheduler.demo.pages import Pages
from scheduler.demo.site import KINDS
from scheduler.demo.variants import further_paths, parted
from scheduler.demo.ways import PORTALS, WAYS
from scheduler.demo.world import World

ARTICLES = 45


@pytest.fixture(scope="module")
def world():
    return World(sites=len(PORTALS), articles=ARTICLES, seed=6, kinds=list(PORTALS))


def of(world, portal):
    return next(site for site in world.sites if site.portal == portal)


def read(world, site, path, **headers):
    """The answer for a path of a site, its headers written with underscores."""
    found = Pages(world, lambda each: f"http://{each.name}.test")
    return found.answer(world.site(site), path, {name.replace("_", "-"): value for name, value in headers.items()})


def text(world, site, path):
    """The page at a path, which must be there."""
    answer = read(world, site, path)
    assert answer.status == 200, path
    body = gzip.decompress(answer.body) if path.endswith(".gz") else answer.body
    return body.decode(site.encoding)


def named(site, page):
    """The paths that the links and addresses of a page lead to."""
    found = re.findall(r'href="([^"]*)"|<loc>([^<]*)</loc>|<link>([^<]*)</link>', page)
    urls = [urlsplit(unescape("".join(each))) for each in found]
    mine = {"", f"{site.name}.test"}
    return [url.path + (f"?{url.query}" if url.query else "") for url in urls if url.netloc in mine]


def reached(world, site, *starts, follow=r"list|index|rss|sitemap"):
    """All paths that are named by the pages from which one comes on by links of this form."""
    asked, found, todo = set(), set(), list(starts)
    while todo:
        path = todo.pop()
        if path in asked or read(world, site, path).status != 200:
            continue
        asked.add(path)
        links = named(site, text(world, site, path))
        found.update(links)
        todo += [each for each in links if re.search(follow, each)]
    return found


def paths(world, site):
    return {article.path for article in world.articles(site)}


@pytest.mark.parametrize("portal", [name for name in PORTALS if name not in {"json-api", "sections"}])
def test_the_entry_points_lead_to_every_article(world, portal):
    site = of(world, portal)
    starts = [*site.way.feeds, *site.way.sitemaps] or site.way.lists
    assert paths(world, site) <= reached(world, site, *starts)


def test_a_declared_feed_is_named_on_the_home_page_and_a_hidden_one_on_a_page_of_its_own(world):
    declared, hidden = of(world, "feed"), of(world, "hidden-feed")
    assert 'rel="alternate" type="application/atom+xml"' in text(world, declared, "/")
    home = text(world, hidden, "/")
    assert "alternate" not in home
    assert ">RSS订阅</a>" in home
    assert "/rss.html" in named(hidden, home)
    assert set(hidden.way.feeds) <= set(named(hidden, text(world, hidden, "/rss.html")))


def test_the_news_sitemap_has_titles_and_times_of_the_last_two_days():
    world = World(sites=1, articles=100, kinds=["news-sitemap"])
    site = world.sites[0]
    assert f"Sitemap: http://{site.name}.test/sitemap-news.xml" in text(world, site, "/robots.txt")
    tree = ET.fromstring(read(world, site, "/sitemap-news.xml").body)  # noqa: S314
    space = "{http://www.google.com/schemas/sitemap-news/0.9}"
    found = [(one.findtext(f".//{space}title"), one.findtext(f".//{space}publication_date")) for one in tree]
    articles = world.articles(site)[::-1]
    assert found == [(each.title, each.published.isoformat()) for each in articles[: len(found)]]
    assert 48 * 60 // 47 - 1 <= len(found) <= 48 * 60 // 47 + 1


def test_of_a_gzipped_index_only_the_parts_with_something_new_change():
    world = World(sites=1, articles=60, kinds=["gz-index"])
    site = world.sites[0]
    (year,) = [each for each in named(site, text(world, site, "/sitemap.xml.gz")) if "sitemaps" in each]
    days = named(site, text(world, site, year))
    assert days == sorted(days, reverse=True)
    assert len(days) >= 2
    since = {day: read(world, site, day).headers["Last-Modified"] for day in days}
    world.edit(world.articles(site)[-1])
    states = {day: read(world, site, day, If_Modified_Since=at).status for day, at in since.items()}
    assert [day for day, status in states.items() if status == 200] == days[:1]


def test_sections_part_the_articles_and_the_home_page_has_the_newest_only(world):
    site = of(world, "sections")
    first, second = (paths(world, site) & reached(world, site, folder, follow=folder) for folder in site.way.lists)
    lists = {"/yaowen/", "/yaowen/index_2.html", "/shenghuo/"}
    assert len(first) + len(second) > ARTICLES  # the popular ones are named on both
    assert first | second == paths(world, site)
    assert not paths(world, site) <= set(named(site, text(world, site, "/")))
    assert lists <= reached(world, site, "/", follow="yaowen|shenghuo")
    assert read(world, site, "/yaowen/index_3.html").status == read(world, site, "/list.html").status == 404
    assert text(world, site, "/yaowen/") == text(world, site, "/yaowen/index.html")


def test_the_api_has_every_article_and_the_front_page_no_link(world):
    site = of(world, "json-api")
    front = text(world, site, "/")
    assert named(site, front) == []
    assert "/api/list?page=1" in front
    pages = [json.loads(text(world, site, f"/api/list?page={number}"))["data"]["list"] for number in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [20, 20, 5, 0]
    newest = world.articles(site)[-1]
    assert pages[0][0] == {
        "id": newest.number,
        "title": newest.title,
        "url": newest.path,
        "pubtime": f"{newest.published:%Y-%m-%d %H:%M:%S}",
    }
    assert {row["url"] for page in pages for row in page} == paths(world, site)
    assert read(world, site, "/api/list?page=x").status == read(world, site, "/api/list").status == 200


def test_a_front_page_can_be_no_more_than_a_signpost(world):
    site = of(world, "refresh")
    front = text(world, site, "/")
    assert 'http-equiv="refresh" content="0; url=/portal/index.html"' in front
    assert named(site, front) == []
    assert world.articles(site)[-1].path in named(site, text(world, site, "/portal/index.html"))


def test_the_pages_of_an_article_have_its_text_in_parts_and_lead_to_each_other(world):
    site = of(world, "multi-page")
    article = next(each for each in world.articles(site) if len(parted(each)) == 3 and each.number % 4 == 1)
    stem = article.path.removesuffix(".html")
    parts = [unescape(text(world, site, f"{stem}{end}.html")) for end in ("", "_2", "_3")]
    for paragraph in article.paragraphs:
        assert sum(f"{paragraph}</" in part for part in parts) == 1
    assert all(article.title in part for part in parts)
    assert f"{stem}_2.html" in named(site, parts[0])
    assert f'<link rel="next" href="{stem}_3.html">' in parts[1]
    whole = unescape(text(world, site, f"{stem}_all.html"))
    assert all(paragraph in whole for paragraph in article.paragraphs)
    assert {read(world, site, f"{stem}_{end}.html").status for end in ("1", "4", "x")} == {404}


def test_the_list_links_some_second_pages(world):
    site = of(world, "multi-page")
    linked = set(named(site, text(world, site, "/list.html")))
    further = [path for article in world.articles(site)[-20:] for path in further_paths(article)]
    assert 0 < len(further) < 20
    assert set(further) <= linked


def test_an_article_that_is_not_parted_has_no_second_page(world):
    site = of(world, "multi-page")
    article = next(each for each in world.articles(site) if len(parted(each)) == 1)
    assert read(world, site, article.path.replace(".html", "_2.html")).status == 404


def test_twins_have_the_text_and_name_the_first_address(world):
    site = of(world, "twins")
    article = world.articles(site)[7]
    canonical = f'<link rel="canonical" href="http://{site.name}.test{article.path}">'
    pages = [text(world, site, path) for path in (article.path, f"/m{article.path}", f"{article.path}?amp=1")]
    shared = text(world, site, f"{article.path}?from=timeline")
    assert all(canonical in page for page in pages)
    assert canonical not in shared
    for page in (*pages, shared):
        assert all(paragraph in unescape(page) for paragraph in article.paragraphs)
    assert read(world, site, "/m/nothing.html").status == read(world, site, f"{article.path}?amp=2").status == 404
    linked = set(named(site, text(world, site, "/list.html")))
    assert {path for each in world.articles(site)[-20:] for path in further_paths(each)} <= linked


def test_a_twin_of_an_article_that_was_taken_down_is_gone_too():
    world = World(sites=1, articles=2, kinds=["twins"])
    article = world.take_down(world.articles()[0])
    assert read(world, article.site, f"/m{article.path}").status == 410


def test_the_calendar_has_no_end_in_either_direction(world):
    site = of(world, "calendar")
    last = text(world, site, "/list_3.html")
    path = next(each for each in named(site, last) if each.startswith("/archive/"))
    for _ in range(30):
        before, after = re.findall(
            r'<a href="(/archive/[^"]*)">上个月</a> <a href="([^"]*)">下个月', text(world, site, path)
        )[0]
        assert path < after
        assert before < path
        path = before
    assert {read(world, site, each).status for each in ("/archive/0001/01/", "/archive/9999/12/31/")} == {200}
    assert {read(world, site, each).status for each in ("/archive/2026/13/", "/archive/2026/02/30/")} == {404}


def test_events_stand_beside_the_articles_of_a_day_and_are_none(world):
    site = of(world, "calendar")
    article = world.articles(site)[-1]
    linked = named(site, text(world, site, f"/archive/{article.published:%Y/%m/%d}/"))
    assert article.path in linked
    events = {path for path in linked if is_event(path)}
    assert len(events) == 2
    assert all(world.find(site, path) is None and text(world, site, path) for path in events)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_template_can_be_found_in_every_way(kind, way):
    world = World(sites=1, articles=3, kinds=[f"{kind}+{way}"])
    site = world.sites[0]
    assert site.name.endswith(f"-{kind}-{way}")
    starts = {"/", site.way.home, *site.way.feeds, *site.way.sitemaps, *site.way.lists}
    assert {read(world, site, path).status for path in starts} == {200}
    for article in world.articles():
        for path in (article.path, *further_paths(article)):
            assert article.title in unescape(text(world, site, path))


def test_an_entity_tag_that_never_changes_hides_what_is_new():
    world = World(sites=1, articles=3, kinds=["feed"])
    site = world.sites[0]
    world.lie(site)
    first = read(world, site, "/news/rss.xml")
    world.publish(site)
    assert "Last-Modified" not in first.headers
    assert read(world, site, "/news/rss.xml", If_None_Match=first.headers["ETag"]).status == 304
    second = read(world, site, "/news/rss.xml")
    assert second.headers["ETag"] == first.headers["ETag"]
    assert second.body != first.body
    world.heal(site)
    assert read(world, site, "/news/rss.xml", If_None_Match=first.headers["ETag"]).status == 200


def test_a_server_can_say_304_to_every_condition():
    world = World(sites=1, articles=3, kinds=["gbk"])
    world.lie("/list.html", "always-304")
    site = world.sites[0]
    assert read(world, site, "/list.html", If_None_Match='"x"').status == 304
    assert read(world, site, "/list.html", If_Modified_Since="nonsense").status == 304
    assert read(world, site, "/list.html").status == 200
    assert read(world, site, "/", If_None_Match='"x"').status == 200


def test_lists_and_feeds_can_be_shorter():
    world = World(sites=2, articles=30, kinds=["feed", "gbk"], list_size=10, feed_size=20)
    feed, listing = world.sites
    assert text(world, feed, "/news/rss.xml").count("<entry>") == 20
    assert read(world, listing, "/list_3.html").status == 200
    assert read(world, listing, "/list_4.html").status == 404
