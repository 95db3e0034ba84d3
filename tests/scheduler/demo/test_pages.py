"""The demo world's pages, without a server: facts on them, bytes, validators, feeds, sitemaps and lists."""

from email.utils import parsedate_to_datetime
from html import unescape
from xml.etree import ElementTree as ET

import pytest

from scheduler.demo import sitemaps
from scheduler.demo.pages import Pages
from scheduler.demo.rendered import Rendered, Shelves
from scheduler.demo.site import KINDS
from scheduler.demo.world import BEGIN, FEED_SIZE, LIST_SIZE, World

SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


@pytest.fixture
def world():
    return World(sites=len(KINDS), articles=50, seed=5)


def read(world, site, path, **headers):
    """The answer for a path of a site, its headers written with underscores."""
    found = Pages(world, lambda each: f"http://{each.name}.test")
    return found.answer(world.site(site), path, {name.replace("_", "-"): value for name, value in headers.items()})


def html(world, article):
    """The text of an article's page."""
    site = world.site(article.site)
    return read(world, site, article.path).body.decode(site.encoding)


def printed_date(article, kind):
    """The date as a page of this kind has it."""
    shapes = {
        "mirror": "%Y-%m-%d %H:%M:%S +0800",
        "bay": "%Y年%m月%d日 %H:%M",
        "gazette": "%Y-%m-%dT%H:%M:%S+08:00",
        "party": "%Y-%m-%d 00:00",
        "daily": "%Y年%m月%d日%H:%M",
    }
    return article.published.strftime(shapes[kind])


@pytest.mark.parametrize("kind", KINDS)
def test_an_article_page_has_its_title_and_every_paragraph(world, kind):
    for article in [each for each in world.articles() if world.site(each.site).kind == kind][:12]:
        page = unescape(html(world, article))
        assert article.title in page
        for block in article.blocks:
            if block.kind != "figure" or kind != "party":
                assert block.text in page


@pytest.mark.parametrize("kind", KINDS)
def test_an_article_page_has_the_facts_that_its_kind_shows(world, kind):
    article = next(each for each in world.articles() if world.site(each.site).kind == kind)
    shown, page = KINDS[kind].shows, unescape(html(world, article))
    assert ("origin" not in shown) or article.origin in page
    assert all((name in page) == ("reporters" in shown) for name in article.reporters)
    assert all((name in page) == ("editors" in shown) for name in article.editors)
    assert ("date" in shown) == (KINDS[kind].precision is not None)
    if "date" in shown:
        assert printed_date(article, kind) in page


@pytest.mark.parametrize("kind", ["city", "blog"])
def test_a_kind_that_shows_no_date_has_none_of_the_article(world, kind):
    article = world.articles(next(site for site in world.sites if site.kind == kind))[20]
    assert article.published.strftime("%H:%M") not in html(world, article)


@pytest.mark.parametrize("kind", KINDS)
def test_pages_are_sent_in_the_charset_of_their_kind_and_declare_it_where_the_kind_does(world, kind):
    site = next(site for site in world.sites if site.kind == kind)
    answer = read(world, site, world.articles(site)[0].path)
    page = answer.body.decode(site.encoding)
    declared = KINDS[kind].declared
    assert (f"charset={declared}" in answer.headers["Content-Type"]) == ("header" in KINDS[kind].charset_in)
    head = page.partition("</head>")[0]
    assert ("charset=" in head) == ("meta" in KINDS[kind].charset_in)
    assert KINDS[kind].charset_in


def test_there_are_pages_in_utf_8_gbk_and_big5():
    assert {kind.encoding for kind in KINDS.values()} == {"utf-8", "gbk", "big5"}


def test_simplified_text_on_a_big5_page_is_kept_as_character_references(world):
    bay = next(site for site in world.sites if site.kind == "bay")
    copy = world.repost(world.articles(world.sites[0])[0], bay)
    page = html(world, copy)
    assert "&#" in page
    assert all(paragraph in unescape(page) for paragraph in copy.paragraphs)


@pytest.mark.parametrize("kind", KINDS)
def test_a_repost_names_the_first_outlet_and_its_own_editors(world, kind):
    site = next(site for site in world.sites if site.kind == kind)
    first = next(
        each for each in world.articles() if world.site(each.site).kind == ("city" if kind != "city" else "bay")
    )
    copy = world.repost(first, site)
    page = unescape(html(world, copy))
    assert first.origin in page
    assert all(paragraph in page for paragraph in first.paragraphs)
    assert "editors" not in KINDS[kind].shows or all(editor in page for editor in copy.editors)


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_is_304_until_it_is_edited(world, kind):
    site = next(site for site in world.sites if site.kind == kind)
    article = world.articles(site)[-3]
    first = read(world, site, article.path)
    assert set(KINDS[kind].validators) == {
        {"ETag": "etag", "Last-Modified": "modified"}[n] for n in first.headers if n != "Content-Type"
    }
    conditions = {}
    if "ETag" in first.headers:
        conditions["If_None_Match"] = first.headers["ETag"]
    if "Last-Modified" in first.headers:
        conditions["If_Modified_Since"] = first.headers["Last-Modified"]
    same = read(world, site, article.path, **conditions)
    assert (same.status, same.body) == (304, b"")
    world.edit(article)
    changed = read(world, site, article.path, **conditions)
    assert changed.status == 200
    assert changed.body != first.body


def test_last_modified_is_the_time_of_the_edit(world):
    article = world.edit(world.articles(world.sites[0])[0])
    answer = read(world, article.site, article.path)
    assert parsedate_to_datetime(answer.headers["Last-Modified"]) == article.modified == world.now


def test_a_page_changes_when_the_next_article_comes_and_not_after(world):
    site = world.sites[0]
    newest = world.articles(site)[-1]
    alone = read(world, site, newest.path)
    world.publish(site)
    followed = read(world, site, newest.path)
    world.publish(site)
    assert alone.body == followed.body or alone.headers["ETag"] != followed.headers["ETag"]
    assert read(world, site, newest.path).headers == followed.headers


@pytest.mark.parametrize("path", ["/", "/list.html", "/robots.txt", "/feed.xml", "/sitemap.xml"])
def test_lists_are_304_until_something_is_published(world, path):
    site = world.sites[3] if path in {"/feed.xml", "/sitemap.xml"} else world.sites[1]
    first = read(world, site, path)
    since = {"If_Modified_Since": first.headers["Last-Modified"]}
    assert read(world, site, path, **since).status == 304
    world.publish(site)
    assert read(world, site, path, **since).status == (304 if path == "/robots.txt" else 200)


def test_a_date_that_cannot_be_read_is_no_condition(world):
    site = world.sites[1]
    assert read(world, site, "/", If_Modified_Since="yesterday").status == 200


def test_any_of_several_entity_tags_holds(world):
    site = world.sites[0]
    tag = read(world, site, "/").headers["ETag"]
    assert read(world, site, "/", If_None_Match=f'"x", W/{tag}').status == 304


@pytest.mark.parametrize("kind", [name for name, kind in KINDS.items() if "sitemap" in kind.entries])
def test_the_sitemap_lists_every_article_with_its_last_change(world, kind):
    site = next(site for site in world.sites if site.kind == kind)
    world.publish(site, 2)
    edited = world.edit(world.articles(site)[1])
    gone = world.take_down(world.articles(site)[0])
    tree = ET.fromstring(read(world, site, "/sitemap.xml").body)  # noqa: S314
    found = {entry.findtext(f"{SITEMAP}loc"): entry.findtext(f"{SITEMAP}lastmod") for entry in tree}
    base = f"http://{site.name}.test"
    assert set(found) == {base + each.path for each in world.articles(site) if each != gone}
    assert found[base + edited.path] == edited.modified.isoformat()


def test_a_sitemap_too_long_is_parted_under_an_index(world, monkeypatch):
    monkeypatch.setattr(sitemaps, "SITEMAP_SIZE", 20)
    site = world.sites[0]
    index = ET.fromstring(read(world, site, "/sitemap.xml").body)  # noqa: S314
    parts = [entry.findtext(f"{SITEMAP}loc").partition(".test")[2] for entry in index]
    assert parts == ["/sitemap-1.xml", "/sitemap-2.xml", "/sitemap-3.xml"]
    trees = [ET.fromstring(read(world, site, part).body) for part in parts]  # noqa: S314
    assert sum(map(len, trees)) == 50
    assert read(world, site, "/sitemap-4.xml").status == 404


@pytest.mark.parametrize("kind", [name for name, kind in KINDS.items() if "feed" in kind.entries])
def test_the_feed_lists_the_newest_articles_first(world, kind):
    site = next(site for site in world.sites if site.kind == kind)
    (new,) = world.publish(site)
    body = read(world, site, "/feed.xml").body
    root = ET.fromstring(body)  # noqa: S314
    atom = "{http://www.w3.org/2005/Atom}"
    entries = root.findall(f"{atom}entry") or root.findall("channel/item")
    assert len(entries) == FEED_SIZE
    titles = [entry.findtext(f"{atom}title") or entry.findtext("title") for entry in entries]
    assert titles == [each.title for each in reversed(world.articles(site))][:FEED_SIZE]
    assert new.title == titles[0]


@pytest.mark.parametrize("kind", KINDS)
def test_the_listing_pages_lead_to_every_article(world, kind):
    site = next(site for site in world.sites if site.kind == kind)
    paths = ("/list.html", "/list_2.html", "/list_3.html")
    first, second, third = (read(world, site, path).body.decode(site.encoding) for path in paths)
    assert 'href="/list_2.html"' in first
    assert 'href="/list.html"' in second
    assert 'href="/login.html"' in first
    for article in world.articles(site):
        assert f'href="{article.path}"' in first + second + third
    assert read(world, site, "/list_4.html").status == 404


def test_an_article_that_is_taken_down_answers_so_and_leaves_the_lists(world):
    site = world.sites[1]
    article = world.take_down(world.articles(site)[-1], status=404)
    assert read(world, site, article.path).status == 404
    assert article.path not in read(world, site, "/list.html").body.decode(site.encoding)


def test_robots_names_the_sitemap_where_there_is_one(world):
    assert b"Sitemap: http://yunze-mirror.test/sitemap.xml" in read(world, world.sites[0], "/robots.txt").body
    assert b"Sitemap" not in read(world, world.sites[1], "/robots.txt").body


def test_a_failing_page_says_when_to_come_again(world):
    world.fail("/", status=429, times=1, retry_after=30)
    answer = read(world, world.sites[0], "/")
    assert (answer.status, answer.headers["Retry-After"]) == (429, "30")


@pytest.mark.parametrize(("to", "location"), [("/list.html", "/list.html"), ("http://10.0.0.1/", "http://10.0.0.1/")])
def test_a_redirect_leads_where_it_is_told(world, to, location):
    article = world.articles()[0]
    world.redirect(article, to, status=302)
    answer = read(world, article.site, article.path)
    assert (answer.status, answer.headers["Location"]) == (302, location)


def test_a_redirect_to_an_article_of_another_site_has_its_full_address(world):
    article, other = world.articles()[0], world.articles(world.sites[2])[0]
    world.redirect(article, other)
    assert read(world, article.site, article.path).headers["Location"] == f"http://{other.site}.test{other.path}"


def test_the_home_page_leads_to_the_newest_articles_and_the_list(world):
    site = world.sites[2]
    home = read(world, site, "/").body.decode(site.encoding)
    assert world.articles(site)[-1].path in home
    assert "/list.html" in home


def test_a_world_without_articles_has_lists_nonetheless():
    world = World(sites=2, articles=0)
    assert {read(world, site, "/list.html").status for site in world.sites} == {200}
    (only,) = world.publish(world.sites[0])
    assert read(world, only.site, only.path).status == 200


def test_rendered_pages_are_kept_up_to_a_number_of_bytes():
    kept = Shelves(max_bytes=25)
    rendered = []

    def get(key):
        def render():
            rendered.append(key)
            return Rendered(b"x" * 10, "", "", BEGIN)

        return kept.get(key, render)

    for key in (1, 2, 1, 3, 1, 2):
        get(key)
    assert rendered == [1, 2, 3, 2]


def test_a_large_world_needs_no_page_but_those_asked_for():
    world = World(sites=4, articles=25_000)
    site = world.sites[1]
    assert read(world, site, "/list_1250.html").status == 200
    assert LIST_SIZE * 1250 == 25_000
    last = world.article(f"{site.name}:24999")
    assert last.title in html(world, last)
