import signal

from crawler.extraction.budget import read_affordable
from crawler.extraction.page import PageInput, read_page
from storage.records import Article
from tests.crawler.extraction.pages import NOW, portal_page

PAGE = PageInput(body=portal_page().encode(), url="http://news.example.cn/1.html", now=NOW)
LONG = "".join(f"<p>第{number}户人家的自来水昨天修好了，水费按原来的价钱收。</p>" for number in range(4000))


def test_a_page_that_costs_little_is_read_as_ever():
    assert read_affordable(PAGE) == read_page(PAGE)


def test_a_page_that_costs_more_than_it_may_is_too_complex_and_leaves_no_timer():
    page = PageInput(body=f"<body>{LONG}</body>".encode(), url="http://news.example.cn/2.html", now=NOW)
    answer = read_affordable(page, cpu_seconds=0.01).result
    assert (answer.reason, "processor" in answer.detail) == ("too_complex", True)
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0.0, 0.0)
    assert isinstance(read_affordable(PAGE).result, Article)
