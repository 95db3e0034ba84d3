"""Articles of plain paragraphs are read as trafilatura reads them, which is asked here for each."""

import copy

import pytest
from lxml import etree

from crawler.extraction.markup import tei
from crawler.extraction.markup.pictures import named_pictures, restored
from crawler.extraction.markup.pieces import markdown
from crawler.extraction.text.bare import MOST_BOXES, bare_pieces
from crawler.extraction.text.steered import extracted_body

LINES = (
    "镇里今年新修了三条公路，两座桥也都通了车。",
    "十月完工以后，去县城只要二十分钟。",
    "王镇长说，明年接着修村里的路。",
)
LONG = "".join(LINES) + "大家听了都很高兴。"


def article(inner):
    return etree.fromstring(f"<html><body><article><div>{inner}</div></article></body></html>")


def paragraphs(*lines):
    return "".join(f"<p>{line}</p>" for line in lines)


def pieces(inner):
    """The pieces, or None; they are those of trafilatura wherever there are any."""
    tree = article(inner)
    found = bare_pieces(tree)
    if found is not None:
        given = copy.deepcopy(tree)
        sources = named_pictures(given)
        assert found == restored(tei.pieces_of(extracted_body(given)), sources)
    return found


def bare(inner):
    """Lines of the pieces, or None."""
    found = pieces(inner)
    return found and [piece.runs[0].text for piece in found]


def marked(inner):
    """The Markdown of the pieces, a line each."""
    return markdown(pieces(inner), "http://news.example.cn/").split("\n\n")


def test_paragraphs_come_out_one_line_each_in_page_order():
    assert bare(f"<p>{LINES[0]}</p>\n<div><p> {LINES[1][:9]}\n {LINES[1][9:]}</p></div> {paragraphs(LINES[2])}") == [
        LINES[0], f"{LINES[1][:9]} {LINES[1][9:]}", LINES[2],
    ]  # fmt: skip


@pytest.mark.parametrize("empty", ["<p/>", "<p> </p>", "<p>\u3000</p>", "<div> </div>"])
def test_empty_paragraphs_say_nothing(empty):
    assert bare(f"{empty}{paragraphs(*LINES[:2])}{empty}") == list(LINES[:2])


def test_a_line_that_only_names_a_button_is_dropped():
    assert bare(paragraphs(LINES[0], "WeChat", "» E-Mail", LINES[1])) == list(LINES[:2])


def test_a_long_paragraph_that_repeats_the_one_before_it_is_dropped():
    assert bare(paragraphs(LONG, LONG, LINES[0], LONG)) == [LONG, LINES[0], LONG]


def test_short_repeats_and_repeats_behind_an_empty_line_stay():
    assert bare(paragraphs(LINES[1], LINES[1], LONG, " ", LONG)) == [LINES[1], LINES[1], LONG, LONG]


@pytest.mark.parametrize(("tag", "mark"), [("b", "**"), ("strong", "**"), ("i", "*"), ("em", "*")])
def test_words_in_a_style_keep_it_and_the_spaces_around_them(tag, mark):
    assert marked(f"<p>据 <{tag}>镇里</{tag}>说\n，路通了。</p><p>{LINES[1]}</p>") == [
        f"据 {mark}镇里{mark}说 ，路通了。", LINES[1],
    ]  # fmt: skip


def test_a_paragraph_with_a_style_is_dropped_as_a_repeat_but_never_as_a_button():
    line = f"<p><b>{LONG[:9]}</b>{LONG[9:]}</p>"
    assert len(pieces(f"<p>{LONG}</p>{line}{line}<p><b>WeChat</b></p>")) == 2


@pytest.mark.parametrize(("picture", "source"), [
    ("<img src='a.jpg'/>", "a.jpg"),
    ("<img src='show?id=7'/>", "show?id=7"),
    ("<img src='wait.gif' data-src='http://img.example.cn/a.jpg'/>", "http://img.example.cn/a.jpg"),
    ("<img src='wait.gif' data-src='/p/a.jpg'/>", "/p/a.jpg"),
    ("<img src='wait.gif' data-original='//img.example.cn/a'/>", "//img.example.cn/a"),
    ("<img/>", ""),
])  # fmt: skip
def test_a_picture_stands_where_it_is_shown_with_its_own_address(picture, source):
    first, image, last = pieces(f"<p>{LINES[0]}</p><p>\n{picture}\n</p><p>{LINES[1]}</p>")
    assert (first.kind, image.kind, image.source, last.kind) == ("p", "image", source, "p")


def test_a_picture_keeps_its_caption_and_its_words_and_parts_no_line():
    inner = f"<p>{LINES[0][:9]}<img src='a.jpg' title='新 桥' alt='桥\n通车'/>{LINES[0][9:]}</p><p>{LINES[1]}</p>"
    line, image, _ = pieces(inner)
    assert [run.text for run in line.runs] == [LINES[0]]
    assert (image.words, image.alternative) == ("新 桥", "桥 通车")


def test_headings_keep_their_level_and_the_last_ones_say_nothing():
    heads = "<h2>公路</h2><h4> 桥 </h4><h3></h3><h3>Print</h3>"
    assert marked(f"<p>{LINES[0]}</p>{heads}<p>{LINES[1]}</p><h3>更多</h3><h3>相关</h3>") == [
        LINES[0], "## 公路", "#### 桥", LINES[1],
    ]  # fmt: skip


@pytest.mark.parametrize("inner", [
    f"<p>{LINES[0]}<b>要<p>紧</p></b></p><p>{LINES[1]}</p>",
    f"<p>{LINES[0]}<b></b></p><p>{LINES[1]}</p>",
    f"<p>{LINES[0]}<u>要紧</u></p><p>{LINES[1]}</p>",
    f"<p>{LINES[0]}<a href='/1.html'>桥</a></p><p>{LINES[1]}</p>",
    f"<p>{LINES[0]}</p><h2>小<b>标题</b></h2><p>{LINES[1]}</p>",
    f"<p>{LINES[0]}</p><h2>小标题</h2>散落的一行<p>{LINES[1]}</p>",
    f"<p>{LINES[0]}</p><img src='a.jpg'/><p>{LINES[1]}</p>",
    f"<p>{LINES[0]}</p><p><img data-src='//img.example.cn/a.jpg'/></p><p>{LINES[1]}</p>",
    "<p><img src='a.jpg'/></p><p><img src='b.jpg'/></p>",
    f"<p>{LINES[0]}</p><h2>小标题</h2>",
    f"<p>{LINES[0]}</p>散落的一行<p>{LINES[1]}</p>",
    f"开头的一行<p>{LINES[0]}</p><p>{LINES[1]}</p>",
    f"<p>{LINES[0]}</p>",
    f"<p>{LINES[0]}</p><p>Facebook</p>",
    f"{'<div>' * MOST_BOXES}{paragraphs(*LINES)}{'</div>' * MOST_BOXES}",
    "",
])  # fmt: skip
def test_whatever_holds_more_or_less_than_paragraphs_is_left_to_trafilatura(inner):
    assert bare(inner) is None
