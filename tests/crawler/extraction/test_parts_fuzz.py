"""Whatever pages say of each other, an assembly ends, asks each address once and loses no text that it had."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.extraction.assembly import Assembly
from crawler.extraction.markup.blocks import parse_html
from crawler.extraction.page import Reading
from crawler.extraction.parts.links import find_part_links
from crawler.extraction.parts.numbering import PartLinks
from storage.records import Article, Rejection

HOST = "http://a.cn/n/"
URLS = st.sampled_from([f"{HOST}4021.html", *(f"{HOST}4021_{n}.html" for n in range(1, 12)), "http://b.cn/4021_3.html"])
LINKS = st.builds(
    PartLinks,
    number=st.integers(1, 12),
    parts=st.dictionaries(st.integers(2, 12), URLS, max_size=6),
    next_url=st.none() | URLS,
    whole_url=st.none() | URLS,
    first_url=st.none() | URLS,
    later=st.booleans(),
)
LINE = st.text(alphabet="一二三供暖。，abc 12[]()\n页", max_size=40).map(str.strip)
ARTICLES = st.builds(
    Article,
    title=st.none() | st.sampled_from(["老城改造", "药品降价"]),
    text=st.lists(LINE.filter(bool), min_size=1, max_size=5).map("\n\n".join),
    markdown=st.none() | LINE,
    confidence=st.none() | st.floats(0, 1),
    encoding=st.just("utf-8"),
    encoding_evidence=st.just("http"),
    extractor=st.just("x"),
)
READINGS = st.builds(
    Reading, result=ARTICLES | st.just(Rejection(reason="no_text")), links=st.none() | LINKS
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(first=READINGS, others=st.lists(st.none() | READINGS, max_size=40), most=st.integers(0, 12), moved=URLS)
def test_an_assembly_always_ends(first, others, most, moved):
    assembly = Assembly(f"{HOST}4021.html", first, most)
    asked = []
    while url := assembly.wanted:
        asked.append(url)
        assembly.took(moved if len(asked) % 3 == 0 else url, others[len(asked)] if len(asked) < len(others) else None)
        assert len(asked) <= max(most, 1) + 1
    assert len([url for url in asked if asked.count(url) > 2]) == 0
    reading = assembly.reading()
    if isinstance(first.result, Article):
        assert isinstance(reading.result, Article)
        assert reading.result.text
        assert reading.result.parts >= 1
        assert set(reading.result.missing_parts) <= set(range(2, reading.result.parts + 1))
    else:
        assert reading is first
    assert len({part.key for part in assembly.parts}) == len(assembly.parts)


@settings(max_examples=200, deadline=None)
@given(
    hrefs=st.lists(
        st.tuples(
            st.text(alphabet="4021_-/.?&=phtmlagex:#[]%", max_size=24),
            st.sampled_from(["1", "2", "3", "下一页", "上一页", "全文", "首页", "末页", "题"]),
        ),
        max_size=12,
    ),
    url=st.text(alphabet="4021_-/.?&=phtmlagex", max_size=20).map("http://a.cn/".__add__) | st.text(max_size=20),
)
def test_no_link_raises_and_no_part_is_the_page_itself(hrefs, url):
    markup = "<html><body>" + "".join(f'<a href="{href}">{words}</a>' for href, words in hrefs) + "</body></html>"
    found = find_part_links(parse_html(markup), markup, url)
    if found:
        assert url not in found.parts.values()
        assert found.number not in found.parts
        assert all(number > 1 for number in found.parts)
