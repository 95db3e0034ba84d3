import time

import pytest

from crawler.discovery.page_scripts import api_hints, looks_javascript

URL = "https://www.portal.test/gn/"


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("fetch('/api/list?page=1').then(show)", "/api/list?page={page}"),
        ("$.getJSON('/api/list?page=' + page, show)", "/api/list?page={page}"),
        ('$.getJSON("/api/list?cid=3&page=" + n + "&size=20")', "/api/list?cid=3&page={page}&size=20"),
        ("fetch(`/api/list?page=${this.page}`)", "/api/list?page={page}"),
        ("$.ajax({url: '/news/getList.do?pageNo=1', type: 'get'})", "/news/getList.do?pageNo={page}"),
        ("axios.get('https://api.portal.test/v1/news?channel=gn')", "https://api.portal.test/v1/news?channel=gn"),
        ("xhr.open('GET', 'data/list.json', true)", "/gn/data/list.json"),
        ("var listUrl = '/ajax/news'", "/ajax/news"),
    ],
)
def test_addresses_of_json_lists_are_read_from_scripts(text, hint):
    expected = hint if hint.startswith("https:") else f"https://www.portal.test{hint}"
    assert api_hints(f"<script>{text}</script>", URL) == (expected,)


@pytest.mark.parametrize(
    "text",
    [
        "<script src='/static/app.js'></script>",
        "fetch('https://stats.other.test/api/hit?page=1')",
        "fetch('/api/login')",
        "fetch('/api/list?cid=' + cid)",
        "fetch('/api/user/captcha.png')",
        "a = 'no address at all'",
        "",
    ],
)
def test_what_is_no_hint(text):
    assert api_hints(text, URL) == ()


def test_there_are_at_most_five_hints_the_likely_ones_first():
    text = "".join(f"x='/api/n{n}';" for n in range(9)) + "fetch('/api/list?page=1')"
    hints = api_hints(text, URL)
    assert len(hints) == 5
    assert hints[0] == "https://www.portal.test/api/list?page={page}"


APP = "<html><body><div id=app></div><script src=/app.js></script></body></html>"


def javascript(html):
    return looks_javascript(html.encode(), "text/html; charset=utf-8", URL)


def test_a_page_whose_list_is_drawn_by_a_script_is_known():
    nav = "".join(f"<a href='/s{n}/'>频道</a>" for n in range(20))
    assert javascript(APP)
    assert javascript(f"{nav}<ul id=list></ul><script>fetch('/api/list?page=1')</script>")


def test_a_page_with_articles_needs_no_script():
    assert not javascript(APP.replace("<div", "<a href='/c/10021'>武汉今日大雨倾盆</a><div"))
    assert not javascript("<a href='/gn/'>国内</a>")
    assert not javascript("".join(f"<a href='/s{n}/'>频道</a>" for n in range(20)) + "<script>var a=1</script>")
    assert not looks_javascript(b"%PDF-1.4", None, URL)


@pytest.mark.parametrize(
    "text", ["'/api/" * 20_000, "'" + "a" * 900_000, "url:" * 200_000, "'/a'+" * 150_000, "'/a' " + "+ " * 400_000]
)
def test_hostile_scripts_cost_little(text):
    began = time.process_time()
    api_hints(text, URL)
    assert time.process_time() - began < 3
