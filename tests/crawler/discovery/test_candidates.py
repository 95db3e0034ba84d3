"""What is common to entry points of every kind."""

import gzip
import json
import random

import pytest

from crawler.discovery.candidates import Found
from crawler.discovery.entry import EntryInput, EntryPage, read_entry
from crawler.discovery.json_list import guess_items
from crawler.discovery.merging import candidates_digest
from storage.records import JsonItems, Rejection

HOME = "https://www.portal.test/"
URL = "https://www.portal.test/list"

RSS = """<?xml version="1.0" encoding="gb2312"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>
<title>要闻</title><item><title><![CDATA[武汉 & 大雨]]></title><link>/2026/1.html</link><guid>1</guid>
<dc:date>2026-11-21 08:30</dc:date></item>
<item><title>A &amp; B</title><link>/2026/2.html</link></item></channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:base="/a/"><title type="html">&lt;b&gt;站</title><entry>
<title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">大雨</div></title><link href="1.html"/>
<id>tag:x,2026:1</id><updated>2026-11-21T08:30:00Z</updated></entry></feed>"""
SITEMAP = """<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
 xmlns:n="http://www.google.com/schemas/sitemap-news/0.9">
<url><loc>https://www.portal.test/1.html</loc><lastmod>2026-11-21</lastmod><n:news><n:title>大雨</n:title>
<n:publication_date>2026-11-21T08:30:00+08:00</n:publication_date></n:news></url></urlset>"""
INDEX = """<sitemapindex><sitemap><loc>https://www.portal.test/s-2026-11.xml.gz</loc><lastmod>2026-11-21</lastmod>
</sitemap><sitemap><loc>https://www.portal.test/s-2025.xml</loc></sitemap></sitemapindex>"""
JSON_FEED = '{"version": "https://jsonfeed.org/version/1.1", "title": "t", "items": [{"id": "1", "url": "/1.html"}]}'
JSON_LIST = 'cb({"data": {"list": [{"url": "/2026/1.html", "title": "武汉今日大雨", "date": 1795221000}, {"id": 2}]}});'
BODIES = {
    "rss": RSS.encode("gb18030"),
    "atom": ATOM.encode(),
    "sitemap": SITEMAP.encode(),
    "gz": gzip.compress(SITEMAP.encode()),
    "index": INDEX.encode(),
    "json feed": JSON_FEED.encode(),
    "json": JSON_LIST.encode(),
    "utf-16": RSS.encode("utf-16"),
}
SPLICES = [b"\x00", b"\xff\xfe", b"&", b"<", b">", b"]]>", b"<![CDATA[", b"<!--", b"&#0;", b"&nbsp;", b"{", b"]", b'"']
SPLICES += [
    b"\\ud800",
    b"1e999",
    b"<link href='http://[::1'/>",
    "武".encode("gbk"),
    b"http://[",
    b"%00",
    b"<!DOCTYPE x[",
]


def read(kind, body, **more) -> EntryPage | Rejection:
    return read_entry(EntryInput(kind=kind, url=URL, body=body, home=HOME, timezone="Asia/Shanghai", **more))


@pytest.mark.parametrize("name", BODIES)
def test_no_damage_makes_reading_fail(name):
    chance = random.Random(f"4 {name}")
    for _ in range(60):
        body = bytearray(BODIES[name])
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(body) + 1)
            match chance.randrange(4):
                case 0:
                    del body[at:]
                case 1:
                    body[at:at] = chance.choice(SPLICES)
                case 2:
                    body[at : at + chance.randint(1, 30)] = b""
                case _:
                    body[at : at + 1] = bytes([chance.randrange(256)])
        for kind, items in (
            ("feed", None),
            ("sitemap", None),
            ("listing", None),
            ("listing", JsonItems(items="data.list")),
        ):
            page = read(kind, bytes(body), json=items)
            assert isinstance(page, EntryPage | Rejection)
            for candidate in page.candidates if isinstance(page, EntryPage) else ():
                json.dumps([candidate.title, candidate.guid, candidate.published_raw]).encode("utf-8")
                assert f"{candidate.title}{candidate.guid}{candidate.published_raw}".encode()
        guess_items(bytes(body), None)


def test_a_date_is_kept_as_it_stands_and_read_beside_it():
    found = Found(url=URL, home=HOME, most=10, timezone="Asia/Shanghai")
    found.add("https://www.portal.test/1.html", "一", "2026年11月21日 08:30")
    found.add("https://www.portal.test/2.html", "二", "昨天" + "很" * 100)
    found.add("https://www.portal.test/3.html", "三", " ")
    first, second, third = found.candidates
    assert (first.published_raw, first.published_at.isoformat()) == (
        "2026年11月21日 08:30",
        "2026-11-21T08:30:00+08:00",
    )
    assert (len(second.published_raw), second.published_at) == (64, None)
    assert (third.published_raw, third.published_at) == (None, None)


def test_a_repeat_brings_the_date_and_the_guid_that_the_first_had_not():
    found = Found(url=URL, home=HOME, most=10)
    found.add("https://www.portal.test/1.html", "一")
    found.add("https://www.portal.test/1.html", "一二", "2026-11-21", "g")
    found.add("https://www.portal.test/1.html", "二", "2026-11-22", "h")
    [candidate] = found.candidates
    assert (candidate.title, candidate.guid, candidate.published_raw) == ("一二", "g", "2026-11-21")
    assert candidate.published_at.isoformat() == "2026-11-21T00:00:00+00:00"


def test_the_digest_is_that_of_addresses_and_titles_in_their_order():
    def digest(*links):
        found = Found(url=URL, home=HOME, most=10)
        for path, title, date in links:
            found.add(f"https://www.portal.test{path}", title, date)
        return candidates_digest(found.candidates)

    one, two = ("/1.html", "一", "2026-11-21"), ("/2.html", "二", None)
    assert digest(one, two) == digest(one, two) == digest(("/1.html", "一", "2026-11-22"), two)
    assert len({digest(one, two), digest(two, one), digest(one), digest(), digest(("/1.html", "另", None), two)}) == 5
    assert len(digest()) == 16


@pytest.mark.parametrize(
    ("name", "kind", "note"),
    [("rss", "listing", "the listing is a feed"), ("atom", "listing", "the listing is a feed")],
)
def test_a_feed_that_was_typed_as_a_listing_is_read_as_one(name, kind, note):
    page = read(kind, BODIES[name])
    assert page.candidates
    assert note in page.notes


def test_a_page_of_html_is_no_feed():
    assert read("feed", b"<!DOCTYPE html><html><body><p>x</p></body></html>").reason == "not_a_feed"


def test_links_of_a_feed_are_relative_to_its_base():
    assert read("feed", BODIES["atom"]).candidates[0].url == "https://www.portal.test/a/1.html"
