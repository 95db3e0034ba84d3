import gc
import signal
import time

import pytest

from crawler.extraction.budget import read_affordable
from crawler.extraction.page import PageInput, read_page
from crawler.extraction.price import affordable
from storage.records import Article
from tests.crawler.extraction.pages import NOW, portal_page

PAGE = PageInput(body=portal_page().encode(), url="http://news.example.cn/1.html", now=NOW)
LONG = "".join(f"<p>第{number}户人家的自来水昨天修好了，水费按原来的价钱收。</p>" for number in range(4000))


def test_a_page_that_costs_little_is_read_as_ever():
    assert read_affordable(PAGE) == read_page(PAGE)


SWALLOWED = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
"""The word to stop may come while a hook of the garbage collector runs, be it ours or that of a test library."""


@SWALLOWED
def test_a_page_that_costs_more_than_it_may_is_too_complex_and_leaves_no_timer():
    page = PageInput(body=f"<body>{LONG}</body>".encode(), url="http://news.example.cn/2.html", now=NOW)
    answer = read_affordable(page, cpu_seconds=0.01).result
    assert (answer.reason, "processor" in answer.detail) == ("too_complex", True)
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0.0, 0.0)
    assert isinstance(read_affordable(PAGE).result, Article)


@SWALLOWED
def test_a_word_to_stop_that_the_garbage_collector_swallows_is_said_again():
    swallowed = []

    def hook(_phase, _info):
        """The first time, works on until the word comes, which python then shows to nobody."""
        if swallowed:
            return
        swallowed.append(True)
        until = time.process_time() + 1
        while time.process_time() < until:
            pass

    def read_for_ever():
        gc.collect()
        while True:
            read_page(PAGE)

    gc.callbacks.append(hook)
    try:
        answer = affordable(read_for_ever, cpu_seconds=0.01)
    finally:
        gc.callbacks.remove(hook)
    assert (swallowed, answer.reason) == ([True], "too_complex")
