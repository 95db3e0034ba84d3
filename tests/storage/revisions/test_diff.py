"""How an edit reads: few long spans, cut where readers cut, moved text as moved; for any two texts in bounded time."""

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.revisions.diff import MOST_CHARACTERS, Span, diff

PARAGRAPHS = (
    "昨日下午三时许，城东区一处仓库发生火灾，消防部门迅速调集力量赶赴现场扑救。",
    "据目击者介绍，火灾发生时仓库内有工人正在装卸货物，火势蔓延很快。",
    "周边居民已被安全疏散到附近的学校，区政府为他们准备了食物和棉被。",
)


def marked(old: str, new: str) -> str:
    """The two texts in one line: `[-gone-]`, `{+new+}`, `<1-moved away>`, `<1+moved here>`."""
    marks = {"same": "{}", "delete": "[-{}-]", "insert": "{{+{}+}}", "moved_from": "<{n}-{}>", "moved_to": "<{n}+{}>"}
    found = []
    for span in diff(old, new):
        text = new[span.new_start : span.new_end] or old[span.old_start : span.old_end]
        found.append(marks[span.op].format(text, n=span.move))
    return "".join(found).replace("\n\n", "¶")


@pytest.mark.parametrize(
    ("old", "new", "read"),
    [
        ("致3人死亡、12人受伤。", "致5人死亡、10人受伤。", "致[-3-]{+5+}人死亡、[-12-]{+10+}人受伤。"),
        ("共有12,345人报名。", "共有12,453人报名。", "共有[-12,345-]{+12,453+}人报名。"),
        (
            "全市经济增长5.1%，同比提高0.3个百分点。",
            "全市经济增长4.9%，同比下降0.2个百分点。",
            "全市经济增长[-5.1-]{+4.9+}%，同比[-提高0.3-]{+下降0.2+}个百分点。",
        ),
        (
            "会议强调，要抓好安全生产。",
            "会议指出，要切实抓好安全生产工作。",
            "会议[-强调，要-]{+指出，要切实+}抓好安全生产{+工作+}。",
        ),
        ("他说：“我们会努力的。”", "他说：“我们一定会努力的。”", "他说：“我们{+一定+}会努力的。”"),
        ("甲说。乙说。", "甲说。丙也这么说。乙说。", "甲说。{+丙也这么说。+}乙说。"),
        ("A，B，C。", "A，D，B，C。", "A，{+D，+}B，C。"),
        (
            "The quick brown fox jumps over the lazy dog.",
            "The quick red fox jumped over the dog.",
            "The quick [-brown -]{+red +}fox [-jumps -]{+jumped +}over the [-lazy -]dog.",
        ),
        ("救援仍在进行。", "两国元首会晤。", "[-救援仍在进行。-]{+两国元首会晤。+}"),
        ("第一句。第二句。", "第一句。\n\n第二句。", "第一句。¶第二句。"),
        ("增长５.１％，好。", "增长5.1%,好。", "增长5.1%,好。"),
        ("", "新文。", "{+新文。+}"),
        ("旧文。", "", "[-旧文。-]"),
        ("", "", ""),
    ],
)
def test_an_edit_reads_as_an_editor_would_mark_it(old: str, new: str, read: str) -> None:
    assert marked(old, new) == read


def test_one_endless_line_that_stays_is_the_same() -> None:
    assert [span.op for span in diff("长" * MOST_CHARACTERS, "长" * MOST_CHARACTERS)] == ["same"]


def test_a_paragraph_that_was_moved_is_shown_as_moved() -> None:
    one, two, three = PARAGRAPHS
    old, new = f"{one}\n\n{two}\n\n{three}", f"{two}\n\n{three}\n\n{one}"
    assert marked(old, new) == f"<1-{one}¶>{two}¶{three}¶<1+{one}>"


def test_a_sentence_that_was_moved_is_shown_as_moved_beside_an_edit_of_its_neighbours() -> None:
    one, two, three = PARAGRAPHS
    old = f"{one}第二句只有几个字。\n\n{two}{three}"
    new = f"第二句只有九个字。\n\n{two}{three}{one}"
    read = f"<1-{one}>第二句只有[-几-]{{+九+}}个字。¶{two}{three}<1+{one}>"
    assert marked(old, new) == read


def test_a_comma_that_becomes_a_full_stop_tears_no_sentence_out() -> None:
    old, new = "消防队员赶到了现场，火已经灭了。", "消防队员赶到了现场。火已经灭了。"
    assert marked(old, new) == "消防队员赶到了现场[-，-]{+。+}火已经灭了。"


texts = st.one_of(
    st.text(alphabet="甲乙。，\n a1.”", max_size=60),
    st.text(max_size=40),
    st.lists(st.sampled_from([*PARAGRAPHS, "短。", "\n\n", "abc def. "]), max_size=8).map("".join),
)


@given(texts, texts)
def test_the_spans_are_all_of_both_texts_in_order(old: str, new: str) -> None:
    spans = diff(old, new)
    assert "".join(old[span.old_start : span.old_end] for span in spans) == old
    assert "".join(new[span.new_start : span.new_end] for span in spans) == new
    a = c = 0
    for span in spans:
        assert (span.old_start, span.new_start) == (a, c)
        a, c = span.old_end, span.new_end
        assert span.op not in {"delete", "moved_from"} or span.new_start == span.new_end
        assert span.op not in {"insert", "moved_to"} or span.old_start == span.old_end
    assert {span.move for span in spans if span.op == "moved_to"} == {
        span.move for span in spans if span.op == "moved_from"
    }


@given(texts)
def test_a_text_and_itself_have_one_span(text: str) -> None:
    assert [span.op for span in diff(text, text)] == (["same"] if text else [])


def edited(text: str, seed: int, every: int) -> str:
    """The text with about one in `every` characters exchanged for two of its own."""
    chance = random.Random(seed)
    return "".join("".join(chance.choices(text, k=2)) if chance.randrange(every) == 0 else one for one in text)


def long_text(size: int) -> str:
    """Sentences of 8 to 40 of 1,800 characters, in paragraphs."""
    chance = random.Random(1)
    letters = [chr(code) for code in range(0x4E00, 0x5500)]
    sentences = ("".join(chance.choices(letters, k=chance.randint(8, 40))) for _ in range(size // 20))
    return "".join(sentence + chance.choice(["，", "。", "。", "。\n\n"]) for sentence in sentences)[:size]


@pytest.mark.parametrize("every", [8, 40, 400])
def test_what_stayed_in_two_long_articles_is_found(every: int) -> None:
    old = long_text(20_000)
    new = edited(old, 2, every)
    spans = diff(old, new)
    kept = sum(span.old_end - span.old_start for span in spans if span.op == "same")
    assert kept > len(old) * (0.9 if every > 8 else 0.4)


HOSTILE = 30_000


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("一" * HOSTILE, "二" * HOSTILE),
        ("一" * HOSTILE, "一" * HOSTILE + "二"),
        ("a\n" * (HOSTILE // 2), "b\na\n" * (HOSTILE // 4)),
        ("一。二。" * (HOSTILE // 4), "二。三。一。" * (HOSTILE // 6)),
        ("." * HOSTILE, "!" * HOSTILE),
        ("e" + "\u0301" * HOSTILE, "e" + "\u0300" * HOSTILE),
        ("\ufdfa" * 2_000, "\ufdfa\ufdfb" * 1_000),
        ("1.1." * (HOSTILE // 4), "1.2." * (HOSTILE // 4)),
        (" " * HOSTILE + "一", "\n" * HOSTILE + "二"),
    ],
)
def test_no_text_can_make_it_slow(one: str, other: str) -> None:
    begun = time.process_time()
    diff(one, other)
    assert time.process_time() - begun < 10


def test_texts_beyond_all_measure_are_shown_as_replaced_but_for_what_they_begin_and_end_with() -> None:
    head, tail = "开头。\n\n", "\n结尾。"
    old, new = ("".join((head, one * MOST_CHARACTERS, tail)) for one in "甲乙")
    begun = time.process_time()
    spans = diff(old, new)
    assert time.process_time() - begun < 10
    assert [span.op for span in spans] == ["same", "delete", "insert", "same"]
    assert spans[0] == Span(op="same", old_start=0, old_end=5, new_start=0, new_end=5)
