from __future__ import annotations

import pytest

from storage.similarity.titles import contradiction, likeness, read_title, unknown
from tests.storage.similarity.samples import BRIDGE, BRIDGE_TITLE, MARKET, MARKET_TITLE


def test_the_name_of_a_site_behind_a_headline_is_no_part_of_it() -> None:
    plain = read_title(BRIDGE_TITLE, BRIDGE)
    for suffix in ("_青石新闻网", " - 城市快报", "｜南浦在线", "——白塘日报"):
        assert likeness(plain, read_title(BRIDGE_TITLE + suffix, BRIDGE)) == 1


def test_an_outlet_is_left_out_behind_a_headline_that_was_cut() -> None:
    assert read_title("老石桥修缮完 - 青川广播电视台", BRIDGE).parts == read_title("老石桥修缮完", BRIDGE).parts
    assert read_title("Harbour plan - The Aldmoor Times", "").parts == {"harbour", "plan"}


def test_headlines_in_another_script_are_equal() -> None:
    assert likeness(read_title("老石桥修缮完工", ""), read_title("老石橋修繕完工", "")) == 1


@pytest.mark.parametrize("missing", ["", "  ", "！！！", "A"])
def test_a_missing_headline_says_nothing(missing: str) -> None:
    assert likeness(read_title(missing, BRIDGE), read_title(BRIDGE_TITLE, BRIDGE)) is None
    assert unknown(read_title(missing, BRIDGE), read_title(MARKET_TITLE, MARKET)) == 0


def test_headlines_of_two_articles_claim_what_the_other_one_lacks() -> None:
    bridge, market = read_title(BRIDGE_TITLE, BRIDGE), read_title(MARKET_TITLE, MARKET)
    assert unknown(bridge, market) >= 2
    assert unknown(market, bridge) >= 2


def test_a_headline_written_anew_from_the_text_claims_nothing_that_its_copy_lacks() -> None:
    other = read_title("停了七个月的桥面重新通车", BRIDGE)
    assert likeness(read_title(BRIDGE_TITLE, BRIDGE), other) == 0
    assert unknown(other, read_title(BRIDGE_TITLE, BRIDGE)) == 0


def test_what_a_headline_says_and_its_own_text_does_not_is_no_claim() -> None:
    assert not read_title("震惊！重磅消息", BRIDGE).claims


def test_words_of_an_alphabet_are_compared_whole() -> None:
    title = read_title("Council approves harbour plan", "The council said the harbour plan is approved.")
    assert title.parts == {"council", "approves", "harbour", "plan"}
    assert title.claims == {"council", "harbour", "plan"}


def test_words_of_another_region_in_headline_and_text_are_no_contradiction() -> None:
    one = read_title("全市信息化软件更新", "全市信息化软件将在下周更新，网络会中断半小时。")
    other = read_title("全市資訊化軟體更新", "全市資訊化軟體將在下週更新，網路會中斷半小時。")
    assert unknown(one, other) > 0
    assert contradiction(one, other) == (0, 0)


def test_headlines_of_two_things_contradict_each_other_in_any_region() -> None:
    bridge, market = read_title(BRIDGE_TITLE, BRIDGE), read_title(MARKET_TITLE, MARKET)
    assert min(contradiction(bridge, market)) >= 2
    assert contradiction(bridge, market) == contradiction(market, bridge)[::-1]
