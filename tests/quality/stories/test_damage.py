"""The damage of seed 002, made again byte for byte."""

import pytest

from tests.quality.stories.damage import converted, slipped

CASES = {
    "以“学校—社区”合作": "以“學?！鐓^”合作",
    "更和谐了。”近日，江汉北路42号小区居民": "更和諧了?！苯?，江漢北路42號小區居民",
    "小区自治载体。”江汉北路社区党委": "小區自治載體?！苯瓭h北路社區黨委",
    "社区服务的动力。”8月13日下午": "社區服務的動力?！?月13日下午",
    "实施‘五联模式’。”施敏表示，通过": "實施‘五聯模式’?！笔┟舯硎?，通過",
}


@pytest.mark.parametrize("clean", CASES)
def test_a_slip_of_one_byte_gives_what_the_real_page_says(clean):
    assert slipped(converted(clean, "s2t")) == CASES[clean]


def test_each_damaged_place_of_the_seed_is_among_the_cases(shared):
    seed = (shared / "seeds" / "002_bdae60cdfd3f8181.txt").read_text(encoding="utf-8")
    for damaged in CASES.values():
        # The page that was saved writes some marks in their narrow form.
        assert damaged in seed or damaged.replace("！", "!").replace("，", ",") in seed


def test_text_without_the_two_bytes_in_a_row_stays_as_it_is():
    assert slipped("社區服務，人人有責！\n第二行。") == "社區服務，人人有責！\n第二行。"
