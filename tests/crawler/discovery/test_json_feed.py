"""JSON Feed, and what guids of feeds of either kind are worth."""

import hashlib
import json

import pytest

from crawler.discovery.entry import EntryInput, EntryPage, read_entry

HOME = "https://www.portal.test/"
URL = "https://www.portal.test/feed"


def read(body, *, kind="feed", content_type=None) -> EntryPage:
    body = body if isinstance(body, bytes) else body.encode()
    page = read_entry(
        EntryInput(kind=kind, url=URL, body=body, content_type=content_type, home=HOME, timezone="Asia/Shanghai")
    )
    assert isinstance(page, EntryPage), page
    return page


def json_feed(*items, version="https://jsonfeed.org/version/1.1", **more):
    return json.dumps({"version": version, "title": "要闻", "items": items, **more}, ensure_ascii=False)


def rss(*items: str) -> str:
    return f'<rss version="2.0"><channel>{"".join(f"<item>{item}</item>" for item in items)}</channel></rss>'


def item(number: int, guid: str, title: str = "", link: str = "") -> str:
    return (
        f"<title>{title or f'第{number}条新闻的标题'}</title><link>{link or f'/2026/{number}.html'}</link>"
        f'<guid isPermaLink="false">{guid}</guid>'
    )


def paths(page) -> list[str]:
    return [candidate.url.removeprefix("https://www.portal.test") for candidate in page.candidates]


def guids(page) -> list[str | None]:
    return [candidate.guid for candidate in page.candidates]


@pytest.mark.parametrize("kind", ["feed", "listing"])
@pytest.mark.parametrize("version", ["https://jsonfeed.org/version/1", "https://jsonfeed.org/version/1.1"])
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_json_feed_is_known_by_its_content(kind, version, codec):
    body = json_feed(
        {"id": "1", "url": "/1.html", "title": "大雨 &amp; 大风", "date_published": "2026-11-21T08:30:00+08:00"},
        {"id": "https://www.portal.test/2.html", "date_modified": "2026-11-21 09:00"},
        {"id": 3, "external_url": "https://other.test/", "url": "/3.html"},
        "no item",
        {"id": "5"},
        version=version,
        next_url="https://www.portal.test/feed?page=2",
    )
    page = read(body.encode(codec), kind=kind)
    assert paths(page) == ["/1.html", "/2.html", "/3.html"]
    assert guids(page) == ["1", "https://www.portal.test/2.html", "3"]
    first, second, _ = page.candidates
    assert (first.title, first.published_raw) == ("大雨 & 大风", "2026-11-21T08:30:00+08:00")
    assert second.published_at.isoformat() == "2026-11-21T09:00:00+08:00"
    assert (page.title, page.next_url) == ("要闻", "https://www.portal.test/feed?page=2")
    assert page.skipped == {"no_link": 1}


def test_letters_that_no_text_has_leave_titles_and_guids():
    page = read('{"version": "https://jsonfeed.org/version/1", "items": [{"id": "\\ud800\\u0000a", "url": "/1", '
                '"title": "大\\ud800雨\\u0000", "date_published": "\\udfff"}]}')  # fmt: skip
    candidate = page.candidates[0]
    assert (candidate.title, candidate.guid, candidate.published_raw) == ("大雨", "a", None)


def test_an_atom_feed_names_the_page_of_its_older_items():
    feed = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><link rel="self" href="/feed"/><link rel="next" href="{}"/></feed>'
    )
    assert read(feed.format("/feed?page=2")).next_url == "https://www.portal.test/feed?page=2"
    assert read(feed.format("/feed")).next_url is None
    assert read(feed.format("https://evil.test/feed")).next_url is None


def test_a_guid_of_its_own_is_kept():
    page = read(rss(item(1, "1001"), item(2, "tag:portal.test,2026:2"), item(3, "x" * 501)))
    assert guids(page) == ["1001", "tag:portal.test,2026:2", None]
    assert page.notes == ()


def test_ten_items_with_one_guid_are_ten_candidates():
    page = read(rss(*(item(n, "https://www.portal.test/") for n in range(10))))
    assert len(page.candidates) == 10
    assert guids(page) == [None] * 10
    assert page.notes == ("all items share one guid",)


def test_guids_that_most_items_share_are_not_kept():
    page = read(rss(*(item(n, f"section-{n % 2}") for n in range(9)), item(9, "own")))
    assert guids(page) == [None] * 10
    assert page.notes == ("most items share a guid",)


def test_a_guid_that_two_of_many_items_share_is_not_kept_for_these():
    page = read(rss(item(1, "a"), item(2, "a"), item(3, "c"), item(4, "d"), item(5, "e")))
    assert guids(page) == [None, None, "c", "d", "e"]
    assert page.notes == ("2 items share a guid",)


def test_the_same_article_twice_under_its_guid_is_no_fault():
    page = read(rss(item(1, "a"), item(1, "a", "另一个标题在此"), item(2, "b")))
    assert guids(page) == ["a", "b"]
    assert page.notes == ()


@pytest.mark.parametrize(
    "guid_of",
    [
        lambda title: title,
        lambda title: f"https://www.portal.test/?{title}",
        lambda title: f"portal: {title.upper()}!",
        lambda title: hashlib.md5(title.encode(), usedforsecurity=False).hexdigest(),
        lambda title: hashlib.sha1(title.encode(), usedforsecurity=False).hexdigest().upper(),
    ],
)
def test_guids_made_of_the_title_are_not_kept(guid_of):
    titles = ["武汉今日大雨", "Snow in the north", "长江水位上涨两米", "学校明日停课一天"]
    page = read(rss(*(item(n, guid_of(title), title) for n, title in enumerate(titles))))
    assert (len(page.candidates), guids(page)) == (4, [None] * 4)
    assert page.notes == ("guids change with titles",)


def test_an_address_with_the_title_in_it_stays_the_same():
    link = "https://www.portal.test/2026/snow-in-the-north"
    page = read(rss(item(1, link, "Snow in the north", link)))
    assert (guids(page), page.notes) == ([link], ())


def test_missing_guids_are_told():
    no_guid = "<title>一</title><link>/9.html</link>"
    assert read(rss(no_guid)).notes == ("items have no guid",)
    assert read(rss(no_guid, item(1, "a"))).notes == ("items without guid: 1",)


@pytest.mark.parametrize("home", ["https://www.portal.test/", "/", "https://www.portal.test/index.html"])
def test_where_all_items_link_to_the_home_page_their_guids_are_the_addresses(home):
    items = [item(n, f"https://www.portal.test/?p={n}", link=home) for n in range(1, 4)]
    page = read(rss(*items))
    assert paths(page) == ["/?p=1", "/?p=2", "/?p=3"]
    assert "items share one link; their guids are taken for addresses" in page.notes


def test_sold_places_of_other_sites_stay_outside():
    page = read(rss(item(1, "1"), item(2, "2", link="https://shop.test/buy")))
    assert (paths(page), page.skipped) == (["/2026/1.html"], {"off_site": 1})


def test_dates_without_offset_and_unreadable_ones_are_told():
    def dated(*dates):
        return read(rss(*(f"{item(n, str(n))}<pubDate>{date}</pubDate>" for n, date in enumerate(dates)))).notes

    assert dated("2026-11-21 08:30", "2026年11月21日 08:30") == ("dates without offset",)
    assert dated("Sat, 21 Nov 2026 08:30:00 +0800", "2026-11-21 08:30") == ()
    assert dated("11月21日", "昨天") == ("dates cannot be read: '11月21日'",)
    assert dated("2026-11-21", "") == ()
