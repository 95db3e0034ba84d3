import pytest

from crawler.extraction.chrome import block_key
from crawler.extraction.markup.blocks import parse_html, text_blocks
from crawler.extraction.text.segment import find_segment
from crawler.extraction.text.weights import Scales

TITLE = "清水镇新修三座便民桥"
PARAGRAPHS = [
    "清水镇上周修好了三座便民桥，村民过河再也不用绕行五公里，学生上学也近了许多。",
    "镇长介绍，三座桥的资金一半来自县里，一半由在外经商的乡亲捐助，施工用了四个月。",
    "“桥通了，菜也好卖了。”菜农周大姐说，她每天要过河两趟，以前下雨只能在家等着。",
]
PROSE = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
HEADLINES = [
    "山后村的枇杷今年提前上市", "县图书馆周末延长开放时间", "城东老街的路灯全部换新了", "三中校园里来了一批新老师",
]  # fmt: skip
RELATED = "".join(f"<li><a href='/{n}.html'>{text}</a></li>" for n, text in enumerate(HEADLINES))


def kept(markup, titles=(TITLE,), chrome=frozenset()):
    segment = find_segment(text_blocks(parse_html(f"<body>{markup}</body>")), titles, chrome)
    return [segment.blocks[index].text for index in segment.kept]


def test_the_article_is_found_between_menus_and_lists_of_links():
    page = f"<ul>{RELATED}</ul><h1>{TITLE}</h1><div>{PROSE}</div><ul>{RELATED}</ul><p>版权所有 清水网</p>"
    assert kept(page) == PARAGRAPHS


def test_a_sub_heading_without_any_mark_stays_between_paragraphs():
    page = f"<h1>{TITLE}</h1><p>{PARAGRAPHS[0]}</p><p>资金从哪里来</p><p>{PARAGRAPHS[1]}</p>"
    assert kept(page) == [PARAGRAPHS[0], "资金从哪里来", PARAGRAPHS[1]]


def test_a_short_last_line_in_the_same_place_of_the_tree_stays():
    assert kept(f"<h1>{TITLE}</h1><div>{PROSE}<p>愿桥长久</p></div><div>首页</div>")[-1] == "愿桥长久"


def test_long_comments_below_do_not_replace_a_short_article():
    said = "桥修得真好，希望路也修一修，我们村的路坑坑洼洼很多年了。" * 2
    long = "".join(
        f"<p><a href='/u/{n}'>青山不老客{n}</a></p><p>05-0{n % 9} 10:2{n % 9}</p><p>{said}{n}</p>" for n in range(12)
    )
    page = f"<h1>{TITLE}</h1><div>{PROSE}</div><div class='box'><div><div><div>{long}</div></div></div></div>"
    assert kept(page) == PARAGRAPHS


@pytest.mark.parametrize(
    "line",
    [
        "（责任编辑：周明）", "编辑：李四", "上一篇：山后村的枇杷上市", "来源：清水网", "相关阅读：",
        "清水晚报记者 王五", "免责声明：本文仅代表作者本人观点，与本网无关。", "未经授权，不得转载。", "3.jpg",
        "2024年5月6日 10:20", "分享到：",
        "电话：0711-1234567 邮箱：a@example.org", "(王五 編輯)", "订阅手机报，移动发送KT到10650000。",
    ],
)  # fmt: skip
def test_lines_of_the_chrome_are_not_kept_even_inside_the_text(line):
    page = f"<h1>{TITLE}</h1><div><p>{PARAGRAPHS[0]}</p><p>{line}</p><p>{PARAGRAPHS[1]}</p></div>"
    assert kept(page) == PARAGRAPHS[:2]


@pytest.mark.parametrize(
    "paragraph",
    [
        "村里的老收藏家捐出了一百多件农具，他说这些东西放在家里没有人看，放在展馆里大家都能看。",
        "记者：您当初为什么想到修桥？您又是怎么说服大家出钱的？",
        "他说离职与此事无关，自己只是想回村里照顾年迈的父母，顺便把荒了的果园重新种起来。",
        "有人在网上举报说桥墩用料不足，县里派人检测之后公布了结果：三座桥全部合格。",
    ],
)
def test_sentences_that_use_the_words_of_the_chrome_stay(paragraph):
    page = f"<h1>{TITLE}</h1><div><p>{PARAGRAPHS[0]}</p><p>{paragraph}</p><p>{PARAGRAPHS[1]}</p></div>"
    assert kept(page) == [PARAGRAPHS[0], paragraph, PARAGRAPHS[1]]


def test_a_dateline_in_a_line_of_its_own_opens_the_text():
    assert kept(f"<h1>{TITLE}</h1><div><div>清水社宜山5月6日电</div>{PROSE}</div>")[0] == "清水社宜山5月6日电"


def test_an_abstract_that_begins_the_first_paragraph_is_not_told_twice():
    long = "清水镇上周修好了三座便民桥，村民过河再也不用绕行五公里，学生上学也近了许多，大家都说好，桥头还立了碑。"
    page = f"<h1>{TITLE}</h1><p>{long[:44]}</p><p>{long}</p><p>{PARAGRAPHS[1]}</p>"
    assert kept(page) == [long, PARAGRAPHS[1]]


def test_cut_off_abstracts_below_linked_headlines_are_a_list():
    teasers = "".join(
        f"<p><a href='/{n}.html'>{text}</a></p><p>{text}，据介绍，这在全县还是第一次，今后还会有更多...</p>"
        for n, text in enumerate(HEADLINES)
    )
    assert kept(f"<h1>{TITLE}</h1><div>{PROSE}{teasers}</div>") == PARAGRAPHS


def test_what_the_site_repeats_is_left_out():
    notice = "清水网欢迎广大读者来稿，来稿请注明姓名，稿件一经采用，即付稿酬，优稿优酬，多投多得。"
    page = f"<h1>{TITLE}</h1><div>{PROSE}<p>{notice}</p></div>"
    assert kept(page)[-1] == notice
    assert kept(page, chrome=frozenset({block_key(notice)})) == PARAGRAPHS


def test_the_first_paragraph_stays_though_other_pages_show_it_as_an_abstract():
    assert kept(f"<h1>{TITLE}</h1><div>{PROSE}</div>", chrome=frozenset({block_key(PARAGRAPHS[0])})) == PARAGRAPHS


def test_a_page_most_of_whose_text_was_seen_elsewhere_is_a_copy_and_keeps_it():
    chrome = frozenset(block_key(paragraph) for paragraph in PARAGRAPHS)
    segment = find_segment(text_blocks(parse_html(f"<body><h1>{TITLE}</h1>{PROSE}</body>")), [TITLE], chrome)
    assert segment.copied
    assert len(segment.kept) == len(PARAGRAPHS)


def test_a_page_without_any_headline_gives_its_heaviest_text():
    assert kept(f"<ul>{RELATED}</ul><div>{PROSE}</div>", titles=["清水网"]) == PARAGRAPHS


def test_a_page_of_links_only_keeps_nothing():
    assert kept(f"<ul>{RELATED}</ul>") == []


def test_no_block_weighs_more_than_two_or_three_paragraphs():
    (block,) = text_blocks(parse_html(f"<body><p>{PARAGRAPHS[0] * 40}</p></body>"))
    assert [weight.value for weight in Scales([block]).weigh()] == [150.0]
