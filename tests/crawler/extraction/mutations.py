"""Pages made to break an extractor: hostile ones from nothing, and broken ones from a good page."""

import random
import re
from collections.abc import Callable

PARAGRAPHS = (
    "市政府昨天召开会议，部署冬季供暖工作。会议要求各区县做好准备，确保居民温暖过冬。",
    "据介绍，今年全市供暖面积比去年增加百分之五，新建管网一百二十公里，改造老旧小区三百多个。",
    "市民李女士告诉记者，家里的温度比往年高了不少，希望以后每年都能这样。",
    "供热公司的工人连日来在各小区检修管道，预计本月底前全部完成，届时将统一升温。",
)
TITLE = "我市部署冬季供暖工作"
HEAD_LINE = "2026年11月21日 08:30　来源：某某日报　作者：李楠"


def article(*, head="", above="", inner="", below="", title=TITLE, line=HEAD_LINE, tail="（责任编辑：王欲然）"):
    """A plain page of an article with pieces put in: into the head, above, inside and below the text."""
    first, *rest = (f"<p>{text}</p>" for text in PARAGRAPHS * 3)
    return (
        f"<!DOCTYPE html><html><head><meta charset=utf-8><title>{title}_某某新闻网</title>{head}</head><body>"
        f"<div class=nav><a href=/>首页</a> <a href=/n>新闻</a></div>{above}<h1>{title}</h1><div>{line}</div>"
        f"<div class=content>{first}{inner}{''.join(rest)}</div><p>{tail}</p>{below}</body></html>"
    )


# What rules look for. A rule that scans ahead of each hit, or backtracks, needs the square of the run's length.
RUN_PIECES = (
    "责任编辑：", "（责任编辑：", "来源：", "来源", "作者：", "记者", "记者 ", "本报记者", "（记者", "通讯员 李",
    "文/图 ", "(", "（", "【", "[", "〔", "《", "》", "<", "&", "&#", "/", "／", "|", "｜", "_", "-", " - ",
    "：", ":", ">", "»", "1", "12", "2026", "2026年", "2026-", "2026-11-21 ", "年", "月", "日", "11月21日",
    "二〇二六年", "十", "12:30 ", "民国", "2026/", " ", "\u3000", "\t", "\n", "\xa0", "。", "，", "、", "…", ".",
    "·", "李", "李 ", "李、", "张三 ", "A ", "Ab ", "John Smith, ", "By ", "新华社", "新华社北京", "日报", "电",
    "摄", "（李楠摄", "供图", "编辑", "校对：", "审核：", "版权所有", "不代表", "未经", "转载", "免责声明",
    "上一篇：", "下一篇", "相关阅读", "收藏", "分享到", "扫一扫", "一审：", "第", "第A", "第1", "阅读 ", "评论(",
    "http://", "www.", "1.jpg ", "page", "Copyright ", "ICP备", "電話：", "台北報導", "記者林／", "'", '"', "\\",
    "`", "*", "~", "#", "!", "![", "](",
)  # fmt: skip


def run_page(piece, place, count=50_000):
    """An article into which a run of 50,000 times `piece` is put at a place of it."""
    run = piece * count
    if place in ("title", "line", "tail"):
        return article(**{place: f"{TITLE if place == 'title' else ''}{run}"})
    if place == "meta":
        value = run.replace('"', "&quot;")
        names = ("source", "author", "pubdate", "keywords", "description", "og:title")
        return article(head="".join(f'<meta name="{name}" content="{value}">' for name in names))
    return article(inner=f"<p>{PARAGRAPHS[0]}{run}</p>")


RUN_PLACES = ("title", "line", "tail", "meta", "inner")

RUNS = [(piece, place) for piece in RUN_PIECES for place in RUN_PLACES]


def _links(count):
    return "".join(f'<a href="/n/{number}.html">第{number}条新闻的标题说了一件小事</a> ' for number in range(count))


def _wide_table(span, rows):
    cells = f'<tr><td colspan="{span}" rowspan="{span}">格</td><td>子</td></tr>' * rows
    return f"<table>{cells}</table>"


def _bomb():
    """Entities that would be expanded to 10^9 characters by a parser that reads the document type."""
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<!DOCTYPE html [<!ENTITY l0 "哈">{levels}]>' + article(inner="<p>&l9;</p>").removeprefix("<!DOCTYPE html>")


def _json_ld(text):
    return f'<script type="application/ld+json">{text}</script>'


def _bare(text):
    return f"<html><head><title>{TITLE}</title></head><body>{text}</body></html>"


MEGABYTE = 1_000_000
LINE = "".join(PARAGRAPHS)
COLD = "On a cold day the people of the town stayed at home, and nobody went to the market."

HOSTILE: dict[str, Callable[[float], str]] = {
    "five_megabytes_without_a_break": lambda k: _bare("汉" * int(5 * MEGABYTE // 3 * k)),
    "five_megabytes_of_one_sentence": lambda k: _bare("市民说，天冷了。" * int(5 * MEGABYTE // 24 * k)),
    "five_megabytes_of_one_latin_word": lambda k: _bare("x" * int(5 * MEGABYTE * k)),
    "five_megabytes_of_spaces": lambda k: article(inner=" " * int(5 * MEGABYTE * k)),
    "five_megabytes_of_opening_brackets": lambda k: _bare("<" * int(5 * MEGABYTE * k)),
    "five_megabytes_of_ampersands": lambda k: _bare("&" * int(5 * MEGABYTE * k)),
    "five_megabytes_of_breaks": lambda k: article(inner="<br>" * int(5 * MEGABYTE // 4 * k)),
    "five_megabytes_of_empty_paragraphs": lambda k: article(inner="<p>" * int(5 * MEGABYTE // 3 * k)),
    "five_megabytes_of_short_paragraphs": lambda k: article(inner="<p>好。</p>" * int(5 * MEGABYTE // 13 * k)),
    "five_megabytes_of_comments": lambda k: article(inner="<!-- x -->" * int(5 * MEGABYTE // 10 * k)),
    "an_unclosed_comment_of_five_megabytes": lambda k: article(above="<!--" + LINE * int(5 * MEGABYTE // 400 * k)),
    "an_unclosed_script_of_five_megabytes": lambda k: article(
        above="<script>" + "var a=1;" * int(5 * MEGABYTE // 8 * k)
    ),
    "an_unclosed_attribute_of_five_megabytes": lambda k: article(above='<a href="' + "x" * int(5 * MEGABYTE * k)),
    "an_unclosed_title": lambda k: article(title=TITLE + "<title>" + LINE * int(3_000 * k)),
    "an_attribute_of_five_megabytes": lambda k: article(
        inner=f'<p class="{"ad " * int(5 * MEGABYTE // 3 * k)}">{LINE}</p>'
    ),
    "attributes_by_the_hundred_thousand": lambda k: article(
        inner=f"<p {' '.join(f'a{n}=1' for n in range(int(100_000 * k)))}>{LINE}</p>"
    ),
    "styles_of_a_megabyte": lambda k: article(
        inner=f'<p style="{"display:none;" * int(MEGABYTE // 13 * k)}">{LINE}</p>'
    ),
    "images_by_the_ten_thousand": lambda k: article(inner='<p><img src="/a.jpg" alt="图"></p>' * int(20_000 * k)),
    "data_images_of_a_megabyte": lambda k: article(
        inner=f'<p><img src="data:image/png;base64,{"A" * int(MEGABYTE * k)}"></p>' * 4
    ),
    "ten_thousand_links": lambda k: article(below=_links(int(10_000 * k))),
    "ten_thousand_links_inside": lambda k: article(inner=_links(int(10_000 * k))),
    "links_in_links": lambda k: article(inner="<a href=/>" * int(20_000 * k) + LINE),
    "depth_of_divs": lambda k: article(inner="<div>" * int(100_000 * k) + LINE),
    "depth_of_inline_elements": lambda k: article(inner="<b><i>" * int(50_000 * k) + LINE),
    "depth_of_tables": lambda k: article(inner="<table><tr><td>" * int(20_000 * k) + LINE),
    "depth_of_lists": lambda k: article(inner="<ul><li>" * int(30_000 * k) + LINE),
    "depth_of_spans_with_text": lambda k: article(inner="<span>天冷了。" * int(30_000 * k)),
    "depth_of_divs_with_text": lambda k: article(inner="<div>天冷了，大家多穿衣服。" * int(30_000 * k)),
    "depth_of_quotations_with_text": lambda k: article(inner="<blockquote>天冷了。" * int(20_000 * k)),
    "closed_but_never_opened": lambda k: article(inner="</div></p></td>" * int(100_000 * k)),
    "a_wide_table": lambda k: article(inner=_wide_table(1_000, int(50 * k))),
    "a_table_with_impossible_spans": lambda k: article(inner=_wide_table(2_000_000_000, int(50 * k))),
    "a_table_of_a_hundred_thousand_cells": lambda k: article(
        inner="<table>" + ("<tr>" + "<td>1</td>" * 100 + "</tr>") * int(1_000 * k) + "</table>"
    ),
    "a_table_of_one_row": lambda k: article(inner="<table><tr>" + "<td>一</td>" * int(100_000 * k) + "</tr></table>"),
    "a_list_of_fifty_thousand": lambda k: article(
        inner="<ul>" + "<li>第一件小事办好了。</li>" * int(50_000 * k) + "</ul>"
    ),
    "headings_by_the_ten_thousand": lambda k: article(inner="<h2>一、基本情况</h2>" * int(30_000 * k)),
    "the_title_ten_thousand_times": lambda k: article(inner=f"<p>{TITLE}</p>" * int(10_000 * k)),
    "titles_by_the_ten_thousand": lambda k: article(head=f"<title>{TITLE}</title>" * int(10_000 * k)),
    "metas_by_the_hundred_thousand": lambda k: article(
        head="".join(f'<meta name="date{n}" content="2026-11-{n % 28 + 1:02}">' for n in range(int(100_000 * k)))
    ),
    "an_entity_bomb": lambda _: _bomb(),
    "references_by_the_million": lambda k: article(inner="&#x4e00;" * int(MEGABYTE * k)),
    "impossible_references": lambda k: article(
        inner=f"<p>{'&#x110000;&#0;&#xD800;&#99999999999;' * int(30_000 * k)}</p>"
    ),
    "json_ld_deep": lambda k: article(head=_json_ld('{"@graph":[' * int(100_000 * k))),
    "json_ld_long": lambda k: article(
        head=_json_ld('{"@type":"NewsArticle","headline":"' + "题" * int(MEGABYTE * k) + '"}')
    ),
    "json_ld_many": lambda k: article(head=_json_ld('{"@type":"NewsArticle","headline":"别的题"}') * int(20_000 * k)),
    "json_ld_wide": lambda k: article(
        head=_json_ld('{"@graph":[' + ",".join(['{"headline":"题","author":{"name":"李楠"}}'] * int(30_000 * k)) + "]}")
    ),
    "json_ld_numbers": lambda k: article(
        head=_json_ld('{"headline":"题","datePublished":' + "9" * int(500_000 * k) + "}")
    ),
    "scripts_by_the_ten_thousand": lambda k: article(head="<script>var ct = '1</script>" * int(30_000 * k)),
    "dates_by_the_hundred_thousand": lambda k: article(inner="<p>2026年11月21日 08:30</p>" * int(60_000 * k)),
    "names_by_the_hundred_thousand": lambda k: article(line="记者 " + "李楠、" * int(100_000 * k)),
    "by_lines_by_the_ten_thousand": lambda k: article(inner="<p>（记者 李楠 通讯员 王欲然）</p>" * int(20_000 * k)),
    "editor_lines_by_the_ten_thousand": lambda k: article(below="<p>（责任编辑：王欲然）</p>" * int(20_000 * k)),
    "origins_by_the_ten_thousand": lambda k: article(below="<p>来源：某某日报</p>" * int(20_000 * k)),
    "breadcrumbs_by_the_ten_thousand": lambda k: article(
        above="<div>首页 &gt; " + "新闻 &gt; " * int(100_000 * k) + "</div>"
    ),
    "hidden_elements": lambda k: article(inner='<div style="display:none">天冷了。' * int(5_000 * k) + LINE),
    "bidirectional_marks": lambda k: article(inner="\u202e天\u2066冷\u200f了。" * int(100_000 * k)),
    "combining_marks": lambda k: article(inner=f"<p>天{chr(0x301) * int(MEGABYTE * k)}</p>"),
    "control_characters": lambda k: article(inner="天\x01冷\x0b了\x7f。\x85\ufffe" * int(60_000 * k)),
    "separators_in_the_title": lambda k: article(title=TITLE + " - _|·»" * int(50_000 * k)),
    "documents_after_the_end": lambda k: article() * int(1_500 * k),
    "documents_in_documents": lambda k: article(inner="<html><body>" * int(50_000 * k) + LINE),
    "frames": lambda k: f"<frameset>{'<frame src=a>' * int(100_000 * k)}</frameset><noframes>{LINE}</noframes>",
    "noscript_copies": lambda k: article(below=f"<noscript>{LINE}</noscript>" * int(10_000 * k)),
    "svg_and_mathematics": lambda k: article(
        inner="<svg><g>" * int(30_000 * k) + "<math><mi>" * int(30_000 * k) + LINE
    ),
    "forms": lambda k: article(inner="<form><select><option>天冷了" * int(30_000 * k) + LINE),
    "half_a_megabyte_of_digits_in_the_line": lambda k: article(line="1" * int(500_000 * k)),
    "radio_buttons_in_one_table": lambda k: article(
        below="<table>" + "<tr><td><input type=radio>天冷了，多穿衣服。</td></tr>" * int(20_000 * k) + "</table>"
    ),
    "check_boxes_in_nested_lists": lambda k: article(below="<ul><li><input type=checkbox>天冷了。" * int(5_000 * k)),
    "texts_and_links_in_turn": lambda k: article(
        inner="".join(
            f"<p>第{n}天，天冷了，多穿衣服。</p><p><a href=/{n}>第{n}条新闻</a></p>"
            for n in range(int(9_000 * k))
        )
    ),
    "texts_in_boxes_of_their_own": lambda k: article(
        inner="".join(
            f"{'<div>' * 8}<p>第{n}天，天冷了，大家多穿衣服。</p>{'</div>' * 8}"
            for n in range(int(9_000 * k))
        )
    ),
    "one_cell_tables_in_each_other": lambda k: article(inner="<table><tr><td>天冷了，多穿衣服。" * int(3_000 * k)),
    "two_cell_tables_in_each_other": lambda k: article(
        inner="<table><tr><td>一</td><td>天冷了，多穿衣服。" * int(3_000 * k)
    ),
    "english_boxes_in_each_other": lambda k: _bare(
        "<div>On a day it was cold, and people stayed.</div><div>" * int(3_000 * k)
    ),
    "english_paragraphs_in_each_other": lambda k: _bare("<div><p>Cold day.</p>" * int(1_900 * k)),
    "english_words_in_each_other": lambda k: _bare("<div>On a cold day.<div>" * int(900 * k)),
    "scripts_never_closed": lambda k: article(below="<script a=b= c>" * int(40_000 * k)),
    "by_lines_of_different_people": lambda k: article(
        inner="".join(f"<p>（记者 李楠{n} 通讯员 王欲然）说了第{n}件事，天冷了。</p>" for n in range(int(15_000 * k)))
    ),
    "rules_that_hide": lambda k: article(
        head="<style>" + "".join(f".c{n},#d{n}{{display:none}}" for n in range(int(40_000 * k))) + "</style>",
        inner="".join(f'<p class="c{n % 7 + 50_000} x">第{n}天，天冷了。</p>' for n in range(int(5_000 * k))),
    ),
    "an_unclosed_rule": lambda k: article(head="<style>" + ".a{display:" * int(100_000 * k) + "</style>"),
    "captions_by_the_ten_thousand": lambda k: article(
        inner='<p><img src="/a.jpg"></p><p>图为市民在散步。李楠 摄</p>' * int(10_000 * k)
    ),
    "teasers_by_the_ten_thousand": lambda k: article(
        below="<p><a href=/>今天</a></p><p>天冷了，多穿……</p>" * int(10_000 * k)
    ),
    "mixed_brackets": lambda k: article(
        line="（【〔[(" * int(100_000 * k) + "记者 李楠" + ")]〕】）" * int(100_000 * k)
    ),
    "words_in_bold_in_one_paragraph": lambda k: _bare(f"<p>{'<b>x</b> y ' * int(20_000 * k)}</p>"),
    "sentences_in_bold_in_one_paragraph": lambda k: _bare(
        f"<p>{'The <b>council</b> met again. ' * int(6_000 * k)}</p>"
    ),
    "links_in_one_paragraph": lambda k: _bare(f"<p>{COLD} {'<a href=/n>x</a> y ' * int(20_000 * k)}</p>"),
    "breaks_in_one_paragraph": lambda k: _bare(f"<p>{f'{COLD}<br>' * int(4_000 * k)}</p>"),
    "breaks_without_a_paragraph": lambda k: _bare(f"<div>{f'{COLD}<br><br>' * int(4_000 * k)}</div>"),
    "english_paragraphs": lambda k: _bare("".join(f"<p>{n}. {COLD}</p>" for n in range(int(8_000 * k)))),
    "english_headings_in_turn": lambda k: _bare(f"<h2>A cold day</h2><p>{COLD}</p>" * int(4_000 * k)),
    "english_rows": lambda k: _bare(f"<table>{f'<tr><td>{COLD}</td></tr>' * int(8_000 * k)}</table>"),
    "english_items": lambda k: _bare(f"<ul>{f'<li>{COLD}</li>' * int(8_000 * k)}</ul>"),
    "english_quotations": lambda k: _bare(f"<blockquote><p>{COLD}</p></blockquote>" * int(6_000 * k)),
    "english_pictures": lambda k: _bare(
        f"<figure><img src=/a.jpg><figcaption>{COLD}</figcaption></figure><p>{COLD}</p>" * int(4_000 * k)
    ),
    "english_paragraphs_in_spans": lambda k: _bare(f"<div><span>{COLD}</span></div>" * int(6_000 * k)),
    "english_paragraphs_among_links": lambda k: _bare(
        "".join(f"<p>{n}. {COLD}</p><ul><li><a href=/{n}>More news</a></li></ul>" for n in range(int(4_000 * k)))
    ),
    "characters_by_name": lambda k: article(inner=f"<p>{'&nbsp;&mdash;&amp;' * int(30_000 * k)}</p>"),
    "characters_by_no_name": lambda k: article(inner=f"<p>{'&unknown; &amp' * int(40_000 * k)}</p>"),
    "sections_of_characters": lambda k: article(inner="<![CDATA[天冷了。]]>" * int(50_000 * k)),
    "processing_instructions": lambda k: article(inner="<?php echo 1 ?>" * int(50_000 * k)),
    "document_types": lambda k: "<!DOCTYPE html>" * int(100_000 * k) + article(),
    "classes_of_every_kind": lambda k: article(
        inner="".join(f'<p class="c{n} d{n}" id="e{n}">第{n}天，天冷了。</p>' for n in range(int(9_000 * k)))
    ),
    "paragraphs_of_one_letter": lambda k: article(inner="".join(f"<p>{n % 10}</p>" for n in range(int(20_000 * k)))),
    "pagers_by_the_ten_thousand": lambda k: article(
        below="".join(f"<a href='1_{n}.html'>{n}</a> " for n in range(int(20_000 * k)))
    ),
    "times_by_the_ten_thousand": lambda k: article(
        below="<time datetime=2026-11-21>2026-11-21</time>" * int(20_000 * k)
    ),
    "properties_by_the_ten_thousand": lambda k: article(
        below="<span itemscope itemprop=author><b itemprop=name>李楠</b></span>" * int(10_000 * k)
    ),
    "sentences_without_a_blank": lambda k: _bare("".join(f"<p>{'a' * 900}.</p>" for _ in range(int(1_000 * k)))),
    "digits_and_signs": lambda k: article(inner="".join(f"<p>{'1-2:3/' * 150}</p>" for _ in range(int(1_000 * k)))),
}
"""Pages that would break a careless extractor, by what they are made of, of any share of their full size."""

TELLING = (
    "words_in_bold_in_one_paragraph", "links_in_one_paragraph", "breaks_in_one_paragraph", "english_paragraphs",
    "english_rows", "english_boxes_in_each_other", "headings_by_the_ten_thousand", "texts_and_links_in_turn",
    "by_lines_of_different_people", "rules_that_hide", "check_boxes_in_nested_lists", "captions_by_the_ten_thousand",
)  # fmt: skip
"""The dozen of them that come nearest to costing the square of their size."""

# ---- a good page made worse ----

_TAG = re.compile(rb"<(/?)([a-zA-Z][a-zA-Z0-9]*)[^>]*>")
_ELEMENT = re.compile(rb"<(p|div|li|h1|h2|td|tr|span|a)\b[^>]*>[^<]*</\1>")

DEBRIS = (
    b"<", b'"', b"&#", b"<p>", b"</div>", b"\x00", b"]]>", b"<!--", b"-->", b"<script>", b"</script>",
    b"<title>", b"<h1>", b"<table><tr>", b"</table>", b"<td colspan=99999>", b"\x0b\x0c\x1f", b"\xff\xfe",
    b"\xef\xbf\xbe", b"\xe2\x80\xae", b"&nbsp;" * 50, b"&#0;&#xD800;&#x110000;", b"</html><html><body>",
    b"<div>" * 40, b"</div>" * 40, b"<a href=/>" * 20, b"<meta charset=big5>",
    b'<meta name=pubdate content="2099-13-45 25:61">', b"<base href='javascript:x'>",
    b'<script type="application/ld+json">{"headline":[1,{"x":',
    b'<script type="application/ld+json">[[[[null]]]]</script>',
    b'<script type="application/ld+json">{"@type":"NewsArticle","headline":7,"author":[[]],"pubDate":{}}</script>',
    "（责任编辑：".encode(), "来源：".encode(), "记者".encode(), "2026年13月45日 25:61".encode(),
    b"9999-99-99",
)  # fmt: skip
CHARSETS = (b"utf-8", b"gb2312", b"big5", b"shift_jis", b"utf-16", b"utf-7", b"x-user-defined", b"iso-8859-1", b"")


def drop_element(page: bytes, chance: random.Random) -> bytes:
    """The page without one of its innermost elements."""
    hit = _chosen(_ELEMENT, page, chance)
    return page[: hit.start()] + page[hit.end() :] if hit else page


def repeat_element(page: bytes, chance: random.Random) -> bytes:
    """The page with one of its innermost elements up to a hundred times."""
    hit = _chosen(_ELEMENT, page, chance)
    return page[: hit.end()] + hit[0] * chance.choice((1, 3, 100)) + page[hit.end() :] if hit else page


def move_element(page: bytes, chance: random.Random) -> bytes:
    """The page with one of its innermost elements at another place."""
    hit = _chosen(_ELEMENT, page, chance)
    if not hit:
        return page
    rest = page[: hit.start()] + page[hit.end() :]
    place = chance.randrange(len(rest) + 1)
    return rest[:place] + hit[0] + rest[place:]


def wrap_element(page: bytes, chance: random.Random) -> bytes:
    """The page with one of its innermost elements inside others."""
    hit = _chosen(_ELEMENT, page, chance)
    if not hit:
        return page
    around = chance.choice((b"div", b"aside", b"noscript", b"table", b"font", b"li", b"h1", b"a href=/", b"pre"))
    name = around.split()[0]
    depth = chance.choice((1, 30))
    inner = b"<%s>" % around * depth + hit[0] + b"</%s>" % name * depth
    return page[: hit.start()] + inner + page[hit.end() :]


def drop_tag(page: bytes, chance: random.Random) -> bytes:
    """The page without one tag: what it opened or closed is now open or never was."""
    hit = _chosen(_TAG, page, chance)
    return page[: hit.start()] + page[hit.end() :] if hit else page


def grow_tag(page: bytes, chance: random.Random) -> bytes:
    """The page with a huge attribute in one tag."""
    hit = _chosen(_TAG, page, chance)
    value = chance.choice((b"x" * 50_000, b"ad comment footer " * 3_000, b"\x00" * 100, b"display:none;" * 2_000))
    name = chance.choice((b"class", b"style", b"href", b"src", b"data-src", b"content", b"title"))
    return page[: hit.end() - 1] + b" %s='%s'>" % (name, value) + page[hit.end() :] if hit else page


def cut(page: bytes, chance: random.Random) -> bytes:
    """The page up to some byte."""
    return page[: chance.randrange(len(page) + 1)]


def flip(page: bytes, chance: random.Random) -> bytes:
    """The page with up to fifty bytes replaced by any."""
    broken = bytearray(page)
    for _ in range(chance.choice((1, 5, 50)) if broken else 0):
        broken[chance.randrange(len(broken))] = chance.randrange(256)
    return bytes(broken)


def litter(page: bytes, chance: random.Random) -> bytes:
    """The page with a piece of debris somewhere."""
    place = chance.randrange(len(page) + 1)
    return page[:place] + chance.choice(DEBRIS) + page[place:]


def relabel(page: bytes, chance: random.Random) -> bytes:
    """The page with another charset in its markup."""
    return re.sub(rb"charset=[\"']?[\w-]*", b"charset=" + chance.choice(CHARSETS), page)


def retitle(page: bytes, chance: random.Random) -> bytes:
    """The page with another title: none, one of the site's kind, one of every page's words."""
    other = chance.choice(("", " ", "首页", "_-|·", "市" * 5_000, "<b>", "404 Not Found")).encode()
    return re.sub(rb"(<title[^>]*>)[^<]*", lambda hit: hit[1] + other, page)


def double(page: bytes, chance: random.Random) -> bytes:
    """The page twice."""
    return page + page


MUTATIONS: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    drop_element, repeat_element, move_element, wrap_element, drop_tag, grow_tag, cut, flip, litter, relabel, retitle,
    double,
)  # fmt: skip


def mutated(page: bytes, chance: random.Random, steps: int) -> bytes:
    """The page after some mutations, cut to one MiB: they must not add up to a hostile page."""
    for _ in range(steps):
        page = chance.choice(MUTATIONS)(page, chance)[: 1024 * 1024]
    return page


def _chosen(pattern: re.Pattern[bytes], page: bytes, chance: random.Random) -> re.Match[bytes] | None:
    """One of the hits of a pattern, each as likely as another, or None."""
    hits = list(pattern.finditer(page))
    return chance.choice(hits) if hits else None
