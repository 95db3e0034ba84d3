import pytest

from crawler.discovery.candidates import Found
from crawler.discovery.dates_beside import dates_beside
from crawler.discovery.page_links import own_links, read_tree

URL = "https://www.portal.test/gn/"


def dates(html):
    page = read_tree(html.encode(), "text/html; charset=utf-8", URL)
    links = own_links(page, Found(url=URL, home=URL, most=100))
    return dates_beside([link for link in links if "/c/" in link.url])


A, B = "<a href='/c/1'>武汉今日大雨</a>", "<a href='/c/2'>长江水位上涨</a>"


@pytest.mark.parametrize(
    ("html", "date"),
    [
        (f"<ul><li>{A}<span>2026-11-21</span><li>{B}</ul>", "2026-11-21"),
        (f"<ul><li>{A} [11-21]<li>{B}</ul>", "11-21"),
        (f"<ul><li>{A}(2026/11/21 08:30)</li><li>{B}</li></ul>", "2026/11/21 08:30"),
        (f"<ul><li><span>11月21日</span>{A}<li>{B}</ul>", "11月21日"),
        (
            f"<ul><li>[<a href=/gn/>国内</a>] <h3>{A}</h3><p>记者 2026年11月21日 08:30:15 报道</p><li>{B}</ul>",
            "2026年11月21日 08:30:15",
        ),
        (f"<table><tr><td>{A}</td><td>2026.11.21</td></tr><tr><td>{B}</td></tr></table>", "2026.11.21"),
        (f"<dl><dt>{A}</dt><dd>2026-11-21 08:30</dd></dl><dl><dt>{B}</dt></dl>", "2026-11-21 08:30"),
        (f"<div><div>{A}<i>11/21 08:30</i></div><div>{B}</div></div>", "11/21 08:30"),
        (f"<p>{A} 2026-11-21<br>{B}</p>", "2026-11-21"),
        (f"<p>11-21 {A}<br>11-20 {B}</p>", "11-21"),
        (f"<td>{A}<font>(11-21)</font>{B}<font>(11-20)</font></td>", "11-21"),
        (f"<div><h3>{A}</h3><span>11-21 08:30</span><h3>{B}</h3></div>", "11-21 08:30"),
        (f"<li>{A}<time datetime='2026-11-21T08:30:00+08:00'>3小时前</time></li>", "2026-11-21T08:30:00+08:00"),
        (f"<li>{A}<span>Nov 21, 2026</span></li>", "Nov 21, 2026"),
        (f"<li>{A}<span>21 November 2026 08:30</span></li>", "21 November 2026 08:30"),
        (f"<li><a href='/c/1'><img src=a.jpg></a>{A}<span>2026-11-21</span></li><li>{B}</li>", "2026-11-21"),
        (f"<li>{A}<span>(3-1)</span></li>", None),
        (f"<li>{A}<span>8.28</span></li>", None),
        (f"<li>{A}<span>阅读2026次</span></li>", None),
        (f"<li>{A}<span>2026-13-40</span></li>", None),
        (f"<li>{A}<span>3小时前</span></li>", None),
        (f"<div>今天是2026年11月21日</div><ul>{A}{B}</ul>", None),
        (f"<li>{A}<p>{'武' * 500}2026-11-21</p></li>", None),
        (f"<li>{A}<script>var d='2026-11-21'</script></li>", None),
        ("<li><a href='/c/1'>2026年11月21日的大雨</a></li>", None),
    ],
)
def test_the_date_beside_a_link_is_read_as_it_is_written(html, date):
    assert dates(html)[0] == date


def test_each_link_has_its_own_date():
    html = f"<ul><li>{A} 11-21</li><li>{B} 11-20</li></ul>"
    assert dates(html) == ["11-21", "11-20"]
    assert dates(f"<p>{A} 11-21 {B} 11-20</p>") == ["11-21", "11-20"]
    assert dates(f"<div><div>{A}</div><div>{B} 11-20</div></div>") == [None, "11-20"]
