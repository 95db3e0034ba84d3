import gzip
import time
import zlib

import pytest

from crawler.discovery import sitemaps
from crawler.discovery.entry import EntryInput, EntryPage, read_entry
from storage.records import EntryPoint, Rejection

HOME = "https://www.portal.test/"
URL = "https://www.portal.test/sitemap.xml"
NS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'


def read(body, *, kind="sitemap", content_type="text/xml", links=None) -> EntryPage | Rejection:
    body = body.encode() if isinstance(body, str) else body
    return read_entry(
        EntryInput(
            kind=kind, url=URL, body=body, content_type=content_type, home=HOME, links=links, timezone="Asia/Shanghai"
        )
    )


def urlset(*urls: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><urlset {NS}>{"".join(f"<url>{url}</url>" for url in urls)}</urlset>'


def index(*entries: str) -> str:
    return f"<sitemapindex {NS}>{''.join(f'<sitemap>{entry}</sitemap>' for entry in entries)}</sitemapindex>"


def loc(path: str) -> str:
    return f"<loc>https://www.portal.test{path}</loc>"


def test_a_news_sitemap_gives_titles_and_dates_of_publication():
    page = read(
        urlset(
            loc("/1.html") + "<lastmod>2026-11-22</lastmod><news:news><news:publication><news:name>站</news:name>"
            "</news:publication><news:publication_date>2026-11-21T08:00:00+08:00</news:publication_date>"
            "<news:title>武汉大雨</news:title></news:news>",
            loc("/2.html") + "<lastmod>2026-11-20</lastmod><image:image xmlns:image='i'><image:title>图</image:title>"
            "<image:loc>https://www.portal.test/a.jpg</image:loc></image:image>",
            loc("/3.html"),
        )
    )
    assert [(c.url, c.title, c.published_raw, c.position) for c in page.candidates] == [
        ("https://www.portal.test/1.html", "武汉大雨", "2026-11-21T08:00:00+08:00", 0),
        ("https://www.portal.test/2.html", None, "2026-11-20", 1),
        ("https://www.portal.test/3.html", None, None, 2),
    ]
    assert page.further == ()


def test_an_index_names_its_sitemaps_newest_first():
    page = read(
        index(
            loc("/old.xml") + "<lastmod>2020-01-01</lastmod>",
            loc("/new.xml.gz") + "<lastmod>2026-11-21</lastmod>",
            loc("/undated.xml"),
            "<loc>https://evil.test/x.xml</loc>",
            loc("/sitemap.xml"),
            loc("/new.xml.gz"),
        )
    )
    assert page.candidates == ()
    assert page.further == tuple(
        EntryPoint(kind="sitemap", url=f"https://www.portal.test/{name}", parent=URL, lastmod=said, found_by="index")
        for name, said in (("new.xml.gz", "2026-11-21"), ("old.xml", "2020-01-01"), ("undated.xml", None))
    )
    assert page.skipped == {"off_site": 1}


@pytest.mark.parametrize(
    "body",
    [
        gzip.compress(urlset(loc("/1.html")).encode()),
        gzip.compress(urlset(loc("/1.html")).encode()[:100]) + gzip.compress(urlset(loc("/1.html")).encode()[100:]),
        gzip.compress(urlset(loc("/1.html")).encode()) + b"\0" * 512,
        "\ufeff\n" + urlset(loc("/1.html")),
        urlset(loc("/1.html")).replace(NS, ""),
        urlset(loc("/1.html")).replace("0.9", "0.84"),
        f"<!-- made by a plugin --><!DOCTYPE urlset>{urlset(loc('/1.html'))}",
        urlset("<loc>\n  <![CDATA[https://www.portal.test/1.html]]>\n</loc>"),
        urlset(loc("/1.html")) + "<p>junk behind",
        urlset(loc("/1.html"))[:-15],
        urlset(loc("/1.html")).replace("UTF-8", "gb2312"),
        "https://www.portal.test/1.html\r\n\r\n",
        f"<rss version='2.0'><channel><item><title>t</title><link>{HOME}1.html</link></item></channel></rss>",
    ],
)
def test_sitemaps_as_they_are_met(body):
    assert [candidate.url for candidate in read(body).candidates] == ["https://www.portal.test/1.html"]


def test_gbk_titles_are_read():
    title = "<news:news><news:title>武汉今日大雨</news:title></news:news>"
    body = urlset(loc("/1.html") + title).replace("UTF-8", "gb2312").encode("gbk")
    assert read(body).candidates[0].title == "武汉今日大雨"


def test_escaped_and_unescaped_ampersands_in_addresses():
    page = read(urlset(loc("/a?x=1&amp;id=2"), loc("/a?x=1&id=3")))
    assert page.candidates[0].url == "https://www.portal.test/a?x=1&id=2"


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "javascript:alert(1)",
        "http://127.0.0.1/admin",
        "http://[::1",
        "",
        "ftp://www.portal.test/1",
    ],
)
def test_addresses_that_must_not_be_fetched_are_no_candidates(address):
    page = read(urlset(f"<loc>{address}</loc>", loc("/1.html")))
    assert [candidate.url for candidate in page.candidates] == ["https://www.portal.test/1.html"]
    assert sum(page.skipped.values()) == 1


def test_entities_bring_nothing_in():
    doctype = '<!DOCTYPE urlset [<!ENTITY x SYSTEM "file:///etc/hostname"><!ENTITY y "https://www.portal.test/2">]>'
    page = read(
        doctype + f"<urlset {NS}><url><loc>https://www.portal.test/&x;</loc></url><url><loc>&y;</loc></url></urlset>"
    )
    assert page.candidates == ()


@pytest.mark.parametrize(
    "body", ["<html><body>404</body></html>", "", "{}", "words", b"\x1f\x8b\x08\x00garbage", "<feed2/>", b"\x00\x01"]
)
def test_what_is_no_sitemap_is_rejected(body):
    page = read(body)
    assert isinstance(page, Rejection)
    assert page.reason in {"not_a_sitemap", "truncated"}


def test_an_empty_sitemap_is_a_sitemap():
    assert read(urlset()) == EntryPage()


def test_half_a_gzip_file_is_truncated_not_half_read():
    page = read(gzip.compress(urlset(*(loc(f"/{n}.html") for n in range(3000))).encode())[:-200])
    assert isinstance(page, Rejection)
    assert page.reason == "truncated"


def test_a_gzip_bomb_is_refused_before_it_is_inflated(monkeypatch):
    monkeypatch.setattr(sitemaps, "MAX_INFLATED_BYTES", 100_000)
    bomb = gzip.compress(b" " * 20_000_000)
    assert read(bomb) == Rejection(reason="too_large", detail="more than 100000 bytes or too many gzip members")


def test_many_small_gzip_members_are_refused_in_bounded_time():
    began = time.process_time()
    page = read(gzip.compress(b"") * 50_000 + b"x" * 5_000_000)
    assert isinstance(page, Rejection)
    assert page.reason == "too_large"
    assert time.process_time() - began < 3


def test_zlib_finds_damage():
    body = bytearray(gzip.compress(urlset(loc("/1.html")).encode()))
    body[-6] ^= 0xFF
    with pytest.raises(zlib.error):
        zlib.decompress(bytes(body), wbits=31)
    assert isinstance(read(bytes(body)), Rejection)


def test_a_sitemap_is_read_to_its_fifty_thousandth_url(monkeypatch):
    monkeypatch.setattr(sitemaps, "MAX_URLS", 500)
    page = read(urlset(*(loc(f"/{n}.html") for n in range(600))))
    assert len(page.candidates) == 500
    assert page.skipped == {"too_many": 100}


def test_a_pattern_leaves_sections_of_a_general_sitemap_out():
    page = read(urlset(loc("/"), loc("/gn/"), loc("/gn/2026/11/21/1.html")), links="/gn/{date}/{id}.html")
    assert [candidate.url for candidate in page.candidates] == ["https://www.portal.test/gn/2026/11/21/1.html"]
    assert page.skipped == {"not_article": 2}


def news(path: str, date: str, title: str) -> str:
    return (
        f"{loc(path)}<news:news><news:publication_date>{date}</news:publication_date>"
        f"<news:title>{title}</news:title></news:news>"
    )


def dates(page) -> list[str | None]:
    return [candidate.published_raw for candidate in page.candidates]


def test_a_news_sitemap_says_that_it_is_one():
    page = read(urlset(news("/1.html", "2026-11-21T08:00:00+08:00", "A &amp;amp; B"), news("/2.html", "", "二")))
    assert page.notes == ("news sitemap",)
    assert [candidate.title for candidate in page.candidates] == ["A & B", "二"]
    assert page.candidates[0].published_at.isoformat() == "2026-11-21T08:00:00+08:00"
    assert read(urlset(loc("/1.html"))).notes == ()


def test_news_tags_whose_prefix_was_never_declared_are_read():
    page = read(urlset(news("/1.html", "2026-11-21", "大雨")).replace(NS, ""))
    assert (page.candidates[0].title, dates(page), page.notes) == ("大雨", ["2026-11-21"], ("news sitemap",))


def test_of_a_last_change_only_the_day_is_taken():
    times = ["2026-11-21T14:22:10+08:00", "2026-11-20T09:00:00Z", "2026-11-20", "Mon, 16 Nov 2026", ""]
    page = read(urlset(*(f"{loc(f'/{n}.html')}<lastmod>{time}</lastmod>" for n, time in enumerate(times))))
    assert dates(page) == ["2026-11-21", "2026-11-20", "2026-11-20", None, None]
    assert page.candidates[0].published_at.isoformat() == "2026-11-21T00:00:00+08:00"


@pytest.mark.parametrize("second", ["{n:02}", "00"])
def test_a_lastmod_that_is_the_time_of_the_file_is_no_date(second):
    page = read(
        urlset(
            *(f"{loc(f'/{n}.html')}<lastmod>2026-11-21T09:00:{second.format(n=n)}Z</lastmod>" for n in range(19)),
            f"{loc('/old.html')}<lastmod>2020-01-01</lastmod>",
        )
    )
    assert set(dates(page)) == {None}
    assert page.notes == ("lastmod is the same for nearly all pages, so it is no date of theirs",)


def test_an_index_without_dates_is_sorted_by_the_months_in_its_names():
    page = read(index(loc("/a.xml"), loc("/s-2025-12.xml"), loc("/s-2026-11.xml"), loc("/post_202602.xml.gz")))
    assert [further.url.rpartition("/")[2] for further in page.further] == [
        "s-2026-11.xml",
        "post_202602.xml.gz",
        "s-2025-12.xml",
        "a.xml",
    ]


def test_dates_of_an_index_are_compared_as_moments():
    page = read(
        index(
            loc("/a.xml") + "<lastmod>2026-11-21T23:00:00-08:00</lastmod>",
            loc("/b.xml") + "<lastmod>2026-11-22T01:00:00+08:00</lastmod>",
        )
    )
    assert [(further.url[-5:], further.lastmod) for further in page.further] == [
        ("a.xml", "2026-11-21T23:00:00-08:00"),
        ("b.xml", "2026-11-22T01:00:00+08:00"),
    ]


@pytest.mark.parametrize("kind", ["feed", "listing"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_sitemap_that_was_typed_as_something_else_is_read_as_one(kind, pack):
    page = read(pack(urlset(loc("/1.html")).encode()), kind=kind)
    assert [candidate.url for candidate in page.candidates] == ["https://www.portal.test/1.html"]
    assert page.notes == (f"the {kind} is a sitemap",)


def test_a_tenth_of_a_full_sitemap_is_read_within_a_tenth_of_its_deadline():
    body = urlset(
        *(f"{loc(f'/{n}.html')}<lastmod>2026-11-{n % 20 + 1:02}T08:30:00+08:00</lastmod>" for n in range(5_000))
    )
    began = time.process_time()
    page = read(body)
    assert time.process_time() - began < 4
    assert len(page.candidates) == 5_000
