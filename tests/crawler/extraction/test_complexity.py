import random

import pytest

from crawler.extraction.markup.complexity import _LONG_TAG, MOST_ATTRIBUTES, _has_long_tag
from storage.records import Article
from tests.crawler.extraction.pages import BODY, extracted

TEXT = "".join(f"<p>{line}</p>" for line in BODY)


@pytest.mark.parametrize(
    ("markup", "detail"),
    [
        ("<p>好。</p>" * 40_000, "tags"),
        (f"<div {' '.join(f'a{number}=1' for number in range(20_000))}>{TEXT}</div>", "element"),
        (f"<div {' '.join(f'a{number}' for number in range(20_000))}>{TEXT}</div>", "element"),
        ("<div>" * 5000 + TEXT + "</div>" * 5000, "levels"),
        (f"<p>{BODY[0] * 6000}</p>", "block"),
        (f"<p>{BODY[0] * 900}</p>" * 40, "visible"),
    ],
)
def test_what_costs_more_than_a_page_may_is_refused_before_the_work(markup, detail):
    result = extracted(f"<html><body>{markup}</body></html>")
    assert (result.reason, detail in result.detail) == ("too_complex", True)


def test_scripts_full_of_signs_and_eight_hundred_levels_are_no_reason():
    script = "<script>var a={" + ",".join(f"k{number}:'='" for number in range(20_000)) + "}</script>"
    deep = "<div>" * 800 + TEXT + "</div>" * 800
    assert isinstance(extracted(f"<html><body>{script}{deep}</body></html>"), Article)


def test_a_glance_at_each_stretch_finds_the_very_tags_that_a_search_finds():
    rule = random.Random(1)
    stretch = MOST_ATTRIBUTES // 2
    sizes = [0, 1, stretch - 1, stretch, stretch + 1, *(MOST_ATTRIBUTES + by for by in (-3, -1, 0, 1))]
    for _ in range(500):
        pieces = [
            rule.choice(("<a ", "<1", "x", "<b>")) + rule.choice("x =") * rule.choice(sizes) + rule.choice("><x")
            for _ in range(rule.randint(1, 6))
        ]
        markup = "".join(pieces)
        assert _has_long_tag(markup) == (_LONG_TAG.search(markup) is not None)
