"""How much of a text its source has said before."""

import pytest

from storage.watch.sentences import BYTES, COMPARED, MOST, LastSaid, packed

ONE, OTHER = "大桥昨日正式通车，两岸居民步行过桥", "今年春茶开采比去年早八天左右"


def said(*texts):
    last = LastSaid()
    return [last.repeated(packed(text)) for text in texts]


def test_nothing_was_said_before_the_first_article_and_all_of_it_before_the_second():
    assert said(ONE, ONE) == [0.0, 1.0]


def test_the_share_is_that_of_the_characters():
    assert said(ONE, f"{ONE}。{OTHER}！")[1] == pytest.approx(len(ONE) / (len(ONE) + len(OTHER)))


@pytest.mark.parametrize("end", ["。", "！", "?", "；", "\n\n", " \n　"])
def test_a_sentence_is_the_same_wherever_it_stands(end):
    assert said(f"{ONE}{end}{OTHER}", OTHER) == [0.0, 1.0]


def test_what_is_too_short_is_in_no_sum():
    assert said("何望。", "何望。") == [0.0, 0.0]
    assert said(f"何望。{ONE}", f"周南。{ONE}")[1] == 1.0


def test_a_sentence_that_an_article_has_twice_counts_once():
    assert said(OTHER, f"{ONE}。{ONE}。{OTHER}")[1] == pytest.approx(len(OTHER) / (len(ONE) + len(OTHER)))


@pytest.mark.parametrize("between", [COMPARED - 1, COMPARED])
def test_only_the_last_articles_count(between):
    others = [f"这一篇的编号是{number}，别的什么也不说" for number in range(between)]
    assert said(ONE, *others, ONE)[-1] == (between < COMPARED)


def test_what_is_stored_and_read_again_says_the_same():
    texts = [f"第{number % 7}篇的第一句话在这里。第{number}篇的第二句话在这里。" for number in range(3 * COMPARED)]
    whole, last = said(*texts, "短"), []
    stored = None
    for text in [*texts, "短"]:
        part = LastSaid(stored)
        last.append(part.repeated(packed(text)))
        stored = part.stored()
    assert last == whole
    assert len(stored) == (2 * (COMPARED - 1) + COMPARED) * BYTES


def test_a_long_text_has_no_more_numbers_than_are_kept_of_one():
    assert len(packed("。".join(f"第{number}句话说的是别的事情" for number in range(MOST + 50)))) == MOST * BYTES
