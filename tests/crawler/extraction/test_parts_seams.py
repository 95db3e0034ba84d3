"""What two pages of an article repeat, and what their break cuts in two."""

import pytest

from crawler.extraction.parts.seams import continues, is_pager, joint, trimmed
from crawler.extraction.parts.stitching import stitched
from storage.records import Article, Credit, Image
from tests.crawler.extraction.part_pages import TITLE, text_of

LEAD = "本报记者历时三年，走访了老城区的九个街区，记录下一千多户居民的搬迁与归来。"


def article(text, **more):
    return Article(
        title=more.pop("title", TITLE), text=text, encoding="utf-8", encoding_evidence="http", extractor="x", **more
    )


def joined(*pages):
    return stitched([article("\n\n".join(page)) for page in pages]).text.split("\n\n")


@pytest.mark.parametrize(
    "repeated",
    [
        [TITLE],
        [f"{TITLE}(2)"],
        [f"{TITLE}（第2页）"],
        [LEAD],
        ["来源：某某日报"],
        [TITLE, "来源：某某日报", LEAD],
        ["[1] [2]", "第2页"],
    ],
)
def test_what_a_page_repeats_at_its_top_is_dropped(repeated):
    first = ["来源：某某日报", LEAD, *text_of(1)]
    assert joined(first, [*repeated, *text_of(2)]) == [*first, *text_of(2)]


def test_what_every_page_says_at_its_end_is_said_once_at_the_end_of_all():
    end = ["更多精彩内容，请关注某某网微信公众号。", "（责任编辑：王欲然）"]
    pages = [[*text_of(part), *end] for part in (1, 2, 3)]
    assert joined(*pages) == [*text_of(1), *text_of(2), *text_of(3), *end]


def test_the_last_paragraph_of_a_page_that_the_next_begins_with_stands_once():
    assert joined(text_of(1), [text_of(1)[-1], *text_of(2)]) == [*text_of(1), *text_of(2)]


def test_a_line_that_comes_again_within_the_text_stays():
    first = ["问：您怎么看？", text_of(1)[0], "问：您怎么看？", text_of(1)[1]]
    assert joined(first, [text_of(2)[0], "问：您怎么看？", text_of(2)[1]])[-2] == "问：您怎么看？"


@pytest.mark.parametrize(
    "mark", ["(接下一頁)", "（未完待续）", "【请看下页】", "（未完，转下页）", " (continued on next page)"]
)
def test_words_that_lead_to_the_next_page_are_no_text(mark):
    assert joined([text_of(1)[0] + mark], text_of(2)) == [text_of(1)[0], *text_of(2)]


@pytest.mark.parametrize("mark", ["（接上页）", "(上接上一页) ", "[上接上頁]"])
def test_words_that_lead_back_are_no_text(mark):
    assert joined(text_of(1), [mark + text_of(2)[0]]) == [*text_of(1), text_of(2)[0]]


@pytest.mark.parametrize(
    "line", ["上一页 1 2 3 下一页", "[1] [2]", "第2页", "首页 上一页 下一页 尾页", "1 2 3", "Page 2 of 3", "下一页 >>"]
)
def test_what_is_left_of_a_pager_is_known(line):
    assert is_pager(line)


@pytest.mark.parametrize("line", ["2", "三页", "2026", "页面设计获奖", "", "1998年", "第2页的照片上有三个人。"])
def test_a_short_line_is_no_pager(line):
    assert not is_pager(line)


CUT = "改造办公室的负责人告诉记者，第一批回迁的居民共有三百二十户，他们在外租房"


@pytest.mark.parametrize(
    ("before", "behind", "cut"),
    [
        (CUT, "两年之后终于回到了自己的街区，许多人流下了眼泪。", True),
        (f"{CUT}，", "两年之后终于回到了自己的街区。", True),
        (f"{CUT}。", "两年之后终于回到了自己的街区。", False),
        (f"{CUT}”", "两年之后终于回到了自己的街区。", False),
        (CUT, "“两年之后，我们终于回来了。”李女士说。", False),
        (CUT, "二、道路拓宽的难处在于地下管网。", False),
        ("居民搬迁", "两年之后终于回到了自己的街区。", False),
        (f"{CUT} 新华社记者 张三摄", "两年之后终于回到了自己的街区。", False),
        ("没有标点的一行长长的小标题它一直写到了三十个字以上却仍然只是一个小标题而已", "两年之后终于回到街区。", False),
        ("The council said that the families who had left their homes two", "years ago would come back.", True),
        ("The council said that the families had left their homes", "Two years ago they came back.", False),
        ("", "两年之后终于回到了自己的街区。", False),
        (CUT, "", False),
    ],
)
def test_only_a_paragraph_that_clearly_goes_on_is_joined(before, behind, cut):
    assert continues(before, behind) is cut


def test_halves_are_joined_with_a_space_between_words_of_letters_only():
    assert joint("他们在外租房", "两年") == "他们在外租房两年"
    assert joint("homes two", "years ago") == "homes two years ago"


def test_a_cut_sentence_is_one_paragraph_in_text_and_markdown():
    behind = "两年之后终于回到了自己的街区，许多人流下了眼泪。"
    first = article(f"开头的一段话。\n\n{CUT}", markdown=f"## 开头的一段话。\n\n{CUT}")
    whole = stitched([first, article(behind, markdown=behind)])
    assert whole.text == f"开头的一段话。\n\n{CUT}{behind}"
    assert whole.markdown == f"## 开头的一段话。\n\n{CUT}{behind}"


def test_markdown_keeps_its_structure_and_no_headline_twice():
    first, second = f"# {TITLE}\n\n正文一。\n\n![图](http://a.cn/1.jpg)", "- 甲\n- 乙\n\n正文二。"
    repeated = f"# {TITLE}\n\n![图](http://a.cn/1.jpg)\n\n{second}"
    pages = [article("正文一。", markdown=first), article("正文二。", markdown=repeated)]
    assert stitched(pages).markdown == f"{first}\n\n{second}"


def test_a_page_without_markdown_gives_its_text_escaped():
    pages = [article("正文一。", markdown="正文一。"), article("# 不是标题")]
    assert stitched(pages).markdown == "正文一。\n\n\\# 不是标题"
    assert stitched([article("正文一。"), article("正文二。", markdown="正文二。")]).markdown is None


def test_facts_come_from_the_first_page_that_knows_them():
    reporter, editor = Credit(role="reporter", name="李楠"), Credit(role="editor", name="王欲然")
    box = Credit(role="author", name="推荐栏作者")
    pages = [
        article("一。", credits=(reporter,), confidence=0.9, images=(Image(url="http://a.cn/1.jpg"),)),
        article("二。", credits=(box, editor), confidence=0.5, origin="某某日报", origin_kind="repost"),
        article("三。", credits=(editor,), licence="CC BY", correction="更正", images=(Image(url="http://a.cn/1.jpg"),)),
    ]
    whole = stitched(pages)
    assert whole.credits == (reporter, editor)
    assert (whole.origin, whole.origin_kind, whole.confidence) == ("某某日报", "repost", 0.5)
    assert (whole.licence, whole.correction, len(whole.images)) == ("CC BY", "更正", 1)


def test_pages_of_hostile_length_are_trimmed_in_linear_time():
    many = [f"段落{number}，" + "字" * 20 for number in range(5000)]
    assert trimmed([many, many, [*many, "新的一段。"]], [TITLE])[2] == ["新的一段。"]
    assert not is_pager("1 " * 100_000)
    assert not is_pager("[" * 200)
