import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.discovery.link_shapes import common_pattern, link_pattern, rank_shapes, shape_of, verdict
from crawler.discovery.listings import compile_links
from storage.identity import BadUrl, canonical_url
from storage.records import LinkShape

HOST = "https://www.portal.test"

SHAPES = [
    ("/2026/11/21/1001.html", "/{date}/{id}.html"),
    ("/gn/2026/11-21/10521.shtml", "/gn/{date}/{id}.shtml"),
    ("/n1/2026/1121/c1001-40000.html", "/n{n}/{date}/c{id}-{id}.html"),
    ("/a/20261121A03X7Z00", "/a/{date}{code}"),
    ("/yw/202611/t20261121_1099.html", "/yw/{ym}/t{date}_{id}.html"),
    ("/2026-11/21/content_123.htm", "/{date}/content_{n}.htm"),
    ("/11/1209/18/7KR0V1N100014JB6.html", "/{n}/{id}/{n}/{code}.html"),
    ("/node/12345", "/node/{id}"),
    ("/show.aspx?ArticleID=7", "/show.aspx?ArticleID={id}"),
    ("/forum.php?mod=viewthread&tid=12", "/forum.php?mod=viewthread&tid={id}"),
    ("/show?day=20261121", "/show?day={date}"),
    ("/x/550e8400-e29b-41d4-a716-446655440000", "/x/{code}"),
    ("/news/articles/cy0d5e4g1r2o", "/news/articles/{code}"),
    ("/world/2026/11/21/rain", "/world/{date}/{slug}"),
    ("/2026/11/rain.html", "/{year}/{month}/{slug}.html"),
    ("/2026/11/index.html", "/{year}/{month}/index.html"),
    ("/news/heavy-rain-floods-the-city", "/news/{slug}"),
    ("/news/heavy-rain-floods-12345.html", "/news/{slug}-{id}.html"),
    ("/%E6%AD%A6%E6%B1%89/%E5%A4%A7%E9%9B%A8.html", "/{slug}/{slug}.html"),
    ("/0,5047,130518+132012,00.html", "/{n},{id},{id}+{id},{n}.html"),
]


@pytest.mark.parametrize(("path", "shape"), SHAPES)
def test_what_differs_from_article_to_article_is_named(path, shape):
    assert shape_of(HOST + path) == f"//www.portal.test{shape}"


@pytest.mark.parametrize("path", ["/", "/gn/", "/about.html", "/gn/index.html", "/list", "/show?mod=index"])
def test_an_address_in_which_nothing_varies_is_its_own_shape_and_no_pattern(path):
    assert shape_of(HOST + path) == f"//www.portal.test{path}"
    assert link_pattern(shape_of(HOST + path)) is None


def test_hosts_and_folders_keep_shapes_apart():
    assert shape_of("https://news.portal.test/a/1001.html") != shape_of(f"{HOST}/a/1001.html")
    assert shape_of(f"{HOST}/gn/1001.html") != shape_of(f"{HOST}/vip/1001.html")


@pytest.mark.parametrize("path", [path for path, _ in SHAPES])
def test_a_pattern_matches_the_members_of_its_shape(path):
    pattern = link_pattern(shape_of(HOST + path))
    assert pattern is None or compile_links(pattern).matches(HOST + path)


@given(st.text(alphabet="/-_.?=&%20261121abcdefABC{}*+武,;", max_size=60))
def test_any_address_has_a_shape_and_a_pattern_that_matches_it(path):
    try:
        url = canonical_url(f"{HOST}/{path}")
    except BadUrl:
        return
    pattern = link_pattern(shape_of(url))
    assert pattern is None or compile_links(pattern).matches(url)


@pytest.mark.parametrize(
    ("shape", "pattern"),
    [
        ("/gn/{date}/{id}.shtml", "/gn/{date}/{id}.shtml"),
        ("/{year}/{month}/{slug}.html", "/{id}/{id}/{any}.html"),
        ("/news/{slug}", "/news/{any}"),
        ("/{slug}", None),
        ("/{slug}/", None),
        ("/{code}.html", None),
    ],
)
def test_a_pattern_that_says_too_little_is_none(shape, pattern):
    assert link_pattern(f"//www.portal.test{shape}") == pattern


@pytest.mark.parametrize(
    ("paths", "pattern"),
    [
        (["/gn/{date}/{id}.html", "/gj/{date}/{id}.html"], "/{any}/{date}/{id}.html"),
        (["/gn/{date}/{id}.html"], "/gn/{date}/{id}.html"),
        (["/gn/{date}/{id}.html", "/gn/{date}/{id}.html"], "/gn/{date}/{id}.html"),
        (["/gn/{date}/{id}.html", "/{id}.html"], None),
        (["/gn/{date}/{id}.html", "/gj/{date}/{id}.htm"], None),
        (["/gn/a/{id}.html", "/gj/b/{id}.html"], None),
        (["/about.html"], None),
        ([], None),
    ],
)
def test_shapes_of_several_folders_have_one_pattern(paths, pattern):
    assert common_pattern([f"//www.portal.test{path}" for path in paths]) == pattern


@pytest.mark.parametrize(
    ("articles", "others", "judged"),
    [(3, 2, True), (3, 3, None), (2, 0, None), (0, 8, False), (0, 7, None), (1, 80, None), (0, 0, None)],
)
def test_a_verdict_needs_evidence(articles, others, judged):
    assert verdict(LinkShape(shape="/x", articles=articles, others=others)) is judged
    assert verdict(None) is None


def ranked(links):
    return rank_shapes((shape_of(HOST + path), HOST + path, title) for path, title in links)


def test_the_shape_of_dated_headlines_is_ranked_first():
    articles = [(f"/gn/2026/11/21/{n}.html", f"武汉今日大雨倾盆第{n}场") for n in range(1000, 1010)]
    navigation = [(f"/list_{n}.html", "国内") for n in range(30)]
    forum = [(f"/thread-{n}.html", f"大家来谈谈今天的雨{n}") for n in range(1000, 1010)]
    best, second = ranked([*navigation, *forum, *articles])
    assert best.shape == "//www.portal.test/gn/{date}/{id}.html"
    assert (best.links, best.headlines, best.articles, best.dated, best.is_of_articles) == (10, 10, 10, True, True)
    assert best.score > second.score


@pytest.mark.parametrize(
    "links",
    [
        [(f"/tag/{n}/", f"关于大雨的全部文章{n}") for n in range(1000, 1010)],
        [(f"/2026/11/{n}/", f"2026年11月{n}日") for n in range(10, 28)],
        [(f"/adclick.php?id={n}", f"买房送装修机不可失{n}") for n in range(1000, 1010)],
        [(f"/gn/list_{n}.html", f"国内新闻的第{n}个页面") for n in range(2, 12)],
    ],
)
def test_false_friends_are_no_shapes_of_articles(links):
    assert not any(score.is_of_articles for score in ranked(links))


def test_a_shape_of_few_links_proves_nothing():
    assert not any(
        score.is_of_articles for score in ranked([("/gn/1001.html", "武汉今日大雨倾盆"), ("/gn/1002.html", "水")])
    )


@pytest.mark.parametrize(
    "path", ["/" + "a1" * 1000, "/" + "2026/11/21/" * 180, "/?" + "a=1&" * 500, "/" + "%E6" * 600, "/" + "a-" * 1000]
)
def test_hostile_addresses_have_a_shape_soon(path):
    began = time.process_time()
    for n in range(500):
        assert len(shape_of(f"{HOST}{path}{n}")) < 2500
    assert time.process_time() - began < 2
