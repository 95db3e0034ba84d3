import pytest

from crawler.discovery.candidates import Found
from crawler.discovery.page_links import read_tree
from crawler.discovery.signpost import signpost

URL = "https://www.portal.test/"


def sends_to(html, links=0):
    found = Found(url=URL, home=URL, most=10)
    page = read_tree(html.encode(), "text/html", URL)
    target = signpost(page, found, links)
    return target and target.removeprefix(URL), found.skipped


@pytest.mark.parametrize(
    "html",
    [
        '<meta http-equiv="refresh" content="0;url=/new/index.html">',
        "<META HTTP-EQUIV='Refresh' CONTENT='0; URL=new/index.html'>",
        """<meta http-equiv=refresh content="3 ; url = '/new/index.html' ">""",
        '<meta http-equiv="refresh" content="0.1,/new/index.html">',
        '<noscript><meta http-equiv="refresh" content="0;URL=http://www.portal.test/new/index.html"></noscript>',
        "<script>location.href='/new/index.html'</script>",
        '<script>window.location = "new/index.html";</script>正在跳转',
        "<script>top.location.replace('/new/index.html')</script>",
        "<script>if(/Mobile/.test(navigator.userAgent)){location='/m/'}else{location.assign('/new/index.html')}</script>",
        "<body onload=\"location.href='/new/index.html'\"></body>",
        "<frameset><frame src='/top.html' name=top><frame name=main src='/new/index.html'></frameset>",
        "<frameset><frame src='/menu.html'><frame src='/new/index.html'></frameset>",
    ],
)
def test_a_signpost_is_followed(html):
    target, _ = sends_to(f"<html>{html}</html>")
    assert target.removeprefix("http://www.portal.test/") == "new/index.html"


@pytest.mark.parametrize(
    "html",
    [
        "<meta http-equiv=refresh content='600;url=/new/'>",
        "<meta http-equiv=refresh content='0'>",
        "<meta http-equiv=refresh content='0;url=/'>",
        "<meta http-equiv=refresh content='0;url=http://www.portal.test:80/'>",
        "<meta http-equiv=refresh content=''><meta http-equiv=refresh>",
        "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
        "<script>location.href='/m/'</script>" + "武汉今日大雨倾盆" * 60,
        "<script>location.href=target</script>",
        "<p>location.href='/new/'</p>",
    ],
)
def test_what_is_no_signpost(html):
    assert sends_to(f"<html>{html}</html>")[0] is None


def test_a_page_with_links_is_no_signpost_by_its_script():
    assert sends_to("<script>location.href='/m/'</script>", links=30)[0] is None


def test_a_signpost_to_another_site_is_counted():
    target, skipped = sends_to("<meta http-equiv=refresh content='0;url=https://other.test/'>")
    assert target is None
    assert skipped == {"off_site": 1}
