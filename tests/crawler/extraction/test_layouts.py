"""Texts that are there are found, however the page parts its paragraphs and in whatever language they are."""

import time
from collections.abc import Callable, Sequence

import pytest

from crawler.extraction.page import PageInput, extract_page
from storage.records import Article, Rejection
from tests.crawler.extraction.pages import NOW

URL = "http://www.example.cn/en/2026/1120/4711.html"
SLOWEST_SECONDS = 5.0
TEXTS = {
    "County to rebuild forty old housing blocks": (
        "The county council approved a plan on Tuesday to rebuild forty housing blocks by the end of next year.",
        "Workers will replace water pipes, roofs and lifts in the first twelve blocks, which hold 3,200 families.",
        "The head of the housing office said that the county, the province and the owners share the cost.",
        "Families with small children are to be told at least two weeks before the water is cut off.",
        "A second stage follows in the autumn, and the office promised to publish the cost of each block every month.",
        "Some shopkeepers worry that customers will stay away while the road is closed, and want help with the rent.",
        "The plan was first put forward in 2019, when one in three people who lived there was older than sixty.",
    ),
    "Округ обновит сорок старых домов": (
        "Совет округа во вторник утвердил план обновления сорока старых домов до конца следующего года.",
        "Рабочие заменят трубы, крыши и лифты в первых двенадцати домах, где живут около 3200 семей.",
        "Глава жилищного управления сказал, что расходы поделят округ, область и владельцы квартир.",
        "Семьи с маленькими детьми предупредят не позднее чем за две недели до отключения воды.",
        "Вторая очередь начнётся осенью, и управление обещает каждый месяц публиковать расходы по каждому дому.",
        "Некоторые лавочники опасаются, что покупатели уйдут, пока дорога закрыта, и просят помочь с арендой.",
        "Впервые план предложили в 2019 году, когда каждый третий житель был старше шестидесяти лет.",
    ),
    "군, 오래된 집 마흔 채 다시 짓는다": (
        "군의회는 화요일 내년 말까지 오래된 공동주택 마흔 채를 다시 짓는 계획을 승인했다고 밝혔다.",
        "노동자들은 약 3천2백 가구가 사는 첫 열두 채에서 수도관과 지붕, 승강기를 교체할 예정이다.",
        "주택 사무소장은 공사비를 군과 도, 그리고 집주인들이 함께 나누어 부담할 것이라고 말했다.",
        "어린아이가 있는 가족에게는 물을 끊기 적어도 두 주 전에 미리 알리기로 했다고 덧붙였다.",
        "큰길의 상인들은 길이 막히는 동안 손님이 줄까 걱정하며 임대료를 지원해 달라고 했다.",
        "두 번째 공사는 가을에 이어지며, 사무소는 달마다 집집의 비용을 누리집에 싣겠다고 약속했다.",
    ),
    "本縣明年改造四十棟老舊住宅": (
        "縣議會週二通過計畫，明年年底前改造四十棟老舊住宅，經費已經列入明年預算。",
        "工人將更換首批十二棟的水管、屋頂和電梯，約三千二百戶居民受惠。",
        "住宅處處長說，工程費由縣、省和住戶共同分擔，明細每個月在網站上公布。",
        "有幼童的家庭最遲在停水前兩週會收到通知，並可領取補助。",
    ),
}

LAYOUTS: dict[str, Callable[[Sequence[str]], str]] = {
    "cell, breaks": lambda text: f"<table><tr><td id=zoom>{'<br>'.join(text)}</td></tr></table>",
    "cell, double breaks": lambda text: f"<table><tr><td id=zoom>{'<br><br>'.join(text)}</td></tr></table>",
    "cell, font": lambda text: f"<table><tr><td><font size=2>{'<br>'.join(text)}</font></td></tr></table>",
    "cell, one paragraph": lambda text: f"<table><tr><td id=zoom><p>{'<br>'.join(text)}</p></td></tr></table>",
    "cell, paragraphs": lambda text: f"<table><tr><td id=zoom>{boxes(text, 'p')}</td></tr></table>",
    "cell, boxes": lambda text: f"<table><tr><td id=zoom>{boxes(text, 'div')}</td></tr></table>",
    "rows": lambda text: f"<table>{''.join(f'<tr><td>{line}</td></tr>' for line in text)}</table>",
    "form": lambda text: f"<form><table><tr><td id=zoom>{'<br>'.join(text)}</td></tr></table></form>",
    "cell of a cell": lambda text: (
        f"<table><tr><td><table><tr><td>{'<br>'.join(text)}</td></tr></table></td></tr></table>"
    ),
    "box, breaks": lambda text: f"<div id=zoom>{'<br>'.join(text)}</div>",
    "boxes, spans": lambda text: f"<div>{''.join(f'<div><span>{line}</span></div>' for line in text)}</div>",
    "span": lambda text: f"<span id=zoom>{'<br>'.join(text)}</span>",
    "font, paragraphs": lambda text: f"<font id=zoom>{boxes(text, 'p')}</font>",
    "font, open paragraphs": lambda text: f"<font>{''.join(f'<p>{line}' for line in text)}</font>",
    "bare": "<br>".join,
    "centred": lambda text: f"<center>{'<br><br>'.join(text)}</center>",
    "list": lambda text: f"<ul>{boxes(text, 'li')}</ul>",
    "definitions": lambda text: f"<dl>{boxes(text, 'dd')}</dl>",
    "quote": lambda text: f"<blockquote>{'<br>'.join(text)}</blockquote>",
    "sections": lambda text: "".join(f"<section><section>{line}</section></section>" for line in text),
    "unknown element": lambda text: f"<news-body>{'<br>'.join(text)}</news-body>",
}


def boxes(text: Sequence[str], tag: str) -> str:
    return "".join(f"<{tag}>{line}</{tag}>" for line in text)


def portal(title: str, body: str) -> str:
    """The page of a Chinese portal, whatever the language of its article."""
    menu = "".join(f"<td><a href=/{at}/>{name}</a></td>" for at, name in enumerate(["首页", "政务公开", "English"]))
    foot = "版权所有：某某县人民政府 主办单位：某某县人民政府办公室 地址：某某县城关镇人民路1号"
    return (
        f"<title>{title}_某某县人民政府</title><table><tr>{menu}</tr></table><table><tr><td>{title}</td></tr>"
        f"<tr><td>发布时间：2026-11-20 10:20 来源：某某县政府网 【字体：<a href=#>大</a>】</td></tr></table>"
        f"{body}<table><tr><td>【<a href=#>打印本页</a>】</td></tr><tr><td>{foot}</td></tr></table>"
    )


def plain(title: str, body: str) -> str:
    """A page with a menu and a headline."""
    return f"<title>{title}</title><ul><li><a href=/>1</a><li><a href=/2>2</a></ul><h1>{title}</h1>{body}"


def column(title: str, body: str) -> str:
    """A page that is one table: menu and article side by side."""
    return f"<title>{title}</title><table><tr><td><a href=/>1</a></td><td><h2>{title}</h2>{body}</td></tr></table>"


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("frame", [portal, plain, column])
def test_a_text_is_found_whole_in_every_layout_and_language(frame: Callable[[str, str], str], layout: str) -> None:
    for title, text in TEXTS.items():
        found = read(frame(title, LAYOUTS[layout](text)))
        assert isinstance(found, Article)
        assert found.text.split("\n\n") == list(text)


def test_tables_in_tables_cost_no_more_than_they_are_long() -> None:
    markup = "<table><tr><td>" * 90 + "A line of a page that goes on for a while. " * 20 + "<table><td>x</table>" * 5000
    before = time.process_time()
    assert isinstance(read(markup), Article | Rejection)
    assert time.process_time() - before < SLOWEST_SECONDS


def read(markup: str) -> Article | Rejection:
    return extract_page(PageInput(body=markup.encode(), url=URL, content_type="text/html; charset=utf-8", now=NOW))
