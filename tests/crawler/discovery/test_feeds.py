import os
import time
from pathlib import Path

import pytest

from crawler.discovery.entry import EntryInput, EntryPage, read_entry
from crawler.discovery.feed_items import read_items
from crawler.discovery.loose_feeds import read_loosely
from crawler.discovery.xml_text import xml_text
from storage.records import Rejection

SHARED = Path(os.environ.get("DIBAO_SHARED", Path(__file__).resolve().parents[4] / "shared"))
CORPUS = SHARED / "suites" / "feedparser"
HOME = "https://www.portal.test/"
URL = "https://www.portal.test/rss/news.xml"

RSS = """<?xml version="1.0" encoding="{encoding}"?>
<rss version="2.0"><channel><title>要闻</title><link>https://www.portal.test/</link>
<item><title>武汉今日大雨</title><link>https://www.portal.test/2026/11/21/1001.html?utm_source=rss</link>
<pubDate>2026年11月21日 08:30</pubDate><guid isPermaLink="false">1001</guid></item>
<item><title>第二条</title><link>/2026/11/21/1002.html</link><pubDate>Sat, 21 Nov 2026 09:00:00 +0800</pubDate></item>
</channel></rss>"""


def read(body, *, content_type="text/xml", url=URL, hosts=()) -> EntryPage | Rejection:
    body = body.encode() if isinstance(body, str) else body
    return read_entry(EntryInput(kind="feed", url=url, body=body, content_type=content_type, home=HOME, hosts=hosts))


def rss(*items: str, root: str = '<rss version="2.0">') -> str:
    return f"{root}<channel><title>t</title>{''.join(f'<item>{item}</item>' for item in items)}</channel></rss>"


def urls(page) -> list[str]:
    assert isinstance(page, EntryPage), page
    return [candidate.url.removeprefix("https://www.portal.test") for candidate in page.candidates]


def test_an_rss_item_becomes_a_candidate_with_its_raw_date():
    page = read(RSS.format(encoding="utf-8"))
    first, second = page.candidates
    assert first.url == "https://www.portal.test/2026/11/21/1001.html"
    assert first.guid == "1001"
    assert (first.title, first.published_raw, first.position) == ("武汉今日大雨", "2026年11月21日 08:30", 0)
    assert second.url == "https://www.portal.test/2026/11/21/1002.html"
    assert (second.published_raw, second.position) == ("Sat, 21 Nov 2026 09:00:00 +0800", 1)
    assert page.title == "要闻"
    assert page.notes == ("items without guid: 1",)


@pytest.mark.parametrize(
    ("codec", "declared", "content_type"),
    [
        ("utf-8", "utf-8", "text/xml"),
        ("gb18030", "gb2312", "text/xml"),
        ("gb18030", "GBK", "text/xml; charset=utf-8"),
        ("gb18030", "gb2312", "application/rss+xml; charset=ISO-8859-1"),
        ("gb18030", "utf-8", "text/xml"),
        ("gb18030", "utf-8", "text/xml; charset=utf-8"),
        ("utf-8", "gb2312", "text/xml; charset=gbk"),
        ("utf-8", "ISO-8859-1", None),
        ("utf-8-sig", "utf-8", None),
        ("utf-16", "utf-16", None),
        ("gb18030", "rot13", None),
        ("utf-8", "no-such-encoding", None),
    ],
)
def test_titles_are_right_whatever_the_declaration_says(codec, declared, content_type):
    page = read(RSS.format(encoding=declared).encode(codec), content_type=content_type)
    assert [candidate.title for candidate in page.candidates] == ["武汉今日大雨", "第二条"]


def test_big5_is_read():
    body = RSS.format(encoding="big5").replace("要闻", "要聞").replace("武汉", "臺灣").replace("条", "條")
    assert read(body.encode("big5")).candidates[0].title == "臺灣今日大雨"


def test_one_broken_byte_does_not_spoil_the_feed():
    body = RSS.format(encoding="utf-8").encode().replace("第二".encode(), "第二".encode()[:-1])
    assert read(body).candidates[0].title == "武汉今日大雨"


@pytest.mark.parametrize(
    "junk",
    [
        "\n\n  ",
        "\ufeff\n",
        "\x00\x08",
        "<br />\n<b>Warning</b>: mysql in /var/www on line 3<br />\n",
        "<!-- cache -->\n",
    ],
)
def test_junk_before_the_declaration_is_no_hindrance(junk):
    assert len(urls(read(junk + RSS.format(encoding="utf-8")))) == 2


def test_control_characters_and_references_to_them_are_dropped():
    page = read(rss("<title>大\x08雨&#8;&#x1F;将\ufffe至</title><link>/1001.html</link>"))
    assert page.candidates[0].title == "大雨将至"


def test_an_unescaped_ampersand_is_read_as_one():
    page = read(rss("<title>A & B</title><link>https://www.portal.test/a?x=1&id=2</link>"))
    assert (urls(page), page.candidates[0].title) == (["/a?x=1&id=2"], "A & B")


def test_markup_leaves_the_title_but_a_less_than_sign_stays():
    page = read(
        rss(
            "<title>&lt;b&gt;大雨&lt;/b&gt;&amp;nbsp;来</title><link>/1</link>",
            "<title>a &lt; b</title><link>/2</link>",
        )
    )
    assert [candidate.title for candidate in page.candidates] == ["大雨 来", "a < b"]


@pytest.mark.parametrize(
    ("item", "found"),
    [
        ("<guid>https://www.portal.test/7.html</guid>", ["/7.html"]),
        ('<guid isPermaLink="true">https://www.portal.test/7.html</guid>', ["/7.html"]),
        ("<guid>12345</guid>", []),
        ("<guid>/7.html</guid>", []),
        ('<guid isPermaLink="false">https://www.portal.test/7.html</guid>', []),
        ("<guid>tag:portal.test,2026:7</guid>", []),
        ("<guid>12345</guid><link>/8.html</link>", ["/8.html"]),
        ("<link>/8.html</link><guid>12345</guid>", ["/8.html"]),
        ("<link></link><guid>12345</guid>", []),
        ("<link>javascript:alert(1)</link>", []),
        ("<link>file:///etc/passwd</link>", []),
        ("<link>https://evil.test/1</link>", []),
        ("<link>http://169.254.169.254/latest</link>", []),
        ("<link>http://127.0.0.1/admin</link>", []),
        ("<link>https://news.portal.test/9.html</link>", ["https://news.portal.test/9.html"]),
        ("<link>https://www.portal.test/</link>", []),
        ("<link><![CDATA[ https://www.portal.test/9.html\n ]]></link>", ["/9.html"]),
        ("<title>only a title</title>", []),
    ],
)
def test_a_link_is_a_link_and_a_guid_is_one_only_where_it_is_a_url(item, found):
    page = read(rss(item))
    assert urls(page) == found
    assert sum(page.skipped.values()) == 1 - len(found)


def test_feedburner_keeps_the_publishers_own_address():
    page = read(
        '<rss version="2.0" xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"><channel><item><title>t</title>'
        "<link>http://feedproxy.test/~r/1</link><feedburner:origLink>https://www.portal.test/5.html</feedburner:origLink>"
        "</item></channel></rss>"
    )
    assert urls(page) == ["/5.html"]


def test_atom_links_and_dates():
    page = read(
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>站</title><entry>'
        '<title type="html">大&lt;b&gt;雨&lt;/b&gt;</title>'
        '<link rel="self" href="/api/1"/><link rel="alternate" href="/2026/1.html"/><id>tag:x</id>'
        "<updated>2026-11-21T09:00:00+08:00</updated><published>2026-11-21T08:00:00+08:00</published></entry></feed>"
    )
    assert urls(page) == ["/2026/1.html"]
    assert (page.candidates[0].title, page.candidates[0].published_raw) == ("大雨", "2026-11-21T08:00:00+08:00")


def test_rss_1_has_its_items_beside_the_channel():
    page = read(
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="x"><title>t</title></channel>'
        '<item rdf:about="y"><title>一</title><link>/1.html</link><dc:date>2026-11-21</dc:date></item></rdf:RDF>'
    )
    assert urls(page) == ["/1.html"]
    assert page.candidates[0].published_raw == "2026-11-21"


@pytest.mark.parametrize(
    "body",
    [
        "<!DOCTYPE html><html><head><title>维护中</title></head><body><item>x</item></body></html>",
        "<html><body>login</body></html>",
        '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>',
        '{"items": []}',
        '{"items": [{}], "title": "t"}',
        "[1, 2]",
        '{"items": ',
        "",
        "%PDF-1.4",
        "plain words",
    ],
)
def test_what_is_no_feed_is_rejected(body):
    page = read(body)
    assert isinstance(page, Rejection)
    assert page.reason == "not_a_feed"


def test_a_feed_without_items_is_a_feed():
    assert read(rss()) == EntryPage(title="t")


def test_the_same_article_twice_is_one_candidate_with_the_longer_title():
    page = read(
        rss(
            "<title>大雨</title><link>http://www.portal.test/1.html</link>",
            "<title>别的</title><link>/2.html</link>",
            "<title>武汉今日大雨</title><link>https://www.portal.test/1.html#c</link><pubDate>2026-11-21</pubDate>",
        )
    )
    first, second = page.candidates
    assert (first.url, first.title, first.position) == ("http://www.portal.test/1.html", "武汉今日大雨", 0)
    assert first.published_raw == "2026-11-21"
    assert second.position == 1


def test_other_hosts_of_the_source_belong_to_it():
    items = "<title>t</title><link>https://m.portal-mobile.test/1</link>"
    assert read(rss(items)).skipped == {"off_site": 1}
    assert len(urls(read(rss(items), hosts=("portal-mobile.test",)))) == 1
    assert len(urls(read(rss(items), hosts=("www.portal-mobile.test",)))) == 1


def test_a_feed_is_read_to_its_thousandth_item_and_in_bounded_time():
    body = rss(
        *(f"<title>第{n}条</title><link>/{n}.html</link><description>{'长' * 50}</description>" for n in range(20_000))
    )
    began = time.process_time()
    page = read(body)
    assert time.process_time() - began < 8
    assert len(page.candidates) == 1000
    assert page.candidates[-1].title == "第999条"
    assert page.skipped == {"too_many": 19_000}


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY x "&b;&b;&b;&b;&b;&b;&b;">]>',
        '<!DOCTYPE rss SYSTEM "http://127.0.0.1:9/evil.dtd">',
    ],
)
def test_entities_bring_nothing_in(doctype):
    page = read(f'<?xml version="1.0"?>{doctype}' + rss("<title>t &x;</title><link>/1.html</link>"))
    assert "root:" not in (page.candidates[0].title or "")
    assert "haha" not in (page.candidates[0].title or "")


@pytest.mark.parametrize(
    "hostile", ["<!--" * 50_000, "<!DOCTYPE[" * 20_000, "<?xml " * 50_000, " " * 500_000, "<a" * 50_000]
)
def test_hostile_beginnings_cost_little(hostile):
    began = time.process_time()
    assert isinstance(read(hostile), Rejection)
    assert isinstance(read(f"<rss><channel><item><title>{hostile}"), EntryPage)
    assert time.process_time() - began < 5


@pytest.mark.skipif(not CORPUS.exists(), reason=f"{CORPUS} is not on this machine")
def test_no_feed_of_feedparsers_corpus_raises():
    files = [path for path in sorted(CORPUS.rglob("*")) if path.is_file()]
    pages = [read(path.read_bytes(), content_type=None, url="http://www.portal.test/feed") for path in files]
    assert len(pages) > 2000
    assert sum(isinstance(page, EntryPage) for page in pages) >= len(pages) - 1


@pytest.mark.skipif(not CORPUS.exists(), reason=f"{CORPUS} is not on this machine")
def test_well_formed_feeds_are_read_as_feedparser_reads_them():
    folders = [CORPUS / "wellformed" / name for name in ("atom", "atom10", "rss", "rdf", "cdf", "base", "feedburner")]
    texts = [xml_text(path.read_bytes(), None) for folder in folders for path in sorted(folder.rglob("*.xml"))]
    feeds = [(read_items(text), read_loosely(text)) for text in texts]
    well_formed = [(ours, theirs) for ours, theirs in feeds if ours is not None]
    assert len(well_formed) > 700
    other_links = 0
    for ours, theirs in well_formed:
        assert len(ours.items) == len(theirs.items)
        for mine, other in zip(ours.items, theirs.items, strict=True):
            named = mine.guid if mine.permalink and (mine.guid or "").lower().startswith("http") else None
            other_links += (mine.link or named) != other.link
    # Of links without href we take the alternate one, of RSS 1.0 items without a link what they are about.
    assert other_links <= 9
