"""Reads and comments as a page counts them."""

import pytest

from crawler.extraction.declared.head import Head
from crawler.extraction.facts.counts import find_counts
from storage.records import Counts
from tests.crawler.extraction.zoned import zoned


@pytest.mark.parametrize(
    ("line", "reads", "comments"),
    [
        ("2026-11-20 08:30 阅读：1234 评论：5", 1234, 5),
        ("阅读 1.2万", 12000, None),
        ("点击率：3,482次", 3482, None),
        ("木鱼 2026年2月9日 20:41 乡村 3,482 次浏览 2 条评论", 3482, 2),
        ("人气 56", 56, None),
        ("1.5k views 12 comments", 1500, 12),
        ("已有 1,203 人参与", None, 1203),
        ("网友评论(17)", None, 17),
    ],
)
def test_labelled_numbers_are_counts(line, reads, comments):
    assert find_counts(Head(), zoned(head=(line,))) == Counts(reads=reads, comments=comments)


@pytest.mark.parametrize(
    "line",
    ["阅读：", "点击：次", "评论(0)", "阅读 2026-11-20", "浏览电话：010-1234567", "电话 1234567", "阅读：99999999999"],
)
def test_an_empty_number_a_date_and_a_telephone_number_are_no_counts(line):
    assert find_counts(Head(), zoned(head=(line,))) is None


def test_counts_of_neighbours_after_the_text_are_left_out():
    assert find_counts(Head(), zoned(tail=("1.市民热议供暖新政策引发关注 评论440条",))) is None
    assert find_counts(Head(), zoned(tail=("评论 440",))) == Counts(reads=None, comments=440)


def test_declared_counts_are_read():
    action = {"interactionType": "https://schema.org/ReadAction", "userInteractionCount": 77}
    thing = {"@type": "NewsArticle", "headline": "a", "commentCount": "3", "interactionStatistic": [action]}
    assert find_counts(Head(things=(thing,)), zoned()) == Counts(reads=77, comments=3)
