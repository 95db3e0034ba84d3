"""The reader's pages over a file with all that they can show: what they say, in which order, and to whom."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import html

from storage.database import open_reader, open_writer
from storage.web.pages.reading import articles, refused, searching, stories
from tests.browser import shelf
from tests.storage.web.conftest import Viewer

ROOT = "/-/dibao"


@pytest.fixture(scope="module", autouse=True)
def _quick_files(quick_files: None) -> None:
    """None; see `quick_files`."""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int]]:
    path = tmp_path_factory.mktemp("library") / "news.db"
    return path, shelf.make(path)


@pytest.fixture(scope="module")
def made(library: tuple[Path, dict[str, int]]) -> dict[str, int]:
    return library[1]


@pytest.fixture(scope="module")
def reader(library: tuple[Path, dict[str, int]]) -> Iterator[Viewer]:
    viewer = Viewer(library[0])
    yield viewer
    viewer.close()


def page(reader: Viewer, path: str, status: int = 200, **asked: Any) -> Any:
    """The main part of a page."""
    answer = reader.get(ROOT + path, **asked)
    assert answer.status_code == status, answer.text[:2000]
    return html.document_fromstring(answer.text).find(".//main")


def said(tree: Any, path: str = "*") -> str:
    found = [tree] if path == "*" else tree.cssselect(path)
    return " ".join(" ".join(one.text_content().split()) for one in found)


def titles(tree: Any) -> list[str]:
    return [" ".join(one.text_content().split()) for one in tree.xpath(".//ol[@class='hits']/li/h2")]


def marks(tree: Any) -> list[str]:
    return [one.text for one in tree.iter("mark")]


# Search


def test_traditional_words_find_and_mark_simplified_text_and_the_other_way_round(reader: Viewer) -> None:
    assert set(marks(page(reader, "/search", q="渡輪所 OR")) + marks(page(reader, "/search", q="霧天"))) == {"雾天"}
    assert set(marks(page(reader, "/search", q="灯塔"))) == {"燈塔"}


def test_without_words_the_newest_articles_are_listed_and_pruned_ones_are_not(reader: Viewer) -> None:
    found = titles(page(reader, "/search"))
    assert len(found) == 9
    assert "旧闻一则" not in found


@pytest.mark.parametrize("words", ["", "雾天"])
def test_pages_of_a_list_follow_each_other_without_gap_or_repeat(
    reader: Viewer, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    whole = page(reader, "/search", q=words).xpath(".//h2/a/@href")
    monkeypatch.setattr(searching, "PAGE", 2)
    met: list[str] = []
    at = f"/search?q={words}"
    while at:
        tree = page(reader, at)
        met += tree.xpath(".//h2/a/@href")
        following = tree.xpath(".//a[@rel='next']/@href")
        at = f"/search{following[0]}" if following else ""
    assert met == whole
    assert len(met) >= 4


def test_by_relevance_pages_are_counted_off(reader: Viewer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "PAGE", 3)
    first = page(reader, "/search", q="渡船", sort="relevance")
    (following,) = first.xpath(".//a[@rel='next']/@href")
    rest = page(reader, f"/search{following}")
    assert not set(first.xpath(".//h2/a/@href")) & set(rest.xpath(".//h2/a/@href"))


def test_a_source_and_days_narrow_what_is_found(reader: Viewer) -> None:
    assert len(titles(page(reader, "/search", q="雾天", source="party"))) == 1
    found = titles(page(reader, "/search", since="2026-11-22", until="2026-11-22", source="haiqing"))
    assert found == ["望川：雾天渡口不停航"]
    assert titles(page(reader, "/search", until="2026-11-20")) == []


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"q": "x" * 1_500}, "太长"),
        ({"q": "a " * 80}, "太多"),
        ({"q": "-船"}, "要排除的词"),
        ({"q": '"'}, "没有可以查找的"),
        ({"q": "*"}, "没有可以查找的"),
        ({"q": "船", "source": "nobody"}, "没有名为“nobody”的来源"),
        ({"q": "船", "since": "yesterday"}, "日期看不懂"),
        ({"q": "没有这样的话"}, "没有一篇稿件这样说"),
        ({"q": "🚢" * 250}, "没有"),
        ({"q": "船", "behind": "x_y", "from": "-3", "sort": "?"}, "共"),
        ({"behind": "2026-11-22T00:00:00Z_" + "9" * 40}, "最新稿件"),
        ({"since": "9999-12-31", "until": "9999-12-31"}, "没有"),
    ],
)
def test_whatever_is_asked_is_answered_with_a_page_that_says_why(reader: Viewer, asked: Any, told: str) -> None:
    assert told in said(page(reader, "/search", **asked))


# An article


def test_an_article_is_shown_with_all_that_its_page_says(reader: Viewer, made: dict[str, int]) -> None:
    tree = page(reader, f"/article/{made['rich']}")
    assert said(tree, "article h1") == "雾天渡口不再停航 老码头六条渡船装上雷达"
    assert said(tree, ".kicker") == "民生实事看落点"
    assert said(tree, ".subheadline").startswith("缓坡代替石阶")
    byline = said(tree, ".byline")
    for part in ("2026年11月21日 14:20", "按 UTC+8 推定", "来源：望川日报", "记者 沈晓舟", "责任编辑 方亦文"):
        assert part in byline
    facts = said(tree, ".facts")
    for part in ("A02", "未经授权不得转载", "阅读 18,432", "本报望川11月21日讯", "渡口、航运、无障碍", "gb18030"):
        assert part in facts
    assert said(tree, ".unsaid") == "页面没有说的：更新时间"
    assert tree.find(".//article").get("lang") == "zh-Hans"
    assert len(tree.xpath(".//article//table//tr")) == 3


def test_what_a_page_does_not_say_is_said_to_be_unknown(reader: Viewer, made: dict[str, int]) -> None:
    tree = page(reader, f"/article/{made['english']}", lang="en")
    assert "The page says no time" in said(tree, ".byline")
    assert "no source named" in said(tree, ".byline")
    assert "Credits" in said(tree, ".unsaid")
    assert "It is not sure (41%)" in said(tree)
    assert tree.find(".//article").get("lang") == "en"


def test_its_revisions_are_listed_with_why_they_came_and_each_can_be_read(reader: Viewer, made: dict[str, int]) -> None:
    tree = page(reader, f"/article/{made['rich']}")
    assert "2640人" in said(tree, ".prose")
    assert "暗改" in said(tree, ".revisions")
    old = page(reader, f"/article/{made['rich']}", revision=1)
    assert "2460人" in said(old, ".prose")
    assert "这是第 1 版，最新的是第 2 版" in said(old)


def test_one_that_was_taken_down_and_one_that_was_given_up_say_so(reader: Viewer, made: dict[str, int]) -> None:
    assert "原页已经撤下：自 2026-11-22" in said(page(reader, f"/article/{made['gone']}"))
    stone = said(page(reader, f"/article/{made['pruned']}", status=410))
    assert "有人要求清理" in stone
    assert "https://a.cn/pruned" in stone


ABSENT = ("99", "0", "9" * 30, "1?revision=9", "1?revision=0", "1?revision=x", f"1?revision={'9' * 30}")


@pytest.mark.parametrize("path", ABSENT)
def test_an_article_or_revision_that_is_not_there_is_a_page_too(reader: Viewer, path: str) -> None:
    assert "没有这篇稿件" in said(page(reader, f"/article/{path}", status=404))


def test_evidence_that_lacks_a_part_is_shown_without_it(tmp_path: Path) -> None:
    path = tmp_path / "news.db"
    number = shelf.make(path)["rich"]
    with open_writer(path) as database:
        database.execute("""UPDATE article_revisions SET evidence = '[{"fact": "title"}, 5]', images = '{}',
            credits = '[{"role": "stoker", "name": null}, {"name": "何守田"}]', published_local = 'once'""")
    viewer = Viewer(path)
    assert "何守田" in said(page(viewer, f"/article/{number}"))
    viewer.close()


# What changed


def test_a_difference_marks_what_was_cut_and_added_and_folds_what_was_not(reader: Viewer, made: dict[str, int]) -> None:
    tree = page(reader, f"/article/{made['rich']}/diff")
    assert [one.text for one in tree.xpath(".//div[@class='prose']//del")] == ["2460", "和"]
    assert [one.text for one in tree.xpath(".//div[@class='prose']//ins")] == ["2640", "、", "的和推婴儿车"]
    assert len(tree.xpath(".//details")) >= 1
    assert "暗改" in said(tree)


def test_two_articles_are_compared_in_the_order_that_is_asked(reader: Viewer, made: dict[str, int]) -> None:
    tree = page(reader, f"/article/{made['chengbei']}/diff", **{"with": made["rich"]})
    assert "第 1 号稿件 → 第 3 号稿件" in said(tree)
    assert "，大雾天也能过江" in said(tree, "h1 ins")
    assert "暗改" not in said(tree)


@pytest.mark.parametrize("asked", ["?a=1&b=9", "?a=9", "?with=99", "?with=0"])
def test_there_is_nothing_to_compare_with_what_is_not_there(reader: Viewer, asked: str) -> None:
    assert "没有可以对照的" in said(page(reader, f"/article/1/diff{asked}", status=404))


def test_what_is_too_long_for_a_page_is_left_to_the_command(reader: Viewer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(articles, "MOST_COMPARED", 100)
    assert "dibao diff 1 1 2" in said(page(reader, "/article/1/diff"))


# A story


def test_a_story_tells_who_had_it_first_and_who_has_it_from_whom(reader: Viewer, made: dict[str, int]) -> None:
    tree = page(reader, f"/story/{made['haiqing']}")
    assert "6 篇稿件，6 个网站" in said(tree)
    assert said(tree, ".first").startswith("最早见报 a 2026-11-21 14:20")
    members = {one.findtext(".//span[@class='outlet']"): said(one) for one in tree.xpath(".//ol[@class='members']/li")}
    assert "页面注明取自 望川日报 来源：望川，即本组的 a" in members["bingjiang"]
    assert "页面注明取自 滨江晚报，不在本组" in members["chengbei"]
    assert "比对推断取自 bingjiang" in members["haiqing"]
    assert "首次见于" in members["archive"]
    assert "标题改过" in members["haiqing"]


def test_its_timeline_has_a_lane_for_each_and_shows_what_is_vague(reader: Viewer, made: dict[str, int]) -> None:
    tree = page(reader, f"/story/{made['rich']}")
    wide, narrow = tree.xpath(".//*[local-name()='svg' and contains(@class, 'story-chart')]")
    for chart in (wide, narrow):
        assert len(chart.xpath(".//*[local-name()='circle']")) == 6
        assert len(chart.xpath(".//*[@class='day']")) == 1
        assert len(chart.xpath(".//*[@class='dot vague']")) == 2
        assert {one.get("class") for one in chart.xpath(".//*[local-name()='path']")} == {"way", "way inferred"}
        edge = float(chart.get("viewbox" if chart.get("viewbox") else "viewBox").split()[2])
        assert all(0 < float(one.get("cx")) < edge for one in chart.xpath(".//*[local-name()='circle']"))


def test_copies_beyond_what_a_page_compares_can_each_be_asked_for(
    reader: Viewer, made: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stories, "MOST_COMPARED", 900)
    tree = page(reader, f"/story/{made['rich']}")
    assert len(tree.xpath(".//ol[@class='members']//details")) < 5
    assert len(tree.xpath(".//a[contains(@href, 'diff?with=1')]")) == 5


def test_a_story_of_a_crowd_is_a_list(reader: Viewer, made: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stories, "MOST_MEMBERS", 5)
    assert len(page(reader, f"/story/{made['rich']}").xpath(".//ul[@class='plain']/li")) == 6


@pytest.mark.parametrize("number", ["99", "0", "9" * 30])
def test_a_story_that_is_not_there_is_a_page_too(reader: Viewer, number: str) -> None:
    page(reader, f"/story/{number}", status=404)


# What was refused


def test_refused_addresses_are_told_with_their_reasons_page_by_page(reader: Viewer) -> None:
    tree = page(reader, "/rejected")
    assert len(tree.xpath(".//ul[@class='addresses']/li")) == refused.PAGE
    assert "正文不足 50 字" in said(tree)
    assert "网站答复 HTTP 503" in said(tree)
    (following,) = tree.xpath(".//a[@rel='next']/@href")
    rest = page(reader, f"/rejected{following}")
    assert len(rest.xpath(".//ul[@class='addresses']/li")) == 66 - refused.PAGE
    assert "稿件仍在" in said(rest) + said(tree)


def test_they_are_chosen_by_reason_and_by_source(reader: Viewer) -> None:
    tree = page(reader, "/rejected", reason="listing")
    assert {one.text for one in tree.xpath(".//ul[@class='addresses']//code")} == {"listing"}
    assert "没有这样的网址" in said(page(reader, "/rejected", source="nobody"))
    assert "没有这样的网址" in said(page(reader, "/rejected", behind="2020-01-01T00:00:00Z_5"))


def test_a_rare_reason_is_looked_for_a_bounded_way_and_the_next_page_goes_on(
    reader: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refused, "LOOKED_AT", 10)
    at, met, pages = "/rejected?reason=captcha", 0, 0
    while at:
        tree = page(reader, at)
        met, pages = met + len(tree.xpath(".//ul[@class='addresses']/li")), pages + 1
        following = tree.xpath(".//a[@rel='next']/@href")
        at = f"/rejected{following[0]}" if following else ""
    assert (met, pages) == (8, 7)


def test_they_are_found_by_their_index_alone(library: tuple[Path, dict[str, int]]) -> None:
    with open_reader(library[0]) as database:
        rows = database.rows(f"EXPLAIN QUERY PLAN {refused._SEEN}", {"at": "", "id": 1, "most": 1})
    (plan,) = [row["detail"] for row in rows]
    assert re.match(r"SEARCH urls USING COVERING INDEX urls_refused \(last_checked_at<", plan), plan


def test_quarantined_pages_are_told_with_what_they_broke(reader: Viewer) -> None:
    told = said(page(reader, "/quarantine"))
    assert "抽取超时" in told
    assert "https://a.cn/strike.html" in told
    assert "连续 2 次" in told
