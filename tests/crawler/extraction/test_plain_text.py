"""Texts without markup, Markdown, front matter: what is the article, and what is said of it."""

import pytest

from crawler.extraction.page import PageInput, extract_page
from crawler.extraction.plain.front_matter import FrontMatter, split_front_matter
from crawler.extraction.plain.markdown_lines import MAX_MARKDOWN_CHARS
from crawler.extraction.plain.plain_text import text_kind
from storage.records import Article, Image, Rejection
from tests.crawler.extraction.pages import BODY, NOW

TITLE = "我市部署冬季供暖工作"
TEXT = "\n\n".join(BODY)


def read(text, content_type="text/plain", url=""):
    return extract_page(PageInput(body=text.encode(), url=url, content_type=content_type, now=NOW))


def test_a_plain_text_is_its_paragraphs_below_its_title():
    article = read(f"{TITLE}\r\n\r\n　　{BODY[0]}\r\n　　{BODY[1]}\r\n　　{BODY[2]}\r\n")
    assert (article.title, article.text, article.markdown) == (TITLE, TEXT, TEXT)
    assert (article.lang, article.script, article.found_by, article.confidence) == ("zh", "Hans", "lines", 1.0)


@pytest.mark.parametrize(
    "line",
    [
        "来源：某某日报 | 作者：李楠 | 日期：2026-11-20 08:30 | 阅读：",
        "2026-11-20 08:30　来源：某某日报　字号：大 中 小",
        "本报记者 李楠",
        "（责任编辑：王芳）",
        "1.jpg",
        "上一篇：市民热议供暖新政策",
        "相关推荐",
        "版权声明：本文版权归原作者所有，转载请注明出处。",
        "(0)",
        "1.0K",
        "扫一扫，关注我们",
    ],
)
def test_a_line_of_chrome_is_dropped_wherever_it_stands(line):
    for lines in ([TITLE, line, *BODY], [TITLE, BODY[0], line, *BODY[1:]], [TITLE, *BODY, line]):
        article = read("\n".join(lines))
        assert article.title == TITLE
        assert [part for part in article.text.split("\n\n") if part not in BODY] == []
        assert article.text.startswith(BODY[0])


@pytest.mark.parametrize(
    "line",
    [
        "一、基本情况",
        "城北先行一步",
        "编辑部主任李楠说，这项工作已经进行了三年，明年还要继续做下去，直到每一户都用上新的管道。",
        "他收藏的字画分享到社区展览，让邻居们都能看到，展览一直持续到下个月底才结束。",
    ],
)
def test_a_line_of_the_article_stays(line):
    assert line in read("\n".join([TITLE, BODY[0], line, *BODY[1:]])).text.split("\n\n")


def test_all_below_the_first_list_of_others_is_cut_if_the_article_is_above_it():
    below = [
        "相关推荐",
        "• 项目管理进度表模板",
        "供暖季里怎样省钱？",
        "这是另外一篇文章的摘要，说的是别的事情，与正文无关。",
    ]
    assert read("\n".join([TITLE, *BODY, *below])).text == TEXT


def test_a_notice_at_the_top_cuts_nothing():
    assert read("\n".join([TITLE, "版权声明：未经授权请勿转载。", *BODY])).text == TEXT


@pytest.mark.parametrize(
    "first", ["近日，我市部署了冬季供暖工作，各区县都做了准备。", "一、总体要求", "来源：某某日报"]
)
def test_a_first_line_that_is_no_headline_is_none(first):
    assert read("\n".join([first, *BODY])).title is None


def test_a_repeated_title_is_dropped_wherever_it_stands():
    article = read("\n".join([TITLE, BODY[0], TITLE, *BODY[1:], TITLE]))
    assert (article.title, article.text) == (TITLE, TEXT)


def test_lines_that_a_program_broke_are_whole_again():
    said = (
        "The council said on Monday that every street in the northern quarter would be "
        "closed at night for the next three weeks while the old pipes are being replaced."
    )
    words = said.split()
    lines = [" ".join(words[start : start + 7]) for start in range(0, len(words), 7)]
    article = read("Old pipes to go\n\n" + "\n".join(lines) + "\n\n" + "\n".join(lines) + "\n")
    assert article.text.split("\n\n") == [" ".join(words)] * 2


FACTS = """---
title: 我市部署冬季供暖工作
date: 2026-11-20 08:30:15 +0800
updated: 2026-11-21T09:00:00Z
author: 李楠
categories: [民生, 供暖]
tags:
  - 暖气
  - 管网
source: 某某日报
url: https://www.example.cn/2026/1.html
lang: zh-CN
---
"""


def test_front_matter_is_facts_and_no_text():
    article = read(FACTS + TEXT)
    assert (article.title, article.text) == (TITLE, TEXT)
    assert (article.published.local, article.published.where) == ("2026-11-20T08:30:15+08:00", "front-matter")
    assert article.modified.utc == "2026-11-21T09:00:00Z"
    assert (article.sections, article.keywords) == (("民生", "供暖"), ("暖气", "管网"))
    assert (article.origin, article.authors) == ("某某日报", ("李楠",))
    assert article.canonical_url == "https://www.example.cn/2026/1.html"


def test_front_matter_counts_over_html_paragraphs_whatever_the_body_was_sent_as():
    for content_type in (None, "text/html", "text/plain", "text/markdown"):
        article = read(FACTS + "".join(f"<p>{line}</p>\n" for line in BODY), content_type)
        assert (article.title, article.text) == (TITLE, TEXT)


@pytest.mark.parametrize(
    "block",
    [
        "title: 我市: 部署: 冬季供暖工作\ndate: 2026-11-20 08:30",  # YAML cannot say so
        "title: '我市部署\ndate: 2026-11-20 08:30",
        "title: {a: [b\ndate: 2026-11-20 08:30",
    ],
)
def test_of_broken_front_matter_the_whole_lines_count_and_the_text_is_kept(block):
    article = read(f"---\n{block}\n---\n{TEXT}")
    assert (article.text, article.published.local) == (TEXT, "2026-11-20T08:30+08:00")


@pytest.mark.parametrize(
    "block",
    [
        "date: yesterday\ntitle: [我市]\ntags: {a: b}\nauthor: 7",
        "date: 2199-01-01",
        "<<: &a [*a]\ntitle: x",
        "- a\n- b",
        "? [a]\n: b",
        "title: !!python/object/apply:os.system ['true']",
    ],
)
def test_what_front_matter_says_wrongly_is_absent(block):
    article = read(f"---\n{block}\n---\n{TITLE}\n\n{TEXT}")
    assert article.text.endswith(TEXT)
    assert article.published is None


def test_front_matter_that_grows_by_aliases_is_not_read():
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    pairs = zip("abcdefgh", "bcdefghi", strict=True)
    lines += [f"{name}: &{name} [{', '.join(['*' + before] * 9)}]" for before, name in pairs]
    assert split_front_matter("---\n" + "\n".join(lines) + f"\n---\n{TEXT}") == (FrontMatter(), TEXT)


def test_a_block_without_an_end_is_text():
    assert read(f"---\n{TITLE}\n\n{TEXT}").text == TEXT


def test_toml_front_matter_is_read_too():
    assert read(f'+++\ntitle = "{TITLE}"\ndate = "2026-11-20"\n+++\n{TEXT}').published.local == "2026-11-20"


MARKDOWN = f"""# {TITLE}

本报记者 李楠

{BODY[0]}

## 城北先行

{BODY[1]} **重点**是[管网](/pipes)与*老旧小区*。

![供暖现场](pictures/1.jpg "x")

- 新建管网一百二十公里
- 改造老旧小区三百多个

| 区 | 户 |
|----|---:|
| 城北 | 12 |
| 城南 | 7 |

<script>alert(1)</script>

{BODY[2]}

> 1. 引用的话也是正文的一部分，应当保留下来。

[上一篇](/0) | [下一篇](/2)
"""


def test_markdown_is_understood_for_the_text_and_kept_for_the_markdown():
    article = read(MARKDOWN, "text/markdown", "https://www.example.cn/a/1.html")
    assert article.title == TITLE
    assert article.text.split("\n\n") == [
        BODY[0], "城北先行", f"{BODY[1]} 重点是管网与老旧小区。", "新建管网一百二十公里", "改造老旧小区三百多个",
        "区 | 户",
        "城北 | 12", "城南 | 7", BODY[2], "引用的话也是正文的一部分，应当保留下来。",
    ]  # fmt: skip
    assert article.markdown.split("\n\n") == [
        BODY[0],
        "## 城北先行",
        f"{BODY[1]} **重点**是[管网](https://www.example.cn/pipes)与*老旧小区*。",
        "![供暖现场](https://www.example.cn/a/pictures/1.jpg)",
        "- 新建管网一百二十公里\n- 改造老旧小区三百多个",
        "| 区 | 户 |\n| --- | --- |\n| 城北 | 12 |\n| 城南 | 7 |",
        BODY[2],
        "1. 引用的话也是正文的一部分，应当保留下来。",
    ]
    assert article.images == (Image(url="https://www.example.cn/a/pictures/1.jpg", caption="供暖现场"),)
    assert article.authors == ("李楠",)


def test_an_address_that_is_no_web_address_is_no_link():
    last = "[看](javascript:alert(1))这里，还有[图](data:text/html,x)那里。"
    article = read(f"# {TITLE}\n\n{TEXT}\n\n{last}", "text/markdown")
    assert article.markdown.split("\n\n")[-1] == last.replace("[", "\\[").replace("]", "\\]")


def test_plain_text_cannot_become_markup():
    article = read("\n\n".join([TITLE, *BODY, "# 不是标题", "1. 不是*列表*[x](javascript:y)<script>，只是一句话。"]))
    assert article.markdown.split("\n\n")[-2:] == [
        "\\# 不是标题",
        "1\\. 不是\\*列表\\*\\[x\\](javascript:y)\\<script>，只是一句话。",
    ]


@pytest.mark.parametrize(
    ("text", "content_type", "kind"),
    [
        ("只有文字，没有标记。", None, "plain"),
        ("只有文字，没有标记。", "text/html", "plain"),
        ("a < b and c > d", "text/html; charset=utf-8", "plain"),
        ("<p>一段</p>", "text/html", None),
        ("<p>一段</p>", None, None),
        ("<!DOCTYPE html><p>一段", "text/plain", None),
        ("\ufeff<!-- saved from url=(0001)x -->\n<html><body>x", "text/markdown", None),
        ("一段很长的文字，里面只有一个<b>标签</b>。" + "文字" * 200, "text/plain", "plain"),
        ("<p>一段</p>\n<p>又一段</p>\n结尾", "text/plain", None),
        ("---\ntitle: x\n---\n<p>一段</p>", "text/html", "markdown"),
        ("# 标题", "text/markdown; charset=utf-8", "markdown"),
    ],
)
def test_what_a_body_is_is_told_by_what_is_in_it(text, content_type, kind):
    assert text_kind(text, content_type) == kind


@pytest.mark.parametrize("text", ["", "   \n", "太短。", "---\ntitle: x\n---\n"])
def test_a_text_that_says_nothing_is_rejected(text):
    assert isinstance(read(text), Rejection)


CHROME = [
    "系统消息：正在读取",
    "會員登入",
    "请先登录",
    "登录后可查看更多",
    "网站正在建设中",
    "服务器繁忙，请稍后再试",
    "会员专享",
    "请输入验证码",
    "您的访问过于频繁",
    "此评论已被删除",
    "页面正在跳转",
    "Sign in",
    "Please log in to continue reading",
]
"""What pages say beside their articles, and barriers instead of one."""


@pytest.mark.parametrize("line", CHROME)
@pytest.mark.parametrize("facts", ["title: 供暖有变\ndate: 2026-11-20", f"title: {TITLE}"])
def test_a_text_with_a_headline_or_a_date_is_no_barrier_for_a_line_of_chrome(line, facts):
    for lines in ([line, *BODY * 2], [*BODY * 2, line], [line, *BODY * 2, line, line]):
        assert isinstance(read(f"---\n{facts}\n---\n" + "\n\n".join(lines)), Article)


@pytest.mark.parametrize("line", CHROME)
def test_a_long_text_without_sentences_headline_and_date_is_no_barrier_either(line):
    verses = [f"第{at}盏灯在老街上亮起来 河水带着去年的叶子穿过桥洞" for at in range(40)]
    for lines in ([line, *verses], [*verses, line], [line, *verses, line]):
        assert isinstance(read("\n".join(lines)), Article)


@pytest.mark.parametrize(
    ("title", "text", "reason"),
    [
        ("系统维护中", "系统正在维护，请稍后再试。给您带来的不便，敬请谅解。", "maintenance"),
        ("某某网", "网站正在升级，预计明天上午恢复访问。", "maintenance"),
        ("某某网", "本站正在进行系统维护，暂停服务。", "maintenance"),
        ("会员登录", "请先登录后再查看。忘记密码请联系管理员，电话在首页下方。" * 8, "login_wall"),
        ("访问被拒绝", "您的访问被拒绝。请检查网络，或与网站的管理员联系，并告诉他下面的编号。" * 4, "blocked_page"),
        ("安全验证", "请完成验证。为了保护网站，我们要确认您不是机器人，验证通过后即可继续访问。", "captcha"),
    ],
)
@pytest.mark.parametrize("date", ["", "date: 2026-11-20\n"])
def test_a_barrier_that_was_saved_as_a_text_is_a_barrier(title, text, reason, date):
    if title == "某某网" and date:
        pytest.skip("a dated text whose headline is no message may report of maintenance")
    refused = read(f"---\ntitle: {title}\n{date}---\n{text}\n")
    assert isinstance(refused, Rejection)
    assert refused.reason == reason


@pytest.mark.parametrize(
    "text",
    [
        "[" * 300_000,
        "> " * 100_000 + TEXT,
        "*a " * 100_000,
        "`" * 100_000 + TEXT,
        "| a " * 50_000 + "\n" + "|-" * 50_000,
        "- " * 30_000,
        "<p>" * 100_000 + TEXT,
        "a\n" * 300_000,
        "(" * 400_000,
        "---\n" * 100_000,
        "---\n" + "[" * 15_000 + "\n---\n" + TEXT,
        "---\n" + "a: " * 5_000 + "\n---\n" + TEXT,
        "！？" * 400_000,
        "来源" * 400_000,
        "学?!" * 300_000,
        (TEXT + "\n\n") * 6_000,
        "# " + "字" * (MAX_MARKDOWN_CHARS + 1),
    ],
)
@pytest.mark.parametrize("content_type", ["text/plain", "text/markdown"])
def test_hostile_texts_are_answered(text, content_type):
    assert isinstance(read(text, content_type), Article | Rejection)
